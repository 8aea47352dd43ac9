"""Names: readable by general rules, unique, valid, and the same whatever the order in which things were seen."""

from __future__ import annotations

import itertools
import json
import keyword
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.infer import Inference, Observation, infer
from callwright.infer.type_text import type_text
from callwright.ir.naming import attribute, attributes, pascal, singular, singular_pascal, words


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("fooBar", "foo_bar"), ("HTTPServer_id-2", "http_server_id_2"), ("sha256Sum", "sha256_sum"),
        # units
        ("maxRequestKiB", "max_request_kib"), ("energyKWh", "energy_kwh"), ("kWhTotal", "kwh_total"),
        ("freqMHz", "freq_mhz"), ("signal_dBm", "signal_dbm"), ("rateMBps", "rate_mbps"),
        # what only looks like one
        ("PVC", "pvc"), ("GBP", "gbp"), ("apiKBase", "api_k_base"), ("numV", "num_v"), ("kAPIKey", "k_api_key"),
        # acronyms
        ("userIDs", "user_ids"), ("URLsSeen", "urls_seen"), ("IPv4Address", "ipv4_address"), ("TLSv12", "tlsv12"),
        # digits and what they begin
        ("1h", "n1h"), ("m.3pid_changes", "m_3pid_changes"), ("2FA", "n2fa"), ("3DModel", "n3d_model"),
        ("16GB", "n16gb"), ("100MiB", "n100mib"), ("2Checkout", "n2_checkout"), ("last30Days", "last30_days"),
            # what is a name already, whatever words it is made of
            ("last30days", "last30days"), ("y0d", "y0d"), ("u1a2b3", "u1a2b3"), ("a_1", "a_1"),
            # other scripts
            ("Straße", "strasse"), ("ключевой", "klyuchevoy"), ("中文", "zhong_wen"), ("prénom", "prenom"),
        # what Python and pydantic have a use for
        ("class", "class_"), ("json", "json_"), ("model_dump", "model_dump_"), ("", "empty"), ("+1", "plus_1"),
    ],
)  # fmt: skip
def test_attributes(key: str, name: str) -> None:
    assert attribute(key) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [("kvs", "Kv"), ("prev_kvs", "PrevKv"), ("ids", "Id"), ("IDs", "ID"), ("APIs", "API"), ("billing_addresses", "BillingAddress"),
     ("dns", "Dns"), ("gas", "Gas"), ("status", "Status"), ("series", "Series"), ("m.3pid_changes", "M3pidChange"),
     ("children", "Child"), ("lenses", "Lens"), ("menus", "Menu"), ("alumni", "Alumnus"), ("中文", "ZhongWen"), ("1h", "N1h"), ("rateMbps", "RateMbps")],
)  # fmt: skip
def test_classes_of_items(key: str, name: str) -> None:
    assert singular_pascal(key) == name


KEYS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[A-Za-z0-9_.:-]{1,12}", fullmatch=True),
    st.sampled_from(["KiB", "kib", "ki_b", "1h", "n1h", "n1_h", "1_h", "IDs", "ids", "id_s", "class", "class_"]),
)  # fmt: skip


@given(st.lists(KEYS, unique=True, max_size=8))
def test_attributes_are_valid_and_unique_in_any_order(keys: list[str]) -> None:
    names = attributes(keys)
    assert set(names) == set(keys)
    assert len(set(names.values())) == len(keys)
    assert all(n.isidentifier() and n.isascii() and not keyword.iskeyword(n) for n in names.values())  # fmt: skip
    # no name is another key of the object, and pydantic takes none that begins with an underscore
    assert all(n == k or n not in keys for k, n in names.items())
    assert not any(n.startswith("_") for n in names.values() if n not in keys)
    assert attributes(reversed(keys)) == names


@given(KEYS)
def test_words_lose_no_letter_and_no_digit(text: str) -> None:
    plain = "".join(c for c in text if c.isascii() and c.isalnum())
    if text.isascii():
        assert "".join(words(text)) == plain
    assert all(words(w) for w in words(text))


@given(KEYS)
def test_class_names_are_identifiers(key: str) -> None:
    for name in (pascal(key), singular_pascal(key) or "Value"):
        assert name.isidentifier()
        assert not name[0].islower()
        assert not keyword.iskeyword(name)


@given(st.from_regex(r"[a-z]{1,10}", fullmatch=True))
def test_a_singular_begins_as_its_plural(word: str) -> None:
    assert singular(word)[:1] == word[:1] or word == "people"


def inferred(**answers: Any) -> Inference:
    return infer(
        [Observation(key=k, call=k, bodies=[json.dumps(v).encode()]) for k, v in answers.items()]
    )


