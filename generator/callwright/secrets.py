"""What a secret looks like: known values however they are written, names of keys, and the shapes of well-known tokens."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from callwright.diagnostics import Diagnostic, Severity, SourceSpan
from callwright.runtime.redaction.decoding import unescaped
from callwright.runtime.redaction.redactor import Redactor, merged
from callwright.runtime.redaction.sensitive import is_sensitive, squeezed

_URL_NAMES = frozenset({"sig", "signature", "xamzsignature", "xamzcredential", "xgoogsignature"})
_PERSONAL_TEXTS = frozenset({
    "email", "emailaddress", "phone", "phonenumber", "mobile", "mobilephone", "streetaddress", "dateofbirth", "birthdate",
    "iban", "cardnumber",
})  # fmt: skip
_ADDRESSES = frozenset(
    {"address", "billingaddress", "shippingaddress", "homeaddress", "postaladdress"}
)

# every part that another must follow is possessive: the time stays linear in the text
_SHAPES = re.compile(
    r"""
    -----BEGIN[ ](?:[A-Z0-9]+[ ])*PRIVATE[ ]KEY-----.*?(?:-----END[ ](?:[A-Z0-9]+[ ])*PRIVATE[ ]KEY-----|\Z)
    | (?<![A-Za-z0-9])(?:
        [sr]k_(?:live|test)_[A-Za-z0-9]{10,} | whsec_[A-Za-z0-9+/=]{16,}          # Stripe
      | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_[A-Za-z0-9_]{30,} | glpat-[A-Za-z0-9_-]{20,}
      | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{20,}                     # Slack
      | (?:AKIA|ASIA)[A-Z0-9]{16} | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9._-]{20,}
      | SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,} | key-[0-9a-f]{32}                # SendGrid, Mailgun
      | sk-[A-Za-z0-9_-]{20,} | hf_[A-Za-z0-9]{30,} | npm_[A-Za-z0-9]{30,} | pypi-[A-Za-z0-9_-]{50,}
      | shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32} | dop_v1_[a-f0-9]{64} | sq0[a-z]{3}-[A-Za-z0-9_-]{22,}
      | lin_api_[A-Za-z0-9]{32,} | secret_[A-Za-z0-9]{40,} | ntn_[A-Za-z0-9]{40,} | AGE-SECRET-KEY-[A-Z0-9]{50,}
    )
    | (?:(?<![A-Za-z0-9])|(?<=/bot))[0-9]{8,10}:AA[A-Za-z0-9_-]{33}                   # Telegram
    | (?<=\bBearer[ ])[A-Za-z0-9._~+/-]{16,}=* | (?<=\bBasic[ ])(?P<pair>[A-Za-z0-9+/]{8,}={0,2})
    | (?<=://)[^\s/@:"'<>]++:[^\s/@"'<>]++(?=@)                                     # user:password in a URL
    | (?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}
    """,
    re.VERBOSE | re.DOTALL,
)
# three parts with dots between; begun at the borders of words only, so that none is read more than three times
_THREE_PARTS = re.compile(
    r"(?<![A-Za-z0-9_-])(?=(?P<first>[A-Za-z0-9_-]{11,}+)(?P<rest>\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+))"
)
_JWT_HEADER = re.compile(r"(?<![A-Za-z0-9])eyJ")
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#\s\"'<>?]++)=([^&;#\s\"'<>]*)")
_ASSIGNMENT = re.compile(
    r"(?<![\w-])([A-Za-z][\w-]{1,40}+)[\"']?\s{0,9}+[:=>]\s{0,9}+[\"']?([^\s\"'<>&,;{}]{8,})"
)
_USER = re.compile(r"(?<=://)[^\s/@\"'<>?#]++(?=@)")
_RANDOM = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[^$<{\[\s]\S{7,}")
_DECODINGS = 2

PLACEHOLDER = re.compile(
    r"(?:https://example\.com/)?redacted_[a-z0-9_]*[a-z0-9]|user[0-9]+@example\.com|00000000-0000-4000-8000-[0-9]{12}"
)
"""What redaction puts in a secret's place (numbers, dates and digits aside)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret in a text: what kind and where (``line`` and ``column`` count from 1); never the secret itself."""

    kind: str
    line: int
    column: int
    length: int


def is_secret_parameter(name: str) -> bool:
    """Whether a query parameter or form field of this name holds a secret (signed URLs included)."""
    return is_sensitive(name) or squeezed(name) in _URL_NAMES


@lru_cache(maxsize=4096)
def is_personal_key(name: str, *, holds_text: bool) -> bool:
    """Whether a key of this name holds personal data; ``address`` and its like only when they hold an object."""
    return squeezed(name) in (_PERSONAL_TEXTS if holds_text else _PERSONAL_TEXTS | _ADDRESSES)


def is_placeholder(text: str) -> bool:
    """Whether a text was put there by redaction, so that it is no evidence of what the provider sends."""
    return PLACEHOLDER.fullmatch(text) is not None


def token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where well-known kinds of tokens stand, in no order."""
    for match in _SHAPES.finditer(text):
        if match["pair"] is None or _is_pair(match["pair"]):
            yield match.span()
    for match in _THREE_PARTS.finditer(text):
        header = _JWT_HEADER.search(match["first"])
        if header is not None and len(match["first"]) - header.end() >= 8:
            yield match.start("first") + header.start(), match.end("rest")


def _is_pair(text: str) -> bool:
    """Whether the text after ``Basic`` holds name and password: "Basic authentication" is only words."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False


def suspects(text: str, decodings: int = _DECODINGS) -> list[tuple[int, int, str]]:
    """Where tokens and secret parameters of URLs stand, escaped ones too, as (start, end, decoded value)."""
    found = [(start, end, text[start:end]) for start, end in token_spans(text)]
    found += [
        (*match.span(2), match[2])
        for match in _PARAMETER.finditer(text)
        if match[2] and is_secret_parameter(match[1])
    ]
    view = unescaped(text) if decodings else None
    if view is not None:
        inner = suspects(view.text, decodings - 1)
        found += [(*view.source(start, end), value) for start, end, value in inner]
    return merged(place for place in found if not is_placeholder(place[2]))


def assignments(text: str) -> list[tuple[int, int, str]]:
    """The values that a text like ``password: x`` or ``"token": "x"`` gives to sensitive names."""
    found = _ASSIGNMENT.finditer(text)
    return [(*match.span(2), match[2]) for match in found if is_sensitive(match[1])]


def is_random(text: str) -> bool:
    """Whether a text, or the last word of one, is long and mixed enough to be a credential."""
    return _RANDOM.fullmatch(text.rpartition(" ")[2]) is not None


def masked(line: str) -> str:
    """A line of a file with stars for what looks like a credential, each character in its column."""
    found = [place for place in assignments(line) if is_random(place[2])]
    found += [(*match.span(), match[0]) for match in _USER.finditer(line)]
    for start, end, value in merged([*found, *suspects(line)]):
        if not value.startswith("${"):
            line = line[:start] + "*" * (end - start) + line[end:]
    return line


def find_secrets(text: str, known: Iterable[str] = ()) -> list[Finding]:
    """All places of a text that hold one of the ``known`` values, however written, or look like a well-known token."""
    found = [(*place[:2], "a credential's value") for place in Redactor(known).find(text)]
    found += [
        (start, end, "a well-known kind of token")
        for start, end in token_spans(text)
        if not is_placeholder(text[start:end])
    ]
    return list(_findings(text, merged(found)))


def leaks(files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """An error for each well-known kind of token in files (name in messages → text); never shows the token."""
    for name, text in files.items():
        for finding in find_secrets(text):
            yield Diagnostic(
                severity=Severity.ERROR,
                code="secret-in-file",
                message=f"{finding.kind} stands here",
                span=SourceSpan(file=name, line=finding.line, column=finding.column),
                hint="take it out and revoke it; secrets are written ${credential} and come from the environment",
            )


def _findings(text: str, places: Iterable[tuple[int, int, str]]) -> Iterator[Finding]:
    line, position = 1, 0
    for start, end, kind in places:
        line += text.count("\n", position, start)
        position = start
        yield Finding(kind, line, start - text.rfind("\n", 0, start), end - start)
