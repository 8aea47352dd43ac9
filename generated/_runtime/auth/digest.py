"""HTTP Digest authentication (RFC 7616): MD5, SHA-256 and SHA-512-256, their session forms, quality ``auth``."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from ..definition import Digest, Send
from ..errors import AuthError
from ..flow import Acquire, Flow, Release, WireRequest, WireResponse
from ..locks import SharedLock
from .scheme import AuthContext, AuthScheme
from .static import place, required
from .token_request import clean

_AUTHORIZATION = Send("header", "Authorization", "Digest ")
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s+(?=[A-Za-z0-9_*-]+\s*=)")
_PARAMETER = re.compile(r'([A-Za-z0-9_*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')
_PLAIN = re.compile(r"[ -!#-\[\]-~]*")
_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_LONGEST = 60
_STRONGEST_FIRST = ("SHA-512-256", "SHA-256", "MD5")


@dataclass(slots=True)
class Challenge:
    """A server's challenge, and how often its nonce was used."""

    parameters: Mapping[str, str]
    algorithm: str
    session: bool
    uses: int = 0
    client_nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    def digest(self, *parts: str) -> str:
        """The hash of the parts joined with colons, in hexadecimal."""
        return hashlib.new(
            _HASHES[self.algorithm], ":".join(parts).encode(), usedforsecurity=False
        ).hexdigest()


def parse_challenges(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """The parameters of each Digest challenge in the WWW-Authenticate headers; names in lower case."""
    found: list[dict[str, str]] = []
    for name, value in headers:
        if name.lower() != "www-authenticate":
            continue
        starts = list(_SCHEME.finditer(value))
        ends = [*(m.start() for m in starts[1:]), len(value)]
        for start, end in zip(starts, ends, strict=False):
            if start[1].lower() == "digest":
                found.append(
                    {
                        m[1].lower(): re.sub(r"\\(.)", r"\1", m[2]) if m[2] is not None else m[3]
                        for m in _PARAMETER.finditer(value[start.end() : end])
                    }
                )
    return found


def choose(challenges: Iterable[Mapping[str, str]]) -> Challenge | None:
    """The strongest challenge that can be answered, None when there is none."""
    usable = [
        Challenge(parameters, *_algorithm(parameters))
        for parameters in challenges
        if unsupported(parameters) is None
    ]
    return min(usable, key=lambda c: _STRONGEST_FIRST.index(c.algorithm), default=None)


def unsupported(parameters: Mapping[str, str]) -> str | None:
    """Why a challenge cannot be answered; None when it can."""
    algorithm, _ = _algorithm(parameters)
    if algorithm not in _HASHES or _HASHES[algorithm] not in hashlib.algorithms_available:
        return f"algorithm {_shown(parameters.get('algorithm', 'MD5'))}, not one of {', '.join(_STRONGEST_FIRST)}"
    qop = parameters.get("qop") or "auth"
    if "auth" not in [offered.strip().lower() for offered in qop.split(",")]:
        return f"qop {_shown(qop)}, not auth"
    return None if "nonce" in parameters else "no nonce"


def _algorithm(parameters: Mapping[str, str]) -> tuple[str, bool]:
    """The name of a challenge's algorithm, and whether it is its session form."""
    name = parameters.get("algorithm", "MD5").upper()
    return name.removesuffix("-SESS"), name.endswith("-SESS")


def _shown(value: str) -> str:
    return clean(value[:_LONGEST], []) or "(blank)"


def answer(challenge: Challenge, request: WireRequest, username: str, password: str) -> str:
    """The credentials for a request: the text of the Authorization header after ``Digest``."""
    given = challenge.parameters
    realm, nonce, uri = given.get("realm", ""), given["nonce"], _target(request)
    count, client = f"{challenge.uses:08x}", challenge.client_nonce
    a1 = f"{username}:{realm}:{password}"
    if challenge.session:
        a1 = f"{challenge.digest(a1)}:{nonce}:{client}"
    a2 = challenge.digest(request.method, uri)
    quoted = {"realm": realm, "nonce": nonce, "uri": uri}
    plain: dict[str, str] = {}
    if given.get("qop"):
        response = challenge.digest(challenge.digest(a1), nonce, count, client, "auth", a2)
        quoted["cnonce"] = client
        plain |= {"qop": "auth", "nc": count}
    else:
        # RFC 2069, which some devices still speak
        response = challenge.digest(challenge.digest(a1), nonce, a2)
    quoted["response"] = response
    if "opaque" in given:
        quoted["opaque"] = given["opaque"]
    if "algorithm" in given:
        plain["algorithm"] = given["algorithm"]
    if given.get("userhash", "").lower() == "true":
        quoted["username"] = challenge.digest(username, realm)
        plain["userhash"] = "true"
    elif _PLAIN.fullmatch(username):
        quoted["username"] = username
    else:
        plain["username*"] = f"UTF-8''{quote(username, safe='')}"
    texts = [f'{k}="{_escape(v)}"' for k, v in quoted.items()]
    return ", ".join([*texts, *(f"{k}={v}" for k, v in plain.items())])


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _target(request: WireRequest) -> str:
    parts = urlsplit(request.secret_url or request.url)
    query = "&".join(
        part
        for part in (
            parts.query,
            "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in request.secret_query),
        )
        if part
    )
    return (parts.path or "/") + (f"?{query}" if query else "")


class DigestScheme(AuthScheme):
    """Answers a challenge, then sends its credentials unasked until the server wants a new nonce."""

    def __init__(self, definition: Digest) -> None:
        self._definition = definition
        self._challenges: dict[tuple[str, str], Challenge] = {}
        self._lock = SharedLock()

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        username = yield from required(self._definition.username, context)
        challenge = self._challenges.get((_origin(request), username))
        if challenge is None:
            return request
        return (yield from self._answered(challenge, request, context, username))

    def challenged(
        self, request: WireRequest, response: WireResponse, context: AuthContext
    ) -> Flow[WireRequest | None]:
        offered = parse_challenges(response.headers)
        challenge = choose(offered)
        if challenge is None:
            if offered:
                raise _refusal(context, offered, response.status)
            return None
        sent = [v for k, v in request.secret_headers if k.lower() == "authorization"]
        stale = challenge.parameters.get("stale", "").lower() == "true"
        if sent and not stale and f'nonce="{_escape(challenge.parameters["nonce"])}"' in sent[-1]:
            return None  # the answer to this very challenge was wrong
        username = yield from required(self._definition.username, context)
        self._challenges[_origin(request), username] = challenge
        return (yield from self._answered(challenge, request, context, username))

    def _answered(
        self, challenge: Challenge, request: WireRequest, context: AuthContext, username: str
    ) -> Flow[WireRequest]:
        password = yield from required(self._definition.password, context)
        yield Acquire(self._lock)
        try:
            challenge.uses += 1  # a server refuses a count that it has seen
            text = answer(challenge, request, username, password)
        finally:
            yield Release(self._lock)
        if not text.isascii():
            raise AuthError(
                "the server's Digest challenge contains characters that are not allowed in a header"
            )
        return place(request, _AUTHORIZATION, text)


def _refusal(context: AuthContext, offered: Iterable[Mapping[str, str]], status: int) -> AuthError:
    problems = dict.fromkeys(unsupported(parameters) for parameters in offered)
    return AuthError(
        f"{context.connector.name}: the server's Digest challenge is not supported: it has"
        f" {'; '.join(filter(None, problems))}",
        status_code=status,
    )


def _origin(request: WireRequest) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(request.url))


def build(definition: Digest) -> DigestScheme:
    """The scheme for its definition."""
    return DigestScheme(definition)
