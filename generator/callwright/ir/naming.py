"""The only maker of identifiers: words of a foreign name → a Python name that is readable and safe.

Names are rebuilt from [A-Za-z0-9] words; nothing else of a spec or a capture ever reaches source as a name.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# what is one word although its capitals would part it: units (KiB, kWh, MHz), acronyms in the plural (URLs) and with
# their version (IPv4); digits go with the letters they begin (3pid, 1h, 2FA)
_UNIT = (
    r"(?:[kKMGTPE]i?(?:[Bb](?:ps)?|Hz|Wh?|Ah|V)|m(?:Ah?|V|W)|dBm?)" r"(?![a-z0-9]|[A-Z](?![a-z]))"
)
_WORD = re.compile(
    rf"{_UNIT}|[A-Z]{{2,}}s(?![a-z])|[A-Z]{{2,}}v[0-9]+"
    rf"|[0-9]+(?:{_UNIT}|[a-z]+[0-9]*|[A-Z]+(?![a-z]))"
    r"|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+"
)
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")


def words(text: str) -> list[str]:
    """The ASCII words of a name: ``HTTPServer_id-2`` → ``["HTTP", "Server", "id", "2"]``; other scripts are
    transliterated (``Straße`` → ``Strasse``, ``中文`` → ``Zhong``, ``Wen``).

    Units, acronyms in the plural and digits with a suffix are one word: ``maxKiB``, ``userIDs``, ``m.3pid``.
    """
    return list(_words(text))


@lru_cache(100_000)
def _words(text: str) -> tuple[str, ...]:
    if not text.isascii():
        from anyascii import anyascii

        text = anyascii(text)
    return tuple(_WORD.findall(text))


def snake(text: str, fallback: str = "value") -> str:
    """A snake_case identifier; words of Python get a trailing underscore, a leading digit a letter."""
    name = _snake(text) or fallback
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _snake(text: str) -> str:
    # what is one already stays as it is, whatever words it is made of: y0d, u1a2b3
    return text if _SNAKE.match(text) else "_".join(w.lower() for w in words(text))


# an argument of such a name would hide what the method's body uses
USED_IN_METHODS = frozenset(
    {"self", "models", "types", "errors", "str", "int", "float", "bool", "bytes", "list", "dict"}
)


def argument(wire: str) -> str:
    """The name of a method's argument; ``id`` and ``type`` stay what they are, as callers expect."""
    name = snake(wire)
    return f"{name}_" if name in USED_IN_METHODS else name


@lru_cache(100_000)
def pascal(text: str, fallback: str = "Value") -> str:
    """A PascalCase identifier; capitals inside a word are kept (``OpenWeather``, ``APIKey``)."""
    name = "".join(w[0].upper() + w[1:] for w in words(text)) or fallback
    if name[:1].isdigit():
        name = f"N{name}"
    return f"{name}_" if name and (keyword.iskeyword(name) or hasattr(builtins, name)) else name


def is_name(text: str) -> bool:
    """Whether a connector, call or sample name is in the one form allowed: ``^[a-z][a-z0-9_]*$``."""
    return _NAME.match(text) is not None


