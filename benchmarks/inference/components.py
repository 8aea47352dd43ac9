"""Classes against the vendor's own components: what objects say they are, or are addressed as.

The weights are objects. Purity: of all objects, those that are of the commonest component of their class; inverse
purity: those that are in the commonest class of their component.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.inference.corpus import Api
from benchmarks.inference.report import Row, share
from callwright.infer import Inference, Observation, infer
from callwright.ir.nodes import DictType, ListType, ModelType, TypeExpr, UnionType

_VERB = re.compile(r"^(Create|Fetch|List|Update|Delete)")
_NAMED = re.compile(
    r"/(users|orgs|licenses|labels|branches|organizations|contents|environments|refs/heads|git/refs|collaborators)/[^?]+"
)


def components(apis: Mapping[str, Api]) -> Iterator[Row]:
    """Purity and inverse purity of the APIs whose objects tell what they are."""
    for name, component in (
        ("stripe", _by_object),
        ("twilio", _by_call),
        ("github_webhooks", _by_address),
    ):
        if name not in apis:
            continue
        pairs = Counter(_pairs(apis[name], component))
        every = pairs.total()
        for label, index in (("purity", 0), ("inverse purity", 1)):
            most: dict[object, int] = defaultdict(int)
            for pair, count in pairs.items():
                most[pair[index]] = max(most[pair[index]], count)
            good = sum(most.values())
            yield Row(f"{name}: {label}", share(good, every), "≥ 90 %", good >= 0.9 * every)


def _pairs(
    api: Api, component: Callable[[dict[str, Any], str, bool], str | None]
) -> Iterator[tuple[str, str]]:
    inference = infer([Observation(key=c, call=c, bodies=b) for c, b in api.items()])
    classes = {c.name: {f.wire: f.type for f in c.fields} for c in inference.classes}
    for call, bodies in api.items():
        for body in bodies:
            value = json.loads(body)
            for name, found in _objects(inference, classes, inference.roots[call], value):
                said = component(found, call, found is value)
                if said is not None:
                    yield name, said


def _objects(
    inference: Inference, classes: Mapping[str, Mapping[str, TypeExpr]], kind: TypeExpr, value: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The class and value of all objects; where several classes without a tag are possible, none is."""
    match kind, value:
        case ListType(item=item), list():
            below = [(item, v) for v in value]
        case DictType(value=item), dict():
            below = [(item, v) for v in value.values()]
        case UnionType(options=options), _:
            models = [o for o in options if isinstance(o, ModelType)]
            below = [(o, value) for o in options if len(models) == 1 or o not in models]
        case ModelType(name=name), dict() if name in classes:
            yield name, value
            below = [(t, value[key]) for key, t in classes[name].items() if key in value]
        case ModelType(name=name), dict():
            union = next(u for u in inference.unions if u.name == name)
            tagged = dict(union.tags).get(str(value.get(union.key)))
            below = [(ModelType(name=tagged), value)] if tagged else []
        case _:
            below = []
    for inner, v in below:
        yield from _objects(inference, classes, inner, v)


def _by_object(value: dict[str, Any], call: str, root: bool) -> str | None:
    said = value.get("object")
    if not isinstance(said, str):
        return None
    if said in (
        "list",
        "search_result",
    ):  # the vendor has no component for these but by what they list
        items = value.get("data") or [{}]
        return f"list of {items[0].get('object')}" if items[0].get("object") else None
    return f"deleted {said}" if value.get("deleted") else said


def _by_call(value: dict[str, Any], call: str, root: bool) -> str | None:
    if not root:
        return None
    version, _, operation = call.partition(".")
    pages = "pages of " if operation.startswith("List") else ""
    return f"{version} {pages}{_VERB.sub('', operation)}"


def _by_address(value: dict[str, Any], call: str, root: bool) -> str | None:
    url = value.get("url")
    if not isinstance(url, str) or "api.github.com" not in url:
        return None
    path = re.sub(r"\{.*?\}", "", url.split("api.github.com", 1)[1])
    path = re.sub(r"/repos/[^/]+/[^/]+", "/repos/…", path)
    path = re.sub(r"/(\d+|[0-9a-f]{7,40})(?=/|$)", "/…", path)
    if path.endswith("/reactions"):
        return "reactions"
    return _NAMED.sub(r"/\1/…", path)
