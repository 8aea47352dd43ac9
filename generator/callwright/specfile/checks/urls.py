"""``${name}`` where it cannot work: unfinished, in the base URL although it may be unset, or as a host nobody has vouched for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callwright.diagnostics import Diagnostic
from callwright.specfile.messages import error
from callwright.specfile.model.auth import AllOf, AnyScheme, Saved
from callwright.specfile.model.values import Base
from callwright.specfile.resolve import VARIABLE, ResolvedConnector, names_in, optional_variables
from callwright.specfile.source import Node, dotted

Path = tuple[str | int, ...]
_SENT = ("path", "base_url", "path_params", "query", "headers", "cookies", "body")
# for people, and never filled in
_PROSE = frozenset(
    {"description", "example", "default", "server_default", "enum", "pattern", "safe_pattern"}
)
_SCHEME_AND_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


def names_in_authorities(connector: ResolvedConnector) -> frozenset[str]:
    """The ``${names}`` that decide where something is sent: in a URL's authority, or a whole URL."""
    found: set[str] = set()
    for url, _ in _urls(connector):
        whole = VARIABLE.match(url)
        host = whole if whole is not None else _SCHEME_AND_HOST.match(url)
        found |= set(names_in(host[0])) if host is not None else set()
    return frozenset(found)


def check_urls(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    """Every ``${name}`` that is unfinished or must not stand where it does."""
    yield from _unfinished(connector)
    for url, path in _urls(connector):
        yield from _hosts(connector, url, path)
    for url, path in _common(connector):
        yield from _optional(connector, url, path)


def _say(
    connector: ResolvedConnector, code: str, message: str, path: Path, hint: str
) -> Diagnostic:
    return error(code, message, connector.source.span(*path), dotted(path), hint)


def _unfinished(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    places: list[Path] = [("base_url",), ("environments",), ("shared",), ("auth",)]
    places += [("calls", c.name, key) for c in connector.calls for key in _SENT]
    for place in places:
        node: Node | None = connector.source.root
        for name in place:
            node = node.child(name) if node is not None else None
        if node is not None:
            for path, text in _texts(node, place):
                if "${" in VARIABLE.sub("", text):
                    yield _say(
                        connector,
                        "unfinished-name",
                        "${ without its }",
                        path,
                        "a literal ${ is written $${",
                    )


def _texts(node: Node, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node.value, str):
        yield path, node.value
    for name, (_, inner) in node.members.items():
        if name not in _PROSE:
            yield from _texts(inner, (*path, name))
    for index, inner in enumerate(node.items):
        yield from _texts(inner, (*path, index))


def _urls(connector: ResolvedConnector) -> Iterator[tuple[str, Path]]:
    """All URLs to which something is sent, with their places."""
    document = connector.document
    yield from _common(connector)
    for name, environment in document.environments.items():
        path: Path = ("environments", name)
        for call, own in environment.calls.items():
            yield own.base_url, (*path, "calls", call, "base_url")
        for scheme_name, urls in environment.auth.items():
            yield from _own_urls(urls, (*path, "auth", scheme_name))
    for resolved in connector.calls:
        if resolved.call.base_url is not None:
            yield resolved.call.base_url, ("calls", resolved.name, "base_url")
    for name, scheme in document.auth.items():
        yield from _own_urls(scheme, ("auth",) if name == "default" else ("auth", name))


def _common(connector: ResolvedConnector) -> Iterator[tuple[str, Path]]:
    """The URLs that all calls share. Those of one call or scheme may need what not every client gives."""
    document = connector.document
    if document.base_url is not None:
        yield document.base_url, ("base_url",)
    for name, environment in document.environments.items():
        if environment.base_url is not None:
            yield environment.base_url, ("environments", name, "base_url")


def _own_urls(holder: Base, path: Path) -> Iterator[tuple[str, Path]]:
    if isinstance(holder, AllOf):
        for index, inner in enumerate(holder.of):
            yield from _own_urls(inner, (*path, "of", index))
        return
    for key in ("url", "token_url", "authorization_url", "refresh_url"):
        url = getattr(holder, key, None)
        if url is not None:
            yield url, (*path, key)
    for key in ("request", "refresh"):
        request = getattr(holder, key, None)
        if request is not None:
            yield from _own_urls(request, (*path, key))
    for index, step in enumerate(getattr(holder, "steps", None) or ()):
        yield from _own_urls(step, (*path, "steps", index))


def _optional(connector: ResolvedConnector, text: str, path: Path) -> Iterator[Diagnostic]:
    may_be_unset = optional_variables(connector.document) - connector.saved  # logins fill those
    for name in dict.fromkeys(names_in(text)):
        fixed = all(e is not None and name in e.variables for e in connector.environments.values())
        if name in may_be_unset and not fixed:
            yield _say(
                connector,
                "optional-in-url",
                f"${{{name}}} may be unset, and all calls need this URL",
                path,
                f"variables: {{{name}: {{required: true}}}}, or give it a default",
            )


def _hosts(connector: ResolvedConnector, url: str, path: Path) -> Iterator[Diagnostic]:
    whole = VARIABLE.match(url)
    if whole is not None and whole[1] is not None:
        if not _pattern(connector, whole[1]):
            yield _say(
                connector,
                "host-without-pattern",
                f"${{{whole[1]}}} is the whole URL; without a pattern credentials could go anywhere",
                path,
                f"give {whole[1]} a pattern: '^https://[a-z0-9-]+\\.example\\.com$'",
            )
        return
    host = _SCHEME_AND_HOST.match(url)
    for name in dict.fromkeys(names_in(host[0] if host else "")):
        if name in connector.saved and not _pattern(connector, name):
            yield _say(
                connector,
                "host-without-pattern",
                f"${{{name}}} comes from a token's answer; without a pattern that answer chooses the host",
                path,
                f"save: {{{name}: {{path: …, pattern: '^[a-z0-9-]+$'}}}}",
            )


def _pattern(connector: ResolvedConnector, name: str) -> bool:
    """Whether anything says what the value must look like."""
    document = connector.document
    variable = document.variables.get(name)
    if variable is not None and (variable.pattern or variable.enum):
        return True
    credential = document.credentials.get(name)
    if credential is not None and credential.pattern:
        return True
    return any(s.pattern for scheme in document.auth.values() for s in _saved(scheme, name))


def _saved(scheme: AnyScheme, name: str) -> Iterator[Saved]:
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from _saved(inner, name)
        return
    holders = (scheme, getattr(scheme, "request", None), *(getattr(scheme, "steps", None) or ()))
    for holder in holders:
        saved: dict[str, Saved] = getattr(holder, "save", None) or {}
        if name in saved:
            yield saved[name]
