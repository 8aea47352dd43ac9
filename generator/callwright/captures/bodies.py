"""Whether a stored body is what its extension says, and what inference can read."""

from __future__ import annotations

from callwright.captures.json_text import JsonTextError, RepeatedKeyError, decode, parse_json
from callwright.captures.model import CaptureKind
from callwright.diagnostics import Diagnostic, Severity, SourceSpan
from callwright.runtime.reading.xml import XmlError, read_xml

_OTHER_KIND = (
    "correct the file, or store it with the extension of what it is (.json, .xml, .txt, …)"
)


def body_problem(
    kind: CaptureKind, body: bytes, shown: str, *, keys_once: bool
) -> Diagnostic | None:
    """Why a body cannot be used, None when it can. ``shown`` is the file's name in messages.

    ``keys_once``: a key that stands twice in one object of JSON is a problem.
    """
    if kind == "empty" and body:
        return Diagnostic(
            severity=Severity.ERROR,
            code="capture-not-empty",
            message=f"{shown}: an .empty capture stands for no body, but has one",
            hint="give it the extension of what it holds, or empty it",
        )
    try:
        if kind == "json":
            parse_json(body, keys_once=keys_once)
        elif kind == "jsonl":
            _check_lines(decode(body))
        elif kind == "xml":
            read_xml(body)
        elif kind != "binary":
            decode(body)
    except XmlError as error:
        place = (error.line, error.column, 1)
        return _at(shown, body, place, "capture-not-xml", error.problem, _OTHER_KIND)
    except JsonTextError as error:
        place = (error.line, error.column, error.length)
        hint = error.way_out or _OTHER_KIND
        return _at(shown, body, place, _code(error), error.reason, hint)
    return None


def _code(error: JsonTextError) -> str:
    if error.reason == "not UTF-8":
        return "capture-not-utf8"
    return "capture-key-twice" if isinstance(error, RepeatedKeyError) else "capture-not-json"


def _at(
    shown: str, body: bytes, place: tuple[int, int, int], code: str, problem: str, hint: str
) -> Diagnostic:
    """A problem at a line and column of a file, for so many characters."""
    number, column, length = place
    lines = body.decode("utf-8", "replace").splitlines()
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    span = SourceSpan(
        file=shown,
        line=max(number, 1),
        column=max(column, 1),
        length=length,
        text=line if len(line) <= 160 else "",
    )
    return Diagnostic(severity=Severity.ERROR, code=code, message=problem, span=span, hint=hint)


def _check_lines(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                parse_json(line)
            except JsonTextError as error:
                raise JsonTextError(error.reason, number, error.column, error.length) from None
