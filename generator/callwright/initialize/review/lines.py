"""The plan and its outcomes as lines for a person, without a secret in them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from callwright.captures.digest import relaxed
from callwright.captures.files import media_type
from callwright.captures.model import Capture
from callwright.captures.redact import Redactor
from callwright.infer.complete import is_error
from callwright.initialize.credentials.access import Access, credential_place, known_secrets
from callwright.initialize.plan import Plan, Step
from callwright.initialize.preflight import encoded
from callwright.initialize.review.branches import Branch
from callwright.initialize.review.compare import BREAKING, STAYS, Change
from callwright.initialize.review.display import UNLIMITED, cut, visible
from callwright.initialize.review.package_names import Package
from callwright.initialize.review.trees import (
    Promise,
    differences,
    is_typed,
    known,
    promise_of,
    spelled,
    tree,
)
from callwright.initialize.run import Outcome
from callwright.ir.nodes import ConstantValue, Requests
from callwright.runtime import template
from callwright.runtime.config import Settings
from callwright.runtime.definition import Connector
from callwright.runtime.errors import ApiError
from callwright.runtime.reading.xml import xml_text
from callwright.runtime.redaction.sensitive import SHORT, is_common
from callwright.runtime.request import urls
from callwright.runtime.request.values import Refused


def plan_lines(plan: Plan, settings: Settings, access: Access) -> list[str]:
    """What will be sent: one line for each step, below where to and with which credentials."""
    connector = settings.connector
    base = _shown_base(settings)
    many = "call" if len(plan.steps) == 1 else "calls"
    lines = [
        f"{connector.name}: {len(plan.steps)} {many} to {base} (environment {access.environment})"
    ]
    names = [environment.name for environment in connector.environments]
    if access.environment == "live" and "development" not in names:
        lines.append("  there is no development environment: use a test account")
    envs = {c.name: c.env.get(access.environment, "") for c in connector.credentials}
    for scheme in {named.name: named for named in access.schemes.values()}.values():
        used = [envs[n] for n in (*scheme.required, *scheme.optional) if n in access.credentials]
        lines.append(f"  sends {credential_place(scheme.scheme)}; from {', '.join(used)}")
    redactor = Redactor(known_secrets(connector, access))
    width = max((len(step.name) for step in plan.steps), default=0)
    for number, step in enumerate(plan.steps, 1):
        url = redactor.text(_shown_url(settings, step, access))
        if url.startswith((f"{base}/", f"{base}?")) or url == base:
            url = url.removeprefix(base)
        notes = [f"{step.request.call.method} {url or '/'}", *_notes(step)]
        lines.append(f"  {number:2}  {step.name:{width}}  {'  '.join(notes)}")
    return lines


def common_secret_lines(connector: Connector, access: Access) -> list[str]:
    """A warning for each credential that redaction cannot find inside of text."""
    return [
        f"warning: {name} is shorter than {SHORT} characters or an ordinary word. It is redacted only where it is the"
        " whole value of a key or header like password or X-Api-Key, not inside of other text"
        for name, value in known_secrets(connector, access).items()
        if is_common(value)
    ]


def _notes(step: Step) -> list[str]:
    notes = ["action"] if step.is_action else []
    if step.expected != "2xx":
        notes.append(f"expects {step.expected}")
    if step.sample.cleanup is not None:
        notes.append(f"cleaned up by {'.'.join(step.sample.cleanup)}")
    notes += [] if step.reason == "missing" else [step.reason]
    return notes


def _shown_base(settings: Settings) -> str:
    """The base URL as it is sent; what is secret or only known later stays a ``***`` or its name."""
    text = settings.default_base_url
    hidden = dict.fromkeys(settings.connector.secret_credentials, "***")
    if all(name in settings.values for name in template.names(text)):
        try:
            return urls.base(text, settings.values.__getitem__, allow_insecure=True).rstrip("/")
        except Refused:
            pass  # told when it is sent
    known = {**hidden, **settings.values}
    return re.sub(r"\$\{(\w+)\}", lambda m: known.get(m[1], m[0]), text).rstrip("/")


def _shown_url(settings: Settings, step: Step, access: Access) -> str:
    """The URL with ``{argument}`` for what is only known later, and ``***`` for secrets."""
    call, args = step.request.call, step.sample.args
    constants = {n: v.value for n, v in args.items() if isinstance(v, ConstantValue)}
    later = {n: f"{{{n}}}" for n in args if n not in constants}
    there = replace(relaxed(call, later), base_url=call.base_url, base_urls=call.base_urls)
    try:
        request = encoded(there, settings, access, {**constants, **later})
    except ApiError:
        return call.path  # what is given later is needed here already
    return re.sub(r"%7B(\w+)%7D", r"{\1}", request.url)


def outcome_lines(
    outcome: Outcome,
    before: Sequence[Capture],
    requests: Requests,
    *,
    raw: bool,
    width: int = UNLIMITED,
    package: Package | None = None,
) -> list[str]:
    """What became of a step: one line, then what changed, and what is known of such answers as a tree (or the answer
    raw) when it is new.

    ``before``: the captures that were there, of all calls; ``width``: cells of the longest line of changes and trees;
    ``package``: gives classes their names.
    """
    capture = outcome.capture
    if outcome.state == "failed":
        return failure_lines(outcome, raw=raw)
    if outcome.state == "unneeded":
        return [visible(f"{outcome.step.name}: not sent, nothing to clean up: {outcome.message}")]
    if capture is None:
        return []
    own = [c for c in before if (c.call, c.sample) == (capture.call, capture.sample)]
    facts = [
        f"{capture.call}.{capture.sample}",
        str(capture.status),
        _media(capture),
        size(_length(capture)),
        f"{outcome.pages} pages" if outcome.pages > 1 else "",
        _fate(outcome, own),
    ]
    lines = [visible("  ".join(fact for fact in facts if fact))]
    review = _Review(requests, outcome, capture, before, package)
    lines += [f"  {line}" for line in review.lines(raw=raw, width=width - 2)]
    if outcome.redacted:
        lines.append(
            f"  redacted: {', '.join(_counted(k, n) for k, n in outcome.redacted.items())}"
        )
    lines += [f"  {line}" for line in _keyed_lines(requests, outcome, capture)]
    if outcome.state in ("stored", "unchanged"):
        lines += [f"  {cut(visible(line), width - 2)}" for line in outcome.notes]
        lines += [f"  {line}" for line in _older(requests, outcome, own)]
    return lines


def failure_lines(outcome: Outcome, *, raw: bool) -> list[str]:
    """What went wrong with a step: the message, the response that was not expected, and what to do about it."""
    lines = [visible(line) for line in outcome.message.split("\n")]
    if outcome.received is not None:
        lines += [f"  {line}" for line in outcome.received.lines(raw=raw)]
    return lines + [f"  {line}" for line in outcome.advice]


def _keyed_lines(requests: Requests, outcome: Outcome, capture: Capture) -> list[str]:
    """A warning for each object with a key that is a secret: such keys are data, not names."""
    place = "errors" if is_error(requests, outcome.step.request, capture) else "response"
    return [
        f"warning: {path} has a key that is a secret, stored as redacted_key. If its keys are data, declare a map:"
        f" {place}: {{fields: {{{json.dumps(path)}: {{type: map}}}}}}"
        for path in outcome.keyed
    ]


class _Review:
    """What a response changes, and what is known of such responses now."""

    def __init__(
        self,
        requests: Requests,
        outcome: Outcome,
        capture: Capture,
        before: Sequence[Capture],
        package: Package | None,
    ) -> None:
        self._requests = requests
        self._request = outcome.step.request
        self._state = outcome.state
        self._capture = capture
        self._kept = outcome.kept
        self._package = package
        failed = is_error(requests, self._request, capture)
        self._same = [
            c
            for c in before
            if (c.call, c.status) == (capture.call, capture.status)
            and is_error(requests, self._request, c) == failed
        ]
        self._others = [c for c in self._same if c.sample != capture.sample]

    def lines(self, *, raw: bool, width: int) -> list[str]:
        """What changed, and the tree of what is known now, or the response raw."""
        lines = spelled(self._changes(), width) if self._state == "stored" else []
        if raw:
            return lines + [visible(line) for line in _raw(self._capture)]
        if not is_typed(self._capture) or self._state in ("unchanged", "sent"):
            return lines
        now = self._known(self._shown, self._promise(self._shown))
        return lines + (tree(now, width) if now is not None else [])

    @property
    def _shown(self) -> list[Capture]:
        """The responses of the tree: one that generate refuses stands for itself."""
        if self._state == "unfit":
            return [self._capture]
        return [c for c in (*self._others, *self._stored) if c.kind == self._capture.kind]

    @property
    def _stored(self) -> list[Capture]:
        """The responses to the sample that are there now."""
        return [*self._kept, self._capture]

    def _promise(self, captures: Sequence[Capture]) -> Promise:
        promise = promise_of(self._requests, self._request, captures)
        return replace(promise, locked=self._package.locked) if self._package else promise

    def _known(self, captures: Sequence[Capture], promise: Promise) -> Branch | None:
        """What these responses say by themselves, with the names of the package."""
        branch = known(captures, promise)
        if branch is None or self._package is None:
            return branch
        return self._package.with_its_names(branch, self._shown)

    def _changes(self) -> list[Change]:
        """What a stored response changes of what was known, also from other samples."""
        own = [c for c in self._same if c.sample == self._capture.sample]
        found: list[Change] = []
        if other := [c for c in own if c.kind != self._capture.kind]:
            told = [self._described(answers) for answers in (other, [self._capture])]
            note = STAYS if any(map(is_typed, self._others)) else BREAKING
            found.append(Change("~", "$", " → ".join(told), note))
        if not is_typed(self._capture):
            return found
        alike = [c for c in self._same if c.kind == self._capture.kind]
        others = [c for c in alike if c in self._others]
        promise = self._promise([*alike, self._capture])
        was = self._known(alike, promise)
        beside = [c for c in self._stored if c.kind == self._capture.kind]
        now = self._known([*others, *beside], promise)
        alone: tuple[Branch | None, Branch | None] = (None, None)
        if self._others:
            before = [c for c in alike if c in own]
            alone = (self._known(before, promise), self._known([self._capture], promise))
        return found + differences((was, now), alone, promise.select or "$")

    def _described(self, captures: Sequence[Capture]) -> str:
        """The type of responses in a change of their kind."""
        kind = captures[0].kind
        if is_typed(captures[0]):
            branch = self._known(captures, self._promise(captures))
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
        return [f"({size(_length(capture))}, binary)"]
    if capture.kind == "xml":
        return xml_text(capture.body)[0].removeprefix("\ufeff").splitlines()
    return capture.body.decode().splitlines()


def _length(capture: Capture) -> int:
    return len(capture.body) if capture.size is None else capture.size
