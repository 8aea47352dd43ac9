"""XML answers as the same kind of values that JSON gives.

An element is an object: attributes under ``@name``, text under ``#text``, children under their names, a repeated child a
list. An element with text only is that text; an empty one is None. The root element is dropped. Prefixes of namespaces
are dropped too, unless two of one parent would clash.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 200


class XmlError(ValueError):
    """A text is no XML that is read: malformed, too deep, or with a DOCTYPE. Holds no text of it."""


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list["_Element"])
    text: list[str] = field(default_factory=list[str])


def xml_value(data: bytes) -> Any:
    """The value of an XML document: an object, a text, or None.

    Raises:
        XmlError: malformed, nested more than MAX_DEPTH levels deep, or with a DOCTYPE, which is never read.
    """
    top = _Element("", {})
    stack = [top]
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise XmlError(f"nested more than {MAX_DEPTH} levels deep")
        element = _Element(name, attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def doctype(*_: object) -> None:
        raise XmlError("a DOCTYPE is refused: it could name files and entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].text.append(text)
    parser.StartDoctypeDeclHandler = doctype
    problem = ""
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        problem = f"not well-formed XML (line {error.lineno}, column {error.offset + 1})"
    if problem:
        raise XmlError(problem)
    return _value(top.children[0])


def _value(element: _Element) -> Any:
    text = "".join(element.text)
    made: dict[str, Any] = {
        f"@{_local(key)}": value
        for key, value in element.attributes.items()
        if key != "xmlns" and not key.startswith("xmlns:")
    }
    names = _names(element.children)
    count = Counter(names)
    for name, child in zip(names, element.children, strict=True):
        value = _value(child)
        if count[name] > 1:
            made.setdefault(name, []).append(value)
        else:
            made[name] = value
    if not made:
        return text.strip() or None
    if text.strip():
        made["#text"] = text.strip()
    return made


def _names(children: list[_Element]) -> list[str]:
    """Names without prefix; with it where the same name comes with two prefixes."""
    spelled: dict[str, set[str]] = {}
    for child in children:
        spelled.setdefault(_local(child.name), set()).add(child.name)
    return [c.name if len(spelled[_local(c.name)]) > 1 else _local(c.name) for c in children]


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]
