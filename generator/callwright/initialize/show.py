"""The plan and its outcomes as lines for a person, without a secret in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callwright.captures.digest import relaxed
from callwright.captures.files import media_type
from callwright.captures.model import Capture
from callwright.captures.redact import Redactor
from callwright.infer.group import is_error
from callwright.initialize.access import Access, credential_place
from callwright.initialize.compare import BREAKING, STAYS, Change
from callwright.initialize.display import visible
from callwright.initialize.plan import Plan, Step
from callwright.initialize.preflight import encoded
from callwright.initialize.review import (
    differences,
    is_typed,
    known,
    promise_of,
    spelled,
    tree,
)
from callwright.initialize.run import Outcome
from callwright.ir.nodes import ConstantValue, Request, Requests
from callwright.runtime.config import Settings
from callwright.runtime.errors import ApiError
from callwright.runtime.xml import xml_text

WIDTH = 120
"""Cells of the longest line of a review where no terminal says how many fit."""


def plan_lines(plan: Plan, settings: Settings, access: Access) -> list[str]:
    """What will be sent: one line for each step, below where to and with which credentials."""
    connector = settings.connector
    base = _shown_base(settings)
    many = "call" if len(plan.steps) == 1 else "calls"
    lines = [
        f"{connector.name}: {len(plan.steps)} {many} to {base} (environment {access.environment})"
    ]
    envs = {c.name: c.env.get(access.environment, "") for c in connector.credentials}
    for scheme in {named.name: named for named in access.schemes.values()}.values():
        used = [envs[n] for n in (*scheme.required, *scheme.optional) if n in access.credentials]
        lines.append(f"  sends {credential_place(scheme.scheme)}; from {', '.join(used)}")
    redactor = Redactor(access.credentials)
    width = max((len(step.name) for step in plan.steps), default=0)
    for number, step in enumerate(plan.steps, 1):
        url = redactor.text(_shown_url(settings, step, access)).removeprefix(base.rstrip("/"))
        notes = [f"{step.request.call.method} {url or '/'}", *_notes(step)]
        lines.append(f"  {number:2}  {step.name:{width}}  {'  '.join(notes)}")
    return lines


def _notes(step: Step) -> list[str]:
    notes = ["action"] if step.is_action else []
    if step.expected != "2xx":
        notes.append(f"expects {step.expected}")
    if step.sample.cleanup is not None:
        notes.append(f"cleaned up by {'.'.join(step.sample.cleanup)}")
    notes += [] if step.reason == "missing" else [step.reason]
    return notes


def _shown_base(settings: Settings) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        return settings.values.get(name, "***" if name in settings.credentials else match[0])

    return re.sub(r"\$\{(\w+)\}", value, settings.base_url or settings.environment.base_url)


def _shown_url(settings: Settings, step: Step, access: Access) -> str:
    """The URL with ``{argument}`` for what is only known later, and ``***`` for secrets."""
    call, args = step.request.call, step.sample.args
    constants = {n: v.value for n, v in args.items() if isinstance(v, ConstantValue)}
    later = {n: f"{{{n}}}" for n in args if n not in constants}
    try:
        request = encoded(relaxed(call, later), settings, access, {**constants, **later})
    except ApiError:
        return call.path  # what is given later is needed here already
    return re.sub(r"%7B(\w+)%7D", r"{\1}", request.url)


def outcome_lines(
    outcome: Outcome,
    before: Sequence[Capture],
    requests: Requests,
    *,
    raw: bool,
    width: int = WIDTH,
) -> list[str]:
    """What became of a step: one line, then what changed, and what is known of such answers as a tree (or the answer
    raw) when it is new.

    ``before``: the captures of this call that were there; ``width``: cells of the longest line of changes and trees.
    """
    capture = outcome.capture
    if outcome.state == "failed":
        return [visible(line) for line in outcome.message.split("\n")]
    if capture is None:
        return []
    own = [c for c in before if c.sample == capture.sample]
    facts = [
        f"{capture.call}.{capture.sample}",
        str(capture.status),
        _media(capture),
        size(len(capture.body)),
        _fate(outcome, own),
    ]
    lines = [visible("  ".join(fact for fact in facts if fact))]
    if outcome.state == "kept":
        lines.append(f"  {visible(outcome.message)}")
    review = _review(requests, outcome, capture, before, raw=raw, width=width - 2)
    lines += [f"  {line}" for line in review]
    if outcome.redacted:
        lines.append(
            f"  redacted: {', '.join(_counted(k, n) for k, n in outcome.redacted.items())}"
        )
    if outcome.state in ("stored", "unchanged"):
        lines += [f"  {line}" for line in _older(requests, outcome, own)]
    return lines


def _review(
    requests: Requests,
    outcome: Outcome,
    capture: Capture,
    before: Sequence[Capture],
    *,
    raw: bool,
    width: int,
) -> list[str]:
    """What changed by an answer, and the tree of what is known now, or the answer raw."""
    request, state = outcome.step.request, outcome.state
    failed = is_error(requests, request, capture)
    same = [
        c for c in before if c.status == capture.status and is_error(requests, request, c) == failed
    ]
    lines = _changed(requests, request, capture, same, width) if state == "stored" else []
    if raw:
        return lines + [visible(line) for line in _raw(capture)]
    if not is_typed(capture) or state in ("unchanged", "sent"):
        return lines
    others = [c for c in same if c.kind == capture.kind and c.sample != capture.sample]
    shown = [*others, capture] if state != "unfit" else [capture]
    now = known(shown, promise_of(requests, request, shown))
    return lines + (tree(now, width) if now is not None else [])


def _changed(
    requests: Requests, request: Request, capture: Capture, same: Sequence[Capture], width: int
) -> list[str]:
    """What a stored answer changes of what was known from ``same``: answers of its status, also to other samples."""
    own = [c for c in same if c.sample == capture.sample]
    others = [c for c in same if c.sample != capture.sample]
    found: list[Change] = []
    if other := [c for c in own if c.kind != capture.kind]:
        told = [_described(requests, request, answers) for answers in (other, [capture])]
        note = STAYS if any(map(is_typed, others)) else BREAKING
        found.append(Change("~", "$", " → ".join(told), note))
    if is_typed(capture):
        alike = [c for c in same if c.kind == capture.kind]
        promise = promise_of(requests, request, [*alike, capture])
        was = known(alike, promise)
        now = known([*(c for c in alike if c in others), capture], promise)
        previous = known([c for c in alike if c in own], promise) if others else None
        found += differences((was, now), (previous, known([capture], promise)))
    return spelled(found, width)


def _described(requests: Requests, request: Request, captures: Sequence[Capture]) -> str:
    """The type of answers in a change of their kind."""
    kind = captures[0].kind
    if is_typed(captures[0]):
        branch = known(captures, promise_of(requests, request, captures))
        return kind if branch is None else branch.text
    return "None (no body)" if kind == "empty" else kind


def _older(requests: Requests, outcome: Outcome, own: Sequence[Capture]) -> list[str]:
    """What is still stored of the same sample from when it was answered with another status, and how to drop it."""
    capture, request = outcome.capture, outcome.step.request
    assert capture is not None
    failed = is_error(requests, request, capture)
    older = [
        c for c in own if c.status != capture.status and is_error(requests, request, c) == failed
    ]
    return [
        f"also stored: its answer {status}{_dated(found)}, which the client still expects; if it never comes again,"
        f" delete {found[0].path.rpartition('/')[0]}/{capture.sample}.{status}.*"
        for status in sorted({c.status for c in older})
        if (found := [c for c in older if c.status == status])
    ]


def _dated(captures: Sequence[Capture]) -> str:
    dates = sorted(c.captured_at[:10] for c in captures if c.captured_at)
    return f" of {dates[-1]}" if dates else ""


def skipped_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Which steps were not sent, by reason: a provider that cannot be reached is told once."""
    reasons = dict.fromkeys(o.message for o in outcomes if o.state == "skipped")
    return [
        f"not sent, because {reason}: "
        + ", ".join(o.step.name for o in outcomes if o.state == "skipped" and o.message == reason)
        for reason in reasons
    ]


def _fate(outcome: Outcome, before: Sequence[Capture]) -> str:
    match outcome.state:
        case "stored":
            dates = sorted(c.captured_at[:10] for c in before if c.captured_at)
            return f"stored (previous: {dates[-1]})" if dates else "stored"
        case "unfit":
            return "not as the spec says"
        case "kept":
            return "kept as an error"
        case "sent":
            return f"not stored: {outcome.step.reason}"
        case _:
            return outcome.state


def _media(capture: Capture) -> str:
    return media_type(capture.content_type) or capture.kind


def size(count: int) -> str:
    """A number of bytes for people: ``412 B``, ``3.2 kB``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _counted(kind: str, count: int) -> str:
    return f"{count} {kind}" if count == 1 else f"{count} {kind}s"


def _raw(capture: Capture) -> list[str]:
    if capture.kind == "binary":
        return [f"({size(len(capture.body))}, binary)"]
    if capture.kind == "xml":
        return xml_text(capture.body)[0].removeprefix("\ufeff").splitlines()
    return capture.body.decode().splitlines()
