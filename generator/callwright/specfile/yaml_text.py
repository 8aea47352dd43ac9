"""YAML text → nodes: YAML 1.2 core scalars, no duplicate keys, no merge keys, bounded, every problem with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from callwright.diagnostics import Diagnostic, Severity, SourceSpan
from callwright.secrets import masked
from callwright.specfile.source import Node, SourceFile, Spelled

MAX_BYTES = 8_000_000
MAX_DEPTH = 64
MAX_NODES = 400_000
MAX_EXPANDED = 1_000_000
MAX_DIGITS = 4_000
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML counts these as line breaks (the vertical tab and form feed of str.splitlines are none)
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
# a number with a leading zero (012) is an identifier far more often than a number: it stays text
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"
    r"|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
)


class Stop(Exception):
    """The text cannot be read any further; the problem is already noted."""


def core_scalar(text: str) -> str | Spelled | None:
    """The value of an unquoted scalar by the YAML 1.2 core schema; numbers with a leading zero stay text."""
    if text in _NULL:
        return None
    if text in _TRUE:
        return Spelled(True, text)
    if text in _FALSE:
        return Spelled(False, text)
    if text[0] not in "-+.0123456789" or len(text) > MAX_DIGITS:
        return text
    if _INT.match(text):
        return Spelled(int(text, 0) if text[:2] in ("0o", "0x") else int(text), text)
    if _FLOAT.match(text):
        # Python spells infinity and not-a-number without the dot
        special = text[-3:].lower() in ("inf", "nan")
        return Spelled(float(text.replace(".", "") if special else text), text)
    return text


@dataclass(slots=True)
class _Frame:
    node: Node
    key: Node | None = None


@dataclass(slots=True)
class _Builder:
    file: SourceFile
    problems: list[Diagnostic]
    anchors: dict[str, Node] = field(default_factory=dict[str, Node])
    stack: list[_Frame] = field(default_factory=list[_Frame])
    root: Node | None = None
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    count: int = 0
    documents: int = 0

    def complain(self, code: str, message: str, mark: Any, length: int = 1, hint: str = "") -> None:
        line: int = mark.line + 1
        column: int = mark.column + 1
        lines = self.file.lines
        text = masked(lines[line - 1]) if line <= len(lines) else ""
        span = SourceSpan(file=self.file.name, line=line, column=column, length=length, text=text)
        self.problems.append(
            Diagnostic(severity=Severity.ERROR, code=code, message=message, span=span, hint=hint)
        )

    def take(self, event: Any) -> None:
        """Add one parser event to the tree."""
        match event:
            case yaml.ScalarEvent():
                self.add(self.scalar(event), event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.close(event)
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.complain(
                        "syntax",
                        "a spec is one YAML document, this is a second",
                        event.start_mark,
                        3,
                    )
                    raise Stop
            case _:
                pass

    def scalar(self, event: Any) -> Node:
        text = cast("str", event.value)
        start, end = event.start_mark, event.end_mark
        length = max(1, end.column - start.column) if end.line == start.line else 1
        value: str | Spelled | None = text
        if event.tag is None or event.tag == "!":
            if event.implicit[0]:
                value = core_scalar(text)
        elif event.tag != "tag:yaml.org,2002:str":
            self.complain(
                "tag",
                "YAML tags are not used in specs",
                start,
                hint="remove the tag; quote a value to make it text",
            )
        return Node(self.file, start.line + 1, start.column + 1, length, "scalar", value)

    def open(self, event: Any) -> None:
        mark = event.start_mark
        if event.tag is not None and event.tag not in (
            "!",
            "tag:yaml.org,2002:map",
            "tag:yaml.org,2002:seq",
        ):
            self.complain("tag", "YAML tags are not used in specs", mark, hint="remove the tag")
        kind = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
        node = Node(self.file, mark.line + 1, mark.column + 1, 1, kind)  # type: ignore[arg-type]
        if len(self.stack) >= MAX_DEPTH:
            self.complain("too-deep", _TOO_DEEP, mark)
            raise Stop
        self.add(node, event)
        self.stack.append(_Frame(node))

    def close(self, event: Any) -> None:
        node = self.stack.pop().node
        sizes = [self.sizes.get(id(child), (1, 1)) for child in node.children()]
        size, height = 1 + sum(s for s, _ in sizes), 1 + max((h for _, h in sizes), default=0)
        # aliases of aliases multiply sizes and add heights without a deep text
        if size > MAX_EXPANDED:
            self.complain(
                "too-large",
                f"its aliases expand to more than {MAX_EXPANDED} values",
                event.start_mark,
            )
            raise Stop
        if height > MAX_DEPTH:
            self.complain(
                "too-deep", f"its aliases nest more than {MAX_DEPTH} levels deep", event.start_mark
            )
            raise Stop
        self.sizes[id(node)] = (size, height)

    def alias(self, event: Any) -> None:
        node = self.anchors.get(event.anchor)
        length = len(event.anchor) + 1
        if node is None:
            self.complain(
                "alias", f"no anchor &{event.anchor} before this alias", event.start_mark, length
            )
            raise Stop
        if any(frame.node is node for frame in self.stack):
            self.complain("alias", f"&{event.anchor} contains itself", event.start_mark, length)
            raise Stop
        self.add(node, event, known=True)

    def add(self, node: Node, event: Any, known: bool = False) -> None:
        """Put a finished or opened node where it belongs: root, element, key or value."""
        self.count += 1
        if self.count > MAX_NODES:
            self.complain("too-large", f"more than {MAX_NODES} values", event.start_mark)
            raise Stop
        if not known and event.anchor is not None:
            self.anchors[event.anchor] = node
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if frame.node.kind == "list":
            frame.node.items.append(node)
        elif frame.key is None:
            frame.key = self.key(node, event)
        else:
            self.member(frame, frame.key, node, event)
            frame.key = None

    def key(self, node: Node, event: Any) -> Node:
        if node.kind != "scalar":
            opening = "[" if node.kind == "list" else "{"
            self.complain(
                "syntax",
                "a key is plain text, not a list or mapping",
                event.start_mark,
                hint=f"quote text that begins with {opening}",
            )
            raise Stop
        return node

    def member(self, frame: _Frame, key: Node, value: Node, event: Any) -> None:
        name = spelling(key)
        if name == "<<":
            self.problem_at(
                key,
                "merge-key",
                "merge keys (<<) are not part of specs",
                "write the keys out, or put what calls share under shared:",
            )
        elif name in frame.node.members:
            first = frame.node.members[name][0]
            self.problem_at(
                key,
                "duplicate-key",
                f"{name}: this key stands here a second time (first in line {first.line})",
            )
        else:
            frame.node.members[name] = (key, value)

    def problem_at(self, node: Node, code: str, message: str, hint: str = "") -> None:
        self.problems.append(
            Diagnostic(
                severity=Severity.ERROR, code=code, message=message, span=node.span(), hint=hint
            )
        )


def spelling(node: Node) -> str:
    """A scalar as written."""
    match node.value:
        case None:
            lines = node.file.lines
            line = lines[node.line - 1] if node.line <= len(lines) else ""
            return line[node.column - 1 : node.column - 1 + node.length] if node.length > 1 else ""
        case Spelled(text=text):
            return text
        case str() as text:
            return text


def read_yaml(text: str, file_name: str) -> tuple[Node | None, list[Diagnostic]]:
    """Text → tree and problems. The tree is None when nothing usable could be read."""
    file = SourceFile(file_name, _BREAK.split(text))
    builder = _Builder(file, [])
    if (found := _UNPRINTABLE.search(text)) is not None:
        return None, [_unprintable(text, found, file)]
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except Stop:
        return None, builder.problems
    except yaml.YAMLError as error:
        # libyaml looks ahead on one line and, from 0.2.6 on, refuses 1,000 levels before we see any
        if "nesting" in str(getattr(error, "problem", None)):
            builder.complain("too-deep", _TOO_DEEP, cast("Any", error).problem_mark)
        else:
            builder.problems.append(syntax_problem(error, file))
        return None, builder.problems
    return builder.root, builder.problems


def syntax_problem(error: yaml.YAMLError, file: SourceFile) -> Diagnostic:
    """A YAML error as a diagnostic with its place and, where it can be guessed, the way out."""
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "not valid YAML")
    if "end of stream" in problem:  # the quote's beginning tells more than the file's end
        mark = getattr(error, "context_mark", None) or mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    # libyaml places a problem at the end of the file on a line that does not exist
    last = max((n for n, text in enumerate(file.lines, 1) if n <= line and text.strip()), default=1)
    if last < line:
        line, column = last, len(file.lines[last - 1].rstrip()) + 1
    text = file.lines[line - 1]
    message, hint = _explain(problem, text, column)
    return _syntax(file, line, column, message, hint)


def _unprintable(text: str, found: re.Match[str], file: SourceFile) -> Diagnostic:
    before = _BREAK.split(text[: found.start()])
    character = f"U+{ord(found[0]):04X}"
    return _syntax(
        file,
        len(before),
        len(before[-1]) + 1,
        f"the control character {character} cannot stand in YAML",
        f'write it in double quotes as "\\u{ord(found[0]):04x}", or remove it',
    )


def _syntax(file: SourceFile, line: int, column: int, message: str, hint: str) -> Diagnostic:
    text = masked(file.lines[line - 1])
    span = SourceSpan(file=file.name, line=line, column=column, length=1, text=text)
    return Diagnostic(severity=Severity.ERROR, code="syntax", message=message, span=span, hint=hint)


def _explain(problem: str, text: str, column: int) -> tuple[str, str]:
    if "\t" in text[: len(text) - len(text.lstrip())] or "'\\t'" in problem or "tab" in problem:
        return "a tab cannot indent YAML", "use spaces"
    if "{" in text and re.search(
        r"\$[^\s,'\"]*[\[\]{}]|[^\s,'\"{]*/[^\s,'\"]*\{|: *\{[A-Za-z_]\w*\}|: *[^'\",{\s][^,]*[\[\]{}]\w",
        text,
    ):
        return (
            "the flow mapping { } breaks here",
            "quote this inside { }: '$.data[-1].id', '/items/{id}'",
        )
    if "mapping values are not allowed" in problem and not re.search(r": |:\Z", text[: column - 1]):
        return (
            "a key cannot stand here",
            "is the line indented too far, a space missing after the colon above, or the value above unfinished?",
        )
    if "mapping values are not allowed" in problem:
        return "a second ': ' in one line", "quote text that holds a colon and a space"
    if "could not find expected ':'" in problem:
        return "expected ': ' after this key", ""
    if "cannot start any token" in problem:
        return f"text cannot begin with {text[column - 1 : column]!r}", "quote it"
    if "end of stream" in problem:
        return "this quote is never closed", ""
    if "did not find expected ','" in problem:
        return (
            f"expected , or {problem.rstrip().rstrip(chr(39))[-1]}",
            "is a bracket never closed, or a comma missing?",
        )
    if "did not find expected key" in problem or "expected '-' indicator" in problem:
        return "this line does not fit the lines before it", "is it indented as its neighbours?"
    if "unknown escape character" in problem:
        return (
            "an unknown escape: \\ is special in double quotes",
            "use single quotes: 'a\\b'",
        )
    return problem, ""