# Inflection: singular names for the items of a list

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot", "teeth": "tooth",
    "mice": "mouse", "geese": "goose", "indices": "index", "vertices": "vertex", "matrices": "matrix",
    "appendices": "appendix", "criteria": "criterion", "phenomena": "phenomenon", "media": "medium", "lives": "life",
    "knives": "knife", "wives": "wife", "shelves": "shelf", "halves": "half", "leaves": "leaf", "selves": "self",
    "analyses": "analysis", "bases": "base", "cases": "case", "databases": "database", "diagnoses": "diagnosis",
    "hypotheses": "hypothesis", "theses": "thesis", "axes": "axis", "crises": "crisis", "caches": "cache",
    "movies": "movie", "cookies": "cookie", "ties": "tie", "pies": "pie", "lies": "lie", "zombies": "zombie",
    "buses": "bus", "gases": "gas", "quizzes": "quiz", "heroes": "hero", "potatoes": "potato", "echoes": "echo",
    "shoes": "shoe", "toes": "toe", "canoes": "canoe", "oxen": "ox", "niches": "niche", "headaches": "headache",
    "menus": "menu", "gurus": "guru", "emus": "emu", "lenses": "lens", "dies": "die", "alumni": "alumnus",
    "stimuli": "stimulus", "nuclei": "nucleus", "radii": "radius", "foci": "focus", "fungi": "fungus",
    "cacti": "cactus", "syllabi": "syllabus", "loci": "locus", "schemata": "schema", "stigmata": "stigma",
    "bacteria": "bacterium", "curricula": "curriculum", "strata": "stratum", "symposia": "symposium",
}  # fmt: skip
_UNCOUNTED = {
    "series", "news", "species", "data", "metadata", "information", "info", "equipment", "status", "address", "access",
    "process", "progress", "success", "business", "basis", "analysis", "radius", "campus", "bonus", "virus", "census",
    "focus", "corpus", "canvas", "atlas", "alias", "bias", "gas", "lens", "means", "https", "dns", "css", "js", "os",
    "aws", "gps", "sms", "mms", "tls", "ssl", "ics", "rss", "sales", "this", "is", "was", "has", "as", "us", "always",
    "kubernetes", "analytics", "statistics", "physics", "mathematics", "electronics", "logistics", "axis", "plus",
    "minus", "class", "pass", "cross", "loss", "express", "glass", "mass", "boss", "chess", "press",
    "previous", "various", "continuous", "anonymous", "ios", "macos", "chaos", "thanks", "headquarters", "crossroads",
    "nfs", "cms", "fps", "qps", "rps", "bps", "kbps", "mbps", "gbps", "ups",
}  # fmt: skip


def singular(word: str) -> str:
    """The singular of an English word in lower case (``addresses`` → ``address``); what is none stays as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _UNCOUNTED or len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us")):
        return word
    if len(word) == 3:
        # kvs and ids are many; of a word with its vowel in the middle nobody knows
        return word if word[1] in "aeiouy" else word[:2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(
        ("sses", "shes", "ches", "xes", "zzes", "tuses", "cuses", "puses", "ruses", "iases")
    ):
        return word[:-2]
    return word if word.endswith("is") else word[:-1]


@lru_cache(100_000)
def singular_pascal(text: str) -> str:
    """PascalCase of a name with its last word in the singular (``billing_addresses`` → ``BillingAddress``)."""
    parts = words(text)
    if not parts:
        return ""
    last = parts[-1]
    single = singular(last.lower())
    if last[:-1].isupper() and last[-1] == "s" and len(last) > 2:
        parts[-1] = last[:-1]  # an acronym keeps its capitals: URLs, APIs
    elif single != last.lower():
        parts[-1] = single
    return pascal("_".join(parts), "")


# Attributes of models

_MODEL_ATTRIBUTES = frozenset(
    [
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
        # of the classes of classes, type and ABCMeta
        "mro",
        "register",
    ]
)
_ANNOTATION_NAMES = frozenset(
    [
        "str",
        "int",
        "float",
        "bool",
        "bytes",
        "list",
        "dict",
        "datetime",
        "Any",
        "Annotated",
        "Literal",
        "Model",
        "Field",
        "Tag",
        "by_tag",
        "None",
        "True",
        "False",
    ]
)
_SIGNS = {
    "+": "plus", "-": "minus", "$": "dollar", "@": "at", "#": "hash", "%": "percent", "&": "and", "*": "star",
    "/": "slash", "\\": "backslash", ".": "dot", ":": "colon", "_": "underscore", " ": "space", "<": "less",
    ">": "greater", "=": "equals", "!": "not", "?": "question", "~": "tilde", "|": "pipe", "'": "quote",
    '"': "double_quote", "(": "left_parenthesis", ")": "right_parenthesis", "[": "left_bracket", ",": "comma",
    "]": "right_bracket", "{": "left_brace", "}": "right_brace", "^": "caret", ";": "semicolon", "\n": "newline",
}  # fmt: skip
_LONGEST = 60


@lru_cache(100_000)
def attribute(key: str) -> str:
    """The attribute name of a wire key on its own: snake_case, never a keyword, pydantic's or an annotation's name."""
    name = _short(_snake(key))
    if not name or (key[0] in "+-" and name[0].isdigit()):
        name = _spelled(key) if not name else f"{_SIGNS[key[0]]}_{name}"
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if is_reserved_attribute(name) else name


def is_reserved_attribute(name: str) -> bool:
    """Whether a model can have no attribute of this name: a keyword, pydantic's, or one that annotations use."""
    return keyword.iskeyword(name) or name in _MODEL_ATTRIBUTES or name in _ANNOTATION_NAMES


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[:_LONGEST].rstrip("_")


