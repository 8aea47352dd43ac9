"""What a person sees of an answer: what is known of such answers as a tree of fields, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeGuard

from rich.cells import cell_len

from callwright.captures.model import Capture
from callwright.errors import CallwrightError
from callwright.infer import Inference, Observation, infer
from callwright.infer.complete import is_error
from callwright.infer.fields.weak import ENOUGH
from callwright.infer.seen.elements import known_of
from callwright.infer.seen.reading import body_values
from callwright.initialize.review.branches import Branch, branch_of
from callwright.initialize.review.compare import STAYS, Change, changes
from callwright.initialize.review.display import UNLIMITED, cut, padded, table, visible
from callwright.ir.nodes import BuiltinType, FieldHint, Request, Requests
from callwright.runtime.definition import Xml
from callwright.runtime.reading.xml import read_xml

_ANY = BuiltinType(name="Any")
_HEAD = 44  # cells of the column with names and types, at most
_EXAMPLE = 32  # cells of an example value on a terminal, at most
_LONG_EXAMPLE = 300  # and elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What answers are typed with: ``name``, from which unnamed classes take theirs, what the spec says, and what all
    captures of XML say together."""

    name: str
    role: Literal["success", "error"] = "success"
    model: str | None = None
    select: str | None = None
    hints: tuple[FieldHint, ...] = ()
    xml: Xml | None = None
    required_after: int = 1
    naive_datetimes: Literal["utc"] | None = None
    locked: Mapping[str, str] = field(default_factory=dict[str, str])  # names.lock

    @property
    def bare(self) -> Promise:
        """Without what the spec says of fields: for answers that are not as it says."""
        return replace(self, model=None, select=None, hints=())

    def observation(self, captures: Sequence[Capture]) -> Observation:
        """The answers as inference takes them."""
        return Observation(
            key=self.name,
            call=self.name,
            bodies=[c.body for c in captures],
            captures=[f"{c.call}.{c.sample}" for c in captures],
            role=self.role,
            model=self.model,
            select=self.select,
            hints=self.hints,
            media="json" if self.xml is None else "xml",
            xml=self.xml,
        )

    def infer(self, observation: Observation) -> Inference:
        """Their types. Raises CallwrightError as infer() does."""
        return infer(
            [observation],
            required_after=self.required_after,
            naive_datetimes=self.naive_datetimes,
            names_lock=self.locked,
        )


def promise_of(requests: Requests, request: Request, captures: Sequence[Capture]) -> Promise:
    """What the spec says of answers like these, of one call, status and kind."""
    first = captures[0]
    call = request.call
    general = Promise(
        name=call.name,
        required_after=requests.required_after,
        naive_datetimes=requests.naive_datetimes,
    )
    if is_error(requests, request, first):
        promise = replace(general, name="error", role="error", hints=requests.error_fields)
    else:
        by_status = {h.status: h for h in request.hints}
        hints = by_status.get(first.status, by_status.get(None))
        promise = replace(
            general,
            model=hints.model if hints else None,
            select=call.responses.get(first.status, call.response).select,
            hints=hints.fields if hints else (),
        )
    if first.kind != "xml":
        return promise
    return replace(promise, xml=known_of([read_xml(c.body) for c in captures], promise.hints))


def is_typed(capture: Capture) -> bool:
    """Whether an answer has a tree at all."""
    return capture.kind in ("json", "xml")


def known(captures: Sequence[Capture], promise: Promise) -> Branch | None:
    """What is known of answers; None without any, and for those that inference cannot read."""
    if not captures:
        return None
    for tried in (promise, promise.bare):
        observation = tried.observation(captures)
        try:
            inference = tried.infer(observation)
        except CallwrightError:
            continue
        return branch_of(inference, list(body_values(observation)))
    return None


