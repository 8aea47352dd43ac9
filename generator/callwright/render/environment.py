"""The Jinja environment: the one place where templates are found, and the filters through which foreign text passes."""

from __future__ import annotations

import keyword
import re
import textwrap
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from callwright.format.directives import inert, inert_comment
from callwright.ir.nodes import Doc, Member, Parameter, ParamsDict, TypeExpr
from callwright.ir.type_words import NONE, union
from callwright.render.annotations import annotation
from callwright.render.definitions import literal, source_of

if TYPE_CHECKING:
    import jinja2

_WIDTH = 80
_SPACES = " \t\n\r\x0b\x0c"


def docstring(text: str, indent: int = 0) -> str:
    """``text`` as a docstring literal, quotes included, safe whatever it holds, wrapped to the page.

    ``indent`` is the column it stands at; black would move the lines there, but not when one ends in a backslash.
    """
    lines: list[str] = []
    for paragraph in text.strip(_SPACES).split("\n"):
        # visible before it is wrapped: wrapping drops what Python counts as white space
        plain = visible("".join(" " if c in _SPACES else c for c in paragraph))
        lines += _wrapped(plain, _WIDTH - indent) or [""]
    margin = " " * indent
    body = "\n".join(f"{margin}{_escaped(line)}" if line else "" for line in lines).lstrip(" ")
    if body.endswith('"'):
        body = f'{body[:-1]}\\"'
    return f'"""{body}\n{margin}"""' if len(lines) > 1 else f'"""{body}"""'


def docline(text: str) -> str:
    """``text`` on one line, to stand inside a docstring that a template writes."""
    return _escaped(" ".join(text.split())).replace('"', "'")


def comment(text: str) -> str:
    """``text`` as one comment line."""
    return inert_comment("# " + visible(" ".join(text.split())))


def documentation(doc: Doc, indent: int = 0) -> str:
    """A Doc as a docstring literal."""
    parts = [doc.summary, *doc.body]
    for title, entries in (("Args", doc.args), ("Raises", doc.raises)):
        if entries:
            lines = [f"    {name}: {' '.join(text.split())}" for name, text in entries]
            parts.append("\n".join([f"{title}:", *lines]))
    return docstring("\n\n".join(parts), indent)


def _wrapped(line: str, width: int) -> list[str]:
    lead = line[: len(line) - len(line.lstrip(" "))]
    # an entry of "Args:" continues one step further in
    further = lead + "    " if lead else ""
    return textwrap.wrap(
        line, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def _escaped(line: str) -> str:
    # no two quotes side by side are left, so none can end the string early
    return inert(re.sub('"(?=")', r"\"", visible(line).replace("\\", "\\\\")))


def visible(line: str) -> str:
    """``line`` with codes in place of characters that hide or reorder text."""
    # control, bidirectional and surrogate characters would hide or reorder source; show their code instead
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line)


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Jinja over the templates of the installed wheel, or else of the checkout."""
    import jinja2

    package = Path(__file__).parents[1]
    places = [package / "templates", package.parents[1] / "templates"]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(places),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - Python source, not HTML: everything foreign passes a filter of this module
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        literal=literal,
        source=source_of,
        docstring=docstring,
        docline=docline,
        comment=comment,
        doc=documentation,
        annotation=annotation,
        optional=_optional,
        parameter=_parameter,
        member_annotation=_member_annotation,
    )
    made.tests.update(plain_dict=_is_plain_dict)
    return made


def _optional(expr: TypeExpr) -> str:
    return annotation(union(expr, NONE))


def _parameter(parameter: Parameter, asynchronous: bool = False) -> str:
    shown = annotation(parameter.annotation)
    if asynchronous:
        shown = re.sub(r"\bFileInput\b", "AsyncFileInput", shown)
    text = f"{parameter.name}: {shown}"
    if not parameter.has_default:
        return text
    return f"{text} = {'UNSET' if parameter.unset else literal(parameter.default)}"


def _member_annotation(member: Member) -> str:
    text = annotation(member.annotation, "types")
    return text if member.required else f"NotRequired[{text}]"


def _is_plain_dict(typed: ParamsDict) -> bool:
    # class syntax takes only keys that are identifiers, and mangles those that begin with two underscores
    return all(
        m.key.isidentifier()
        and m.key.isascii()
        and not keyword.iskeyword(m.key)
        and not m.key.startswith("__")
        for m in typed.members
    )
