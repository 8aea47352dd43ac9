"""The plan and its outcomes as lines for a person, without a secret in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callwright.captures.digest import relaxed
from callwright.captures.files import media_type
from callwright.captures.model import Capture
from callwright.captures.redact import Redactor
from callwright.initialize.access import Access, credential_place
from callwright.initialize.plan import Plan, Step
from callwright.initialize.preflight import encoded
from callwright.initialize.review import changes, is_typed, promise_of, tree
from callwright.initialize.run import Outcome
from callwright.ir.nodes import ConstantValue
from callwright.runtime.config import Settings
from callwright.runtime.errors import ApiError
from callwright.runtime.xml import xml_text


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
        url = redactor.text(_shown_url(settings, step, access)).removeprefix(base)
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

    return re.sub(r"\$\{(\w+)\}", value, settings.base_url or settings.environment.base_url).rstrip(
        "/"
    )


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


def outcome_lines(outcome: Outcome, before: Sequence[Capture], *, raw: bool) -> list[str]:
    """What became of a step: one line, then the answer as a tree (or raw) when it is new.

    ``before``: the captures of this call that were there, to say what changed.
    """
    capture = outcome.capture
    if outcome.state == "failed":
        return [outcome.message]
    if capture is None:
        return []
    name = f"{capture.call}.{capture.sample}"
    alike = [c for c in before if c.status == capture.status and c.kind == capture.kind]
    typed_as = promise_of(outcome.step.request, capture, alike)
    before = [c for c in before if c.sample == capture.sample]
    facts = [
        name,
        str(capture.status),
        _media(capture),
        size(len(capture.body)),
        _fate(outcome, before),
    ]
    lines = ["  ".join(fact for fact in facts if fact)]
    if outcome.state == "kept":
        lines.append(f"  {outcome.message}")
    old = [c for c in alike if c.sample == capture.sample]
    if is_typed(capture) and old and outcome.state == "stored":
        found = changes([c.body for c in old], [capture.body], typed_as)
        lines += [f"  {line}" for line in found]
    if raw:
        lines += [f"  {line}" for line in _raw(capture)]
    elif is_typed(capture) and outcome.state in ("stored", "kept"):
        lines += [f"  {line}" for line in tree([capture.body], typed_as)]
    if outcome.redacted:
        lines.append(
            f"  redacted: {', '.join(_counted(k, n) for k, n in outcome.redacted.items())}"
        )
    return lines


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
