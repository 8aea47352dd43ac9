"""The captures that a package ships for its tests: which there are, and what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ..errors import NoRecordedResponseError
from ..record import Record

FOLDER = "_recorded"
INDEX = "index.json"


class Sample(Record):
    """A response that was captured. ``arguments``: what was sent, as JSON text; ``any_value``: arguments that match whatever
    they are; ``pages`` and ``headers``: of the bodies, one unless the call is paginated; ``origin``: of the server that it
    came from."""

    call: str
    name: str
    status: int
    arguments: Mapping[str, str]
    any_value: frozenset[str]
    pages: tuple[str, ...]
    headers: tuple[tuple[tuple[str, str], ...], ...]
    origin: str = ""
    missing: str = ""
    """Why there is no body; blank when there is one."""


class Store:
    """The captures of one package."""

    def __init__(self, package: str, samples: tuple[Sample, ...]) -> None:
        self._package = package
        self.samples = samples

    def of(self, call: str) -> list[Sample]:
        """The samples of a call, in the order of the spec."""
        return [sample for sample in self.samples if sample.call == call]

    def body(self, path: str) -> bytes:
        """The content of a file. Raises NoRecordedResponseError when it was not shipped."""
        try:
            return files(self._package).joinpath(FOLDER, *path.split("/")).read_bytes()
        except OSError:
            raise missing(self._package) from None


@cache
def store_of(package: str) -> Store:
    """The captures of a package. Raises NoRecordedResponseError when they were not shipped."""
    try:
        text = files(package).joinpath(FOLDER, INDEX).read_text("utf-8")
    except OSError:
        raise missing(package) from None
    return Store(package, tuple(_sample(data) for data in json.loads(text)))


def missing(package: str) -> NoRecordedResponseError:
    """The error for a package whose captures were left behind when it was built."""
    folder = package.rpartition(".")[2]
    return NoRecordedResponseError(
        f"{package} has no {FOLDER}: ship it with the package, with setuptools for example by"
        f' [tool.setuptools.package-data] "{package}" = ["{FOLDER}/**"]'
        f" (the folder of {folder} has it in the checkout)"
    )


def _sample(data: Any) -> Sample:
    return Sample(
        data["call"],
        data["sample"],
        data["status"],
        arguments=data["arguments"],
        any_value=frozenset(data["any"]),
        pages=tuple(data["pages"]),
        headers=tuple(tuple((n, v) for n, v in page) for page in data["headers"]),
        origin=data["origin"],
        missing=data["missing"],
    )
