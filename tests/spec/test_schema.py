"""The JSON Schema for editors: current, accepts what the loader accepts, refuses common mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from callwright.errors import SpecError
from callwright.specfile.load import load_text
from callwright.specfile.schema import json_schema
from callwright.specfile.source import Node, plain, to_data
from callwright.specfile.yaml_text import read_yaml

ROOT = Path(__file__).resolve().parents[2]
CHECKED_IN = ROOT / "docs" / "callwright-1.schema.json"
VALIDATOR = Draft7Validator(json.loads(json_schema()))
CALL = "calls:\n  one: {{path: /a, {}}}\n"
SPECS = [
    *sorted(ROOT.glob("specs/*/connector.yaml")),
    *sorted(ROOT.glob("tests/cases/*/connector.yaml")),
    *sorted(ROOT.glob("tests/spec/examples/*.yaml")),
]


def tree(text: str) -> Node:
    node, problems = read_yaml(text, "connector.yaml")
    assert node is not None, problems
    return node


def violations(text: str) -> list[str]:
    """Where and how a text breaks the schema."""
    found = VALIDATOR.iter_errors(plain(to_data(tree(text))))
    return [f"{error.json_path}: {error.message}" for error in found]


def test_the_schema_in_docs_is_current() -> None:
    assert (
        CHECKED_IN.read_text(encoding="utf-8") == json_schema()
    ), "update it: callwright schema > docs/callwright-1.schema.json"


def test_it_is_a_schema() -> None:
    text = json_schema()
    Draft7Validator.check_schema(json.loads(text))
    assert text.endswith("}\n")
    assert text == json_schema()


def test_every_key_is_described() -> None:
    schema = json.loads(json_schema())
    objects = {"connector": schema, **schema["definitions"]}
    missing = [
        f"{name}.{key}"
        for name, inner in objects.items()
        for key, one in inner["properties"].items()
        # a key that stands for its model is described there
        if key != "type" and "description" not in one and "$ref" not in one
    ]
    assert missing == []
    assert [n for n, inner in objects.items() if not inner.get("description")] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_real_specs(path: Path) -> None:
    assert violations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "auth: none",
        "auth: {type: bearer}",
        "auth: {main: {type: bearer}, other: {type: basic}, x-note: 1}",
        "x-anything: [1, {a: b}]",
        "shared: {headers: {A: 1.10, B: true, C: [a, 2], D: {type: string}, E: {value: {a: 1}}}}",
        "title: 3",
        "timeout: {read: null}",
        "errors: {failed_when: [{path: $.ok, is: null}, {path: [$.a, header.x], not: {a: 1}}]}",
        "errors: {message_path: [$.a, header.x-error], raise: {402: CardError}}",
        "rate_limit: {requests: 3, per: 10s}",
        "environments: {test: {auth: {token_url: 'https://a.example'}}}",
        "environments: {test: {auth: {main: {token_url: 'https://a.example'}}}}",
        "calls: {x-note: 1, one: {path: /a, x-note: 2}}",
        CALL.format("query: {a: null, b: {}, c: [], d: {items: string}, e: {fields: {f: 1}}}"),
        CALL.format("deprecated: true, paginate: true"),
        CALL.format("deprecated: Use two., paginate: {page_size: {query: limit, value: 3}}"),
        CALL.format("responses: {200: {type: json}, 404: {value: null}}"),
        CALL.format("samples: {s: {args: {a: {from: b.c}, d: [1], e: null, f: {g: {h: 1}}}}}"),
        CALL.format("body: {type: json, arg: record, of: object}"),
        CALL.format("query: {a: {type: Message, enum: [1, a, null], default: null}}"),
    ],
)
def test_accepted(text: str) -> None:
    text = f"callwright: 1\nname: acme\n{text}\n"
    load_text(text)
    assert violations(text) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("nme: x", "$"),
        ("title: [a]", "$.title"),
        ("base_url:", "$.base_url"),
        ("calls: [one]", "$.calls"),
        ("calls: {One: {path: /a}}", "$.calls"),
        ("calls: {one: GET /a}", "$.calls.one"),
        ("auth: bearer", "$.auth"),
        ("auth: {type: bearr}", "$.auth"),
        ("auth: {type: bearer, tokn: a}", "$.auth"),
        ("auth: {type: api_key}", "$.auth"),
        ("auth: {type: oauth2, flow: implicit, token_url: a}", "$.auth"),
        ("auth: {}", "$.auth"),
        ("auth: {main: {typ: bearer}}", "$.auth"),
        ("retry: {attempts: 0}", "$.retry.attempts"),
        ("retry: {attempts: three}", "$.retry.attempts"),
        ("timeout: 30", "$.timeout"),
        ("timeout: {read: 0}", "$.timeout.read"),
        ("rate_limit: {requests: 3, per: day}", "$.rate_limit.per"),
        ("rate_limit: {requests: 3}", "$.rate_limit"),
        ("errors: {message_path: message}", "$.errors.message_path"),
        ("errors: {failed_when: {path: $.a}}", "$.errors.failed_when"),
        (CALL.format("method: get"), "$.calls.one.method"),
        (CALL.format("quert: {}"), "$.calls.one"),
        (CALL.format("query: [a]"), "$.calls.one.query"),
        (CALL.format("query: {a: {requird: true}}"), "$.calls.one.query.a"),
        (CALL.format("query: {a: {required: 'yes'}}"), "$.calls.one.query.a"),
        (CALL.format("query: {a: {enum: []}}"), "$.calls.one.query.a"),
        (CALL.format("response: {type: jsn}"), "$.calls.one.response.type"),
        (CALL.format("response: {fields: {id: {type: string}}}"), "$.calls.one.response.fields"),
        (CALL.format("responses: {2xx: {}}"), "$.calls.one.responses"),
        (CALL.format("body: {type: urlencoded}"), "$.calls.one.body.type"),
        (CALL.format("samples: {s: {arg: {}}}"), "$.calls.one.samples.s"),
        (CALL.format("samples: {s: {status: 42}}"), "$.calls.one.samples.s.status"),
        (CALL.format("url: {arg: to}"), "$.calls.one.url"),
    ],
)
def test_refused_as_the_loader_does(text: str, place: str) -> None:
    text = f"callwright: 1\nname: acme\n{text}\n"
    with pytest.raises(SpecError):
        load_text(text)
    assert {found.split(": ")[0] for found in violations(text)} == {place}


@pytest.mark.parametrize("text", ["name: a", "callwright: 2\nname: a", "callwright: '1'\nname: a"])
def test_the_version_is_needed(text: str) -> None:
    assert violations(text)
