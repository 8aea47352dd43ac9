"""The only maker of identifiers: words of a foreign name → a Python name that is readable and safe.

Names are rebuilt from [A-Za-z0-9] words; nothing else of a spec or a capture ever reaches source as a name.
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def words(text: str) -> list[str]:
    """The ASCII words of a name: ``HTTPServer_id-2`` → ``["HTTP", "Server", "id", "2"]``; accents are dropped."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _WORD.findall(plain)


def snake(text: str, fallback: str = "value") -> str:
    """A snake_case identifier; keywords and builtins get a trailing underscore, a leading digit a letter."""
    name = "_".join(w.lower() for w in words(text)) or fallback
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if is_taken(name) else name


def pascal(text: str, fallback: str = "Value") -> str:
    """A PascalCase identifier; capitals inside a word are kept (``OpenWeather``, ``APIKey``)."""
    name = "".join(w[0].upper() + w[1:] for w in words(text)) or fallback
    if name[0].isdigit():
        name = f"N{name}"
    return f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) else name


def is_taken(name: str) -> bool:
    """Whether a bare use of this name would shadow a keyword or builtin."""
    return keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name)


def is_name(text: str) -> bool:
    """Whether a connector, call or sample name is in the one form allowed: ``^[a-z][a-z0-9_]*$``."""
    return _NAME.match(text) is not None
