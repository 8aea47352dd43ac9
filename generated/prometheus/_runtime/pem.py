"""Key and certificate material as credentials hold it: PEM text, or the path of a file."""

from __future__ import annotations

from pathlib import Path

from .errors import AuthError

_BEGIN = "-----BEGIN"


def read_material(value: str, what: str) -> bytes:
    r"""The bytes of a credential: PEM text (``\n`` may be written with a backslash) or what the file at this path holds.

    Raises AuthError, naming the credential by ``what``; the value is never part of the message.
    """
    text = value.strip()
    if text.startswith(_BEGIN):
        return (text.replace("\\n", "\n") + "\n").encode()
    try:
        return Path(value).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        # the value may be a key without its first line: it is not repeated
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise AuthError(
            f"{what} is neither PEM text (it begins with {_BEGIN}) nor the path of a readable file"
            f" ({reason})"
        ) from None
