"""Types as ``generate`` would make them: of all captures together, with the names of names.lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from callwright.captures.model import Capture
from callwright.errors import CallwrightError
from callwright.infer import Inference, Observation, infer
from callwright.infer.group import completed, group
from callwright.infer.reading import body_values
from callwright.initialize.branches import Branch, Variant, branch_at, options_of
from callwright.ir.nodes import DictType, ListType, ModelType, Requests, TypeExpr, UnionType


def generated_branch(
    requests: Requests,
    locked: Mapping[str, str],
    captures: Sequence[Capture],
    shown: Sequence[Capture],
) -> Branch | None:
    """The tree of ``shown``, responses of one call, as types of the package that ``captures`` make, which hold them.

    ``locked``: the names of names.lock. None when generate could not make types of them.
    """
    paths = {_place(capture) for capture in shown}
    placed = [replace(capture, path=_place(capture)) for capture in captures]
    try:
        observations = group(completed(requests, placed), placed).observations
        observation = next((o for o in observations if paths.intersection(o.captures)), None)
        if observation is None:
            return None
        inference = _inferred(requests, locked, observations)
        values = list(body_values(observation))
    except CallwrightError:
        return None
    kept = [v for v, path in zip(values, observation.captures, strict=True) if path in paths]
    return branch_at(inference, observation.key, kept)


def _inferred(
    requests: Requests, locked: Mapping[str, str], observations: Sequence[Observation]
) -> Inference:
    return infer(
        observations,
        required_after=requests.required_after,
        naive_datetimes=requests.naive_datetimes,
        names_lock=locked,
    )


def _place(capture: Capture) -> str:
    """What tells a capture from all others, stored or not."""
    return capture.path or f"{capture.call}.{capture.sample}.{capture.status} (new)"


def with_names_of(branch: Branch, generated: Branch) -> Branch:
    """The tree with the class names that ``generated`` has in the same places."""
    return _renamed(branch, dict(_pairs(branch, generated)))


def _pairs(one: Branch, other: Branch) -> Iterator[tuple[str, str]]:
    """The names of classes in the same places of two trees."""
    names, others = _names(one), _names(other)
    if len(names) == len(others) == 1:
        yield names[0], others[0]
    for inner, its in ((one.item, other.item), (one.value, other.value)):
        if inner is not None and its is not None:
            yield from _pairs(inner, its)
    yield from _field_pairs(one.fields, other.fields)
    for variant in one.variants:
        its_variant = next((v for v in other.variants if _is_same(variant, v)), None)
        if its_variant is not None:
            yield variant.name, its_variant.name
            yield from _field_pairs(variant.fields, its_variant.fields)


def _field_pairs(
    one: Mapping[str, Branch], other: Mapping[str, Branch]
) -> Iterator[tuple[str, str]]:
    for key in one.keys() & other.keys():
        yield from _pairs(one[key], other[key])


def _is_same(one: Variant, other: Variant) -> bool:
    if one.tags or other.tags:
        return bool(set(one.tags) & set(other.tags))
    return one.fields.keys() == other.fields.keys()


def _names(branch: Branch) -> list[str]:
    return [option.name for option in options_of(branch.type) if isinstance(option, ModelType)]


def _renamed(branch: Branch, names: Mapping[str, str]) -> Branch:
    def fields(of: Mapping[str, Branch]) -> dict[str, Branch]:
        return {key: _renamed(place, names) for key, place in of.items()}

    return replace(
        branch,
        type=_renamed_type(branch.type, names),
        item=None if branch.item is None else _renamed(branch.item, names),
        value=None if branch.value is None else _renamed(branch.value, names),
        fields=fields(branch.fields),
        variants=tuple(
            replace(v, name=names.get(v.name, v.name), fields=fields(v.fields))
            for v in branch.variants
        ),
    )


def _renamed_type(kind: TypeExpr, names: Mapping[str, str]) -> TypeExpr:
    match kind:
        case ModelType(name=name):
            return replace(kind, name=names.get(name, name))
        case ListType(item=item):
            return replace(kind, item=_renamed_type(item, names))
        case DictType(value=value):
            return replace(kind, value=_renamed_type(value, names))
        case UnionType(options=options):
            return replace(kind, options=tuple(_renamed_type(o, names) for o in options))
        case _:
            return kind
