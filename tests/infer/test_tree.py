"""One call's answers as a tree, and what changed since the last capture."""

from __future__ import annotations

from callwright.infer import changes, describe

OLD = [b'{"data": [{"id": 1, "name": "x", "src": "y", "tags": ["a"]}], "more": true}']


def test_the_tree_counts_responses() -> None:
    bodies = [b'{"a": 1, "list": [{"x": null}, {"x": 1}]}', b'{"list": []}']
    found = {b.path: (b.type, b.present, b.null, b.possible) for b in describe(bodies).walk()}
    assert found == {
        "$": ("object", 2, 0, 2),
        "$.a": ("int", 1, 0, 2),
        "$.list": ("list[object]", 2, 0, 2),
        "$.list[*].x": ("int", 1, 1, 1),
    }


def test_changes_are_marked() -> None:
    new = [
        b'{"data": [{"id": 1, "name": null, "tags": ["a"], "loc": {"lat": 1.5}, "ship": null}, {"id": 2, "tags": []}]}'
    ]
    assert [str(change) for change in changes(OLD, new)] == [
        "~ $.data[*].name  str → str | None  now null in 1 of 1  breaking for callers",
        "~ $.data[*].name  str | None  now absent in 1 of 1  breaking for callers",
        "+ $.data[*].loc  object  new field",
        "+ $.data[*].ship  Any  new field",
        "? $.data[*].ship  only null in the one response: unknown type",
        "- $.data[*].src  gone in 1 of 1  breaking for callers",
        "- $.more  gone in 1 of 1  breaking for callers",
    ]


def test_equal_shapes_have_no_changes() -> None:
    assert (
        changes(
            OLD, [b'{"more": false, "data": [{"tags": ["z"], "id": 9, "name": "q", "src": "r"}]}']
        )
        == []
    )


def test_narrower_is_not_breaking() -> None:
    (change,) = changes([b'{"a": null}', b'{"a": 1}'], [b'{"a": 1}'])
    assert (change.mark, change.text, change.breaking) == ("~", "int | None → int", False)


def test_keys_with_dots_are_one_step() -> None:
    assert [c.path for c in changes([b'{"a": {}}'], [b'{"a": {"b.c": 1}}'])] == ["$.a.b.c"]
