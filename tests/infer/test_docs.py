"""docs/inference.md, and what docs/spec-format.md says of answers: the examples are run as they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from callwright import models_from_samples, pipeline
from callwright.infer import Inference, Observation, infer
from callwright.infer.type_text import type_text
from callwright.project.settings import load_settings
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import prove

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "inference.md").read_text(encoding="utf-8")
FORMAT = (DOCS / "spec-format.md").read_text(encoding="utf-8")
HEAD = "callwright: 1\nname: acme\nbase_url: https://api.acme.example\n"


def example(page: str, wanted: str) -> str:
    """The one YAML example that holds a text."""
    (found,) = (
        e
        for e in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        if wanted in e
    )
    return str(found)


def learnt(folder: Path, spec: str, bodies: Mapping[str, object]) -> Inference:
    """The types of a connector, proven; no diagnostic was to be told."""
    home = folder / "specs" / "acme"
    home.mkdir(parents=True)
    (home / "connector.yaml").write_text(HEAD + spec, encoding="utf-8")
    for call, body in bodies.items():
        (home / "captures" / call).mkdir(parents=True)
        text = body if isinstance(body, str) else json.dumps(body)
        (home / "captures" / call / f"basic.200.{'xml' if text[0] == '<' else 'json'}").write_text(text, encoding="utf-8")  # fmt: skip
    (folder / "callwright.toml").write_text("")
    found = pipeline.learn(home, load_settings(folder))
    assert [d.render() for d in found.diagnostics] == []
    prove(render_models(found.inference), found.inference, found.groups.observations)
    return found.inference


def fields(inference: Inference, name: str) -> dict[str, str]:
    cls = inference.model(name)
    assert cls is not None
    return {
        f.name: type_text(f.type) + (" | None" if f.nullable else "") + ("" if f.required else " = None")
        for f in cls.fields
    }  # fmt: skip


def test_all_that_overrules(tmp_path: Path) -> None:
    text = example(PAGE, "e-mail")
    body = {
        "data": {
            "created": 1700000000, "note": "x", "state": "lost", "prices": {"basic": 1, "pro": 2}, "legacy": {"a": 1},
            "e-mail": "a@b.example", "lines": [{"sku": "x"}],
        },
        "more": 1,
    }  # fmt: skip
    spec = (
        "types: {OrderLine: {fields: {sku: {required: true}}}}\n"
        "calls:\n  get_order:\n    path: /order\n    samples: {basic: {}}\n"
        + "".join(f"    {line}\n" for line in text.splitlines())
    )
    found = learnt(tmp_path, spec, {"get_order": body})
    assert [cls.name for cls in found.classes] == ["Order", "OrderLine"]
    assert fields(found, "Order") == {
        "created": "UnixSeconds", "note": "str | None = None", "state": "'open' | 'closed' | str",
        "prices": "dict[str, int]", "email": "str", "lines": "list[OrderLine]",
    }  # fmt: skip


def test_every_type_word_that_is_named_is_supported(tmp_path: Path) -> None:
    (words,) = re.findall(r"\{type: unix_seconds\} +# also (.*?), …", PAGE)
    values = {
        "unix_millis": 1700000000000, "decimal": "1.10", "uuid": "123e4567-e89b-12d3-a456-426614174000", "bytes": "aGk=",
        "any": 1,
    }  # fmt: skip
    assert words.split(", ") == list(values)
    places = ", ".join(f"'$.{word}': {{type: {word}}}" for word in values)
    spec = f"calls: {{get_x: {{path: /x, response: {{fields: {{{places}}}}}, samples: {{basic: {{}}}}}}}}"
    assert list(fields(learnt(tmp_path, spec, {"get_x": values}), "X").values()) == [
        "UnixMillis", "Decimal", "UUID", "Base64", "Any = None",
    ]  # fmt: skip


def test_the_types_of_the_spec_in_answers(tmp_path: Path) -> None:
    spec = example(FORMAT, "types:\n  Money:") + "    samples: {basic: {}}\n"
    money = {"amount": 1.10, "currency": "EUR"}
    body = json.dumps({"total": money, "refunds": [money], "weight": 0.5})
    found = learnt(tmp_path, spec.replace("/orders/{id}", "/order"), {"get_order": body})
    assert fields(found, "Order") == {
        "total": "Money", "refunds": "list[Money]", "weight": "DecimalNumber",
    }  # fmt: skip
    assert fields(found, "Money") == {"amount": "DecimalNumber", "currency": "'EUR' | 'USD' | str"}


def test_a_whole_spec(tmp_path: Path) -> None:
    spec = example(FORMAT, "current_weather:                #").partition("\n  icons:")[0]
    spec = re.sub(r"(?s)^callwright.*?\nauth:", "auth:", spec)
    body = {"dt": 1700000000, "rain": {"1h": 0.5}}
    spec = spec.replace("unknown_city:", "#").replace("berlin:", "basic:")
    found = learnt(tmp_path, spec, {"current_weather": body})
    assert fields(found, "CurrentWeather") == {"dt": "UnixSeconds", "rain": "Rain = None"}


def test_the_python_example() -> None:
    order = b'{"id": 1, "total": 2, "state": "x"}'
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {
        "page_one": b"[" + order + b"]", "page_two": "[]", "order": json.loads(order),
    }  # fmt: skip
    exec(code, names)
    (told,) = re.findall(r'models\.roots\["list_orders"\] +# "(.*)",', code)
    assert names["models"].roots["list_orders"] == told
    assert models_from_samples({"get_order": [order]}).source.startswith('"""Models inferred')


