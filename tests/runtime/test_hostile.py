"""Whatever a server sends, a call returns a value or raises an ApiError: raw bytes over real sockets."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pickle
import random
import warnings
import zlib
from decimal import Decimal
from typing import Any

import httpx
import pytest
from handwritten._runtime.definition import (
    Call,
    Connector,
    Environment,
    Errors,
    FailedWhen,
    Response,
    Retry,
)
from handwritten._runtime.errors import ApiError
from handwritten._runtime.fields import UnixSeconds
from handwritten._runtime.model import Model

from .conftest import Answer, Api, Make, Server

ROUNDS = int(os.environ.get("CALLWRIGHT_HOSTILE_ROUNDS", "250"))


class Thing(Model):
    id: int
    name: str | None = None
    size: float | None = None
    price: Decimal | None = None
    at: UnixSeconds | None = None
    parts: list[Thing] | None = None


def call(data: bool = True, **response: Any) -> Call:
    method = "GET" if data else "POST"
    return Call("read", method, "/x", data=data, response=Response(**response))


CALLS: list[tuple[Call, Any]] = [
    (call(), Thing),
    (call(), dict[str, list[Thing] | int]),
    (call(untyped=True), None),
    (call(select="$.parts[0]"), Thing),
    (call(untyped=True, select="$.name"), None),
    (call(type="xml"), Thing),
    (call(type="xml", untyped=True), None),
    (call(type="text"), str),
    (call(type="number"), float),
    (call(type="file"), bytes),
    (call(type="empty"), None),
    (call(data=False), Thing),
]
RULES = Errors(
    message_path=("header.x-error", "$.name"),
    code_path=("header.x-code", "$.id"),
    request_id_path=("header.x-request-id",),
    failed_when=(FailedWhen(("$.ok",), is_=False), FailedWhen(("header.x-failed",), present=True)),
    raises={"303": "AuthenticationError", "7": "NotFoundError"},
)
STARTS = [
    b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 404 \xff\xfe", b"HTTP/1.0 500 No", b"HTTP/1.1 302 Found",
    b"HTTP/1.1 307 Moved", b"HTTP/1.1 303 See", b"HTTP/1.1 429 Slow", b"HTTP/1.1 204 None", b"HTTP/1.1 304 Same",
    b"HTTP/1.1 999 What", b"HTTP/1.1 099 What", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1 abc OK", b"HTTP/2 200 OK",
    b"HTTP/9.9 200 OK", b"ICY 200 OK", b"\x16\x03\x01\x02", b"", b"HTTP/1.1 103 Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK",
    b"HTTP/1.1 101 Switching", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No",
]  # fmt: skip
CHARSETS = [
    "idna",
    "undefined",
    "utf-16",
    "utf-32",
    "punycode",
    "shift_jis",
    "zlib",
    "\x80",
    "",
    '"',
    "iso-2022-jp",
    "utf-7",
    "a" * 500,
]
LOCATIONS = [
    "http://[/", "http://[::1", "javascript:1", "//", "http://a b/", "/y", "", "?", "#", "http://u:p@127.0.0.1:1/", "http://a..b/",
    "\xff\xfe", "http://\xe9.example/", "/" * 9000, "http://127.0.0.1:99999/", "http://%/", "/%zz%", "/\x01", "https:///", ":", "http:",
]  # fmt: skip
NUMBERS = [
    "nan",
    "inf",
    "-1",
    "1e400",
    "9" * 5000,
    "0x1",
    "٣",
    "Fri, 31 Feb 99999 00:00:00 GMT",
    "9999-12-31T23:59:59-23:59",
    "",
    "1e-400",
]
CODINGS = [
    "gzip",
    "deflate",
    "br",
    "zstd",
    "gzip, gzip",
    "utf-8",
    "",
    "\xff",
    "identity",
    "GZIP",
    "x" * 900,
    ",",
]
ODD = [
    "\xff\xfe",
    "caf\xe9",
    "\x1b[31m",
    "\x7f",
    "a" * 5000,
    "<>;rel=next",
    "=?utf-8?q?x?=",
    "\t",
    "%s%n{}",
    "\xed\xa0\x80",
]
TEXTS = [
    b'{"id": 1, "name": "a", "size": 1.5, "parts": [{"id": 2}]}', b'{"id": 7, "ok": false}', b'{"id": "\\ud800", "name": "\\udfff"}',
    b'{"id": ' + b"9" * 5000 + b"}", b'{"id": 1e999999999, "size": NaN, "price": 1e400, "at": 1e400}', b'{"at": 99999999999999999999, "id": 1}',
    b'{"price": 1e99999999999999999999, "id": 1}', b'{"id": 1, "at": -1e18, "size": -Infinity}', b"[" * 100_000, b'{"parts":' * 300 + b"1",
    b'{"id": 1, "parts": [' + b'{"id": 1, "parts": [' * 120 + b"]}" * 121, b"null", b"", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff\0",
    b"\xed\xa0\x80", b'"\xed\xa0\x80"', b"nan", b"1_0", b"9" * 5000, b"9" * 4000, b"<a><id>" + b"9" * 400 + b"</id></a>", b"1e400", b"<a><id>1</id><id>2</id></a>", b"<" * 5000, b"<a>" * 5000,
    b"<?xml version='1.0' encoding='idna'?><a/>", b"<?xml version='1.0' encoding='utf-16'?><a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<a>&#xD800;</a>", b"<a at='1e400' id='" + b"9" * 5000 + b"'/>", b"<html>no", b'{"id": 1, "id": 2, "": {}}', b"\x1f\x8b\x08",
    gzip.compress(b'{"id": 1}'), gzip.compress(b"{}")[:-3], zlib.compress(b'{"id": 1}'), b"\x1f\x8b" + b"\0" * 40,
]  # fmt: skip


USUAL = [s for s in STARTS if s[8:10] in (b" 2", b" 3", b" 4", b" 5") and len(s) > 14]


class Maker:
    """Makes one response of a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def response(self) -> bytes:
        """From the status line to the end of the connection."""
        body = self.body()
        broken = self.random.random() < 0.2
        lines = [self.random.choice(STARTS if broken else USUAL), *self.headers(len(body))]
        end = self.random.choice([b"\r\n", b"\r\n", b"\r\n", b"\n"])
        whole = end.join(lines) + end * 2 + body
        if self.random.random() < 0.08:
            whole = whole[: self.random.randrange(len(whole) + 1)]
        if self.random.random() < 0.1:
            position = self.random.randrange(len(whole) + 1)
            whole = whole[:position] + self.random.randbytes(3) + whole[position:]
        return whole

    def headers(self, length: int) -> list[bytes]:
        pick, found = self.random, list[tuple[str, str]]()
        kinds = ["application/json", "text/html", "text/plain", "application/xml", "", "/", "\xe9"]
        if pick.random() < 0.7:
            charset = f"; charset={pick.choice(CHARSETS)}" if pick.random() < 0.5 else ""
            found.append(("Content-Type", pick.choice(kinds) + charset))
        for name, values in (
            ("Location", LOCATIONS), ("Content-Encoding", CODINGS), ("Retry-After", NUMBERS), ("X-Error", ODD),
            ("X-Code", ODD), ("X-Request-Id", ODD), ("X-Failed", ODD), ("Set-Cookie", ODD), ("Link", ODD), ("WWW-Authenticate", ODD),
        ):  # fmt: skip
            if pick.random() < 0.3:
                found.append((name, pick.choice(values)))
        framing = [("Content-Length", str(length))] * 40
        framing += [
            ("Content-Length", v) for v in ("-1", "x", "9" * 30, str(length + 5), "1, 2", "\xb2")
        ]
        framing += [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip, chunked")]
        found += [pick.choice(framing)] if pick.random() < 0.8 else []
        lines = [
            name.encode()
            + b": "
            + value.encode("utf-8" if max(value, default="") > "\xff" else "latin-1")
            for name, value in found
        ]
        if pick.random() < 0.1:
            lines.append(
                pick.choice(
                    [
                        b"no colon",
                        b": empty",
                        b"a b: c",
                        b"X: " + b"y" * 200_000,
                        b" folded",
                        b"N\0L: \0",
                    ]
                )
            )
        pick.shuffle(lines)
        return lines

    def body(self) -> bytes:
        body = self.random.choice(TEXTS)
        match self.random.randrange(6):
            case 0:
                codec = self.random.choice(["utf-16", "utf-32", "utf-8-sig", "utf-16-le"])
                return body.decode("latin-1").encode(codec)
            case 1:
                return self.random.choice([gzip.compress, zlib.compress])(body)
            case 2:
                return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
            case _:
                return body


def use(error: ApiError) -> None:
    """Everything that an application does with an error."""
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert len(str(error).splitlines()) == 1
    for name in (
        "message",
        "code",
        "request_id",
        "body",
        "text",
        "content",
        "headers",
        "location",
        "retry_after",
    ):
        repr(getattr(error, name, None))
    json.dumps(getattr(error, "body", None))


@pytest.mark.parametrize("rules", [Errors(), RULES], ids=["no rules", "rules"])
def test_whatever_comes_is_a_value_or_an_api_error(
    api: Make, server: Server, rules: Errors
) -> None:
    made = api(client={"retry": Retry(attempts=1)}, max_response_bytes=2_000_000, errors=rules)
    exercise(made, server)


class Reading(httpx.Auth):
    """An application's own auth that wants to see each response."""

    requires_response_body = True


@pytest.mark.parametrize("auth", [None, Reading()], ids=["plain", "reading"])
def test_so_it_is_through_a_client_of_the_applications_own(
    server: Server, auth: httpx.Auth | None
) -> None:
    connector = Connector(
        "acme", "ACME_", environments=(Environment("live", server.url),), errors=RULES
    )
    with httpx.Client(auth=auth) as http:
        exercise(Api("sync", connector, http_client=http, retry=Retry(attempts=1)), server)


def exercise(made: Api, server: Server) -> None:
    """Call with every kind of response."""
    for seed in range(ROUNDS):
        raw = Maker(seed).response()
        server.on("/x", Answer(raw=raw))
        server.on("/y", Answer(raw=Maker(~seed).response()))
        asked, returns = CALLS[seed % len(CALLS)]
        with warnings.catch_warnings(), contextlib.suppress(ApiError):
            warnings.simplefilter("ignore")
            try:
                value = made.call(asked, returns=returns)
                repr(value)
            except ApiError as error:
                use(error)
            except Exception as error:
                pytest.fail(f"seed {seed}: {asked.response.type}: {error!r} of {raw[:600]!r}")
            with contextlib.suppress(ApiError):
                response = made.raw(asked)
                repr((response.text, response.headers, response.curl))
