"""Numbers whose digits a float does not keep: told, so that the author may declare them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callwright.infer.forest import Forest
from callwright.infer.result import Note
from callwright.infer.spread import Rooted, walk


def digit_notes(forest: Forest, read: Iterable[Rooted]) -> Iterator[Note]:
    """A note for each place where a number lost digits and is not declared as what keeps them."""
    if not any(place.rounded for place in forest.keep):
        return
    for one in read:
        for steps, place in walk(forest, one.root):
            hint = forest.hints.get(id(place))
            if not place.rounded or (hint is not None and hint.type not in (None, "number")):
                continue
            path = one.hints.spelled(steps)
            yield Note(
                code="digits-lost",
                message=f"{path} of {one.observation.call} has numbers of more digits than a float keeps",
                where=one.observation.call if one.observation.role == "success" else "",
                hint=f"keep them with fields: {{'{path}': {{type: decimal}}}}",
            )