ROWS = {
    '`<a>` (the root), `<b>x</b>` in it': "<a><b>x</b></a>",
    '`<b id="1">x</b>`': '<a><b id="1">x</b></a>',
    "`<b/>`, `<b xsi:nil=\"true\"/>`": "<a><b/></a>",
    "`<c>1</c><c>2</c>`": "<a><c>1</c><c>2</c></a>",
    "`Why <em>they</em> differ`": "<a><b>Why <em>they</em> differ</b></a>",
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_the_rows_of_xml(row: str) -> None:
    """The value of each row is what the models of the document read."""
    from callwright.infer.seen.reading import read_values

    (cells,) = re.findall(rf"^\| {re.escape(row)} \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
    given = Observation(key="get_x", call="get_x", bodies=[ROWS[row].encode()], media="xml")
    (value,) = list(read_values(given))
    told = re.findall(r"`(.*?)`", cells[0])[0]
    expected = None if told == "None" else json.loads(told)
    assert isinstance(value, dict)
    assert value == expected or expected in value.values()
    inference = infer([given])
    prove(render_models(inference), inference, [given])


@pytest.mark.parametrize(
    ("xml", "attribute", "expected"),
    [
        ("<a><items><item>1</item></items></a>", "item", "list[str]"),
        ("<a><total>5</total></a>", "total", "int"),
    ],
)
def test_what_xml_declares(tmp_path: Path, xml: str, attribute: str, expected: str) -> None:
    (said,) = re.findall(rf"`(fields: \{{\$\S*\.{attribute}: .*?\}}\}})`", PAGE)
    spec = (
        f"calls: {{get_x: {{path: /x, response: {{type: xml, {said}}}, samples: {{basic: {{}}}}}}}}"
    )
    found = learnt(tmp_path, spec, {"get_x": xml})
    every = {name: kind for cls in found.classes for name, kind in fields(found, cls.name).items()}
    assert every[attribute] == expected


def test_the_modules_that_are_named_exist() -> None:
    table = PAGE.partition("| module | does |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()]
    named = {name for row in rows for name in re.findall(r"`([a-z_/]+)`", row)}
    folder = DOCS.parent / "generator" / "callwright" / "infer"
    modules = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.py")}
    modules = {name for name in modules if not name.endswith("__init__")}
    assert named - modules == {"ir/naming"}
    # what only holds data needs no row
    assert modules - named == {"pipeline", "seen/observation", "result", "seen/texts"}
