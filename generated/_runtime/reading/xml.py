"""XML answers as the same kind of values that JSON gives.

An element is an object: attributes under ``@name``, text under ``#text``, children under their names, a repeated child a
list. An element with nothing but text is that text; an empty one is None. What one answer alone does not say, that a
child may be repeated, is told by ``definition.Xml``: such a child is a list always, of none or one too. The root's own
name is dropped, and so are the prefixes of namespaces, unless two names of one element would clash.

White space around a text is no part of it, unless ``xml:space="preserve"`` says so. Text between children loses its
place among them: all that such an element holds is kept as XML, under ``#markup``.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from ..definition import Xml
from .charsets import codec_named, declared_codec

MAX_DEPTH = 100
"""Each level is an object that may stand in a list, and readers of JSON refuse more than 200 levels."""

_SPACE = " \t\r\n"
_NIL = ({"xsi:nil": "true"}, {"xsi:nil": "1"})

_DECLARED = re.compile(
    rb"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,39})[\"']"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
# codecs of texts: others (punycode, unicode_escape) are no encodings of documents, and some take quadratic time
_CODECS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|koi8-[ru]|mac-\w+|shift_jis|euc_(jp|kr)|iso2022_(jp|kr)|gb(k|2312|18030)|big5"
)


_NONE: dict[str, str] = {}


class XmlError(ValueError):
    """A text is no XML that is read: malformed, too deep, or with a DOCTYPE. Holds no text of it.

    ``line`` and ``column`` count from 1; 0 where the whole document is meant.
    """

    def __init__(self, problem: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{problem} (line {line}, column {column})" if line else problem)
        self.problem = problem
        self.line = line
        self.column = column


@dataclass(slots=True)
class Element:
    """An element as it is written: names with their prefixes, texts and children in their order."""

    name: str
    attributes: dict[str, str]
    content: list[str | Element] = field(default_factory=list["str | Element"])

    @property
    def children(self) -> list[Element]:
        """The elements in it."""
        return [c for c in self.content if not isinstance(c, str)]

    @property
    def own_attributes(self) -> dict[str, str]:
        """The attributes, declarations of namespaces aside."""
        return {
            name: value
            for name, value in self.attributes.items()
            if name != "xmlns" and not name.startswith("xmlns:")
        }


def xml_value(data: bytes, known: Xml | None = None, content_type: str | None = None) -> Any:
    """The value of an XML document: an object, or the text of a root that has nothing else ("" when empty).

    Raises:
        XmlError: malformed, nested more than MAX_DEPTH levels deep, or with a DOCTYPE, which is never read.
    """
    return value_of(read_xml(data, content_type), known)


def read_xml(data: bytes, content_type: str | None = None) -> Element:
    """The root element of a document. Raises XmlError as xml_value() does."""
    top = Element("", {})
    stack = [top]
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise XmlError(f"nested more than {MAX_DEPTH} levels deep")
        element = Element(name, attributes or _NONE)
        stack[-1].content.append(element)
        stack.append(element)

    def doctype(*_: object) -> None:
        raise XmlError("a DOCTYPE is refused: it could name files and entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].content.append(text)
    parser.StartDoctypeDeclHandler = doctype
    text = xml_text(data, content_type)[0].removeprefix("\ufeff")
    place = (0, 0)
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        place = error.lineno, error.offset + 1
    if place[0]:
        raise XmlError("not well-formed XML", *place)
    return top.children[0]


def xml_text(data: bytes, content_type: str | None = None) -> tuple[str, str]:
    """A document's text (with its byte order mark) and the codec that makes the same bytes of it again.

    The codec is told by the mark, else by the charset of the Content-Type, else by the declaration, else it is UTF-8.
    Raises XmlError.
    """
    encoding = _encoding(data, content_type)
    problem = ""
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        problem = f"not {encoding.upper()} at byte {error.start + 1}"
    raise XmlError(problem)


def _encoding(data: bytes, content_type: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    codec = declared_codec(content_type)
    # a document in UTF-16 or UTF-32 has told so by its first bytes
    if codec is not None and not codec.startswith("utf"):
        return codec
    declared = _DECLARED.match(data)
    # these cannot be declared in single bytes; .NET does, and means UTF-8
    if declared is None or declared[1].lower().startswith((b"utf-16", b"utf-32", b"ucs")):
        return "utf-8"
    charset = declared[1].decode()
    try:
        name = codecs.lookup(codec_named(charset) or charset).name
    except LookupError:
        name = ""
    if not _CODECS.fullmatch(name):
        raise XmlError("declares an encoding that is not supported")
    return name


def value_of(root: Element, known: Xml | None = None) -> Any:
    """The value of a document whose root this is, as xml_value() gives it."""
    value = _Reading(known or Xml()).value(root, local(root.name), root=True)
    return "" if value is None else value


class _Reading:
    """Reads the elements of one document."""

    def __init__(self, known: Xml) -> None:
        self._lists: dict[str, list[str]] = {}
        for place in known.lists:
            parent, _, name = place.partition("/")
            self._lists.setdefault(parent, []).append(name)
        self._prefixed = frozenset(known.prefixed)
        self._prefixed_attributes = {name[1:] for name in known.prefixed if name[0] == "@"}

    def value(
        self,
        element: Element,
        key: str,
        *,
        preserved: bool = False,
        inside_markup: bool = False,
        root: bool = False,
    ) -> Any:
        """The value of an element that stands under ``key``."""
        attributes = element.own_attributes if element.attributes else {}
        if not element.content and attributes in _NIL:
            return None
        children = element.children
        if "xml:space" in attributes:
            preserved = attributes["xml:space"] == "preserve"
        text = "".join([c for c in element.content if isinstance(c, str)])
        if children or not preserved:
            text = text.strip(_SPACE)
        made: dict[str, Any] = self._attributes(attributes) if attributes else {}
        mixed = bool(children and text)
        lists = self._lists.get(key, [])
        if root:
            lists = [*lists, *self._lists.get("", ())]
        if children:
            names = keys([child.name for child in children], self._prefixed)
            repeated = {*lists, *_repeated(names)}
            for name, child in zip(names, children, strict=True):
                value = self.value(
                    child, name, preserved=preserved, inside_markup=mixed or inside_markup
                )
                if name in repeated:
                    made.setdefault(name, []).append(value)
                else:
                    made[name] = value
        for name in lists:
            made.setdefault(name, [])
        if not made:
            return text or None
        if text:
            made["#text"] = text
        if mixed and not inside_markup:
            made["#markup"] = _markup(element.content)
        return made

    def _attributes(self, attributes: Mapping[str, str]) -> dict[str, Any]:
        names = keys(attributes, self._prefixed_attributes)
        return {f"@{n}": v for n, v in zip(names, attributes.values(), strict=True)}


def _repeated(names: list[str]) -> list[str]:
    if len(set(names)) == len(names):
        return []
    return [name for name, times in Counter(names).items() if times > 1]


def keys(names: Collection[str], prefixed: Collection[str]) -> list[str]:
    """The names of one element's children (or attributes) without prefix, unless ``prefixed`` or clashes keep it."""
    if ":" not in "".join(names):
        return list(names)
    clashing = clashes(names)
    return [n if n in prefixed or n in clashing else local(n) for n in names]


def clashes(names: Collection[str]) -> set[str]:
    """The names that would be the same without their prefixes."""
    if ":" not in "".join(names):
        return set()
    spelled: dict[str, set[str]] = {}
    for name in names:
        spelled.setdefault(local(name), set()).add(name)
    return {name for found in spelled.values() if len(found) > 1 for name in found}


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def _markup(content: Iterable[str | Element]) -> str:
    return "".join(_escaped(c) if isinstance(c, str) else _written(c) for c in content)


def _written(element: Element) -> str:
    attributes = "".join(
        f' {name}="{_escaped(value)}"' for name, value in element.attributes.items()
    )
    inner = _markup(element.content)
    end = f">{inner}</{element.name}>" if inner else "/>"
    return f"<{element.name}{attributes}{end}"


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
