"""Why each type is what it is, as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from callwright.errors import CallwrightError
from callwright.infer.fields.weak import ENOUGH
from callwright.infer.result import Evidence, Inference, ModelClass, ModelField, TaggedUnion
from callwright.infer.seen.texts import text_kind
from callwright.infer.type_text import type_text
from callwright.ir.nodes import BuiltinType

_WEAK = ("empty-response", "weak-evidence", "never-seen")
_ALL_PROVEN: Mapping[str, str] = {}


def explain(
    inference: Inference, what: str | None = None, unproven: Mapping[str, str] = _ALL_PROVEN
) -> str:
    """The evidence of everything, of a class (``Customer``) or of a field (``Customer.name``, the wire's key or ours).

    ``unproven``: the captures that come from documentation or an import, and which.

    Raises:
        CallwrightError: no class or field has that name; the message suggests the nearest.
    """
    if what is None:
        parts = [_class_text(c, unproven) for c in inference.classes]
        parts += [_union_text(u) for u in inference.unions]
        parts += ["\n".join(_unproven_lines(unproven))] if unproven else []
        return "\n\n".join([_roots_text(inference), *parts])
    name, _, field = what.partition(".")
    union = next((u for u in inference.unions if u.name == name), None)
    if union is not None and not field:
        return _union_text(union)
    cls = inference.model(name)
    if cls is None:
        known = [*(c.name for c in inference.classes), *(u.name for u in inference.unions)]
        raise CallwrightError(f"there is no model {name!r}{_nearest(name, known)}")
    if not field:
        return _class_text(cls, unproven)
    found = next((f for f in cls.fields if field in (f.name, f.wire)), None)
    if found is None:
        names = [n for f in cls.fields for n in (f.name, f.wire)]
        raise CallwrightError(f"{name} has no field {field!r}{_nearest(field, names)}")
    evidence = found.evidence
    seen = ""
    if evidence.captures:
        seen = f"\n{_captures(evidence.captures, evidence.present, unproven)}"
    return f"{_class_head(cls)}\n\n{_field_text(found)}{seen}"


def uncertain(inference: Inference, unproven: Mapping[str, str] = _ALL_PROVEN) -> str:
    """What is only weakly known, the least known first, and what to capture next; one line when nothing is.

    ``unproven`` as in explain().
    """
    notes = [n for n in inference.notes if n.code in _WEAK]
    other = [n for n in inference.notes if n not in notes]
    borrowed = [
        f"{c.name}.{f.wire}: {reason}"
        for c in sorted(inference.classes, key=lambda c: (c.captures, c.name))
        for f in c.fields
        for reason in f.evidence.rule.split("\n")
        if "little evidence" in reason
    ]
    lines = [f"{n.message}\n    {n.hint}" if n.hint else n.message for n in [*other, *notes]]
    return (
        "\n".join([*_unproven_lines(unproven), *lines, *borrowed])
        or f"Every model was seen in {ENOUGH} or more responses."
    )


def _unproven_lines(unproven: Mapping[str, str]) -> list[str]:
    return [
        f"{path} is unproven (source: {source}): initialize its sample"
        for path, source in sorted(unproven.items())
    ]


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""


def _roots_text(inference: Inference) -> str:
    return "\n".join(f"{key}: {type_text(root)}" for key, root in inference.roots.items())


def _class_head(cls: ModelClass) -> str:
    seen = "1 response" if cls.captures == 1 else f"{cls.captures} responses"
    weak = " (weak evidence)" if cls.captures < ENOUGH else ""
    weak = " (declared in the spec)" if cls.declared else weak
    places = [f"  at {place}" for place in cls.places[:10]]
    if len(cls.places) > len(places):
        places.append(f"  and {len(cls.places) - len(places)} more places")
    return "\n".join([f"{cls.name}: seen in {seen}{weak}", *places])


def _class_text(cls: ModelClass, unproven: Mapping[str, str]) -> str:
    lines = [_class_head(cls)]
    if cls.seen_in:
        lines.append(_captures(cls.seen_in, cls.captures, unproven, indent=2))
    for field in cls.fields:
        lines.append(_field_text(field))
        evidence = field.evidence
        if evidence.captures and evidence.present != cls.captures:
            lines.append(_captures(evidence.captures, evidence.present, unproven))
    return "\n".join(lines)


def _captures(
    names: Sequence[str], count: int, unproven: Mapping[str, str], indent: int = 6
) -> str:
    """The captures that something was seen in, ``count`` of them in all."""
    marked = (f"{n} (unproven: {unproven[n]})" if n in unproven else n for n in names)
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{' ' * indent}in {', '.join(marked)}{more}"


def _field_text(field: ModelField) -> str:
    text = type_text(field.type)
    if field.nullable and field.type != BuiltinType(name="Any"):
        text += " | None"
    presence = "" if field.required else " (optional)"
    wire = "" if field.wire == field.name else f"  [{field.wire!r} on the wire]"
    lines = [f"  {field.name}: {text}{presence}{wire}", f"      {_counts(field.evidence)}"]
    lines += [f"      {reason}" for reason in _reasons(field)]
    if field.evidence.values:
        lines.append("      values: " + ", ".join(repr(v) for v in field.evidence.values))
    return "\n".join(lines)


def _reasons(field: ModelField) -> list[str]:
    reasons = field.evidence.rule.split("\n") if field.evidence.rule else []
    odd = next(
        (v for v in field.evidence.values if _DATED.match(v) and text_kind(v) == "str"), None
    )
    if odd is not None and not reasons:
        why = "has more digits than microseconds" if _FINE.search(odd) else "is not RFC 3339"
        reasons.append(f"text: {odd!r} {why}")
    return reasons


# what people take for a date or an instant
_DATED = re.compile(r"\d{4}-\d\d-\d\d(?!\d)|\d\d?[./]\d\d?[./]\d{4}(?!\d)")
_FINE = re.compile(r"\.\d{7}")


def _counts(evidence: Evidence) -> str:
    text = f"in {evidence.present} of {evidence.possible} responses"
    text += f", null in {evidence.null}" if evidence.null else ""
    return f"{text}, an empty list in {evidence.empty}" if evidence.empty else text


def _union_text(union: TaggedUnion) -> str:
    tags = [f"  {tag!r}: {name}" for tag, name in union.tags]
    head = f"{union.name}: told apart by {union.key!r}, an unknown text is an untyped object"
    return "\n".join([head, *tags])