def _spelled(key: str) -> str:
    """A key without ASCII letters or digits, in words: signs by name, other characters by their Unicode name."""
    if not key:
        return "empty"
    parts: list[str] = []
    # without skin tones, joiners and the like
    plain_key = [c for c in key if unicodedata.category(c) not in ("Sk", "Mn", "Cf") or c in _SIGNS]
    for char in (plain_key or list(key))[:4]:
        if char in _SIGNS:
            parts.append(_SIGNS[char])
        else:
            name = unicodedata.name(char, "")
            plain = name and not name.startswith(("CJK UNIFIED", "HANGUL SYLLABLE"))
            parts += words(name.lower())[-3:] if plain else [f"u{ord(char):04x}"]
    return _short("_".join(parts))


def attributes(keys: Iterable[str]) -> dict[str, str]:
    """An attribute name for each wire key of one object, all different, none equal to another key of the object.

    A key that is its own attribute name keeps it. Keys that would share a name are told apart by how they are written
    (``fooBar`` beside ``foo_bar`` → ``foo_bar_camel``), not by a number, and not by their order.
    """
    wanted = {key: attribute(key) for key in sorted(keys)}
    names = {key: key for key, name in wanted.items() if key == name}
    groups: dict[str, list[str]] = {}
    for key, name in wanted.items():
        if key not in names:
            groups.setdefault(name, []).append(key)
    taken = set(names.values()) | set(wanted)
    for name, group in sorted(groups.items()):
        for key in group:
            choice = name if len(group) == 1 and name not in taken else _apart(key, name, taken)
            names[key] = choice
            taken.add(choice)
    return {key: names[key] for key in wanted}


def _apart(key: str, name: str, taken: set[str]) -> str:
    """A readable name for a key whose plain name is taken: by its style, by its first sign, then by its characters."""
    style = _style(key)
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    base = name.rstrip("_")
    for choice in (f"{base}_{style}", f"{_spelled(key[:1])}_{base}", f"{base}_{_edge(key)}"):
        if choice not in taken and not is_reserved_attribute(choice):
            return choice
    return f"{base}_x{digest}"


def _style(key: str) -> str:
    if not key.isascii():
        return "unicode"
    if key.strip(" ") != key:
        return "spaced"
    letters = [c for c in key if c.isalpha()]
    if letters and all(c.isupper() for c in letters):
        return "upper"
    if not key[0].isalnum():
        return _spelled(key[0])
    sign = next((c for c in key if not c.isalnum() and c != "_"), "")
    if sign:
        return _SIGNS.get(sign, "sign")
    if key[0].isupper():
        return "pascal"
    return "camel" if any(c.isupper() for c in key) else "wire"


def _edge(key: str) -> str:
    return _spelled(key[-1:]) if not key[-1:].isalnum() else "plain"
