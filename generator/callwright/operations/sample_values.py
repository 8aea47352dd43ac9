"""Constants of samples: what they are as arguments, and whether their call takes them."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterator
from typing import cast

from callwright.ir.nodes import FromFile
from callwright.runtime.definition import Call, Param
from callwright.runtime.request.plan import plan
from callwright.runtime.request.values import Refused, check, check_raw
from callwright.specfile.model.values import UNFINISHED

_STEP = re.compile(r"""\[(\d+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]""")


NAME_A_FILE = "takes a file: name one beside the spec with {file: …}"


def unnamed_files(value: object, param: Param | None) -> Iterator[tuple[str | int, ...]]:
    """The places in a value where a file is expected and something else stands."""
    if param is None:
        return
    if param.type == "file":
        if not isinstance(value, FromFile):
            yield ()
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            for place in unnamed_files(item, param.items):
                yield (index, *place)
    elif isinstance(value, dict):
        members = {f.wire: f for f in param.fields if isinstance(f, Param)}
        for key, member in cast("dict[str, object]", value).items():
            for place in unnamed_files(member, members.get(key, param.values)):
                yield (key, *place)


def is_unfinished(value: object) -> bool:
    """Whether the placeholder of `callwright add` stands anywhere in a value."""
    if isinstance(value, dict):
        return any(is_unfinished(inner) for inner in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(is_unfinished(inner) for inner in cast("list[object]", value))
    return value == UNFINISHED


def as_argument(value: object, param: Param | None) -> object:
    """A constant as the argument takes it: bytes are written in base64, files are named. Raises Refused for what is none."""
    if param is not None and param.type == "file":
        raise Refused(NAME_A_FILE)
    if param is None or param.type != "bytes" or not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise Refused("takes bytes: write them in base64, or name a file with {file: …}") from None


def refusal(call: Call, param: Param, value: object) -> Refused | None:
    """Why the generated client would not take a constant for this argument of the call."""
    try:
        argument = as_argument(value, param)
        # what is optional and null is left out
        if argument is not None or param.required:
            check_raw(argument) if param is plan(call).raw_body else check(param, argument)
    except Refused as refused:
        return refused
    except RecursionError:
        return Refused("is nested too deeply")
    return None


def steps(path: str) -> list[str | int]:
    """The place inside an argument that a refusal names, as keys and indexes: ``['lines'][0]``."""
    return [ast.literal_eval(found) for found in _STEP.findall(path)]
