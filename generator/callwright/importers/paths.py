"""Paths as they were called → templates with parameters."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, unquote

from callwright.importers.credentials import placeholder
from callwright.importers.marks import mark, marked_names, whole_mark
from callwright.ir.naming import argument, singular, snake

_VERSION = re.compile(r"v?\d{1,2}(?:\.\d+)*|v\d\w*|\d{4}-\d{2}-\d{2}|latest")
_API = re.compile(r"api|rest|wp-json|services")
_IDENTIFIER = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25}|\d{4,}|[0-9a-fA-F]{12,}"
    r"|[a-z]{2,8}_(?=[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{8,}"
    r"|(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{16,}|\d{4}-\d{2}-\d{2}|[\w.+-]+@[\w-]+\.[\w.-]+"
)
_EXTENSION = re.compile(r"(.+)(\.(?:json|xml|csv|html|pdf|txt|yaml|ics))\Z")
_INNER = re.compile(
    r"\{\{?\s*([A-Za-z_][\w.-]*)\s*\}?\}|<([A-Za-z_][\w .-]*)>|%7B([A-Za-z_][\w.-]*)%7D"
)
_COLON = re.compile(r":\[?([A-Za-z_][\w -]*)\]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathParameter:
    """A parameter of a path: its ``name`` in the template, and its value in the source (with marks; "" for none)."""

    name: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTemplate:
    """A path with ``{parameters}``."""

    text: str
    parameters: tuple[PathParameter, ...] = ()


def is_prefix(segment: str) -> bool:
    """Whether a segment belongs to a base URL: a version, or a word like ``api``."""
    return bool(_VERSION.fullmatch(segment) or _API.fullmatch(segment))


def path_template(path: str, taken: Collection[str] = ()) -> PathTemplate:
    """The template of a path (as in a URL, percent-encoded, with marks). ``taken``: names that are not free."""
    names = set(taken)
    parameters: list[PathParameter] = []
    segments: list[str] = []
    for index, segment in enumerate(path.split("/")):
        before = segments[index - 1] if index else ""
        segments.append(_segment(segment, before, names, parameters))
    return PathTemplate(text="/".join(segments), parameters=tuple(parameters))


def _segment(segment: str, before: str, names: set[str], parameters: list[PathParameter]) -> str:
    stem, extension = segment, ""
    match = _EXTENSION.fullmatch(segment)
    if match:
        stem, extension = match.groups()
    found = _whole(stem, before)
    if found is not None:
        name = _free(found[0], names)
        parameters.append(PathParameter(name=name, value=found[1]))
        return f"{{{name}}}{extension}"

    def parameter(match: re.Match[str]) -> str:
        name = _free(snake(next(g for g in match.groups() if g)), names)
        parameters.append(PathParameter(name=name))
        return f"{{{name}}}"

    text = _INNER.sub(parameter, segment)
    for mark_name in dict.fromkeys(marked_names(text)):
        name = _free(argument(mark_name), names)
        parameters.append(PathParameter(name=name, value=mark(mark_name)))
        text = text.replace(mark(mark_name), f"{{{name}}}")
    return text


def _whole(segment: str, before: str) -> tuple[str, str] | None:
    """The name and value of the parameter that a segment is; None when it is a word of the path."""
    mark_name = whole_mark(segment)
    if mark_name is not None:
        return argument(mark_name), segment
    colon = _COLON.fullmatch(segment)
    word = colon[1] if colon else placeholder(unquote(segment)) or placeholder(segment)
    if word is not None:
        is_word = colon is None and not re.search(r"[<{\[%]", segment)
        return argument(word), segment if is_word else ""
    if not _is_identifier(segment, before) or quote(unquote(segment), safe="-._~") != segment:
        return None
    return _name_after(before), unquote(segment)


def _is_identifier(segment: str, before: str) -> bool:
    if _VERSION.fullmatch(segment) and not segment.isdigit():
        return False
    if _IDENTIFIER.fullmatch(segment):
        return True
    plural = (
        before.isascii()
        and before.replace("_", "").replace("-", "").isalpha()
        and singular(before.lower()) != before.lower()
    )
    return segment.isdigit() and len(segment) <= 3 and plural


def _name_after(before: str) -> str:
    word = before.strip("{}")
    if not word or is_prefix(word) or before.startswith("{"):
        return "id"
    return f"{singular(snake(word))}_id"


def _free(name: str, names: set[str]) -> str:
    free, number = name, 1
    while free in names:
        number += 1
        free = f"{name}_{number}"
    names.add(free)
    return free
