"""Recorded exchanges, as the test tools of several languages keep them.

Read are the YAML and JSON files of vcrpy, betamax, go-vcr and the vcr of Ruby and R, and the replay data of PyGithub.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

SUFFIXES = (".json", ".yaml", ".yml")


class Exchange(NamedTuple):
    """One recorded request and its answer."""

    method: str
    path: str
    status: int
    body: str


def recorded(folder: Path) -> Iterator[tuple[Path, Exchange]]:
    """The exchanges of all recordings in a folder, with the file each is in."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in SUFFIXES and file.is_file():
            for exchange in _cassette(_content(file)):
                yield file, exchange
        elif file.suffix == ".txt" and file.parent.name == "ReplayData":
            for exchange in _replay(file.read_text("utf-8", "replace").split("\n")):
                yield file, exchange


class _Loader(yaml.CSafeLoader):
    """YAML without tags: what a recorder of Python 2 calls unicode is text."""


_Loader.add_multi_constructor(  # pyright: ignore[reportUnknownMemberType]
    "tag:yaml.org,2002:python/", lambda loader, _, node: loader.construct_scalar(node)
)


def _content(file: Path) -> object:
    text = file.read_text("utf-8", "replace")
    if "interactions" not in text:
        return None
    try:
        return json.loads(text) if file.suffix == ".json" else yaml.load(text, _Loader)
    except (ValueError, yaml.YAMLError):
        return None


def _cassette(content: object) -> Iterator[Exchange]:
    if not isinstance(content, dict):
        return
    for exchange in content.get("http_interactions") or content.get("interactions") or ():
        request, response = exchange["request"], exchange["response"]
        url = urlsplit(request.get("uri") or request["url"])
        yield Exchange(request["method"], url.path, _status(response), _text(response["body"]))


def _status(response: Mapping[str, Any]) -> int:
    """The status of an answer: go-vcr has it beside its text, the others have it within or as it is."""
    status = response.get("code") or response.get("status") or response.get("status_code") or 200
    if isinstance(status, dict):
        status = status.get("code") or status["status_code"]
    return int(status)


def _text(body: Any) -> str:
    content = (
        (body.get("string") or body.get("base64_string") or "") if isinstance(body, dict) else body
    )
    if isinstance(body, dict) and not body.get("string") and body.get("base64_string"):
        content = base64.b64decode(content)
    if isinstance(content, bytes):
        raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        return raw.decode("utf-8", "replace")
    return str(content or "")


def _replay(lines: list[str]) -> Iterator[Exchange]:
    """The exchanges of PyGithub's replay data: ten lines each and an empty one."""
    at = 0
    while at + 9 < len(lines):
        if lines[at] not in ("http", "https") or not lines[at + 7].isdigit():
            at += 1
            continue
        if lines[at + 2] == "api.github.com" and lines[at + 4].startswith("/"):
            path = urlsplit("//host" + lines[at + 4]).path
            yield Exchange(lines[at + 1], path, int(lines[at + 7]), lines[at + 9])
        at += 10
