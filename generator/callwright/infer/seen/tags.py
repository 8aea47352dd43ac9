"""What tells objects apart: their keys and what they say they are.

Objects such as ``{"type": "people", "attributes": {…}}`` have the same keys whatever they are; their tag says what they wrap.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from callwright.ir.naming import words

TAG_WORDS = frozenset(["type", "kind", "object", "event", "class", "typename", "variant"])
"""A key whose last word is one of these may name the kind of an object."""

MAX_TAG_LENGTH = 64

Keys = tuple[str, ...]

_MARK = "\ud800"  # no text of valid JSON holds it


@lru_cache(100_000)
def is_tag_key(key: str) -> bool:
    """Whether a key may name the kind of the object it stands in."""
    parts = words(key)
    return bool(parts) and parts[-1].lower() in TAG_WORDS


@lru_cache(100_000)
def is_own_tag(key: str) -> bool:
    """Whether a key names the kind of the object itself; ``target_type`` would be that of a target."""
    parts = words(key)
    return bool(parts) and TAG_WORDS.issuperset(part.lower() for part in parts)


def variant_key(order: Keys, value: Mapping[str, object], tagged: bool) -> Keys:
    """The sorted keys of an object, and its tag as a last element when it has one."""
    keys, tag_key = _sorted_keys(order)
    if not tag_key or not tagged:
        return keys
    tag = value[tag_key]
    if not isinstance(tag, str) or len(tag) > MAX_TAG_LENGTH:
        return keys
    return (*keys, f"{_MARK}{tag_key}{_MARK}{tag}")


@lru_cache(100_000)
def _sorted_keys(order: Keys) -> tuple[Keys, str]:
    """The sorted keys of an object, and the first that may say what it is."""
    keys = tuple(sorted(order))
    return keys, next(filter(is_own_tag, keys), "")


def tag_of(keys: Keys | None) -> str:
    """The tag's element in the key of a variant, empty when it has none."""
    return keys[-1] if keys and keys[-1].startswith(_MARK) else ""


def bare(keys: Keys) -> Keys:
    """The key of a variant without its tag."""
    return keys[:-1] if tag_of(keys) else keys
