"""Project settings: callwright.toml, or [tool.callwright] in pyproject.toml. Every setting has a default."""

from __future__ import annotations

import keyword
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from callwright.errors import SpecError

FILE = "callwright.toml"
_TABLE = "[tool.callwright]"
T = TypeVar("T")
Layout = Literal["application", "project"]
_APPLICATION: Layout = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one project; all paths are absolute and inside ``root``.

    specs: The folder that holds one folder per connector.
    output: The folder that receives one package per connector.
    http: The module that generated clients use in place of httpx.
    layout: "application": the packages of the output folder share one runtime beside them, which the folder is
        imported with. "project": each is a project of its own, with the runtime inside, and builds to a wheel.
    recorded: Whether generated packages carry their captures, for the recorded clients of their ``testing`` module.
    custom_auth: Name in a spec (``{type: custom, name: …}``) → ``module:function`` that makes an httpx.Auth.
    """

    root: Path
    specs: Path
    output: Path
    http: str = "httpx"
    layout: Layout = "application"
    recorded: bool = True
    custom_auth: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def shared_by(self) -> str:
        """The name of the folder whose packages share a runtime; blank when each has its own."""
        return self.output.name if self.layout == "application" else ""


def load_settings(start: Path | str = ".") -> Settings:
    """The settings of the project that ``start`` is in.

    The nearest callwright.toml or pyproject.toml with [tool.callwright] counts, upwards from ``start`` (callwright.toml
    when a folder has both); its folder is the project's root. Without one ``start`` itself is the root.

    Raises:
        SpecError: The file does not parse, or a setting is wrong; names file, line and key of each problem.
    """
    folder = Path(start).resolve()
    if not folder.is_dir():
        raise SpecError(f"there is no folder {start}")
    for root in (folder, *folder.parents):
        table = _find(root, folder)
        if table is not None:
            return table.settings()
    return _Table(folder, FILE, "", {}).settings()


def _find(root: Path, start: Path) -> _Table | None:
    own, project = root / FILE, root / "pyproject.toml"
    if own.is_file():
        name, text, data = _read(own, start)
        return _Table(root, name, text, data)
    if not project.is_file():
        return None
    name, text, data = _read(project, start)
    tools = data.get("tool")
    if not isinstance(tools, dict) or "callwright" not in tools:
        return None
    table = cast("dict[str, Any]", tools)["callwright"]
    if not isinstance(table, dict):
        raise SpecError(f"{name}: tool.callwright: expected a table, found {_found(table)}")
    return _Table(root, name, text, cast("dict[str, Any]", table))


def _read(path: Path, start: Path) -> tuple[str, str, dict[str, Any]]:
    """Its name for messages (as seen from ``start``), text and content."""
    name = Path(os.path.relpath(path, start)).as_posix()
    try:
        # newlines as Python's text files read them: a lone \r would be an error in TOML
        text = path.read_text(encoding="utf-8-sig")
        return name, text, tomllib.loads(text)
    except OSError as failure:
        raise SpecError(f"cannot read {name}: {failure.strerror or failure}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{name} is not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as failure:
        raise SpecError(_syntax(name, str(failure))) from None
    except (RecursionError, ValueError):  # nested without end, or a number of thousands of digits
        raise SpecError(f"{name} is not TOML that can be read") from None


def _syntax(name: str, problem: str) -> str:
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", problem)
    if match is None:
        return f"{name}: {problem}"
    place = f"{name}:{match[2]}:{match[3]}" if match[2] else name
    where = "" if match[2] else " at the end of the file"
    return f"{place}: not TOML: {match[1]}{where}"


@dataclass(slots=True)
class _Table:
    """The settings as written, and the problems found in them."""

    root: Path
    name: str
    text: str
    data: Mapping[str, Any]
    problems: list[str] = field(default_factory=list[str])

    def settings(self) -> Settings:
        """Check everything; all problems are told at once."""
        self.unknown_keys()
        specs = self.folder("specs", "specs")
        output = self.folder("output", "generated")
        if specs is not None and specs == output:
            key = "output" if "output" in self.data else "specs"
            shown = specs.relative_to(self.root).as_posix()
            self.complain(key, f"specs and output are both {shown}; give each its own folder")
        http = self.take("http", "httpx", _module)
        layout = self.take("layout", _APPLICATION, _layout)
        recorded = self.take("recorded", True, _recorded)
        custom_auth = self.take("custom_auth", dict[str, str](), _factories)
        if layout == "application" and output is not None:
            self.refuse_unimportable(output)
        if self.problems:
            raise SpecError("\n".join(self.problems))
        assert specs is not None
        assert output is not None
        return Settings(
            root=self.root,
            specs=specs,
            output=output,
            http=http,
            layout=layout,
            recorded=recorded,
            custom_auth=custom_auth,
        )

    def take(self, key: str, default: T, read: Callable[[Any], T]) -> T:
        """A setting, or its default when it is absent or wrong."""
        if key not in self.data:
            return default
        try:
            return read(self.data[key])
        except _WrongError as wrong:
            self.complain(wrong.key or key, wrong.message)
            return default

    def folder(self, key: str, default: str) -> Path | None:
        text = self.take(key, default, _path)
        path = Path(os.path.normpath(self.root / text))
        if path.is_relative_to(self.root):
            return path
        self.complain(key, f"{text} is outside the project; name a folder below this file's")
        return None

    def refuse_unimportable(self, output: Path) -> None:
        from callwright.project.roots import import_root

        reason = import_root(output, self.root)
        shown = output.relative_to(self.root).as_posix()
        if reason is None and not _is_dotted(output.name):
            self.complain(
                "output",
                f"{shown} cannot be imported as a package: name a folder whose name is a Python"
                ' identifier, or set layout = "project"',
            )
        elif reason is not None:
            self.complain(
                "output",
                f"{shown} is {reason}, and packages that share a runtime need a package above them; name a folder"
                f' below it, such as {"" if shown == "." else f"{shown}/"}clients, or set layout = "project"',
            )

    def unknown_keys(self) -> None:
        known = ("specs", "output", "http", "layout", "recorded", "custom_auth")
        for key in self.data:
            if key not in known:
                # pydantic comes with it: only when there is something to say
                from callwright.diagnostics import did_you_mean

                meant = did_you_mean(key, known) or f"; known: {', '.join(known)}"
                self.complain(key, f"unknown setting{meant}")

    def complain(self, key: str, message: str) -> None:
        line = next(self.lines(key), None)
        self.problems.append(f"{self.name}{f':{line}' if line else ''}: {key}: {message}")

    def lines(self, key: str) -> Iterator[int]:
        """Where the key stands, counted from 1."""
        last = re.escape(key.rpartition(".")[2])
        written = re.compile(rf"""\s*(?:[\w.]*\.)?["']?{last}["']?\s*=|\s*\[[\w.]*\b{last}\]""")
        inside = self.name.endswith(FILE) or _TABLE not in self.text
        for number, line in enumerate(self.text.splitlines(), 1):
            inside = inside or line.strip().startswith("[tool.callwright")
            if inside and written.match(line):
                yield number


class _WrongError(Exception):
    """A setting's value is wrong; ``key`` is more exact than the setting's own when not blank."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.message, self.key = message, key


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _WrongError(f"expected text in quotes, found {_found(value)}")
    return value


def _recorded(value: object) -> bool:
    if not isinstance(value, bool):
        raise _WrongError(f"expected true or false, found {_found(value)}")
    return value


def _path(value: object) -> str:
    text = _text(value)
    if not text.strip() or not text.isprintable():
        raise _WrongError(f"{text!r} is not the name of a folder")
    return text


def _module(value: object) -> str:
    text = _text(value)
    if text not in ("httpx", "httpx2"):
        raise _WrongError(f"{text!r} is not an HTTP library that clients can use: httpx or httpx2")
    return text


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split("."))


def _layout(value: object) -> Layout:
    match _text(value):
        case "application":
            return "application"
        case "project":
            return "project"
        case "package":
            raise _WrongError('"package" is not a layout (did you mean "project"?)')
        case text:
            raise _WrongError(f'expected "application" or "project", found {text!r}')


def _factories(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _WrongError(f"expected a table, found {_found(value)}")
    made: dict[str, str] = {}
    for name, target in cast("dict[str, object]", value).items():
        module, _, function = target.partition(":") if isinstance(target, str) else ("", "", "")
        if not _is_dotted(module) or not _is_dotted(function):
            raise _WrongError(
                f'expected "module:function", found {_found(target)}', f"custom_auth.{name}"
            )
        made[name] = f"{module}:{function}"
    return made


def _found(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value)
        case int() | float():  # without its digits: there may be more than str() allows
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
