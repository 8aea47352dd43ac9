"""Evidence borrowed from elsewhere in the connector, seen in which fields of a little-known class are required."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callwright.ir.naming import attribute

CAT = {"id": 1, "lives": 9, "fur": "long"}
DOG = {"id": 1, "tricks": 1, "size": "big"}
OWNER = {"login": "ada", "url": "u", "site": "s"}
TEAM = {"slug": "t", "privacy": "open", "members": 3}


def required(made: Any, name: str) -> set[str]:
    """The fields of a model that must be there."""
    return {k for k, f in getattr(made.module, name).model_fields.items() if f.is_required()}


def test_what_is_null_elsewhere_may_be_null_or_left_out(make: Any) -> None:
    made = make({"get_cat": [CAT | {"note": "x"}], "get_dog": [DOG | {"note": None}]})
    assert required(made, "Cat") == {"id", "lives", "fur"}
    assert made.fields("Cat")["note"] == "str | None"


def test_a_key_that_comes_and_goes_in_two_classes_is_optional_elsewhere(make: Any) -> None:
    samples = {"get_cat": [CAT | {"note": "x"}], "get_dog": [DOG | {"note": "y"}, DOG]}
    assert "note" in required(make(samples), "Cat")
    samples["get_owner"] = [OWNER | {"note": "z"}, OWNER]
    assert required(make(samples), "Cat") == {"id", "lives", "fur"}


def test_a_value_that_a_short_object_lacks_is_required_in_others(make: Any) -> None:
    thing = {"id": 1, "size": 2, "colour": "red", "shape": "round"}
    made = make(
        {
            "get_thing": [thing | {"note": "x"}],
            "list_things": [{"things": [thing]}],  # the short form, always without the note
            "get_cat": [CAT | {"note": "y"}],
        }
    )
    assert required(made, "Thing") == {"id", "size", "colour", "shape"}
    assert "note" in required(made, "Cat")


def test_an_object_that_a_short_object_lacks_is_optional_in_others(make: Any) -> None:
    thing = {"id": 1, "size": 2, "colour": "red", "shape": "round"}
    made = make(
        {
            "get_thing": [thing | {"owner": OWNER}],
            "list_things": [{"things": [thing]}],
            "get_cat": [CAT | {"owner": OWNER}],
        }
    )
    assert required(made, "Cat") == {"id", "lives", "fur"}


def test_responses_of_the_class_itself_overrule(make: Any) -> None:
    cats = [CAT | {"note": str(n)} for n in range(20)]
    made = make({"get_cat": cats, "get_dog": [DOG | {"note": None}]})
    assert required(made, "Cat") == {"id", "lives", "fur", "note"}


def test_what_sibling_envelopes_lack_is_optional(make: Any) -> None:
    event = {"sender": OWNER, "repository": {"id": 1, "name": "x", "full": "y"}}
    made = make(
        {
            "on_cat": [event | {"cat": CAT, "team": TEAM}],
            "on_dog": [event | {"dog": DOG, "team": TEAM}],
            "on_star": [event | {"star": 1}],
        }
    )
    assert required(made, "OnCat") == {"sender", "repository", "cat"}
    assert required(made, "OnStar") == {"sender", "repository", "star"}


def test_one_response_each_of_many_calls_says_little_about_each(make: Any) -> None:
    event = {"sender": OWNER, "repository": {"id": 1, "name": "x", "full": "y"}}
    same = {f"on_{n}": [event | {"action": "x", "team": TEAM}] for n in "abcdefgh"}
    others = {
        "on_cat": [event | {"cat": CAT, "team": TEAM}],
        "on_dog": [event | {"dog": DOG, "team": TEAM}],
        "on_star": [event | {"star": 1}],
    }
    made = make(same | others)
    assert required(made, made.roots["on_a"]) == {"sender", "repository", "action"}
    assert made.roots["on_a"] == made.roots["on_h"]


def test_the_one_key_of_an_object_is_optional_where_namesakes_hold_others(make: Any) -> None:
    made = make(
        {
            "on_title": [CAT | {"changes": {"title": OWNER}}],
            "on_body": [DOG | {"changes": {"body": TEAM}}],
            "on_base": [OWNER | {"changes": {"base": CAT}}],
            "on_size": [TEAM | {"changes": {"size": 5}}],
        }
    )
    models = [v for k, v in vars(made.module).items() if k.endswith("Changes")]
    assert len(models) == 4
    assert not any(f.is_required() for m in models for f in m.model_fields.values())


def test_two_namesakes_prove_nothing(make: Any) -> None:
    made = make(
        {"get_cat": [CAT | {"data": {"title": OWNER}}], "get_dog": [DOG | {"data": {"body": TEAM}}]}
    )
    models = [v for k, v in vars(made.module).items() if k.endswith("Data")]
    assert len(models) == 2
    assert all(f.is_required() for m in models for f in m.model_fields.values())


def test_whole_answers_are_no_namesakes(make: Any) -> None:
    made = make({f"list_{n}": [{n: [{f"of_{n}": 1}]}] for n in ("cats", "dogs", "owls", "bees")})
    assert required(made, made.roots["list_cats"]) == {"cats"}


def test_what_kinds_wrap_are_no_namesakes(make: Any) -> None:
    events = [{"type": t, "content": {f"of_{t}": 1}} for t in ("name", "topic", "rules", "guests")]
    made = make({"list_events": [events, events[:2]]})
    assert required(made, made.fields("NameEvent")["content"]) == {"of_name"}


@pytest.mark.parametrize("key", ["next", "prev_page_url", "nextPageToken", "previous"])
def test_a_list_may_have_no_next_page_at_its_end(make: Any, key: str) -> None:
    page = {"total": 3, "cats": [CAT], key: "/cats?page=2"}
    made = make({"list_cats": [page]})
    assert required(made, "CatsResponse") == {"total", "cats"}
    for end in (page | {key: None}, {"total": 3, "cats": [CAT]}):
        assert made.lost("list_cats", json.dumps(end).encode()) is None
    assert required(make({"list_cats": [page] * 3}), "CatsResponse") == {"total", "cats"} | {
        attribute(key)
    }


@pytest.mark.parametrize("key", ["next_payment", "previous_filename", "next_results", "nexus"])
def test_what_comes_next_is_not_always_a_page(make: Any, key: str) -> None:
    assert key in required(make({"get_cat": [CAT | {key: "x"}]}), "Cat")
