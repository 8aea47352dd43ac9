"""Is an object a map (keys are data) or a class (keys are names)? Precision first: in doubt a class."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from callwright.infer.seen.shapes import Place, Variant
from callwright.ir.naming import pascal, singular_pascal, words

KNOWN_MAPS = frozenset(
    [
        *(
            "headers",
            "metadata",
            "labels",
            "annotations",
            "files",
            "languages",
            "tags",
            "translations",
        ),
        *("env", "variables", "custom_fields", "custom_attributes", "rates", "exchange_rates"),
    ]
)
"""Names of fields that providers of all kinds use for free keys."""

MIN_CODES = 4
"""So many keys, all codes in capitals (USD, DE), make a map."""

MIN_PAIRS = 3
"""So many keys, all pairs of codes (BTC_USD), make a map."""

MIN_IDS = 3
"""So many keys of one length …"""

MIN_ID_LENGTH = 4
"""… of at least so many characters, with digits among them, make a map of like objects."""

MIN_RESPONSES = 2
"""Keys that differ from response to response make a map from so many responses on …"""

MIN_RESPONSES_OF_NAMES = 4
"""… and from so many when they look like names of fields: parts of one class can be disjoint too."""

MANY_KEYS = 256
"""So many keys of one kind of value, in objects of ever new keys of which none is in all, make a map."""

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_DIGITS = re.compile(r"[+-]?\d+(?:\.\d+)?\Z")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[T ].*)?)?\Z")
_HEX = re.compile(
    r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\Z|(?=[0-9A-F]*\d)[0-9A-F]{12,}\Z"
)
_ID = re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{8,}\Z")
_PREFIXED = re.compile(r"[a-z]{2,12}[_-](?=[A-Za-z]*\d)[A-Za-z0-9]{6,}\Z")
_XML = ("@", "#")
_ID_DIGIT = re.compile(r"[0-9][a-z]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_URL = re.compile(r"https?://|/[\w.~-]+/")
_FILE = re.compile(r"[\w./ -]+\.[A-Za-z][A-Za-z0-9]{0,4}\Z")
_CODE = re.compile(r"[A-Z]{2,3}\Z")
_PAIR = re.compile(r"[A-Z0-9]{2,6}[_/-][A-Z0-9]{2,6}\Z")
_LOCALE = re.compile(r"[a-z]{2}[_-][A-Z]{2}\Z")
_NAME = re.compile(r"[a-z]+(?:[_A-Z][A-Za-z0-9_]*)?\Z")
_FORMS = (_UUID, _DIGITS, _DATE, _HEX, _ID, _PREFIXED, _EMAIL, _URL)


def map_rule(name: str, variants: Sequence[Variant]) -> str | None:
    """The rule by which the objects of one place are a map, in words; None when they are a class."""
    keys = {key for variant in variants for key in variant.fields}
    values = [place for variant in variants for place in variant.fields.values()]
    if not keys or not one_kind(values):
        return None
    # attributes and texts of XML elements are named by their schema, and so is what stands in a list's own element
    if any(key[:1] in _XML for key in keys) or _lists_itself(name, variants):
        return None
    return (
        _by_keys(keys)
        or _by_name(name, keys)
        or _by_change(variants, keys)
        or _by_length(values, keys)
        or _by_number(variants)
    )


def _lists_itself(name: str, variants: Sequence[Variant]) -> bool:
    """Whether objects hold but a list under the singular of their own name: ``<tags><tag>a</tag></tags>``."""
    keys = {key for variant in variants for key in variant.fields}
    key = next(iter(keys))
    if len(keys) > 1 or singular_pascal(name) != pascal(key):
        return False
    return all(variant.fields[key].arrays for variant in variants if key in variant.fields)


def _by_keys(keys: Collection[str]) -> str | None:
    for form, what in zip(
        _FORMS, ("uuids", "numbers", "dates", "ids", "ids", "ids", "addresses", "URLs"), strict=True
    ):
        if all(form.match(key) for key in keys):
            return f"all keys are {what}"
    if len(keys) >= 2 and all(_FILE.match(key) for key in keys):
        return "all keys are file names"
    if len(keys) >= 2 and all(_LOCALE.match(key) for key in keys):
        return "all keys are locales"
    for form, least in ((_CODE, MIN_CODES), (_PAIR, MIN_PAIRS)):
        if len(keys) >= least and all(form.match(key) for key in keys):
            return "all keys are codes"
    return None


def _by_name(name: str, keys: Collection[str]) -> str | None:
    plain = "_".join(w.lower() for w in words(name))
    last = plain.rsplit("_", 1)[-1]
    if plain in KNOWN_MAPS or last in ("metadata", "headers", "labels", "annotations"):
        return f"fields named {last if plain not in KNOWN_MAPS else plain} hold free keys"
    return None


def _by_change(variants: Sequence[Variant], keys: Collection[str]) -> str | None:
    """Key sets that are disjoint from response to response."""
    named = all(_NAME.match(key) for key in keys)
    least = MIN_RESPONSES_OF_NAMES if named else MIN_RESPONSES
    if len(variants) < least or any(v.missing for v in variants):
        return None
    if sum(len(v.fields) for v in variants) != len(keys):
        return None
    responses = [v.seen for v in variants]
    seen = 0
    for bits in responses:
        if seen & bits or bits & (bits - 1):
            return None
        seen |= bits
    return "the keys are different in every response"


def _by_length(values: Sequence[Place], keys: Collection[str]) -> str | None:
    """Like objects under short ids: keys of one length, digits among them (em7z, emgp, 138h)."""
    lengths = {len(key) for key in keys}
    if len(keys) < MIN_IDS or len(lengths) > 1 or min(lengths) < MIN_ID_LENGTH:
        return None
    if not any(place.objects for place in values) or not any(_ID_DIGIT.search(k) for k in keys):
        return None
    return "all keys are ids of one length"


def _by_number(variants: Sequence[Variant]) -> str | None:
    """Objects that were joined because too many were different, and that no key is common to."""
    joined = len(variants) == 1 and not variants[0].order
    if joined and MANY_KEYS <= len(variants[0].fields) == len(variants[0].missing):
        return "there are ever new keys, and none is always there"
    return None


def one_kind(places: Sequence[Place]) -> bool:
    """Whether all places hold values of one kind (null aside): numbers, texts, booleans, arrays or like objects."""
    only = ""
    for place in places:
        kind = kind_of(place)
        if kind == "mixed" or (kind and only and kind != only):
            return False
        only = only or kind
    return only != "object" or _alike(places)


def kind_of(place: Place) -> str:
    """The one JSON kind of a place, ``mixed`` for several, empty for none but null."""
    if len(place.scalars) == 1 and not place.arrays and not place.objects:
        return _PLAIN[next(iter(place.scalars))]
    kinds = {_PLAIN[kind] for kind in place.scalars} - {""}
    if place.arrays:
        kinds.add("array")
    if place.objects:
        kinds.add("object")
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "")


_PLAIN = {
    "null": "", "bool": "bool", "int": "number", "float": "number", "str": "str", "date": "str", "datetime": "str",
    "naive": "str",
}  # fmt: skip


def _alike(places: Sequence[Place]) -> bool:
    """Objects as values are of one class when every one shares half of all keys."""
    sets = [set(v.fields) for place in places for v in place.objects.values() if v.fields]
    if not sets:
        return True
    every: set[str] = set().union(*sets)
    return all(2 * len(keys) >= len(every) for keys in sets)
