"""The JSON Schema of connector.yaml as it is written, for editors; made from the models, checked in as docs/callwright-1.schema.json.

Draft 7, because that is what yaml-language-server knows best. It is milder than the loader: what needs more than the
place itself (names that must be declared somewhere, templates, origins) only the loader knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from callwright.specfile.model.document import Document
from callwright.specfile.model.values import Base, Schema

_NOTES: Schema = {"^x-": {}}
_NAME = "^[a-z][a-z0-9_]*$"
_LIMITS = {
    "ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum",
}  # fmt: skip


def json_schema() -> str:
    """The schema as text: two spaces of indentation, one newline at the end, the same at every run."""
    schema = cast("Schema", _clean(Document.model_json_schema(
        ref_template="#/definitions/{model}", schema_generator=_Generator
    )))  # fmt: skip
    definitions = schema.pop("$defs")
    root = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Callwright connector, format 1",
        **{key: schema[key] for key in ("description", "type", "required", "properties")},
        **{key: schema[key] for key in ("patternProperties", "additionalProperties")},
        "definitions": definitions,
    }
    _short_auth(root["properties"]["auth"])
    _short_environment_auth(definitions["Environment"]["properties"]["auth"])
    return json.dumps(root, indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Describes what may be written, where pydantic describes what validators receive."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """``x-*`` is allowed; a key without a value is not, except where null means something."""
        made = super().model_schema(schema)
        made["patternProperties"] = _NOTES
        nullable = cast("type[Base]", schema["cls"]).nullable
        for name, inner in made["properties"].items():
            if name in nullable and "type" in inner:
                inner["type"] = [inner["type"], "null"]
        return made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys that must look a certain way do; ``x-*`` is allowed beside names."""
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
            if _NAME in made["patternProperties"]:
                made["patternProperties"] |= _NOTES
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """anyOf, since editors explain it better than oneOf; the tags exclude each other anyway."""
        made = super().tagged_union_schema(schema)
        return {"anyOf": made["oneOf"]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """None means in the models that a key is absent."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Only defaults that an author would write."""
        made = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if isinstance(default, str | bool | int | float) and default != "":
            return {**made, "default": default}
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        """The keys are their own titles."""
        return False


def _clean(schema: object) -> object:
    """Flat anyOf, limits by their JSON Schema names."""
    if isinstance(schema, list):
        return [_clean(item) for item in cast("list[object]", schema)]
    if isinstance(schema, str):
        return schema.replace("``", "`")  # editors show Markdown
    if not isinstance(schema, dict):
        return schema
    made = {key: _clean(inner) for key, inner in cast("Schema", schema).items()}
    if not isinstance(made.get("anyOf"), list):
        # keys of "properties" may have these names too; their values are schemas, never numbers
        return {
            _LIMITS.get(key, key) if isinstance(inner, int | float) else key: inner
            for key, inner in made.items()
        }
    flat = [one for one in _alternatives(made) if not _is_covered(one, made)]
    unique = list({json.dumps(one, sort_keys=True): one for one in flat}.values())
    rest = {key: inner for key, inner in made.items() if key != "anyOf"}
    return {**unique[0], **rest} if len(unique) == 1 else {"anyOf": unique, **rest}


def _alternatives(schema: Schema) -> Iterator[Schema]:
    for one in schema["anyOf"]:
        if set(one) == {"anyOf"}:
            yield from _alternatives(one)
        else:
            yield one


def _is_covered(one: Schema, schema: Schema) -> bool:
    """Whether another alternative accepts the same type among others."""
    return set(one) == {"type"} and any(
        isinstance(other.get("type"), list) and one["type"] in other["type"]
        for other in _alternatives(schema)
    )


def _short_auth(auth: Schema) -> None:
    """none, one scheme, or a map of named schemes."""
    named = {key: auth.pop(key) for key in ("type", "patternProperties", "additionalProperties")}
    scheme = named["patternProperties"][_NAME]
    auth["anyOf"] = [{"const": "none"}, *scheme["anyOf"], {**named, "minProperties": 1}]


def _short_environment_auth(auth: Schema) -> None:
    """The URLs of the one scheme, or a map by scheme name."""
    named = {key: auth.pop(key) for key in ("type", "patternProperties", "additionalProperties")}
    scheme = named["patternProperties"][_NAME]
    auth["anyOf"] = [scheme, named]
