"""The examples of the format load, and mean what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callwright.specfile.load import load_text
from callwright.specfile.model.auth import SCHEMES
from callwright.specfile.model.calls import Constant, Reference
from callwright.specfile.model.document import Document
from callwright.specfile.model.values import Base

FOLDER = Path(__file__).parent / "examples"


def load(name: str) -> Document:
    return load_text((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))[0]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_it_loads(name: str) -> None:
    assert load(name).calls or name == "policies"


def test_the_first_example() -> None:
    document = load("openweather")
    call = document.calls["current_weather"]
    city = call.query["q"]
    assert city is not None
    assert (city.arg, city.required, city.example) == ("city", True, "Berlin")
    icon = document.calls["icon"]
    assert icon.auth == "none"
    assert icon.query == {"units": None}
    assert icon.response is not None
    assert icon.response.type == "image"
    assert call.samples["unknown_city"].status == 404


def test_every_kind_of_authentication() -> None:
    assert {scheme.type for scheme in load("auth").auth.values()} == set(SCHEMES)


def test_short_forms() -> None:
    document = load("calls")
    orders = document.calls["list_orders"]
    tags, ids = orders.query["tags"], orders.query["ids"]
    assert tags is not None
    assert tags.items is not None
    assert tags.items.kind == "string"
    assert ids is not None
    assert ids.kind == "array"
    args = document.calls["list_orders"].samples["some"].args
    assert isinstance(args["tags"], Constant)
    assert isinstance(args["text"], Reference)
    assert (args["text"].from_, args["text"].output) == ("create_order.basic", "order_id")
    # a mapping that is no reference is a constant
    assert isinstance(document.calls["create_order"].samples["basic"].args["message"], Constant)


def models(base: type[Base] = Base) -> Iterator[type[Base]]:
    for model in base.__subclasses__():
        yield model
        yield from models(model)


def test_the_examples_use_every_key() -> None:
    """So that no key is untested: a key that exists but stands in no example fails here."""
    seen: set[tuple[type, str]] = set()

    def visit(value: object) -> None:
        match value:
            case Base():
                seen.update(
                    (kind, name) for kind in type(value).__mro__ for name in value.model_fields_set
                )
                for name in value.model_fields_set:
                    visit(getattr(value, name))
            case dict():
                visit(list(value.values()))
            case list() | tuple():
                for inner in value:
                    visit(inner)

    for path in FOLDER.glob("*.yaml"):
        visit(load(path.stem))
    missing = {
        f"{model.__name__}.{name}"
        for model in models()
        for name in model.model_fields
        # inherited keys are counted where they are declared
        if name in vars(model).get("__annotations__", {}) and (model, name) not in seen
    }
    assert sorted(missing) == []


def test_a_base_url_is_a_text_or_says_that_every_user_has_another() -> None:
    hosted = load("self_hosted")
    assert (hosted.base_url, hosted.self_hosted and hosted.self_hosted.required) == (None, True)
    fixed = load("openweather")
    assert (fixed.base_url, fixed.self_hosted) == ("https://api.openweathermap.org", None)
