"""Numbers whose digits a float does not keep: told, so that the author may declare them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from callwright.infer.author.hints import members
from callwright.infer.classes.object_index import Forest
from callwright.infer.classes.spread import Rooted, walk
from callwright.infer.result import Note
from callwright.infer.seen.shapes import Place
from callwright.ir.nodes import FieldHint


def digit_notes(
    forest: Forest, read: Iterable[Rooted], ignored: Container[int] = ()
) -> Iterator[Note]:
    """A note for each place where a number lost digits and is not declared as what keeps them.

    ``ignored``: the ids of places that are no part of the models.
    """
    hints = forest.hints
    held = (p for p in forest.keep if id(p) in hints) if hints else ()
    if not any(p.rounded for p in forest.keep) and not any(_losing(p, hints[id(p)]) for p in held):
        return
    for one in read:
        for steps, place in walk(forest, one.root, ignored):
            said = _losing(place, hints.get(id(place)))
            if not said:
                continue
            path = one.hints.spelled(steps)
            quoted = path.replace("'", "''")
            yield Note(
                code="digits-lost",
                message=f"{path} of {one.observation.call} has numbers of more digits than a float keeps",
                where=one.observation.call if one.observation.role == "success" else "",
                hint=f"keep them with fields: {{'{quoted}': {{{said}: decimal}}}}",
            )


def _losing(place: Place, hint: FieldHint | None) -> str:
    """What would have to be declared decimal, ``type``, ``items`` or ``values``; empty when no digits are lost."""
    if hint is None or hint.type in (None, "number"):
        return "type" if place.rounded else ""
    if hint.items == "number" and place.items is not None and place.items.rounded:
        return "items"
    return "values" if hint.values == "number" and any(m.rounded for m in members(place)) else ""
