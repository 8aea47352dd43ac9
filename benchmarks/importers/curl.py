"""cURL commands: each import is sent by the runtime of generated clients and compared with what curl itself sent."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from callwright.errors import CallwrightError
from callwright.importers.connector import Imported, connector_of
from callwright.importers.curl.read import read_curl
from callwright.importers.headers import is_dropped
from callwright.importers.marks import replaced
from callwright.importers.store import store
from callwright.initialize.arguments import resolve_arguments
from callwright.initialize.credentials.access import Access
from callwright.initialize.plan import Step
from callwright.ir.nodes import FromFile, Requests
from callwright.operations.lower import read_requests
from callwright.project.settings import Settings
from callwright.runtime.client import Client
from callwright.runtime.errors import ApiError

CURL_BAR = 0.97


def compare_curl(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each input's name with what differs from the truth; nothing when it is exact."""
    for truth_file in sorted((folder / "truth" / "curl").glob("*.json")):
        truth = json.loads(truth_file.read_text(encoding="utf-8"))
        source = folder / "files" / "curl" / Path(truth["file"]).name
        try:
            problems = _compare(source.read_text(encoding="utf-8"), truth)
        except (CallwrightError, ApiError) as error:
            problems = [f"{type(error).__name__}: {error}"]
        yield source.name, problems


def _compare(text: str, truth: Mapping[str, Any]) -> list[str]:
    expected = [c["requests"][0] for c in truth["commands"] if c.get("requests")]
    imported = connector_of(read_curl(text), name="imported")
    if not expected:
        return []  # real curl sent nothing: that the import does not fail is all
    with tempfile.TemporaryDirectory() as name:
        sent = _sent(imported, Path(name), truth)
    if len(sent) != len(expected) and not truth["commands"][0].get("with_globbing"):
        return [f"{len(sent)} requests instead of {len(expected)}"]
    globbed = truth["commands"][0].get("with_globbing", {}).get("urls", [])
    problems = [
        list(_differences(request, wanted)) for request, wanted in zip(sent, expected, strict=False)
    ]
    # where curl would send several requests, the first of them is what is imported
    return [
        p
        for request, found in zip(sent, problems, strict=False)
        for p in found
        if str(request.url) not in globbed
    ]


def _sent(imported: Imported, root: Path, truth: Mapping[str, Any]) -> list[httpx.Request]:
    settings = Settings(root=root, specs=root / "specs", output=root / "generated")
    if imported.document["auth"] == {"type": "client_certificate"}:
        # certificates are not part of a request
        imported = replace(imported, document={**imported.document, "auth": "none"})
    stored = store(imported, settings)
    requests, _ = read_requests(stored.path.parent, root)
    for file in _files(requests):
        path = stored.path.parent / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"FILE:{path.name}\n")
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        sent.append(request)
        return httpx.Response(200, json={})

    environ = {name: _value(text) for name, text in imported.environment.items()}
    credentials = {name: _value(text) for name, text in imported.credentials.items() if text}
    credentials |= {name: "missing" for name, text in imported.credentials.items() if not text}
    access = Access(
        environment="live",
        credentials=credentials,
        variables={},
        environ=environ,
        schemes={},
        secrets={},
    )
    variables = {name: _host(text) for name, text in imported.variables.items()}
    with Client(
        requests.connector,
        credentials=credentials,
        variables=variables,
        transport=httpx.MockTransport(answer),
    ) as client:
        for request in requests.calls:
            for sample in request.samples:
                step = Step(request=request, sample=sample, stored=True, cleanup=False, reason="")
                arguments = resolve_arguments(step, access, {}, stored.path.parent)
                client._exchange(request.call, arguments)  # pyright: ignore[reportPrivateUsage]
    return sent


def _files(requests: Requests) -> Iterator[str]:
    """The files that samples send."""
    for request in requests.calls:
        for sample in request.samples:
            for value in sample.args.values():
                if isinstance(value, FromFile):
                    yield value.path