def tree(root: Branch, width: int) -> list[str]:
    """The tree in lines of ``width`` cells, one for each place: name, type, an example, and what it is known from."""
    rows = [(root.text, "", _origin(root)), *_rows(root, 1, width)]
    column = min(max(cell_len(head) for head, _, _ in rows), _HEAD, width // 2)
    longest = _EXAMPLE if width < UNLIMITED // 2 else _LONG_EXAMPLE
    lines: list[str] = []
    for head, example, evidence in rows:
        head = padded(cut(head, width), column)
        room = width - cell_len(head) - 2 - (cell_len(evidence) + 2 if evidence else 0)
        shown = cut(example, max(min(longest, room), 8)) if example else ""
        lines.append(cut("  ".join(filter(None, (head, shown, evidence))).rstrip(), width))
    return lines


def differences(
    all_known: tuple[Branch | None, Branch | None],
    alone: tuple[Branch | None, Branch | None],
    path: str,
) -> list[Change]:
    """What differs between what was known before and what is known now, then what differs between the previous answer
    and this one (``alone``) besides. ``path``: of the value that is compared, from the body's root.
    """
    found = list(changes(*all_known, path)) if _both(all_known) else []
    told = {change.path for change in found}
    if _both(alone):
        besides = (c for c in changes(*alone, path) if c.path not in told)
        found += [replace(change, note=STAYS) for change in besides]
    return found


def _both(pair: tuple[Branch | None, Branch | None]) -> TypeGuard[tuple[Branch, Branch]]:
    return pair[0] is not None and pair[1] is not None


def spelled(found: Sequence[Change], width: int) -> list[str]:
    """Changes as lines of ``width`` cells."""
    rows = [(c.sign, visible(c.path), visible(c.what), c.note) for c in found]
    return table(rows, width)


def _origin(root: Branch) -> str:
    count = root.counts.responses
    weak = ": weak evidence" if count < ENOUGH else ""
    return f"from {count} response{'s' if count != 1 else ''}{weak}"


def _rows(branch: Branch, depth: int, width: int) -> Iterator[tuple[str, str, str]]:
    """The rows below a place: head, example, evidence."""
    indent = "  " * depth
    if len(indent) > width // 2 and (branch.fields or branch.variants):
        yield f"{indent}…", "", "more levels"
        return
    for inner in (branch.item, branch.value):
        if inner is not None:
            yield from _rows(inner, depth, width)
    for place in branch.fields.values():
        yield f"{indent}{_key(place.key)}: {place.text}", _example(place), _evidence(place)
        yield from _rows(place, depth + 1, width)
    for variant in branch.variants:
        tags = " | ".join(visible(json.dumps(tag, ensure_ascii=False)) for tag in variant.tags)
        tagged = f", {_key(branch.tag)} {tags}" if tags else ""
        yield f"{indent}{variant.name}{tagged}", "", f"in {variant.counts.of_possible()}"
        inside = replace(branch, item=None, value=None, variants=(), fields=variant.fields)
        yield from _rows(inside, depth + 1, width)


def _key(key: str) -> str:
    """A key as a name; in quotes where it would not be seen as one."""
    if key.strip() and key.isprintable():
        return key
    return visible(json.dumps(key, ensure_ascii=False))


def _example(place: Branch) -> str:
    if place.example is None:
        return ""
    return visible(json.dumps(place.example, ensure_ascii=False))


def _evidence(place: Branch) -> str:
    """Why a place is optional or nullable, and what was not seen of it."""
    counts, reasons = place.counts, place.why.replace("\n", "; ").split("; ")
    absent = next((r for r in reasons if r.startswith("optional")), "")
    null = next((r for r in reasons if r.startswith("may be null")), "")
    declared = "declared in the spec" in reasons
    notes: list[str] = []
    if counts.present < counts.possible:
        notes.append(f"optional: in {counts.of_possible()}")
    elif not place.required and place.type != _ANY and not null:
        elsewhere = "optional: absent in another place of its class"
        notes.append("optional: declared in the spec" if declared else absent or elsewhere)
    if counts.null == counts.present:
        notes.append("only null so far")
    elif counts.null:
        notes.append(f"null in {counts.of(counts.null)}")
    elif place.nullable:
        elsewhere = "may be null: is so in another place of its class"
        notes.append("may be null: declared in the spec" if declared else null or elsewhere)
    notes += ["empty so far"] if place.only_empty else []
    return ", ".join(notes)