def names(**answers: Any) -> set[str]:
    return {c.name for c in inferred(**answers).classes}


def test_what_holds_the_thing_is_its_response() -> None:
    inference = inferred(get_order={"order": {"id": 1, "total": 2}, "request_id": "x"})
    assert {k: type_text(v) for k, v in inference.roots.items()} == {"get_order": "OrderResponse"}
    assert {c.name for c in inference.classes} == {"OrderResponse", "Order"}
    inference = inferred(list_orders={"orders": [{"id": 1, "total": 2}], "next": None})
    assert {k: type_text(v) for k, v in inference.roots.items()} == {"list_orders": "OrdersResponse"}  # fmt: skip
    assert names(slideshow={"slideshow": {"title": "x", "slides": [{"a": 1}]}}) == {
        "SlideshowResponse", "Slideshow", "Slide",
    }  # fmt: skip
    # where it is named otherwise, the answer is the thing
    assert names(get_order={"id": 1, "lines": [{"sku": "x"}]}) == {"Order", "Line"}


BOOK = {"id": 1, "title": "x", "isbn": "y"}


@pytest.mark.parametrize(
    ("call", "answer", "expected"),
    [
        (
            "list_books",
            {"data": [BOOK], "meta": {"page": 1}},
            {"BooksResponse", "Book", "BooksMeta"},
        ),
        ("list_books", {"items": [BOOK], "total": 1}, {"BooksResponse", "Book"}),
        (
            "search_books",
            {"hits": {"total": 1, "hits": [BOOK]}},
            {"BooksResponse", "BooksHits", "Book"},
        ),
        ("get_book", {"data": BOOK, "status": "ok"}, {"BookResponse", "Book"}),
        ("v1.FetchBook", BOOK, {"Book"}),
        ("v1.ListBook", {"results": [BOOK]}, {"BookResponse", "Book"}),
        ("books.list", {"results": [BOOK]}, {"BooksResponse", "Book"}),
        # a thing that has items or data is no wrapper of them
        ("get_order", {"number": 1, "items": [BOOK]}, {"Order", "OrderItem"}),
        ("get_event", {"id": 1, "data": BOOK}, {"Event", "EventData"}),
        (
            "create_order",
            {"data": {"id": 1, "items": [BOOK]}},
            {"OrderResponse", "Order", "OrderItem"},
        ),
        ("customers", {"data": [BOOK]}, {"CustomersResponse", "Customer"}),
        ("list_books", {"data": [], "meta": {"page": 1}}, {"BooksResponse", "BooksMeta"}),
        # what there is one of keeps its plural
        ("get_settings", {"a": 1}, {"Settings"}),
        ("plugins", [BOOK], {"Plugin"}),
        (
            "get_user",
            {"id": 1, "permissions": {"a": True}, "roles": [BOOK]},
            {"User", "Permissions", "Role"},
        ),
        # what says nothing says more with what it is part of
        (
            "get_user",
            {"id": 1, "attributes": {"a": 1}, "links": {"b": 1}},
            {"User", "UserAttributes", "UserLinks"},
        ),
        # a call that is named for no thing
        ("search", {"results": [BOOK]}, {"Search", "SearchResult"}),
        ("current_weather", {"data": BOOK}, {"CurrentWeather", "CurrentWeatherData"}),
    ],
)
def test_what_an_answer_only_wraps_has_the_name_of_the_call(
    call: str, answer: dict[str, Any], expected: set[str]
) -> None:
    assert names(**{call: answer}) == expected


def test_no_word_twice_and_no_suffix_that_says_nothing() -> None:
    made = names(
        query_range={"kind": "a", "result": [{"metric": 1, "values": 2}]},
        query={"kind": "a", "warnings": 1, "result": [{"metric": {"x": 1}, "value": 2.5}]},
        get_folder={"folder_device": {"a": 1}, "device": {"b": "x", "device": {"c": 1.5, "q": True}}},
    )  # fmt: skip
    assert not any(name.endswith("Response") for name in made)
    for name in made:
        parts = words(name)
        assert all(a != b for a, b in itertools.pairwise(parts)), name


def test_of_several_fields_the_name_that_ends_the_others_is_taken() -> None:
    pair = {"key": "x", "value": "y", "version": 1}
    assert names(put={"prev_kv": pair}, delete={"prev_kvs": [pair]}, range={"kvs": [pair]}) == {
        "Put", "Delete", "Range", "Kv",
    }  # fmt: skip


