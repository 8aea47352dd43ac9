"""Placeholders as other tools and documentation write them: ``[id]``, ``<name>``, ``:id``, ``{{key}}``. They would be
sent as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from callwright.diagnostics import Diagnostic, Severity
from callwright.specfile.messages import error
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.resolve import PLACES, ResolvedCall, ResolvedConnector
from callwright.specfile.source import Node, dotted, plain

_Path = tuple[str | int, ...]
_NAME = r"[A-Za-z_][A-Za-z0-9_ -]*"
_BRACKETS = rf"\[(?P<square>{_NAME})\]|<(?P<angle>{_NAME})>"
_IN_PATH = re.compile(rf"{_BRACKETS}|(?:(?<=/)|^):(?P<colon>[A-Za-z_]\w*)(?=/|$)")
_BRACES = rf"\{{\{{\s*(?P<braces>{_NAME}?)\s*\}}\}}"
_IN_HOST = re.compile(rf"{_BRACKETS}|{_BRACES}")
# a value is a placeholder when it is nothing else, or ends in one, like Bearer <token>
_IN_VALUE = re.compile(rf"(?:^|(?<=\s))(?:{_BRACKETS}|{_BRACES})$")
_IN_JSON = re.compile(rf'(?<=["\s:,\[])(?:{_BRACKETS})(?="|\s*[,}}\]])')
_WORDS = frozenset({"true", "false", "null"})
_PLAIN_PATH = "a literal one is percent-encoded: %5B, %5D, %3C, %3E"


def check_leftovers(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    """Every such placeholder in URLs, paths, constants and templates of a connector."""
    check = _Leftovers(connector)
    document = connector.document
    yield from check.host(document.base_url, ("base_url",))
    for key in ("environments", "auth"):
        node = connector.source.root.child(key)
        for path, url in _urls(node, (key,)) if node is not None else ():
            yield from check.host(url, path)
    for place in ("headers", "query", "body"):
        fields = getattr(document.shared, place) if document.shared else {}
        yield from check.fields(fields, ("shared", place))
    for call in connector.calls:
        yield from check.call(call)


class _Leftovers:
    def __init__(self, connector: ResolvedConnector) -> None:
        self._source = connector.source

    def call(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        call, path = resolved.call, ("calls", resolved.name)
        yield from self.host(call.base_url, (*path, "base_url"))
        yield from self._path(call.path or "", (*path, "path"))
        body = call.body
        for place in PLACES:
            if place == "body":
                yield from self.fields(body.fields if body else {}, (*path, "body", "fields"))
            else:
                yield from self.fields(getattr(call, place), (*path, place))
        if body is not None and body.template and "json" in (body.content_type or "").lower():
            yield from self._template(body.template, (*path, "body", "template"))

    def host(self, text: str | None, path: _Path) -> Iterator[Diagnostic]:
        for match in _IN_HOST.finditer(text or ""):
            name = _python(match)
            hint = f"${{{name}}}, declared under variables: {{{name}: {{}}}}"
            yield self._say(f"{match[0]} is sent as it stands", path, hint, Severity.ERROR)

    def _path(self, text: str, path: _Path) -> Iterator[Diagnostic]:
        for match in _IN_PATH.finditer(text.partition("?")[0]):
            name = _python(match)
            hint = f"{{{name}}}, with path_params: {{{name}: {{type: string}}}} where it is no text"
            if match["colon"]:
                yield self._say(
                    f"{match[0]} is sent as it stands", path, f"{hint}; %3A is a literal colon"
                )
            else:
                yield self._say(
                    f"{match[0]} is sent as it stands",
                    path,
                    f"{hint}; {_PLAIN_PATH}",
                    Severity.ERROR,
                )

    def _template(self, text: str, path: _Path) -> Iterator[Diagnostic]:
        for match in _IN_JSON.finditer(text):
            name = _python(match)
            if name not in _WORDS:
                hint = f"{{{name}}}, with body: {{fields: {{{name}: {{}}}}}}"
                yield self._say(f"{match[0]} is sent as it stands", path, hint)

    def fields(self, fields: Mapping[str, Parameter | None], path: _Path) -> Iterator[Diagnostic]:
        for name, parameter in fields.items():
            if parameter is None:
                continue
            if parameter.is_constant:
                yield from self._constant(plain(parameter.value), name, (*path, name))
            yield from self.fields(parameter.fields or {}, (*path, name, "fields"))

    def _constant(self, value: object, key: str, path: _Path) -> Iterator[Diagnostic]:
        if isinstance(value, dict):
            for inner, item in value.items():
                yield from self._constant(item, str(inner), (*path, str(inner)))
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._constant(item, key, (*path, index))
        elif isinstance(value, str) and (match := _IN_VALUE.search(value)):
            hint = f"an argument: {key}: {{type: string}}; or ${{{_python(match)}}} of a variable or credential"
            yield self._say(f"{match[0]} is sent as it stands", path, hint)

    def _say(
        self, message: str, path: _Path, hint: str, severity: Severity = Severity.WARNING
    ) -> Diagnostic:
        found = error(
            "placeholder", message, self._source.span(*path), dotted(path), f"write {hint}"
        )
        return replace(found, severity=severity)


def _urls(node: Node, path: _Path) -> Iterator[tuple[_Path, str]]:
    """The URLs inside of a part of the source, whatever their keys are called exactly."""
    for key, (_, value) in node.members.items():
        if key.endswith("url") and isinstance(value.value, str):
            yield (*path, key), value.value
        yield from _urls(value, (*path, key))
    for index, item in enumerate(node.items):
        yield from _urls(item, (*path, index))


def _python(match: re.Match[str]) -> str:
    """The placeholder's name as an argument or variable could be called."""
    name = next(text for text in match.groupdict().values() if text)
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return re.sub(r"\W+", "_", snake).strip("_") or "name"
