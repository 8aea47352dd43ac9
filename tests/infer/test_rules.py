"""The rules of inference, one by one, seen in the models that come out."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.infer import Observation, infer


def test_required_and_nullable_come_from_every_response(make: Any) -> None:
    made = make({"get_x": [{"a": 1, "b": None}, {"a": 2}, {"a": 3, "b": "x"}]})
    assert made.fields("X") == {"a": "int", "b": "str | None"}
    assert made.module.X.model_fields["a"].is_required()
    assert not made.module.X.model_fields["b"].is_required()


def test_items_count_by_response(make: Any) -> None:
    made = make({"list_x": [[{"a": 1}, {"a": 2, "b": "x"}]]})
    assert made.roots == {"list_x": "list[X]"}
    assert not made.module.X.model_fields["b"].is_required()


def test_null_or_empty_everywhere_is_any_and_kept(make: Any) -> None:
    made = make({"get_x": [{"a": None, "b": {}, "c": [], "d": [None], "e": {"f": None}}]})
    assert made.fields("X") == {
        "a": "Any",
        "b": "Any",
        "c": "list[Any]",
        "d": "list[Any]",
        "e": "E",
    }
    assert "never" not in made.source
    assert (
        made.lost("get_x", b'{"a": {"z": 1}, "b": [1], "c": [2], "d": [], "e": {"f": "x"}}') is None
    )


def test_integers_and_floats_keep_their_kind(make: Any) -> None:
    made = make({"get_x": [{"a": 1, "b": 1.0, "c": 10**30}, {"a": 2.5, "b": 2.5, "c": 1}]})
    assert made.fields("X") == {"a": "int | float", "b": "float", "c": "int"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2020-01-01", "datetime.date"),
        ("2020-02-30", "str"),
        ("0000-00-00", "str"),
        ("2020-01-01T10:00:00Z", "datetime.datetime"),
        ("2020-01-01T10:00:00.123456+02:00", "datetime.datetime"),
        ("2020-01-01T10:00:00.123456789Z", "str"),
        ("2020-01-01T10:00:00", "str"),
        ("2020-01-01T10:00:60Z", "str"),
        ("2020-01-01 10:00:00", "str"),
        ("20200101", "str"),
        ("٢٠٢٠-٠١-٠١", "str"),
        ("123e4567-e89b-12d3-a456-426614174000", "str"),
        ("5.00", "str"),
        ("true", "str"),
    ],
)
def test_texts_stay_texts_but_for_rfc_3339(make: Any, text: str, kind: str) -> None:
    assert make({"get_x": [{"a": text}]}).fields("X") == {"a": kind}


def test_a_date_among_other_texts_is_a_text(make: Any) -> None:
    made = make({"get_x": [{"a": "2020-01-01"}, {"a": ""}, {"a": "2020-01-02"}]})
    assert made.fields("X") == {"a": "str"}


def test_strings_are_never_a_closed_enum(make: Any) -> None:
    made = make({"get_x": [{"state": state} for state in ("open", "closed", "open", "closed")]})
    assert made.fields("X") == {"state": "str"}
    assert "closed" not in made.source  # values change, and generated files stay


@pytest.mark.parametrize(
    "value",
    [
        {"m": {"123e4567-e89b-12d3-a456-426614174000": {"v": 0}, "123e4567-e89b-12d3-a456-426614174001": {"v": 1}}},
        {"m": {"2020-01-01": 1.5, "2020-01-02": 2.5}},
        {"m": {"17": {"v": 1}}},
        {"m": {"C024BE91L": {"v": 1}, "C024BE91M": {"v": 2}}},
        {"m": {"README.md": {"v": 1}, "a.py": {"v": 2}}},
        {"m": {"USD": 1.1, "GBP": 2, "EUR": 3, "CHF": 4}},
        {"metadata": {"order": "x"}},
        {"response_headers": {"Content-Type": "x"}},
        {"messages": {"em7z": {"v": 1}, "emgp": {"v": 2}, "138h": {"v": 3}}},
    ],
)  # fmt: skip
def test_maps_by_their_keys_or_name(make: Any, value: dict[str, Any]) -> None:
    (annotation,) = make({"get_x": [value]}).fields("X").values()
    assert annotation.startswith("dict[str, ")


def test_keys_that_change_from_response_to_response_are_a_map(make: Any) -> None:
    made = make({"get_x": [{"langs": {"Python": 1, "Shell": 2}}, {"langs": {"Go": 9, "C": 1}}]})
    assert made.fields("X") == {"langs": "dict[str, int]"}


@pytest.mark.parametrize(
    "value",
    [
        {"p": {"first": "a", "last": "b", "email": "c", "phone": "d", "city": "e"}},
        {"links": {"self": {"href": "a"}, "next": {"href": "b"}, "prev": {"href": "c"}}},
        {"metadata": {"count": 1, "next": "x"}},
        {"sizes": {"high": {"w": 1}, "wide": {"w": 2}, "full": {"w": 3}}},
        {"tags": {"tag": ["a", "b"]}},
        {"counts": {"p50t": 1, "p95t": 2, "p99t": 3}},
    ],
)
def test_in_doubt_a_class(make: Any, value: dict[str, Any]) -> None:
    (annotation,) = make({"get_x": [value]}).fields("X").values()
    assert not annotation.startswith("dict")


def test_like_objects_share_a_class_across_calls(make: Any) -> None:
    user = {"id": 1, "login": "a", "url": "u"}
    made = make(
        {
            "get_issue": [{"title": "t", "creator": user, "assignee": user | {"url": None}}],
            "list_users": [[user, user]],
        }
    )
    assert made.roots["list_users"] == "list[User]"
    assert made.fields("Issue") == {"title": "str", "creator": "User", "assignee": "User"}
    assert made.fields("User")["url"] == "str | None"


def test_an_object_like_its_ancestor_is_recursion(make: Any) -> None:
    made = make({"get_node": [{"v": 1, "next": {"v": 2, "next": {"v": 3, "next": None}}}]})
    assert made.fields("Node") == {"v": "int", "next": "Node | None"}
    assert (
        made.lost("get_node", b'{"v":1,"next":{"v":1,"next":{"v":1,"next":{"v":4,"next":null}}}}')
        is None
    )


def test_mutual_recursion(make: Any) -> None:
    inner = {"files": [{"n": "g", "owner": {"u": 2, "home": None}}]}
    made = make({"get_x": [{"folder": {"files": [{"n": "f", "owner": {"u": 1, "home": inner}}]}}]})
    assert made.fields("Owner") == {"u": "int", "home": "Folder | None"}


def test_kinds_told_apart_by_a_field_are_a_tagged_union(make: Any) -> None:
    items = [
        {"type": "text", "text": "x", "style": "s"},
        {"type": "image", "url": "u", "alt": "a"},
        {"type": "image", "url": "u", "alt": "b"},
    ]
    made = make({"get_page": [{"blocks": items}]})
    assert made.fields("Page") == {"blocks": "list[Block]"}
    page = made.adapters["get_page"].validate_json(
        b'{"blocks": [{"type": "image", "url": "u", "alt": "a"}, {"type": "new", "z": 1}, {"z": 2}]}'
    )
    assert [type(block).__name__ for block in page.blocks] == ["ImageBlock", "dict", "dict"]


def test_kinds_may_differ_in_what_they_wrap_only(make: Any) -> None:
    included = [
        {"type": "people", "id": "9", "attributes": {"first": "Dan", "last": "G"}},
        {"type": "comments", "id": "5", "attributes": {"body": "x", "score": 1}},
        {"type": "people", "id": "2", "attributes": {"first": "Ada", "last": "L"}},
    ]
    made = make({"get_article": [{"included": included}]})
    assert made.fields("Article") == {"included": "list[Included]"}
    people, comments = (made.fields(f"{kind}Included") for kind in ("People", "Comments"))
    assert made.fields(people["attributes"]) == {"first": "str", "last": "str"}
    assert made.fields(comments["attributes"]) == {"body": "str", "score": "int"}
    assert made.lost("get_article", b'{"included": [{"type": "new", "attributes": {}}]}') is None


@pytest.mark.parametrize("nothing", [None, {}, "text", 7])
def test_a_kind_that_wraps_nothing_does_not_make_the_others_one(make: Any, nothing: object) -> None:
    events = [
        {"type": "order", "content": {"order_id": 1, "total": 2}},
        {"type": "refund", "content": {"reason": "x", "by": "y"}},
        {"type": "ping", "content": nothing},
    ]
    made = make({"list_events": [events, [events[0] | {"content": nothing}]]})
    assert made.roots == {"list_events": "list[Event]"}
    kinds = (made.fields(f"{kind}Event")["content"].split(" | ") for kind in ("Order", "Refund"))
    order, refund = (next(n for n in names if hasattr(made.module, n)) for names in kinds)
    assert set(made.fields(order)) == {"order_id", "total"}
    assert made.fields(refund) == {"reason": "str", "by": "str"}
    assert made.fields("PingEvent")["type"] == "str"


def test_kinds_that_wrap_the_same_are_one(make: Any) -> None:
    items = [{"type": t, "data": {"x": 1, "y": n}} for n, t in enumerate("abcd")]
    made = make({"list_items": [items]})
    assert made.roots == {"list_items": "list[Item]"}


def test_the_type_of_something_else_tells_nothing_apart(make: Any) -> None:
    items = [
        {"target_type": "user", "id": 1, "permissions": {"read": "x"}},
        {"target_type": "team", "id": 2, "permissions": {"write": "x"}},
    ]
    made = make({"list_installations": [items]})
    assert made.roots == {"list_installations": "list[Installation]"}


def test_bodies_of_errors_are_one_class_where_they_are_alike() -> None:
    def error(key: str, body: object) -> Observation:
        return Observation(key=key, call=key, bodies=[body], role="error", status=400)

    found = infer(
        [
            error("not_found_error_body", {"error": {"code": "a", "text": "x"}}),
            error("duplicate_error_body", {"error": {"code": "b", "text": "y"}}),
            error("invalid_error_body", {"detail": [{"loc": "x"}]}),
            error("teapot_error_body", {"detail": "short"}),
        ]
    )
    assert sorted(c.name for c in found.classes) == [
        "Error",
        "ErrorBody",
        "InvalidErrorBody",
        "InvalidErrorBodyDetail",
        "TeapotErrorBody",
    ]


def test_a_list_or_an_object(make: Any) -> None:
    made = make({"get_x": [{"meta": [1]}, {"meta": {"k": 1, "l": 2}}]})
    assert made.fields("X") == {"meta": "XMeta | list[int]"}


def test_envelopes_of_different_things_stay_apart(make: Any) -> None:
    def envelope(**item: object) -> dict[str, object]:
        return {"object": "list", "data": [item], "has_more": False, "url": "/x"}

    made = make(
        {
            "list_cats": [envelope(lives=9, fur="long")],
            "list_ships": [envelope(tonnes=5, flag="de")],
            "list_birds": [{"object": "list", "data": [], "has_more": False, "url": "/x"}],
        }
    )
    assert made.roots["list_cats"] != made.roots["list_ships"]


def test_pages_of_different_things_stay_apart(make: Any) -> None:
    page = {
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 1,
        "uri": "/x",
        "first": "/a",
        "next": "/b",
    }
    made = make(
        {
            "list_cats": [page | {"cats": [{"lives": 9, "fur": "long"}]}],
            "list_ships": [page | {"ships": [{"tonnes": 5, "flag": "de"}]}],
            "list_more_ships": [page | {"ships": []}],
        }
    )
    assert made.roots["list_cats"] != made.roots["list_ships"] == made.roots["list_more_ships"]
    assert made.module.__dict__[made.roots["list_cats"]].model_fields["cats"].is_required()


def test_objects_that_say_they_differ_stay_apart(make: Any) -> None:
    common = {"id": "1", "name": "x", "owner": "y", "url": "u"}
    made = make(
        {
            "get_cat": [common | {"object": "cat", "lives": 9}],
            "get_dog": [common | {"object": "dog", "tricks": 1}],
        }
    )
    assert made.roots == {"get_cat": "Cat", "get_dog": "Dog"}


def test_resources_that_include_each_other_stay_what_they_are(make: Any) -> None:
    def link(kind: str) -> dict[str, Any]:
        return {"data": {"type": kind, "id": "1"}}

    person = {"type": "people", "id": "1", "attributes": {"name": "n", "age": 3}, "relationships": {"book": link("books"), "boss": link("people")}}  # fmt: skip
    book = {"type": "books", "id": "1", "attributes": {"title": "t", "isbn": "i"}, "relationships": {"author": link("people")}}  # fmt: skip
    made = make(
        {
            "list_people": [{"data": [person], "included": [book]}],
            "list_books": [{"data": [book], "included": [person]}],
        }
    )
    assert made.fields("PeopleResponse") == {"data": "list[Person]", "included": "list[Book]"}
    assert made.fields("BooksResponse") == {"data": "list[Book]", "included": "list[Person]"}
    for name, keys in (("Person", {"name", "age"}), ("Book", {"title", "isbn"})):
        assert made.fields(name)["attributes"] == f"{name}Attributes"
        assert made.fields(name)["relationships"] == f"{name}Relationships"
        assert set(made.fields(f"{name}Attributes")) == keys
    assert made.fields("Data") == {"type": "str", "id": "str"}


def test_plain_records_of_several_types_are_one_class(make: Any) -> None:
    record = {
        "id": 1,
        "domain": "d",
        "host": "h",
        "fqdn": "f",
        "type": "TXT",
        "text": "x",
        "ttl": 1,
    }
    made = make({"create_record": [record | {"type": "MX", "priority": 4}], "get_record": [record]})
    assert made.roots == {"create_record": "Record", "get_record": "Record"}
    assert made.fields("Record")["priority"] == "int | None"


def test_a_list_with_one_kind_of_entry_is_like_one_with_several(make: Any) -> None:
    def entry(kind: str, **record: str) -> dict[str, Any]:
        return {"id": 1, "type": kind, "name": "n", "ttl": 1, "records": [record]}

    several = [entry("A", address="a"), entry("CNAME", cname="c"), entry("TXT", data="d")]
    made = make({"get_entries": [several], "add_entry": [entry("CNAME", cname="c")]})
    assert made.roots == {"get_entries": "list[Entry]", "add_entry": "Entry"}
    # but not like one whose entries always have more
    full = {"address": "a", "port": "1", "host": "h"}
    made = make({"get_entries": [[entry("A", **full)]], "add_entry": [entry("CNAME", address="c")]})
    assert made.roots["add_entry"] != "Entry" or made.roots["get_entries"] != "list[Entry]"


def test_a_link_to_a_thing_is_not_the_thing_that_links(make: Any) -> None:
    article = {"type": "articles", "id": "1", "attributes": {"title": "x"}}
    link = {"data": {"type": "people", "id": "9"}}
    made = make({"get_article": [{"data": article | {"relationships": {"author": link}}}]})
    assert set(made.fields("Article")) == {"type", "id", "attributes", "relationships"}
    assert all(f.is_required() for f in made.module.Article.model_fields.values())
    assert made.fields("AuthorData") == {"type": "str", "id": "str"}


def test_but_two_classes_that_are_the_same_in_every_field_are_one(make: Any) -> None:
    made = make(
        {
            "delete_cat": [{"id": "1", "object": "cat", "deleted": True}],
            "delete_dog": [{"id": "1", "object": "dog", "deleted": True}],
        }
    )
    assert made.roots["delete_cat"] == made.roots["delete_dog"]


def test_borrowed_evidence_makes_a_little_known_field_optional(make: Any) -> None:
    thing = {"size": 1, "colour": "red", "owner": "x"}
    place = {"lat": 1.5, "lng": 2.5, "street": "y", "note": None}
    made = make(
        {
            "get_thing": [thing | {"note": "hello"}],
            "get_place": [place, place | {"note": "x"}],
            "get_other": [{"alpha": 1, "beta": 2, "gamma": 3, "note": None}],
        }
    )
    assert made.fields("Thing") == {
        "size": "int",
        "colour": "str",
        "owner": "str",
        "note": "str | None",
    }


def test_an_empty_object_lacks_all_keys_of_its_class(make: Any) -> None:
    made = make(
        {
            "get_a": [{"id": 1, "name": "x", "options": {"fast": True, "wide": 1}}],
            "get_b": [{"id": 2, "name": "y", "options": {}}],
        }
    )
    assert made.lost("get_b", b'{"id": 2, "name": "y", "options": {}}') is None
    assert not made.module.Options.model_fields["fast"].is_required()


def test_an_empty_object_among_kinds(make: Any) -> None:
    blocks = [{"type": "a", "x": 1, "y": 2}, {"type": "b", "z": 1, "w": 2}, {}]
    made = make({"get_page": [{"blocks": blocks}], "get_other": [{"blocks": [{}], "more": 1}]})
    assert made.lost("get_page", b'{"blocks": [{}, {"type": "a", "x": 1, "y": 2}]}') is None
    assert made.lost("get_other", b'{"blocks": [{}], "more": 1}') is None
