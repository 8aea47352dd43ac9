"""What a sample's arguments are worth now: constants, answers of other samples, files, variables, new names."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

from callwright.errors import SpecError
from callwright.initialize.credentials.access import Access
from callwright.initialize.plan import Name, Step
from callwright.ir.nodes import (
    Auto,
    ConstantValue,
    FromEnv,
    FromFile,
    FromSample,
    NestedValue,
    SampleValue,
)
from callwright.operations.sample_values import as_argument
from callwright.runtime.credentials import stripped
from callwright.runtime.definition import Param
from callwright.runtime.request.plan import holds_file, plan
from callwright.runtime.request.values import Refused

_A_FILE = Param(type="file")


def resolve_arguments(
    step: Step, access: Access, outputs: Mapping[Name, Mapping[str, object]], folder: Path
) -> dict[str, object]:
    """The arguments to send. ``outputs``: what samples sent before gave; ``folder``: the connector's, for files.

    Raises SpecError for a file that cannot be read or lies elsewhere, and for a value of the wrong kind.
    """
    params = {p.arg: p for p in plan(step.request.call).params}
    resolved: dict[str, object] = {}
    for name, value in step.sample.args.items():
        resolved[name] = _value(step, name, value, params.get(name), access, outputs, folder)
    for (sample, name), secret in access.secrets.items():
        if sample == step.name:
            resolved[name] = secret
    return resolved


def secret_values(step: Step, arguments: Mapping[str, object]) -> dict[str, str]:
    """The secret ones among the arguments, by name, as texts: what redaction must know."""
    secret = plan(step.request.call).secret_arguments
    given = {n: v for n, v in arguments.items() if n in secret}
    from_env = {n: arguments[n] for n, v in step.sample.args.items() if isinstance(v, FromEnv)}
    found: dict[str, str] = {}
    for name, value in {**given, **from_env}.items():
        for index, text in enumerate(_texts(value)):
            found[f"{name}_{index}" if index else name] = text
    return found


def _texts(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]  # pyright: ignore
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]  # pyright: ignore
    if isinstance(value, bytes):
        return [value.decode("utf-8", "replace")]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _value(
    step: Step,
    name: str,
    value: SampleValue,
    param: Param | None,
    access: Access,
    outputs: Mapping[Name, Mapping[str, object]],
    folder: Path,
) -> object:
    match value:
        case ConstantValue():
            return _constant(step, name, value.value, param)
        case FromSample():
            return outputs[value.call, value.sample][value.output]
        case NestedValue():
            whole = _with_outputs(value.value, outputs, partial(_file, step, name, folder=folder))
            return _constant(step, name, whole, param)
        case FromFile():
            return _file(step, name, value.path, param, folder=folder)
        case FromEnv():
            text = access.environ[value.variable]
            secret = param is not None and param.secret
            return _parsed(step, name, stripped(text) if secret else text, param)
        case Auto():
            return str(uuid.uuid4())


def _with_outputs(
    value: object,
    outputs: Mapping[Name, Mapping[str, object]],
    read: Callable[[str, Param], object],
) -> object:
    """A value with the outputs of other samples, and files, in their places."""
    match value:
        case FromFile():
            return read(value.path, _A_FILE)
        case FromSample():
            return outputs[value.call, value.sample][value.output]
        case list():
            return [_with_outputs(item, outputs, read) for item in cast("list[object]", value)]
        case dict():
            members = cast("dict[str, object]", value)
            return {key: _with_outputs(inner, outputs, read) for key, inner in members.items()}
        case _:
            return value


def _constant(step: Step, name: str, value: object, param: Param | None) -> object:
    try:
        return value if holds_file((param,)) else as_argument(value, param)
    except Refused as refused:
        raise SpecError(f"{step.name}: {name} {refused.problem}") from None


def _file(step: Step, name: str, path: str, param: Param | None, *, folder: Path) -> object:
    """A file beside the spec. One that lies elsewhere is not sent: a spec may come from anywhere."""
    target = folder / path
    place = f"{step.name}: {name}: {path}"
    if not target.resolve().is_relative_to(folder.resolve()):
        raise SpecError(f"{place} leads out of the connector's folder; copy the file there")
    try:
        if param and param.type == "file":
            target.open("rb").close()
            return target  # read when it is sent
        content = target.read_bytes()
        return content if param and param.type == "bytes" else content.decode()
    except OSError as error:
        raise SpecError(f"{place}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{place}: not UTF-8, which this argument needs") from None


def _parsed(step: Step, name: str, text: str, param: Param | None) -> object:
    """A variable's text as the argument's type; its value is never repeated in a message."""
    kind = param.type if param else "string"
    try:
        match kind:
            case "integer" | "unix_seconds" | "unix_millis":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case "array" | "object" | "map" | "any":
                return json.loads(text)
            case _:
                return text
    except (ValueError, KeyError):
        raise SpecError(f"{step.name}: the variable of argument {name} holds no {kind}") from None