def test_what_a_call_answers_has_its_name_before_what_is_called_so_elsewhere() -> None:
    part = {"customer": {"enabled": True, "mode": "x"}}
    inference = inferred(
        get_customer={"id": 1, "name": "x", "email": "y"}, list_a={"a": part, "b": part}, list_c={"c": part, "d": part}
    )  # fmt: skip
    assert type_text(inference.roots["get_customer"]) == "Customer"


def test_names_that_are_pythons_are_not_taken() -> None:
    made = names(get_x={"warnings": [{"a": 1}], "exceptions": [{"b": "x"}], "nones": [{"c": 1.5}]})
    assert made == {"X", "WarningValue", "ExceptionValue", "NoneValue"}


@given(st.permutations(["get_order", "list_orders", "query_range", "slideshow"]))
def test_the_order_of_calls_never_changes_a_name(order: list[str]) -> None:
    answers: dict[str, Any] = {
        "get_order": {"order": {"id": 1, "total": 2, "lines": [{"sku": "x"}]}},
        "list_orders": {"orders": [{"id": 1, "total": 2, "lines": []}], "result": {"a": 1}},
        "query_range": {"result": [{"metric": {"x": 1}}], "range": {"a": "x", "b": 1}},
        "slideshow": {"slideshow": {"result": {"slides": [{"b": 2}]}}},
    }
    assert names(**{call: answers[call] for call in order}) == names(**answers)


def test_of_a_class_that_splits_the_answer_keeps_the_name() -> None:
    user = {"id": 1, "login": "a", "email": "e", "nick": "n"}
    first = inferred(get_order={"number": 1, "user": user}, get_user=user)
    assert first.names["get_order:$.user"] == first.names["get_user:$"] == "User"
    other = {"id": 1, "login": "a", "avatar": "x", "url": "u", "score": 3}
    answers = {"get_order": {"number": 1, "user": other}, "get_user": user}
    observations = [Observation(key=call, call=call, bodies=[json.dumps(answer).encode()]) for call, answer in answers.items()]  # fmt: skip
    second = infer(observations, names_lock=first.names)
    assert second.names == {"get_order:$": "Order", "get_order:$.user": "OrderUser", "get_user:$": "User"}  # fmt: skip


def test_kinds_of_object_at_one_place_keep_their_names() -> None:
    first = [
        {"type": "text", "text": "x", "size": {"a": 1}},
        {"type": "image", "url": "u", "alt": "x", "wide": 1, "size": {"b": "x", "c": 2.5}},
    ]
    second = [{"type": "audio", "text": "y", "size": {"a": 2}}, {"type": "zip", "files": 1, "packed": True, "ratio": 1.5}]  # fmt: skip
    made = inferred(list_blocks=first)
    lock = {key: f"Old{name}" for key, name in made.names.items()}
    assert len(set(lock.values())) == len(made.classes) == 4
    for blocks in (first, first[::-1], [*first, *second], [*second, *first]):
        body = [json.dumps(blocks).encode()]
        again = infer([Observation(key="list_blocks", call="list_blocks", bodies=body)], names_lock=lock)  # fmt: skip
        assert set(lock.values()) <= {c.name for c in again.classes}
        assert lock.items() <= again.names.items()
        assert infer([Observation(key="list_blocks", call="list_blocks", bodies=body)], names_lock=again.names).names == again.names  # fmt: skip


def test_the_name_of_what_became_several_kinds_goes_to_none_of_the_others() -> None:
    order = {"type": "order", "payload": {"order_id": 1, "total": 2}}
    event = {"type": "customer", "payload": {"name": "x", "email": "y"}}

    def events(*answer: object, lock: dict[str, str] | None = None) -> Inference:
        body = json.dumps(answer).encode()
        given = Observation(key="list_events", call="list_events", bodies=[body])
        return infer([given], names_lock=lock)

    before = events(order)
    after = events(order, event, lock=dict(before.names))
    assert {c.name for c in before.classes} == {"Event", "EventPayload"}
    assert not {c.name for c in before.classes} & {c.name for c in after.classes}
    assert events(order, event, lock=dict(after.names)) == after


@pytest.mark.parametrize("key", ["DATE", "INSTANT", "MARKS", "UNKNOWN", "tag_choice", "Model"])
def test_no_class_takes_a_name_that_the_base_of_models_uses(make: Any, key: str) -> None:
    kinds = [{"type": "a", "x": 1, "z": 1}, {"type": "b", "y": "t", "w": 2}]
    body = {key: {"day": "2020-01-01", "at": "2020-01-01T00:00:00Z"}, "kinds": kinds}
    made = make({"get_it": [body]})
    assert made.lost("get_it", json.dumps(body).encode()) is None
