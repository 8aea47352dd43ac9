"""One call's answers as a tree of places, and what changed between two captures of it. Pure: bodies in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callwright.infer.maps import map_rule
from callwright.infer.reading import read_json
from callwright.infer.shapes import Place, Variant, join, observe

Mark: TypeAlias = Literal["+", "~", "-", "?"]
_SCALARS = ("bool", "int", "float", "date", "datetime", "str")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One place of an answer. ``key`` is the last step of ``path``; Counts are of responses: ``possible`` ones, those it was
    ``present`` in, those in which an object lacked it (``absent``; one response can be both), and those with a null.
    ``type`` is as in Python, ``object`` for an object (its fields are ``children``).
    """

    path: str
    key: str
    type: str
    present: int
    absent: int
    null: int
    possible: int
    note: str = ""
    children: tuple[Branch, ...] = ()

    @property
    def optional(self) -> bool:
        """Whether it was absent from an object that could have held it."""
        return self.absent > 0

    def walk(self) -> Iterator[Branch]:
        """This place and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. ``mark``: ``+`` new, ``~`` changed, ``-`` gone, ``?`` of unknown type."""

    mark: Mark
    path: str
    text: str
    note: str = ""
    breaking: bool = False

    def __str__(self) -> str:
        line = f"{self.mark} {self.path}  {self.text}"
        if self.note:
            line += f"  {self.note}"
        return line + ("  breaking for callers" if self.breaking else "")


def describe(bodies: Sequence[object]) -> Branch:
    """The tree of one call's answers (JSON bytes or values already parsed), with counts of responses.

    Raises:
        CaptureError: a body is no JSON that every library keeps.
    """
    return _branch(_observed(bodies), "$", "$", 0, len(bodies))


def changes(old: Sequence[object], new: Sequence[object]) -> list[Change]:
    """What the new answers of a call say differently from the old ones; values play no part.

    Raises:
        CaptureError: a body is no JSON that every library keeps.
    """
    before = dict(_by_path(describe(old), None)) if old else {}
    after = dict(_by_path(describe(new), None))
    found: list[Change] = []
    for path, (branch, parent) in after.items():
        if path in before:
            found += _changed(before[path][0], branch)
        elif parent in before:
            # only the topmost of what is new: what is below it is new with it
            found.append(Change(mark="+", path=path, text=_full(branch), note="new field"))
        if branch.type == "Any" and (path not in before or before[path][0].type == "Any"):
            found.append(_unknown(branch))
    for path, (branch, parent) in before.items():
        if path not in after and parent in after:
            note = f"gone in {len(new)} of {len(new)}"
            found.append(Change(mark="-", path=path, text=note, breaking=not branch.optional))
    return found


def _by_path(branch: Branch, parent: str | None) -> Iterator[tuple[str, tuple[Branch, str | None]]]:
    yield branch.path, (branch, parent)
    for child in branch.children:
        yield from _by_path(child, branch.path)


def _changed(before: Branch, after: Branch) -> Iterator[Change]:
    old, new = _full(before), _full(after)
    if "Any" in (before.type, after.type):
        # what was never seen with a value has no type that could change; but null may be new
        new = f"{old} | None" if after.null and not before.null and before.type != "Any" else old
    if old != new:
        wider = set(new.split(" | ")) - set(old.split(" | "))
        note = f"now null in {after.null} of {after.possible}" if wider == {"None"} else ""
        text = f"{old} → {new}"
        yield Change(mark="~", path=after.path, text=text, note=note, breaking=bool(wider))
    if after.optional and not before.optional:
        note = f"now absent in {after.absent} of {after.possible}"
        yield Change(mark="~", path=after.path, text=new, note=note, breaking=True)


def _unknown(branch: Branch) -> Change:
    times = "the one response" if branch.present == 1 else f"{branch.present} responses"
    what = "null" if branch.null == branch.present else "empty"
    return Change(mark="?", path=branch.path, text=f"only {what} in {times}: unknown type")


def _full(branch: Branch) -> str:
    return f"{branch.type} | None" if branch.null and branch.type != "Any" else branch.type


def _observed(bodies: Sequence[object]) -> Place:
    place = Place()
    for index, body in enumerate(bodies):
        value = read_json(body, f"answer {index + 1}") if isinstance(body, bytes) else body
        observe(place, value, 1 << index)
    return place


def _branch(place: Place, path: str, key: str, absent: int, possible: int) -> Branch:
    children: list[Branch] = []
    kinds = _scalars(place)
    present = place.seen.bit_count()
    note = ""
    variants = [v for keys, v in place.objects.items() if keys != ()]
    rule = map_rule(key, variants) if variants else None
    if rule:
        value = join(p for v in variants for p in v.fields.values())
        below = _branch(value, f"{path}.*", "*", 0, present)
        kinds.append(f"dict[str, {_full(below)}]")
        children += below.children
        note = rule
    elif variants:
        kinds.append("object")
        children += _fields(list(place.objects.values()), path)
    if place.items is not None:
        below = _branch(place.items, f"{path}[*]", "[*]", 0, present)
        kinds.append(f"list[{_full(below)}]")
        children += below.children
    return Branch(
        path=path, key=key, type=" | ".join(kinds) or "Any", present=present, absent=absent,
        null=place.scalars.get("null", 0).bit_count(), possible=possible, note=note, children=tuple(children),
    )  # fmt: skip


def _fields(variants: Sequence[Variant], path: str) -> Iterator[Branch]:
    seen = 0
    for variant in variants:
        seen |= variant.seen
    order = max(variants, key=lambda v: (len(v.fields), v.order)).order
    keys = dict.fromkeys([*order, *(k for v in variants for k in sorted(v.fields))])
    for key in keys:
        holding = [v.fields[key] for v in variants if key in v.fields]
        absent = 0
        for variant in variants:
            absent |= variant.missing.get(key, 0) if key in variant.fields else variant.seen
        place = join(holding)
        yield _branch(place, f"{path}.{key}", key, absent.bit_count(), seen.bit_count())


def _scalars(place: Place) -> list[str]:
    kinds = set(place.scalars) - {"null"}
    texts = kinds & {"date", "datetime", "naive", "str"}
    if len(texts) > 1 or "naive" in texts:
        kinds = (kinds - texts) | {"str"}
    return [kind for kind in _SCALARS if kind in kinds]
