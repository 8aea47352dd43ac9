"""The text of a new connector.yaml, and calls added to an existing one with its comments and order kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import yaml

from callwright.errors import SpecError
from callwright.specfile.messages import near_name
from callwright.specfile.model.values import NAME, UNFINISHED

_LONGEST_NAME = 100  # folders, modules and captures are named after it
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# as other tools and documentation write them
_LEFTOVER = re.compile(r"\[([A-Za-z_][\w -]*)\]|<([A-Za-z_][\w -]*)>|(?<=/):([A-Za-z_]\w*)(?=/|$)")
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9/._~{}-]*\Z")
_URL = re.compile(r"https?://[A-Za-z0-9./_~-]+(:[0-9]+)?[A-Za-z0-9./_~-]*\Z")
_SENTENCE = re.compile(r"[A-Za-z][A-Za-z0-9 ,.()/-]*[A-Za-z0-9.()/-]\Z")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

_NEW = """\
callwright: 1
name: {name}
title: {title}
# docs_url: https://…
base_url: {base_url}

# How a call shows who is calling. Secrets never stand here: they come from environment variables.
auth: none
# auth: {{type: bearer}}                                   # {prefix}TOKEN
# auth: {{type: api_key, send: {{header: X-Api-Key}}}}       # {prefix}API_KEY
# auth: {{type: basic}}                                    # {prefix}USERNAME, {prefix}PASSWORD

# What every call sends, as if it stood in each of them:
# shared: {{headers: {{Accept-Language: en}}}}

# Where the provider's errors say what happened:
# errors: {{message_path: $.message, code_path: $.code}}

# One entry for each call: callwright add {name} get_user --path '/users/{{id}}'
calls: {{}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call to be added. ``path`` begins with a slash and may hold ``{placeholders}``.

    ``arguments``: placeholder → the Python name of its argument, where that is another one.
    """

    name: str
    method: str = "GET"
    path: str = "/"
    description: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])


def new_connector(name: str, base_url: str, *, title: str | None = None) -> str:
    """The text of a connector that describes no call yet. Raises SpecError for a bad name or URL."""
    check_name(name, "connector")
    if re.match(r"([A-Za-z]+://)?[^/?#\s]*@", base_url):
        raise SpecError(
            "the base URL holds a user name or a password, which never stand in a spec: leave them out, write"
            " auth: {type: basic}, and set them in the environment"
        )
    is_url = re.match(r"https?://[^/\s]+", base_url) and not re.search(r"[\s?#]", base_url)
    if not is_url or not _has_host(base_url):
        raise SpecError(
            f"{base_url!r} is no base URL: write scheme and host, like https://api.example.com/v1"
        )
    shown = title or " ".join(word.capitalize() for word in name.split("_"))
    return _NEW.format(
        name=name, title=_scalar(shown), base_url=_scalar(base_url), prefix=f"{name.upper()}_"
    )


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a bracket that is never closed, a port beyond 65535
        return False


def placeholders(path: str) -> list[str]:
    """The names in braces of a path."""
    return _PLACEHOLDER.findall(path)


def check_name(name: str, what: str) -> None:
    """Raise SpecError unless a name has the one form allowed."""
    if not NAME.match(name):
        near = near_name(name)
        hint = f"; {near} would do" if near else ""
        raise SpecError(
            f"{name!r} is no {what} name: lower-case letters, digits and _, beginning with a letter{hint}"
        )
    if len(name) > _LONGEST_NAME:
        raise SpecError(
            f"the {what} name has {len(name)} letters; at most {_LONGEST_NAME} can be used"
        )


def add_call(text: str, call: NewCall, place: str = "connector.yaml") -> str:
    """The spec with one more call at the end of ``calls``; everything that stood there stays as it was written.

    ``place`` names the file in messages. Raises SpecError for a bad name, method or path, for a call that exists, and
    where ``calls`` is written in a form that a line cannot be added to.
    """
    _check_call(call)
    return insert_calls(text, {call.name: lambda column: _call_lines(call, column)}, place)


def insert_calls(
    text: str, calls: Mapping[str, Callable[[int], list[str]]], place: str = "connector.yaml"
) -> str:
    """The spec with more calls at the end of ``calls``. Each is a function: the column of its name → its lines.

    Raises SpecError for a call that exists, and where ``calls`` is written in a form that a line cannot be added to.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    root = _compose("\n".join(lines), place)
    found = next(((k, v) for k, v in root.value if k.value == "calls"), None)
    if found is None:
        while lines and not lines[-1].strip():
            lines.pop()
        return newline.join([*lines, "", "calls:", *_blocks(calls, 2, is_spaced=True)[1:], ""])
    key, value = found
    for name in calls:
        if name in call_names(value):
            raise SpecError(f"{place}: calls.{name} exists already")
    if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
        column = value.value[0][0].start_mark.column
        at = _end_of(lines, value, column)
        lines[at:at] = _blocks(calls, column, is_spaced=_is_spaced(lines, value))
    elif isinstance(value, yaml.MappingNode) and value.value:
        raise SpecError(
            f"{place}:{value.start_mark.line + 1}: calls is written within {{ }}: write it as a block, one call a line"
        )
    else:
        _replace_empty(lines, key, value, _blocks(calls, 2, is_spaced=True)[1:])
    return newline.join(lines)


def _blocks(
    calls: Mapping[str, Callable[[int], list[str]]], column: int, *, is_spaced: bool
) -> list[str]:
    blank = [""] if is_spaced else []
    return [line for lines in calls.values() for line in (*blank, *lines(column))]


def call_names(node: object) -> list[str]:
    """The keys of a map of calls."""
    if not isinstance(node, yaml.MappingNode):
        return []
    return [str(k.value) for k, _ in cast("Any", node.value)]


def names_in(text: str, place: str) -> list[str]:
    """The calls of a group file (``calls/*.yaml``). Raises SpecError when it is not YAML."""
    return call_names(_compose(text, place))


def _compose(text: str, place: str) -> yaml.MappingNode:
    try:
        node: object = yaml.compose(
            text, Loader=yaml.SafeLoader
        )  # pyright: ignore[reportUnknownMemberType]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise SpecError(f"{place}{line}: not valid YAML; correct it first") from None
    if not isinstance(node, yaml.MappingNode):
        raise SpecError(f"{place}: a map was expected; begin it with callwright: 1")
    return node


def _check_call(call: NewCall) -> None:
    check_name(call.name, "call")
    if call.method not in METHODS:
        raise SpecError(f"{call.method!r} is no method: {', '.join(METHODS)}")
    if not call.path.startswith("/"):
        raise SpecError(
            f"{call.path!r} is no path: it begins with a slash and goes on from base_url"
        )
    if re.search(r"[\s?#]", call.path):
        raise SpecError(
            f"{call.path!r} is no path: write queries under query:, and encode spaces as %20"
        )
    braced = _LEFTOVER.sub(
        lambda m: "{" + re.sub(r"\W+", "_", m[1] or m[2] or m[3]) + "}", call.path
    )
    if braced != call.path:
        raise SpecError(f"{call.path!r}: placeholders are written in braces: {braced}")
    names = placeholders(call.path)
    if not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", n) for n in names) or re.search(
        r"[{}]", _PLACEHOLDER.sub("", call.path)
    ):
        raise SpecError(f"{call.path!r}: placeholders are names in braces, like /users/{{id}}")
    if len(set(names)) < len(names):
        raise SpecError(f"{call.path!r} names a placeholder twice")