def _value(text: str) -> str:
    return replaced(text, lambda name: "" if name == "command" else f"zz{name.lower()}zz")


def _host(text: str) -> str:
    word = re.fullmatch(r"\{+(.*?)\}+|<(.*)>|\[(.*)\]", text)
    if word:
        return f"ph-{(word[1] or word[2] or word[3]).lower()}.example"
    return _value(text).replace("_", "")


def _differences(sent: httpx.Request, wanted: Mapping[str, Any]) -> Iterator[str]:
    if sent.method != wanted["method"]:
        yield f"method {sent.method} instead of {wanted['method']}"
    ours, theirs = urlsplit(str(sent.url)), urlsplit(wanted["url"])
    if _netloc(ours.netloc) != _netloc(theirs.netloc):
        yield f"host {ours.netloc} instead of {theirs.netloc}"
    if (unquote(ours.path) or "/") != unquote(theirs.path):
        yield f"path {ours.path} instead of {theirs.path}"
    if sorted(parse_qsl(ours.query, True)) != sorted(parse_qsl(theirs.query, True)):
        yield f"query {ours.query} instead of {theirs.query}"
    yield from _header_differences(sent, wanted)
    yield from _body_differences(sent, wanted["body"])


def _netloc(text: str) -> str:
    return text.removesuffix(":80").removesuffix(":443").removesuffix(".example").replace("_", "")


def _header_differences(sent: httpx.Request, wanted: Mapping[str, Any]) -> Iterator[str]:
    auth = wanted.get("auth") or {}
    for name, value in wanted["headers"]:
        lower = name.lower()
        if lower == "authorization":
            ours = sent.headers.get(name, "")
            exact = auth.get("kind") != "basic" or ":" in auth.get("user_password", "").replace(
                "\ufffd", ""
            )
            if ours != value if exact else not ours.startswith("Basic "):
                yield f"Authorization {ours!r} instead of {value!r}"
        elif not is_dropped(name, value) and sent.headers.get(name, "") != value:
            yield f"{name} {sent.headers.get(name)!r} instead of {value!r}"


def _body_differences(sent: httpx.Request, wanted: Mapping[str, Any]) -> Iterator[str]:
    content = sent.content
    ours = sent.headers.get("content-type", "").partition(";")[0]
    kind = wanted["kind"]
    if kind.startswith("json") and "json" in wanted:
        if not content or json.loads(content) != wanted["json"]:
            yield f"JSON {content[:200]!r}"
        if kind == "json" and ours != wanted["content_type"].partition(";")[0]:
            yield f"content type {ours} instead of {wanted['content_type']}"
    elif kind == "multipart":
        if _parts(sent) != [_expected_part(part) for part in wanted["parts"]]:
            yield f"parts {_parts(sent)}"
    elif kind == "form":
        if parse_qsl(content.decode(), True) != [
            tuple(pair) for pair in wanted["fields"]
        ] and not content.startswith(b"{"):
            yield f"form {content[:200]!r} instead of {wanted['fields']}"
    elif kind == "none":
        if content and content != b"{}":
            yield f"a body {content[:100]!r}"
    elif hashlib.sha256(content).hexdigest() != wanted["sha256"]:
        yield f"body {content[:100]!r} instead of {wanted['text'][:100]!r}"


def _parts(sent: httpx.Request) -> list[tuple[str, str | None, str]]:
    head = f"Content-Type: {sent.headers.get('content-type', '')}\r\n\r\n".encode()
    message = message_from_bytes(head + sent.content)
    found: list[tuple[str, str | None, str]] = []
    for part in message.walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            text = payload.decode() if isinstance(payload, bytes) else ""
            name = part.get_param("name", header="content-disposition")
            found.append((str(name), part.get_filename(), text))
    return found


def _expected_part(part: Mapping[str, Any]) -> tuple[str, str | None, str]:
    return part["name"], part.get("filename"), part["text"]
