"""What a secret looks like: known values in every spelling, names of keys, and the shapes of well-known tokens."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus

from callwright.diagnostics import Diagnostic, Severity, SourceSpan

SHORT = 6
"""Known values shorter than this are looked for as whole words only: "a" is in every text."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEY_NAMES = _names("""
    password passwd pwd passphrase secret secretkey clientsecret sharedsecret signingsecret webhooksecret
    apikey xapikey appkey applicationkey apitoken apisecret accesskey secretaccesskey accesstoken refreshtoken idtoken
    token authtoken bearertoken sessiontoken xauthtoken privatetoken usertoken bottoken securitytoken csrftoken
    xsrftoken authorization proxyauthorization cookie cookies setcookie jwt clientassertion privatekey privatekeyid
    credential credentials sessionid jsessionid phpsessid otp totp cvv cvc ssn connectionstring
""")
_URL_NAMES = _names("sig signature xamzsignature xamzcredential xgoogsignature")
_PERSONAL_TEXTS = _names("""
    email emailaddress phone phonenumber mobile mobilephone streetaddress dateofbirth birthdate iban cardnumber
""")
_ADDRESSES = _names("address billingaddress shippingaddress homeaddress postaladdress")

TOKEN_SHAPES = re.compile(
    r"""
    -----BEGIN[ ](?:[A-Z0-9]+[ ])*PRIVATE[ ]KEY-----.*?(?:-----END[ ](?:[A-Z0-9]+[ ])*PRIVATE[ ]KEY-----|\Z)
    | (?<![A-Za-z0-9])(?:
        [sr]k_(?:live|test)_[A-Za-z0-9]{10,} | whsec_[A-Za-z0-9+/=]{16,}          # Stripe
      | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_[A-Za-z0-9_]{30,} | glpat-[A-Za-z0-9_-]{20,}
      | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{20,}                     # Slack
      | (?:AKIA|ASIA)[A-Z0-9]{16} | AIza[A-Za-z0-9_-]{35} | ya29\.[A-Za-z0-9._-]{20,}
      | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}                  # JSON web token
      | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,} | key-[0-9a-f]{32}                 # SendGrid, Mailgun
      | sk-[A-Za-z0-9_-]{20,} | hf_[A-Za-z0-9]{30,} | npm_[A-Za-z0-9]{30,} | pypi-[A-Za-z0-9_-]{50,}
      | shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32} | dop_v1_[a-f0-9]{64} | sq0[a-z]{3}-[A-Za-z0-9_-]{22,}
      | lin_api_[A-Za-z0-9]{32,} | secret_[A-Za-z0-9]{40,} | ntn_[A-Za-z0-9]{40,} | AGE-SECRET-KEY-[A-Z0-9]{50,}
      | [0-9]{8,10}:AA[A-Za-z0-9_-]{33}                                               # Telegram
    )
    | (?<=\bBearer[ ])[A-Za-z0-9._~+/-]{16,}=* | (?<=\bBasic[ ])[A-Za-z0-9+/]{8,}={0,2}
    | (?<=://)[^\s/@:"'<>]+:[^\s/@"'<>]+(?=@)                                       # user:password in a URL
    | (?<=hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}
    """,
    re.VERBOSE | re.DOTALL,
)

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


@lru_cache(maxsize=4096)
def is_secret_key(name: str) -> bool:
    """Whether a key of this exact name (whatever its case and separators) holds a secret."""
    return _plain(name) in _KEY_NAMES


def is_secret_parameter(name: str) -> bool:
    """Whether a query parameter or form field of this name holds a secret (signed URLs included)."""
    return _plain(name) in _KEY_NAMES or _plain(name) in _URL_NAMES


@lru_cache(maxsize=4096)
def is_personal_key(name: str, *, holds_text: bool) -> bool:
    """Whether a key of this name holds personal data; ``address`` and its like only when they hold an object."""
    return _plain(name) in (_PERSONAL_TEXTS if holds_text else _PERSONAL_TEXTS | _ADDRESSES)


def is_placeholder(text: str) -> bool:
    """Whether a text was put there by redaction, so that it is no evidence of what the provider sends."""
    return PLACEHOLDER.fullmatch(text) is not None


def find_secrets(text: str, known: Iterable[str] = ()) -> list[Finding]:
    """All places of a text that hold one of the ``known`` values, in any spelling, or look like a well-known token."""
    findings = [
        (match.start(), len(match[0]), "a credential's value")
        for match in _known_matches(text, known)
    ]
    taken = [range(start, start + length) for start, length, _ in findings]
    findings += [
        (match.start(), len(match[0]), "a well-known kind of token")
        for match in TOKEN_SHAPES.finditer(text)
        if not is_placeholder(match[0]) and not any(match.start() in place for place in taken)
    ]
    return [_finding(text, *found) for found in sorted(findings)]


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


def known_pattern(spelled: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds the ``spellings`` of values, longest first; None when there is nothing to look for."""
    spelled = {text for text in spelled if text}
    if not spelled:
        return None
    alternatives = [
        re.escape(text) if len(text) >= SHORT else rf"(?<!\w){re.escape(text)}(?!\w)"
        for text in sorted(spelled, key=lambda text: (-len(text), text))
    ]
    return re.compile("|".join(alternatives))


def spellings(value: str) -> set[str]:
    """A value as it is written raw, in URLs, forms, JSON, XML and base64 (alone, or amid a longer text)."""
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    # JSON as a text inside JSON
    escaped |= {
        json.dumps(text, ensure_ascii=ascii_)[1:-1] for text in escaped for ascii_ in (True, False)
    }
    found = {value, *escaped, *(text.replace("/", "\\/") for text in escaped)}
    found |= {html.escape(text, quote=quoted) for text in found for quoted in (True, False)}
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    found |= encoded | {quote(value, safe="").replace("%", "%25")}
    found |= {re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), text) for text in encoded}
    return found | (_base64_spellings(value.encode()) if len(value) >= SHORT else set())


def _base64_spellings(raw: bytes) -> set[str]:
    """Base64 of the bytes alone, and the middle of it at each of the three offsets inside a longer text."""
    texts = {base64.b64encode(raw).decode(), base64.b64encode(raw).decode().rstrip("=")}
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw).decode()
        spoilt = (0, 2, 3)[offset]
        end = (len(raw) + offset) * 8 // 6
        inner = text[spoilt:end]
        if len(inner) >= 10:
            texts.add(inner)
    return texts | {text.replace("+", "-").replace("/", "_") for text in texts}


def _known_matches(text: str, known: Iterable[str]) -> Iterable[re.Match[str]]:
    pattern = known_pattern(text for value in known if value for text in spellings(value))
    return pattern.finditer(text) if pattern else ()


def _finding(text: str, start: int, length: int, kind: str) -> Finding:
    return Finding(kind, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start), length)


def _plain(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name).lower()