def _call_lines(call: NewCall, column: int) -> list[str]:
    names = placeholders(call.path)
    lines = [f"{call.name}:"]
    lines += [f"  description: {_scalar(call.description)}"] if call.description else []
    lines += [f"  method: {call.method}"] if call.method != "GET" else []
    lines.append(f"  path: {_scalar(call.path)}")
    if names:
        lines.append("  path_params:")
        lines += [f"    {name}: {{type: string}}" for name in names]
    if call.method in ("POST", "PUT", "PATCH"):
        lines += ["  # body:", "  #   fields:", "  #     name: {type: string, required: true}"]
    else:
        lines += ["  # query:", "  #   limit: {type: integer, description: How many at most.}"]
    args = ", ".join(f"{call.arguments.get(name, name)}: {UNFINISHED}" for name in names)
    sample = f"{{args: {{{args}}}}}" if args else "{}"
    lines += ["  samples:", f"    example: {sample}    # what callwright initialize sends"]
    return [" " * column + line for line in lines]


def _end_of(lines: list[str], value: yaml.MappingNode, column: int) -> int:
    """The index of the line after the last call, its own trailing comments included."""
    last: yaml.Node = value.value[-1][1]
    at: int = last.end_mark.line if last.end_mark.column == 0 else last.end_mark.line + 1
    while at > 0 and (not lines[at - 1].strip() or _is_comment(lines[at - 1], 0)):
        at -= 1
    while at < len(lines) and _is_comment(lines[at], column):
        at += 1
    return at


def _is_comment(line: str, column: int) -> bool:
    stripped = line.lstrip(" ")
    return stripped.startswith("#") and len(line) - len(stripped) >= column


def _is_spaced(lines: list[str], value: yaml.MappingNode) -> bool:
    """Whether the calls that are there stand apart by empty lines."""
    starts = [key.start_mark.line for key, _ in value.value]
    if len(starts) == 1:
        return True
    return any(not line.strip() for line in lines[starts[0] : starts[-1]])


def _replace_empty(lines: list[str], key: yaml.Node, value: yaml.Node, added: list[str]) -> None:
    """Put the first call below ``calls:``, ``calls: {}`` or ``calls: null``."""
    at = key.start_mark.line
    if value.end_mark.line == at and value.end_mark.column > value.start_mark.column:
        line = lines[at]
        rest = line[value.end_mark.column :]
        lines[at] = (line[: value.start_mark.column].rstrip() + rest).rstrip()
    elif value.end_mark.line > at and isinstance(value, yaml.MappingNode) and value.flow_style:
        lines[at : value.end_mark.line + 1] = ["calls:"]
    lines[at + 1 : at + 1] = added


def _scalar(text: str) -> str:
    """A text as a YAML scalar on one line, quoted unless it is harmless."""
    if text.lower() not in _WORDS and _harmless(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _harmless(text: str) -> bool:
    return bool(_PLAIN.match(text) or _URL.match(text) or _SENTENCE.match(text))


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"
