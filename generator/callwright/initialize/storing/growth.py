"""How the captures of one sample and status grow: what a new response adds to what is known, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from callwright.captures.model import Capture
from callwright.captures.write import file_name
from callwright.initialize.storing.evidence import KEY, OPTIONAL, Evidence, Fact, keys

MOST = 5
"""Different responses that are kept of one sample and status."""

_SHOWN = 5  # places that a line names

Response: TypeAlias = "tuple[Capture, ...]"
"""One response: its pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What becomes of a new response and the stored ones.

    ``new``: its version, None when it is not stored. ``kept``: the stored responses that stay, with their versions.
    ``confirmed``: the stored response that a new one says the same as. ``notes``: lines for the person watching.
    """

    new: int | None
    kept: tuple[Response, ...] = ()
    confirmed: Response | None = None
    notes: tuple[str, ...] = ()


def grow(
    evidence: Evidence, kept: Sequence[Response], new: Response, *, refresh: bool = False
) -> Growth:
    """Add a response to the current captures of its sample and status.

    Nothing is stored that says nothing new, unless ``refresh``; a response that says all that the others do replaces
    them; otherwise all are kept, the one with the most keys first, and at most ``MOST``.
    """
    if not kept:
        return Growth(new=1)
    before = evidence.of(_all(kept))
    after = evidence.of(_all([*kept, new]))
    alone = evidence.of(new)
    if after == before:
        confirmed = next((r for r in kept if evidence.of(r) == alone), None)
        if not refresh:
            return Growth(new=None, kept=tuple(kept), confirmed=confirmed or kept[0])
        return _refreshed(evidence, kept, new, before, confirmed)
    if alone == after:
        return Growth(new=1)
    return _beside(evidence, kept, new, after)


def _refreshed(
    evidence: Evidence,
    kept: Sequence[Response],
    new: Response,
    before: frozenset[Fact],
    confirmed: Response | None,
) -> Growth:
    """Put a response that says nothing new in the place of one whose loss would not be felt."""
    candidates = [confirmed] if confirmed is not None else kept
    for old in candidates:
        others = [r for r in kept if r is not old]
        if evidence.of(_all([*others, new])) == before:
            return Growth(new=old[0].version, kept=tuple(others))
    return _beside(evidence, kept, new, before, newest_first=True)


def _beside(
    evidence: Evidence,
    kept: Sequence[Response],
    new: Response,
    after: frozenset[Fact],
    *,
    newest_first: bool = False,
) -> Growth:
    """Keep a response beside the others; of six, the five that say most together."""
    responses = [*kept, new]
    notes: list[str] = []
    if len(responses) > MOST:
        dropped = _least(evidence, responses, after)
        responses.remove(dropped)
        notes.append(_dropped(evidence, responses, dropped, new, after))
    if not any(r is new for r in responses):
        return Growth(new=None, kept=tuple(kept), notes=tuple(notes))
    facts = {id(r): evidence.of(r) for r in responses}

    def rank(response: Response) -> tuple[int, bool]:
        is_new = response is new
        return -keys(facts[id(response)]), is_new != newest_first

    versions = _versions(responses, new, first=min(responses, key=rank))
    placed = dict(zip(versions, responses, strict=True))
    notes += _kept_beside({v: (r, facts[id(r)]) for v, r in placed.items()}, after)
    return Growth(
        new=next(version for version, r in placed.items() if r is new),
        kept=tuple(_renumbered(r, version) for version, r in placed.items() if r is not new),
        notes=tuple(notes),
    )


def _versions(responses: Sequence[Response], new: Response, first: Response) -> list[int]:
    """The version of each: those that are stored keep theirs, but for the first, which changes places."""
    versions = [r[0].version for r in responses if r is not new]
    free = next(n for n in range(1, len(versions) + 2) if n not in versions)
    versions.append(free)
    index = next(i for i, r in enumerate(responses) if r is first)
    if versions[index] != 1:
        others = [i for i, version in enumerate(versions) if version == 1]
        for other in others:
            versions[other] = versions[index]
        versions[index] = 1
    return versions


def _least(evidence: Evidence, responses: Sequence[Response], after: frozenset[Fact]) -> Response:
    """The response without which the others still say most, the newest of several."""
    return max(
        reversed(responses),
        key=lambda r: len(after & evidence.of(_all([o for o in responses if o is not r]))),
    )


def _dropped(
    evidence: Evidence,
    responses: Sequence[Response],
    dropped: Response,
    new: Response,
    after: frozenset[Fact],
) -> str:
    which = "this response" if dropped is new else file_name(dropped[0])
    lost = _places(after - evidence.of(_all(responses)))
    says = f"; without it nothing shows {lost}" if lost else "; the others say the same together"
    return f"at most {MOST} responses are kept of a sample: {which} is dropped{says}"


def _kept_beside(
    responses: Mapping[int, tuple[Response, frozenset[Fact]]], after: frozenset[Fact]
) -> list[str]:
    """A line for each response with what it lacks of all that is known, and how to drop the others."""
    lines = ["different responses to one sample are kept side by side:"]
    for version, (response, facts) in sorted(responses.items()):
        lacking = _places(after - facts)
        name = file_name(replace(response[0], version=version))
        lines.append(f"  {name}" + (f" lacks {lacking}" if lacking else ""))
    return [*lines, "if the provider changed for good, initialize the sample again with --replace"]


def _places(facts: frozenset[Fact]) -> str:
    """The outermost places of facts, and the types of those that are no keys of their own."""
    new_keys = {fact.path for fact in facts if fact.what == KEY}
    shown: dict[str, None] = {}
    for fact in sorted(facts, key=lambda f: (len(f.path), f.path, f.what)):
        if fact.what == OPTIONAL or not new_keys.isdisjoint(_above(fact.path)):
            continue
        text = fact.path if fact.what == KEY else f"{fact.what} at {fact.path}"
        if fact.what == KEY or fact.path not in new_keys:
            shown[text] = None
    texts = list(shown)
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def _above(path: str) -> Iterator[str]:
    """All places above a path; a few that are none do no harm."""
    return (path[:index] for index, character in enumerate(path) if character in ".[{")


def _renumbered(response: Response, version: int) -> Response:
    return tuple(replace(capture, version=version) for capture in response)


def _all(responses: Sequence[Response]) -> list[Capture]:
    return [capture for response in responses for capture in response]
