"""The places of a request (path, query, headers, cookies, body) → fields of a call, and the sample's arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from callwright.importers.auth import key_scheme
from callwright.importers.credentials import (
    Credentials,
    is_secret_name,
    is_secret_value,
    placeholder,
)
from callwright.importers.headers import is_dropped, is_tracking_cookie
from callwright.importers.marks import marked_names, shown, unmarked
from callwright.importers.values import (
    Arguments,
    Json,
    Tree,
    as_constant,
    fields_of,
    is_too_large,
    parameter,
    parsed,
    scalar,
    text_of,
)
from callwright.importers.written import Loss, Part, WrittenRequest
from callwright.ir.naming import argument, snake

_CONSTANT_QUERY = frozenset({"api-version", "version", "format", "alt", "v", "_format"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:\s*;\s*[\w-]+=(?:[\w.:-]+|\"[\w .:-]*\"))*")
_FIELD = re.compile(r"[\w.\[\]:$ -]+")
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True, kw_only=True)
class Places:
    """The places of one request. ``schemes``: how it shows who is calling; keys that are found are added to it.

    ``arguments``: those of the sample that sends the request again.
    """

    request: WrittenRequest
    credentials: Credentials
    losses: list[Loss]
    schemes: list[Tree]
    arguments: Arguments = field(default_factory=Arguments)

    def _lose(self, code: str, text: str) -> None:
        self.losses.append(Loss(place=self.request.place, code=code, text=text))

    def path_parameter(self, wire: str, value: str) -> Tree:
        """A parameter of the path; its name stands for a value that the source does not have."""
        if is_secret_value(value):
            return {"value": self.credentials.put(value, wire)}
        name = self.arguments.free(wire, "path")
        self.arguments.give(name, value or wire)
        return parameter(value, name, wire)

    def headers(self) -> tuple[Tree, dict[str, str]]:
        """The headers that are arguments, and the constants."""
        fields: Tree = {}
        constants: dict[str, str] = {}
        for name, value in self.request.headers:
            if is_dropped(name, value):
                continue
            if not _HEADER_NAME.fullmatch(name) or not unmarked(value).isprintable():
                self._lose("import-option", f"{shown(name)!r} is not a header: left out")
                continue
            if not value:
                fields[name] = {"type": "string", "allow_blank": True}
                self.arguments.give(self.arguments.free(name, "header"), "")
            elif is_secret_name(name) or is_secret_value(value):
                self._key("header", name, value, fields)
            elif marked_names(value) or placeholder(value):
                argument_name = self.arguments.free(name, "header")
                self.arguments.give(argument_name, value)
                fields[name] = parameter(value, argument_name, name)
            else:
                constants[name] = value
        return fields, constants

    def _key(self, place: str, name: str, value: str, fields: Tree) -> None:
        """A key becomes a scheme of its own; beside another scheme it is a constant of the call."""
        if self.schemes and self.schemes[0]["type"] != "api_key":
            fields[name] = self.credentials.put(value, snake(name))
        else:
            self.schemes.append(key_scheme(place, name, value, self.credentials))

    def query(self, query: str) -> Tree:
        """The fields of a query, as it stands in the URL."""
        fields: Tree = {}
        for name, values in _grouped(_pairs(query)):
            value = values[0]
            if len(values) == 1 and value and (is_secret_name(name) or is_secret_value(value)):
                self._key("query", name, value, fields)
            elif len(values) == 1 and name in _CONSTANT_QUERY and not marked_names(value):
                fields[name] = text_of(value)
            else:
                fields[name] = self._text_field(name, values, "query")
        return fields

    def cookies(self) -> Tree:
        """The cookies but those of statistics."""
        fields: Tree = {}
        for name, value in self.request.cookies:
            if is_tracking_cookie(name):
                continue
            if is_secret_name(name) or "sess" in name.lower() or is_secret_value(value):
                self._key("cookie", name, value, fields)
            else:
                fields[name] = self._text_field(name, [value], "cookie")
        return fields

    def body(self) -> Tree | None:
        """The body's description; None without a body."""
        body = self.request.body
        if body is None:
            return None
        content_type = next((v for n, v in self.request.headers if n.lower() == "content-type"), "")
        if content_type and not _MEDIA_TYPE.fullmatch(content_type):
            self._lose("import-body", f"{shown(content_type)!r} is not a Content-Type: left out")
            content_type = ""
        match body.kind:
            case "multipart" | "form":
                return {"type": body.kind, "fields": dict(self._parts(body.parts, body.kind))}
            case "file":
                self.arguments.values["body"] = {"file": body.file}
                return {"type": "raw", "content_type": content_type or "application/octet-stream"}
            case "text":
                return self._text_body(body.text, content_type)

    def _parts(self, parts: Sequence[Part], place: str) -> Iterator[tuple[str, object]]:
        groups: dict[str, list[Part]] = {}
        for part in parts:
            groups.setdefault(part.name, []).append(part)
        for name, same in groups.items():
            value = same[0].value
            if same[0].file is not None:
                yield name, self._file_field(name, [p.file for p in same if p.file], place)
            elif value and (is_secret_name(name) or is_secret_value(value)) and len(same) == 1:
                yield name, self.credentials.put(value, snake(name))
            else:
                yield name, self._text_field(name, [part.value for part in same], place)

    def _file_field(self, name: str, paths: Sequence[str], place: str) -> Tree:
        argument_name = self.arguments.free(name, place)
        files: list[object] = [{"file": path} for path in paths]
        self.arguments.values[argument_name] = files[0] if len(files) == 1 else files
        field: Tree = {"type": "file"} if len(files) == 1 else {"type": "array", "items": "file"}
        return field if argument_name == argument(name) else {**field, "arg": argument_name}

    def _text_field(self, name: str, values: Sequence[str], place: str) -> Tree:
        """An argument for the values of one name in a query, form or cookie."""
        argument_name = self.arguments.free(name, place)
        if len(values) > 1:
            self.arguments.values[argument_name] = [shown(value) for value in values]
            field: Tree = {"type": "array", "items": "string"}
            return field if argument_name == argument(name) else {**field, "arg": argument_name}
        value = scalar(values[0])
        self.arguments.give(argument_name, value)
        return parameter(value, argument_name, name)

    def _text_body(self, text: str, content_type: str) -> Tree:
        media = content_type.partition(";")[0].strip().lower()
        is_json = media.endswith(("/json", "+json"))
        is_form = media in ("", _FORM)
        try:
            value = parsed(text) if is_json or is_form else None
        except ValueError:
            value = None
        if isinstance(value, dict | list) or (is_json and value is not None):
            if not is_json:
                text = "the body is JSON under another Content-Type: it is sent as application/json"
                self._lose("import-body", text)
            is_special = is_json and media != "application/json"
            return self._json_body(value, content_type if is_special else "")
        pairs = _pairs(text) if is_form and "=" in text else []
        if pairs and all(_FIELD.fullmatch(name) for name, _ in pairs):
            parts = [Part(name=name, value=value) for name, value in pairs]
            return {"type": "form", "fields": dict(self._parts(parts, "form"))}
        if is_json and text:
            self._lose("import-body", "the body is no valid JSON: it is sent as text")
        self.arguments.give("body", text)
        return {"type": "raw", "content_type": content_type or _FORM}

    def _json_body(self, value: Json, content_type: str) -> Tree:
        body: Tree = {"content_type": content_type} if content_type else {}
        if isinstance(value, dict) and not is_too_large(value):
            fields = fields_of(value, self.arguments, self.credentials)
            return {**body, "fields": fields} if fields else {**body, "type": "json"}
        name = self.arguments.free("body", "request")
        if _holds_marks(value):
            self.arguments.give(name, json.dumps(value))
        else:
            self.arguments.values[name] = as_constant(value)
        of = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "any"
        return {
            **body,
            "type": "json",
            "arg": name,
            "of": {"type": "array", "items": "any"} if of == "array" else of,
        }


def _pairs(text: str) -> list[tuple[str, str]]:
    return [
        (unquote_plus(name), unquote_plus(value))
        for name, _, value in (piece.partition("=") for piece in text.split("&"))
        if name or value
    ]


def _grouped(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    yield from groups.items()


def _holds_marks(value: Json) -> bool:
    return bool(
        marked_names(
            json.dumps(value, ensure_ascii=False)
            .replace("\\u0002", "\x02")
            .replace("\\u0003", "\x03")
        )
    )
