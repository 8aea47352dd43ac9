"""One redactor for errors, logs and messages: a secret goes however it is written, and innocent text stays."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from handwritten._runtime.printable import one_line, printable
from handwritten._runtime.redaction.redactor import Redactor
from handwritten._runtime.redaction.sensitive import ORDINARY, is_sensitive
from hypothesis import given
from hypothesis import strategies as st

KEY = "ab/cd+Ef&12==xy z'\"ü"


def _percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _partial(text: str) -> str:
    escaped = (_percent(c) if index % 3 and not c.isalnum() else c for index, c in enumerate(text))
    return "".join(escaped)


def _units(text: str) -> str:
    data = text.encode("utf-16-be")
    return "".join(f"\\u{data[i]:02X}{data[i + 1]:02x}" for i in range(0, len(data), 2))


def _folded(text: str) -> str:
    data = base64.b64encode(b"user:" + text.encode()).decode()
    return "\r\n".join(data[i : i + 24] for i in range(0, len(data), 24))


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "lower-case percent": _percent,
    "partial percent": _partial,
    "percent of UTF-16": lambda text: "".join(
        "".join(f"%u{unit:04X}" for unit in memoryview(char.encode("utf-16-le")).cast("H"))
        for char in text
    ),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON of Gson": lambda text: re.sub(
        "[<>&='+]", lambda m: f"\\u{ord(m[0]):04x}", json.dumps(text)[1:-1]
    ),
    "JSON units": _units,
    "HTML": html.escape,
    "HTML decimal": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML hexadecimal": lambda text: "".join(f"&#X{ord(char):x};" for char in text),
    "HTML named": lambda text: html.escape(text).replace("/", "&sol;").replace("=", "&equals;"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a pair": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in a word": lambda text: "key-" + base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in lines": _folded,
    "base64 of percent": lambda text: base64.b64encode(quote_plus(text).encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "upper-case hexadecimal": lambda text: "x" + text.encode().hex().upper(),
    "bytes": lambda text: repr(text.encode())[2:-1],
    "backslash x": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "backslashes": re.escape,
    "octal": lambda text: "".join(
        f"\\{byte:03o}" if byte < 128 else f"\\x{byte:x}" for byte in text.encode()
    ),
}
PAIRS = [
    pytest.param(outer, inner, id=f"{inner} in {outer}")
    for outer in ENCODINGS
    for inner in ENCODINGS
    if "base64" not in outer or "base64" not in inner
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=["Cs", "Cc", "Zs"]),
    min_size=8,
    max_size=40,
).filter(lambda s: s.lower() not in ORDINARY and len(set(s)) > 4)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_goes_in_every_encoding(encoding: str) -> None:
    written = ENCODINGS[encoding](KEY)
    hidden = Redactor([KEY]).text(f"no <{written}>, is it?")
    assert "***" in hidden
    assert hidden.startswith("no <")
    assert hidden.endswith(">, is it?")
    left = hidden.replace("***", "")
    assert not any(written[i : i + 8] in left for i in range(8, len(written) - 16))


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_a_secret_goes_in_an_encoding_inside_of_another(outer: str, inner: str) -> None:
    written = ENCODINGS[outer](ENCODINGS[inner](KEY))
    assert "***" in Redactor([KEY]).text(f"a {written} b")


@given(
    secret=SECRETS,
    encoding=st.sampled_from([e for e in ENCODINGS if "base64" not in e]),
    before=TEXT,
    after=TEXT,
)
def test_no_random_secret_is_left_in_random_text(
    secret: str, encoding: str, before: str, after: str
) -> None:
    written = ENCODINGS[encoding](secret)
    redactor = Redactor([secret, "other-secret"])
    hidden = redactor.text(f"{before} {written} {after}")
    assert written not in hidden
    assert redactor.find(hidden) == []
    body = redactor.content(f"{before} {written} {after}".encode())
    assert written.encode() not in body


@given(TEXT, st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=1, max_size=2))
def test_innocent_text_stays(text: str, encodings: list[str]) -> None:
    for encoding in encodings:
        text = ENCODINGS[encoding](text)
    redactor = Redactor(["Zq7-unmistakable-9", "at", "admin"])
    assert redactor.text(text) == text
    assert redactor.content(text.encode()) == text.encode()


@pytest.mark.parametrize("codec", ["utf-8", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_bodies_lose_a_secret_in_any_charset(codec: str) -> None:
    body = f'{{"é": "x {KEY} y"}}'.encode(codec)
    assert Redactor([KEY]).content(body) == '{"é": "x *** y"}'.encode(codec)


@pytest.mark.parametrize(("sent", "shown"), [("aB+c1/d+e2", "aB c1/d e2"), ("a B c1d", "a+B+c1d")])
def test_a_plus_sign_may_be_shown_as_a_space(sent: str, shown: str) -> None:
    assert Redactor([sent]).text(f"the key {shown} is unknown") == "the key *** is unknown"


def test_a_body_stays_valid_json() -> None:
    body = json.dumps({"a": KEY, "b": [quote(KEY), f"x{KEY}"]}).replace("/", "\\/")
    assert json.loads(Redactor([KEY]).content(body.encode())) == {"a": "***", "b": ["***", "x***"]}


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        (b'{"pin": 12348765, "a": 1}', {"pin": "***", "a": 1}),
        (b"[12348765,12348765]", ["***", "***"]),
        (b'{"a":12348765}', {"a": "***"}),
        (b'{"a": "12348765", "b": [1, 12348765 ]}', {"a": "***", "b": [1, "***"]}),
    ],
)
def test_a_number_that_is_a_secret_leaves_valid_json(body: bytes, hidden: object) -> None:
    assert json.loads(Redactor(["12348765"]).content(body)) == hidden


@pytest.mark.parametrize("common", ["ab12", "admin", "Public", "member", "12345"])
def test_a_common_secret_goes_only_as_the_whole_value_of_a_sensitive_name(common: str) -> None:
    redactor = Redactor([common])
    innocent = f'{{"name": "{common}", "{common}": 1, "password": "{common}x"}} {common}'
    assert redactor.text(innocent) == innocent
    for text in (
        '{{"password": "{}"}}',
        '{{\\"apiKey\\": \\"{}\\"}}',
        "DB_PASSWORD={}",
        "?x=1&token={}&y=2",
        "<password>{}</password>",
        "X-Api-Key: {}",
        "'secret' : '{}'",
    ):
        assert redactor.text(text.format(common)) == text.format("***")


def test_sensitive_headers_are_hidden_whole() -> None:
    redactor = Redactor([])
    for name in ("Set-Cookie", "Authorization", "X-Api-Key", "X-Auth-Token"):
        assert redactor.header(name, "anything") == "***"
    for name in ("Content-Type", "X-Request-Id", "WWW-Authenticate", "X-Next-Page-Token"):
        assert redactor.header(name, "anything") == "anything"


@pytest.mark.parametrize(
    ("name", "sensitive"),
    [
        ("password", True),
        ("db_password", True),
        ("DB-PASSWORD", True),
        ("dbPassword", True),
        ("STRIPE_API_KEY", True),
        ("github.token", True),
        ("next_page_token", False),
        ("syncToken", False),
        ("token_type", False),
        ("primary_key", False),
        ("max_tokens", False),
        ("passwords_changed", False),
        ("key", False),
        ("x" * 200 + "_password", False),
    ],
)
def test_which_names_are_sensitive(name: str, sensitive: bool) -> None:
    assert is_sensitive(name) is sensitive


def test_a_secret_of_many_lines_is_one_line_by_line() -> None:
    pem = "-----BEGIN X-----\n" + "\n".join(f"{n}AbCdEfGhIjKlMnOpQrSt" for n in range(3))
    redactor = Redactor([pem])
    assert redactor.text(f"got {json.dumps(pem)}") == 'got "***"'
    assert "AbCdEfGh" not in redactor.text("only 1AbCdEfGhIjKlMnOpQrSt of it")


@pytest.mark.parametrize(
    "unit",
    ["%25", "\\", "\\u005c", "&amp;", "&", "A", "A\n", "0f", "password=", "token: ", "é", "\udc80"],
)
def test_the_time_is_linear(unit: str) -> None:
    redactor = Redactor([KEY, "ab12"])
    text = unit * (200_000 // len(unit))
    started = time.perf_counter()
    assert redactor.text(text) == text
    assert time.perf_counter() - started < 10  # quadratic time takes minutes


@pytest.mark.parametrize(
    "char", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\u2028", "\r"]
)
def test_control_characters_are_blanks(char: str) -> None:
    assert printable(f"a{char}b\tc\nd") == "a b\tc\nd"
    assert one_line(f" a{char}b\tc\nd") == "a b c d"


@given(TEXT)
def test_text_for_a_terminal_is_printable(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printable(text))
    assert "\n" not in one_line(text)
    kept = re.sub(r"[^\w ]", "", text)
    assert printable(kept) == kept


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("rest", [b"", b"\0", b"\0\xff\xff"])
def test_bodies_of_wide_characters(codec: str, rest: bytes) -> None:
    body = '{"key": "s3cr3t-of-client", "a": 1}'.encode(codec) + rest
    hidden = Redactor(["s3cr3t-of-client"]).content(body)
    assert "s3cr3t-of-client".encode(codec) not in hidden
    assert '"a": 1}'.encode(codec) in hidden
