"""Types as ``generate`` would make them: of all captures together, with the names of names.lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from callwright.captures.model import Capture
from callwright.errors import CallwrightError
from callwright.infer import Inference, Observation, infer
from callwright.infer.complete import completed
from callwright.infer.group import group
from callwright.infer.seen.reading import body_values
from callwright.initialize.review.branches import Branch, Variant, branch_at, options_of
from callwright.ir.nodes import DictType, ListType, ModelType, Requests, TypeExpr, UnionType


class Package:
    """The package that ``generate`` would make of these captures. ``locked``: the names of names.lock."""

    def __init__(
        self, requests: Requests, locked: Mapping[str, str], captures: Iterable[Capture]
    ) -> None:
        self.locked = locked
        self._requests = requests
        self._captures = [replace(capture, path=_place(capture)) for capture in captures]

    def with_its_names(self, branch: Branch, captures: Iterable[Capture]) -> Branch:
        """The tree of responses of one call with the names that the package has for its classes.

        They stay where generate could not make types of them.
        """
        own = self._branch({_place(capture) for capture in captures})
        return branch if own is None else _renamed(branch, dict(_pairs(branch, own)))

    def _branch(self, paths: AbstractSet[str]) -> Branch | None:
        observation = next(
            (o for o in self._observations if not paths.isdisjoint(o.captures)), None
        )
        if observation is None or self._inference is None:
            return None
        return branch_at(self._inference, observation.key, list(body_values(observation)))

    @cached_property
    def _observations(self) -> Sequence[Observation]:
        try:
            return group(completed(self._requests, self._captures), self._captures).observations
        except CallwrightError:
            return ()

    @cached_property
    def _inference(self) -> Inference | None:
        try:
            return infer(
                self._observations,
                required_after=self._requests.required_after,
                naive_datetimes=self._requests.naive_datetimes,
                names_lock=self.locked,
            )
        except CallwrightError:
            return None


def _place(capture: Capture) -> str:
    """What tells a capture from all others, stored or not."""
    return capture.path or f"{capture.call}.{capture.sample}.{capture.status} (new)"


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
