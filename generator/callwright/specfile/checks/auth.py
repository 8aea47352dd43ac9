"""Where credentials may go, and what each scheme needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from callwright.diagnostics import Diagnostic, did_you_mean
from callwright.runtime.patterns import matches, whole
from callwright.runtime.request.headers import is_cookie_name, name_problem
from callwright.specfile.checks.base import Checking, Path
from callwright.specfile.model.auth import (
    AllOf,
    AnyScheme,
    ApiKey,
    ClientCertificate,
    CustomAuth,
    CustomToken,
    Jwt,
    OAuth2,
    TokenRequest,
)
from callwright.specfile.model.document import BaseUrl
from callwright.specfile.model.policies import Send
from callwright.specfile.resolve import LIVE, ResolvedCall, names_in, needed_names

_ADDRESS = re.compile(r"/|https?://|\$\{")


class AuthChecks(Checking):
    """Origins, environments and schemes."""

    def origins(self) -> Iterator[Diagnostic]:
        document = self.connector.document
        if document.self_hosted is not None:
            yield from self._self_hosted(document.self_hosted)
        for name, environment in self.connector.environments.items():
            own = environment.base_url if environment is not None else None
            path: Path = ("environments", name, "base_url") if own is not None else ("base_url",)
            base = own if own is not None else document.base_url
            if base is None and document.self_hosted is None:
                lacking = [
                    c.name
                    for c in self.connector.calls
                    if c.call.base_url is None and c.call.url is None
                ]
                if lacking:
                    yield self.say(
                        "missing-key",
                        f"base_url is missing; the call {lacking[0]} has none of its own",
                        () if name == LIVE else ("environments", name),
                    )
            elif base is not None:
                yield from self.url(base, path)
            if environment is not None:
                yield from self._environment(name)
        for resolved in self.connector.calls:
            if resolved.call.base_url is not None:
                yield from self.url(resolved.call.base_url, ("calls", resolved.name, "base_url"))

    def _self_hosted(self, hosted: BaseUrl) -> Iterator[Diagnostic]:
        if not hosted.required:
            yield self.say(
                "missing-key",
                "required: true is missing",
                ("base_url",),
                "a server that is the same for every user is a plain URL",
            )
        if hosted.example is None:
            return
        yield from self.url(hosted.example, ("base_url", "example"))
        if hosted.pattern is not None and not matches(whole(hosted.pattern), hosted.example):
            yield self.say(
                "bad-value",
                "the example does not match the pattern as a whole",
                ("base_url", "example"),
            )

    def _environment(self, name: str) -> Iterator[Diagnostic]:
        environment = self.connector.environments[name]
        assert environment is not None
        path: Path = ("environments", name)
        known = {
            "variables": self.connector.document.variables,
            "credentials": self.connector.credentials,
            "calls": self.connector.document.calls,
            "auth": self.connector.document.auth,
        }
        for place, names in known.items():
            for given in getattr(environment, place):
                if given not in names:
                    yield self.say(
                        "unknown-name",
                        f"there is no {'scheme' if place == 'auth' else place.removesuffix('s')} {given}{did_you_mean(given, names)}",
                        (*path, place, given),
                        key=True,
                    )
        if name == LIVE:
            return
        for resolved in self.connector.calls:
            if resolved.call.base_url is not None and resolved.name not in environment.calls:
                yield self.say(
                    "environment-origin",
                    f"{resolved.name} has a base_url of its own, which {name} must override: development credentials must not reach the live host",
                    path, f"environments.{name}.calls.{resolved.name}.base_url", key=True,
                )  # fmt: skip
        for scheme_name, scheme in self.connector.document.auth.items():
            override = environment.auth.get(scheme_name)
            for key, url in _token_urls(scheme):
                if _is_fixed(url) and getattr(override, key, None) is None:
                    yield self.say(
                        "environment-origin",
                        f"{key} must be overridden in {name}: development credentials must not reach the live host",
                        path, f"environments.{name}.auth.{scheme_name}.{key}", key=True,
                    )  # fmt: skip

    def sends_credentials(self, resolved: ResolvedCall) -> bool:
        """Whether a call has anything that the provider could refuse."""
        document, call = self.connector.document, resolved.call
        if call.auth is None:
            schemes = bool(document.auth) and call.url is None
        else:
            schemes = call.auth != "none"
        mentioned = names_in([document.base_url, call.base_url, call.path])
        return schemes or any(name in self.connector.credentials for name in mentioned)

    def auth(self) -> Iterator[Diagnostic]:
        for name, scheme in self.connector.document.auth.items():
            path: Path = ("auth",) if name == "default" else ("auth", name)
            yield from self._scheme(scheme, path)
        yield from self._alike()

    def _alike(self) -> Iterator[Diagnostic]:
        """Schemes between which the credentials that a client is given cannot decide."""
        seen: dict[frozenset[str], str] = {}
        for name, scheme in self.connector.document.auth.items():
            if name in self.connector.named_only:
                continue
            needed = needed_names(scheme).intersection(self.connector.credentials)
            other = seen.setdefault(needed, name)
            if needed and other != name:
                yield self.say(
                    "schemes-alike",
                    f"{name} has the credentials of {other}, so no client could choose it",
                    ("auth", name),
                    f"give them names of their own, or let calls name it (auth: {name})",
                    key=True,
                )

    def _all_of(self, scheme: AllOf, path: Path) -> Iterator[Diagnostic]:
        parts = list(_parts(scheme))
        waiting = [s for s in parts if s.type in ("oauth2", "custom_token", "jwt", "digest")]
        if len(waiting) > 1:
            yield self.say(
                "two-token-schemes",
                "at most one scheme of `all` may refresh tokens or answer challenges",
                (*path, "of"),
            )
        places = [place for part in parts if (place := _place(part)) is not None]
        for kind, name in dict.fromkeys(p for p in places if places.count(p) > 1):
            yield self.say(
                "same-place",
                f"two schemes of `all` write the {kind} {name}; one would replace the other",
                (*path, "of"),
            )

    def _scheme(self, scheme: AnyScheme, path: Path) -> Iterator[Diagnostic]:
        for name in names_in(scheme):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                yield self.say(
                    "bad-name", f"${{{name}}} is not a name: lower-case letters, digits and _", path
                )
        send = getattr(scheme, "send", None)
        if send is not None:
            yield from self._send(send, (*path, "send"))
        for headers, where in _token_headers(scheme):
            yield from self.headers(headers, (*path, *where))
        match scheme:
            case AllOf():
                for index, inner in enumerate(scheme.of):
                    yield from self._scheme(inner, (*path, "of", index))
                if len(path) < 2 or path[-2] != "of":  # one inside another is part of that
                    yield from self._all_of(scheme, path)
            case OAuth2():
                if scheme.flow == "authorization_code" and scheme.authorization_url is None:
                    yield self.say(
                        "missing-key",
                        "authorization_url is missing (flow authorization_code)",
                        path,
                    )
                if scheme.client_auth == "private_key_jwt" and scheme.assertion is None:
                    yield self.say(
                        "missing-key", "assertion is missing (client_auth private_key_jwt)", path
                    )
                if scheme.profile is not None and not _ADDRESS.match(scheme.profile.path):
                    yield self.say(
                        "bad-value",
                        "expected a path that begins with /, or a whole URL",
                        (*path, "profile", "path"),
                    )
            case CustomToken():
                if (scheme.request is None) is (scheme.steps is None):
                    yield self.say(
                        "missing-key", "exactly one of request and steps is needed", path
                    )
            case Jwt():
                if scheme.mode == "exchange" and scheme.token_url is None:
                    yield self.say("missing-key", "token_url is missing (mode exchange)", path)
            case ApiKey() | _:
                pass

    def _send(self, send: Send, path: Path) -> Iterator[Diagnostic]:
        places = [p for p in ("header", "query", "cookie", "body") if getattr(send, p) is not None]
        if len(places) != 1:
            yield self.say(
                "bad-value", "exactly one of header, query, cookie and body is needed", path
            )
        for key, problem in _name_problems(send):
            yield self.say("bad-name", problem, (*path, key))


def _token_headers(scheme: AnyScheme) -> Iterator[tuple[Mapping[str, object], Path]]:
    """The headers of a scheme's own requests, with their places in it."""
    if isinstance(scheme, OAuth2):
        yield scheme.token_headers, ("token_headers",)
    if isinstance(scheme, CustomToken):
        requests: dict[Path, TokenRequest | None] = {
            ("steps", index): step for index, step in enumerate(scheme.steps or ())
        }
        requests |= {("request",): scheme.request, ("refresh",): scheme.refresh}
        for place, request in requests.items():
            if request is not None:
                yield request.headers, (*place, "headers")


