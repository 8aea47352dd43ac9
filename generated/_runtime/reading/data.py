"""Bodies as plain data, whichever of JSON and XML they are: errors come as they like."""

from __future__ import annotations

import json
from typing import cast

from ..definition import Xml
from ..unset import UNSET, Unset
from .charsets import json_utf8


def data_of(
    content: bytes, known: Xml | None = None, content_type: str | None = None
) -> object | Unset:
    """The value of a body that is JSON or XML; UNSET when it is neither, or a web page."""
    try:
        return cast("object", json.loads(json_utf8(content, content_type)))
    except (ValueError, RecursionError):
        pass
    return UNSET if b"<" not in content[:8] else _xml(content, known, content_type)


def _xml(content: bytes, known: Xml | None, content_type: str | None) -> object | Unset:
    from .xml import XmlError, local, read_xml, value_of

    try:
        root = read_xml(content, content_type)
    except XmlError:
        return UNSET
    return UNSET if local(root.name).lower() == "html" else value_of(root, known)
