"""Large, deep and very wide answers: proven in parts, in full, and in time that grows with their size."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from callwright.infer import Inference, Observation, infer
from callwright.infer.author.hints import spelled_step
from callwright.ir.nodes import DictType, ListType, ModelType, UnionType
from callwright.render.models.source import render_models
from callwright.render.proof import round_trip
from callwright.render.proof.chunks import Slicer

_FLOAT = 9_007_199_254_740_993  # an int that a field of floats takes and changes


def observation(*bodies: object) -> Observation:
    return Observation(key="get_x", call="get_x", bodies=[json.dumps(b).encode() for b in bodies])


def lost(seen: Sequence[object], captured: object) -> list[tuple[str, str]]:
    """What the proof finds in an answer, with the types that others have: path and message."""
    inference = infer([observation(*seen)])
    found = round_trip.problems(render_models(inference), inference, [observation(captured)])
    return [(problem.path, problem.message) for problem in found]


def row(number: int, price: float = 0.5) -> dict[str, Any]:
    return {"id": number, "price": price, "tags": ["a"], "in": {"id": number, "note": None}}


def answer(rows: int) -> dict[str, Any]:
    return {
        "total": rows,
        "rows": [row(n) for n in range(rows)],
        "by_day": {f"2026-01-{n + 1:02d}": [row(n), row(n)] for n in range(9)},
        "page": {"next": None, "rows": [[row(n)] * 9 for n in range(4)]},
        "raw": None,
    }


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_trip, "Slicer", partial(Slicer, most=20))


def _items(value: Any, path: str = "$") -> list[tuple[str, Any]]:
    """Every plain value with its place."""
    if isinstance(value, dict):
        return [i for k, v in value.items() for i in _items(v, path + spelled_step(k))]
    if isinstance(value, list):
        return [i for n, v in enumerate(value) for i in _items(v, f"{path}[{n}]")]
    return [(path, value)]


def slicer_of(value: object, most: int) -> tuple[Slicer, Inference]:
    inference = infer([observation(value)])
    return Slicer(inference, most=most), inference


@pytest.mark.parametrize("most", [1, 7, 20, 150, 10_000])
def test_the_parts_of_an_answer_hold_all_of_it_at_their_places(most: int) -> None:
    whole = answer(50)
    slicer, inference = slicer_of(whole, most)
    parts = list(slicer.parts(inference.roots["get_x"], whole))
    # what stands above lists is in every part, and the same each time
    found = {part.place(path): value for part in parts for path, value in _items(part.value)}
    assert found == dict(_items(whole))
    assert (len(parts) == 1) == (most == 10_000)
    assert most == 10_000 or max(len(_items(part.value)) for part in parts) <= max(most, 12) + 3


def test_a_small_answer_is_its_own_part() -> None:
    whole = answer(3)
    slicer, inference = slicer_of(whole, 10_000)
    (part,) = slicer.parts(inference.roots["get_x"], whole)
    assert part.value is whole


def test_what_is_told_apart_by_its_insides_is_not_cut() -> None:
    whole = {"it": {"a": list(range(90))}}
    slicer, inference = slicer_of(whole, 10)
    (name,) = (cls.name for cls in inference.classes if cls.fields[0].wire == "a")
    item = inference.classes[0].fields[0].type
    either = UnionType(options=(ModelType(name=name), DictType(value=ListType(item=item))))
    assert [part.value for part in slicer.parts(either, whole["it"])] == [whole["it"]]
    assert len(list(slicer.parts(ModelType(name=name), whole["it"]))) > 5


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    ("steps", "path"),
    [
        (("rows", 37, "price"), "$.rows[37].price"),
        (("by_day", "2026-01-07", 1, "price"), "$.by_day['2026-01-07'][1].price"),
        (("page", "rows", 3, 8, "price"), "$.page.rows[3][8].price"),
    ],
)
def test_what_is_lost_in_a_part_is_told_with_its_place_in_the_whole(
    steps: tuple[str | int, ...], path: str
) -> None:
    seen = answer(50)
    captured = json.loads(json.dumps(seen))
    *above, last = steps
    inner = captured
    for step in above:
        inner = inner[step]
    inner[last] = _FLOAT
    assert lost([seen], seen) == []
    assert lost([seen], captured) == [(path, "would not come back as it was captured")]


@pytest.mark.usefixtures("small_parts")
def test_what_does_not_fit_is_told_once_for_all_parts() -> None:
    seen = answer(50)
    captured = json.loads(json.dumps(seen))
    for one in captured["rows"]:
        one["id"] = "x"
    assert [path for path, _ in lost([seen], captured)] == ["$.rows[*].id"]


@pytest.mark.usefixtures("small_parts")
def test_all_of_a_large_body_is_read_the_same_by_both_parsers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(round_trip, "from_json", lambda _: answer(50) | {"total": 51})
    seen = answer(50)
    assert [path for path, _ in lost([seen], seen)] == ["$.total"]


def linked(levels: int, end: object = None) -> object:
    value = end
    for number in range(levels):
        value = {"v": number / 4, "next": value}
    return value


def tree(nodes: int) -> list[Any]:
    value: list[Any] = []
    for number in range(nodes):
        value = [{"v": number / 4, "c": value}]
    return value


def nested(levels: int, inside: Any = 1) -> Any:
    value = inside
    for _ in range(levels):
        value = [value]
    return value


def distinct(levels: int, inside: Any = 1) -> Any:
    value = inside
    for number in range(levels):
        value = {f"k{number}": value, f"n{number}": 1}
    return value


@pytest.mark.parametrize(
    "value",
    [
        linked(128),
        linked(200),
        tree(86),
        tree(99),
        nested(161),
        nested(200),
        distinct(200),
        distinct(61, nested(139)),
        nested(100, distinct(100)),
        {"m": {f"2026-01-{day:02d}": linked(190) for day in range(1, 29)}},
    ],
    ids=range(10),
)
def test_answers_survive_down_to_the_documented_depth(value: object) -> None:
    assert lost([value], value) == []


def test_what_is_lost_deep_down_is_told_with_its_path() -> None:
    captured = linked(150, {"v": _FLOAT, "next": None})
    path = "$" + ".next" * 150 + ".v"
    assert lost([linked(150)], captured) == [(path, "would not come back as it was captured")]
    trees: Any = tree(90)
    inner = trees
    for _ in range(80):
        inner = inner[0]["c"]
    inner[0]["v"] = _FLOAT
    path = "$" + "[0].c" * 80 + "[0].v"
    assert [where for where, _ in lost([tree(90)], trees)] == [path]


def test_objects_of_ever_new_keys_are_a_map_and_take_time_by_their_number(make: Any) -> None:
    begin = time.process_time()
    made = make({"list_x": [[{f"k{n}": n} for n in range(20_000)]]})
    assert time.process_time() - begin < 20
    assert made.roots == {"list_x": "list[dict[str, int]]"}


@pytest.mark.parametrize(
    "items",
    [
        [{f"k{n}": n} for n in range(200)],
        [{f"k{n}": n, "id": 1} for n in range(300)],
        [{f"k{n}": n if n % 2 else "x"} for n in range(300)],
    ],
    ids=["few", "one is always there", "of two kinds"],
)
def test_they_are_a_class_otherwise(make: Any, items: list[Any]) -> None:
    assert make({"list_x": [items]}).roots == {"list_x": "list[X]"}


def test_a_key_is_missing_in_the_responses_that_have_objects_without_it() -> None:
    responses = [
        [{f"k{n}": n, "id": n, "first": 1} for n in range(60)],
        [{"id": 1, "first": 1}, {"id": 2}],
        [{"id": 1, "first": 2, "last": 1}],
    ]
    inference = infer([observation(*responses)])
    cls = inference.classes[0]
    present = {f.wire: (f.evidence.possible, f.required) for f in cls.fields if f.wire[0] != "k"}
    assert present == {"id": (3, True), "first": (3, False), "last": (3, False)}
