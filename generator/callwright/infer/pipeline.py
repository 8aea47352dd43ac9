"""infer(): observations in, classes and root types out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Literal

from callwright.diagnostics import in_order
from callwright.errors import fail_on_errors
from callwright.gc_pause import collector_paused
from callwright.infer.author.declared import Declared
from callwright.infer.author.hints import Steps, read_hints
from callwright.infer.author.reachable import reached
from callwright.infer.author.unused import UnknownPaths
from callwright.infer.classes.object_index import Forest, Node, drop_empty
from callwright.infer.classes.spread import Rooted, planted, spread, walk
from callwright.infer.classes.unify import unify
from callwright.infer.fields.digits import digit_notes
from callwright.infer.fields.types import Types
from callwright.infer.fields.weak import empty_notes, weak_notes
from callwright.infer.names.class_names import TAKEN, lock_keys, name_classes
from callwright.infer.result import Inference
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.observed import observed
from callwright.ir.nodes import FieldHint


def infer(
    observations: Sequence[Observation],
    *,
    required_after: int = 1,
    naive_datetimes: Literal["utc"] | None = None,
    names_lock: Mapping[str, str] | None = None,
    reserved: frozenset[str] = frozenset(),
    priors: bool = True,
) -> Inference:
    """The types of all observations together, sharing classes between them.

    ``required_after``: responses needed before a field may be required. ``names_lock``: the names remembered from
    earlier runs; ``reserved``: class names that are taken. ``priors``: whether classes that few responses show are typed
    with regard to other classes; without, fields are as seen, however often.

    Raises:
        CaptureError: a body cannot be read.
        SpecError: what is declared about fields contradicts itself, or gives two of them one name.
    """
    with collector_paused():
        return _infer(
            observations, required_after, naive_datetimes, names_lock or {}, reserved, priors
        )


def _infer(
    observations: Sequence[Observation],
    required_after: int,
    naive_datetimes: Literal["utc"] | None,
    names_lock: Mapping[str, str],
    reserved: frozenset[str],
    priors: bool,
) -> Inference:
    read, captures = _read(observations)
    forest = planted(read)
    groups = unify(forest)
    while spread(forest, [c.nodes for c in groups], read):
        forest = planted(read)
        groups = unify(forest)
    declared, unknown = _declared(read)
    found = [(any(node.fields for node in c.nodes), c) for c in groups]
    unified = [c for filled, c in found if filled]
    drop_empty(forest, [node for filled, c in found if not filled for node in c.nodes])
    classes = [c.nodes for c in unified]
    pins = {i: c.pin for i, c in enumerate(unified) if c.pin}
    reserved |= declared.names
    names = name_classes(classes, pins, names_lock, reserved)
    types = Types(
        forest, classes, names, captures, required_after, naive_datetimes, reserved | TAKEN,
        priors=priors,
    )  # fmt: skip
    models = [types.model(i) for i in range(len(classes)) if i not in types.too_deep]
    root_types = {one.observation.key: types.root(one.root) for one in read}
    fail_on_errors(in_order(types.agreed.problems))
    unions, said, ignored = types.unions, list(declared.models()), types.agreed.ignored
    if ignored:
        used = reached(root_types.values(), [*models, *said], unions)
        models = [cls for cls in models if cls.name in used]
        said = [cls for cls in said if cls.name in used]
        unions = tuple(union for union in unions if union.name in used)
        pins |= {i: name for i, name in enumerate(names) if name not in used}
    return Inference(
        classes=(*models, *said),
        unions=unions,
        roots=root_types,
        notes=(
            *unknown.notes(),
            *digit_notes(forest, read, ignored),
            *declared.notes(cls.name for cls in said),
            *empty_notes((one.observation, root_types[one.observation.key]) for one in read),
            *weak_notes(models),
        ),
        names=_remember(classes, names, pins),
        declared=_held(forest, read, types.agreed.held),
    )


def _read(observations: Iterable[Observation]) -> tuple[list[Rooted], list[str]]:
    """What was seen in each observation, and the names of all captures."""
    read: list[Rooted] = []
    captures: list[str] = []
    for observation in observations:
        hints = read_hints(observation)
        read.append(Rooted(observation, observed(observation), hints, len(captures)))
        captures += map(observation.capture, range(len(observation.bodies)))
    return read, captures


def _declared(read: Iterable[Rooted]) -> tuple[Declared, UnknownPaths]:
    declared, unknown = Declared(), UnknownPaths()
    for one in read:
        declared.see(one.root, one.observation, one.hints, one.offset)
        unknown.note(one.observation, one.hints, one.root)
    return declared, unknown


def _held(
    forest: Forest, read: Iterable[Rooted], held: Mapping[int, tuple[FieldHint, ...]]
) -> dict[str, dict[Steps, tuple[FieldHint, ...]]]:
    if not held:
        return {}
    return {
        one.observation.key: {
            steps: held[id(place)] for steps, place in walk(forest, one.root) if id(place) in held
        }
        for one in read
    }


def _remember(
    classes: Sequence[Sequence[Node]], names: Sequence[str], pins: Container[int]
) -> dict[str, str]:
    # the spec remembers what it names itself: a name that is corrected or removed there is gone
    return {
        key: name
        for index, (nodes, name) in enumerate(zip(classes, names, strict=True))
        if index not in pins
        for node in nodes
        for key in lock_keys(node)
    }
