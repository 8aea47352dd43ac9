"""Key and certificate material as credentials hold it: PEM text in whatever form it is kept, or the path of a file."""

from __future__ import annotations

import base64
import binascii
import re
import textwrap
from pathlib import Path

from ..errors import AuthError

_BEGIN = "-----BEGIN"
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


def read_material(value: str, what: str) -> bytes:
    r"""The bytes of a credential: PEM text, its base64 text, or what the file at this path holds.

    PEM may have quotes around it, ``\n`` and ``\r\n`` written out, text before it, or be a single line. Raises
    AuthError, naming the credential by ``what``; the value is never part of the message.
    """
    text = unquoted(value)
    if _BEGIN not in text:
        text = _decoded(text) or text
    if _BEGIN in text:
        return _normalized(text).encode()
    try:
        content = Path(text).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        # the value may be a key without its first line: it is not repeated
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        problem = (
            f"{what} is neither PEM text (it begins with {_BEGIN}), nor base64 of it, nor the path"
            f" of a readable file ({reason})"
        )
    else:
        return _of_file(content)
    raise AuthError(problem)


def unquoted(value: str) -> str:
    """The value without white space, a byte order mark and quotes around it."""
    text = value.strip().strip("\ufeff").strip()
    for quote in ('"', "'"):
        if len(text) > 1 and text[0] == quote == text[-1]:
            return text[1:-1].strip()
    return text


def _decoded(text: str) -> str:
    """The text that this is the base64 of; blank when it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8-sig")
    except (binascii.Error, ValueError):
        return ""


def _of_file(content: bytes) -> bytes:
    """A file's content; PEM as text editors and shells write it becomes plain PEM."""
    codec = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        return content  # PKCS#12
    return _normalized(text).encode() if _BEGIN in text else content


def _normalized(text: str) -> str:
    """The blocks of PEM text alone, their lines as parsers want them."""
    text = text.replace("\\r", "").replace("\\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    blocks = [_block(match[1], match[2]) for match in _BLOCK.finditer(text)]
    return "".join(blocks) or text + "\n"


def _block(label: str, body: str) -> str:
    # an encrypted key of the traditional form begins with headers, whose lines count
    lines = body.split("\n") if ":" in body else textwrap.wrap("".join(body.split()), 64)
    inner = "\n".join(line.strip() for line in lines).strip("\n")
    return f"-----BEGIN {label}-----\n{inner}\n-----END {label}-----\n"