def _name_problems(send: Send) -> Iterator[tuple[str, str]]:
    problem = name_problem(send.header) if send.header is not None else None
    if problem is not None:
        yield "header", f"{send.header!r} {problem}"
    if send.cookie is not None and not is_cookie_name(send.cookie):
        yield "cookie", f"{send.cookie!r} is not a legal cookie name"


def _parts(scheme: AnyScheme) -> Iterator[AnyScheme]:
    """The scheme, or those that it is made of."""
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from _parts(inner)
    else:
        yield scheme


def _place(scheme: AnyScheme) -> tuple[str, str] | None:
    """What a scheme writes its credentials to; None for what is no place of the request, or the application's affair."""
    if isinstance(scheme, ClientCertificate | CustomAuth):
        return None
    send: Send | None = getattr(scheme, "send", None)
    if send is None:
        return "header", "authorization"
    if send.header is not None:
        return "header", send.header.lower()
    given = ((p, getattr(send, p)) for p in ("query", "cookie", "body"))
    return next(((p, name) for p, name in given if name is not None), None)


def _token_urls(scheme: AnyScheme) -> Iterator[tuple[str, str]]:
    """The URLs that an environment can override; of the one inside ``all`` that has some, too."""
    for part in _parts(scheme):
        for key in ("token_url", "authorization_url", "refresh_url"):
            url: str | None = getattr(part, key, None)
            if url is not None:
                yield key, url


def _is_fixed(url: str) -> bool:
    """Whether a URL names the same host in every environment."""
    return not url.startswith("/") and not list(names_in(url))


def has_certificate(scheme: AnyScheme) -> bool:
    """Whether a scheme shows a client certificate."""
    return any(isinstance(part, ClientCertificate) for part in _parts(scheme))
