"""The evidence of fields: counts of responses, captures, and the reasons for a type in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from callwright.infer.author.agreed import Agreed
from callwright.infer.author.hints import declared
from callwright.infer.classes.object_index import Forest, Node
from callwright.infer.fields.kinds import TEXTS, Located, kinds_rule, scalar_kinds, several, telling
from callwright.infer.fields.presence import Seen
from callwright.infer.result import Evidence
from callwright.infer.seen.shapes import Place
from callwright.ir.nodes import FieldHint

MAX_CAPTURES = 5
MAX_VALUES = 8

_DECLARED = "declared in the spec"


class Evidences:
    """Makes the evidence of fields; ``captures`` are the names of all responses."""

    def __init__(
        self,
        forest: Forest,
        agreed: Agreed,
        captures: Sequence[str],
        naive_datetimes: Literal["utc"] | None,
    ) -> None:
        self._forest = forest
        self._agreed = agreed
        self._captures = captures
        self._naive_datetimes = naive_datetimes
        self._known: dict[tuple[int, int, int, int, tuple[str, ...], str], Evidence] = {}

    def of(
        self,
        nodes: Sequence[Node],
        key: str,
        places: Sequence[Place],
        nested: bool,
        seen: Seen,
        hint: FieldHint | None,
        why: str,
    ) -> Evidence:
        """The evidence of the field of a class that was seen at ``places``.

        ``nested``: some of them hold lists or objects. ``why``: what decided whether it is required, and may be null.
        """
        values = _values(places, hint)
        rule = self._rule(nodes, key, places, nested, hint)
        if why and why != rule:
            rule = f"{rule}\n{why}" if rule else why
        # the fields of a class mostly have the same
        known = (seen.possible, seen.present, seen.null, seen.empty, values, rule)
        evidence = self._known.get(known)
        if evidence is None:
            evidence = self._known[known] = Evidence(
                possible=seen.possible.bit_count(),
                present=seen.present.bit_count(),
                null=seen.null.bit_count(),
                values=values,
                captures=self.named(seen.present),
                rule=rule,
                empty=seen.empty.bit_count(),
            )
        return evidence

    def named(self, bits: int) -> tuple[str, ...]:
        """The first of the responses that these bits stand for."""
        found: list[str] = []
        while bits and len(found) < MAX_CAPTURES:
            low = bits & -bits
            found.append(self._captures[low.bit_length() - 1])
            bits ^= low
        return tuple(found)

    def _rule(
        self,
        nodes: Sequence[Node],
        key: str,
        places: Sequence[Place],
        nested: bool,
        hint: FieldHint | None,
    ) -> str:
        """Why the type of a field is what it is; empty when there is nothing to tell."""
        if hint is not None and (hint.type or declared(hint) is not None):
            return _DECLARED
        every = self._forest.maps
        maps = sorted({every[id(p)].rule for p in places if id(p) in every}) if every else ()
        if maps:
            return f"a map: {maps[0]}"
        kinds = scalar_kinds(places)
        if several(places) if nested else telling(kinds):
            return self._kinds([(p, n.offset) for n in nodes for p in n.fields.get(key, ())], hint)
        if nested:
            return self._of_items(nodes, key)
        texts = kinds & TEXTS
        if len(texts) == 1 and texts <= {"date", "datetime"}:
            return f"every text is an RFC 3339 {min(texts)}"
        return ""

    def _of_items(self, nodes: Sequence[Node], key: str) -> str:
        found = [
            (place.items, node.offset)
            for node in nodes
            for place in node.fields.get(key, ())
            if place.items is not None
        ]
        items = [place for place, _ in found]
        return self._kinds(found, self._agreed.at(items), "items") if several(items) else ""

    def _kinds(self, places: Iterable[Located], hint: FieldHint | None, inside: str = "") -> str:
        if hint is not None and (hint.type or declared(hint) is not None):
            return _DECLARED
        places = list(places)
        hidden = hint is not None and hint.redact
        return kinds_rule(
            places,
            lambda bits: self.named(bits)[0],
            values=set() if hidden else {v for place, _ in places for v in place.values or ()},
            naive=self._naive_datetimes,
            inside=inside,
        )


def _values(places: Sequence[Place], hint: FieldHint | None) -> tuple[str, ...]:
    if hint is not None and hint.redact:
        return ()
    values: set[str] = set()
    for place in places:
        if place.values is None or (place.values and "str" not in place.scalars):
            return ()
        values |= place.values
    return tuple(sorted(values)) if 0 < len(values) <= MAX_VALUES else ()
