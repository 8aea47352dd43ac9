"""A corpus of other APIs: the traffic that client libraries recorded for their own tests, read from their source archives.

    python -m benchmarks.inference.recorded FOLDER
    python -m benchmarks.inference --corpus FOLDER --quick

The archives are downloaded with pip. A call is a method and a path in which what varies is left out; the answers are the
distinct JSON bodies of its successes, at most twelve. Recordings of many years stand side by side, so that an API's own
growth counts as evidence that keys come and go.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

ARCHIVES = {"pygithub": "PyGithub==2.10.0", "github3": "github3.py==4.0.1", "reddit": "praw==8.0.3"}
MOST = 12
"""Answers kept per call."""

_ID = re.compile(r"\d+|[0-9a-f]{7,40}|[A-Z_]{5,}|(?=[a-z]*\d)[0-9a-z]{5,12}")
_PAIRS = frozenset(["repos"])
_NAMED = frozenset(
    [
        "users",
        "orgs",
        "organizations",
        "gists",
        "teams",
        "labels",
        "branches",
        "collaborators",
        "members",
        "memberships",
        "assignees",
        "licenses",
        "topics",
        "environments",
        "secrets",
        "variables",
        "public_members",
        "blocks",
        "following",
        "starred",
        "tags",
        "workflows",
        "packages",
        "enterprises",
        "r",
        "user",
        "wiki",
        "by_id",
        "live",
        "domain",
        "m",
        "emoji",
    ]
)
_REST = frozenset(
    [
        "contents",
        "refs",
        "ref",
        "heads",
        "compare",
        "commits",
        "archive",
        "trees",
        "blobs",
        "matching-refs",
        "edit",
    ]
)
_PATHS = frozenset(["contents", "refs", "ref", "heads"])
_OWN = frozenset(
    [
        "about",
        "public",
        "starred",
        "repos",
        "orgs",
        "keys",
        "emails",
        "followers",
        "issues",
        "subscriptions",
        "teams",
        "me",
        "new",
    ]
)


class Exchange(NamedTuple):
    """One recorded request and its answer."""

    method: str
    path: str
    status: int
    body: str


def main() -> None:
    """Write the corpus to the folder that is named."""
    target = Path(sys.argv[1])
    for name, requirement in ARCHIVES.items():
        calls: dict[str, dict[bytes, None]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for exchange in _recorded(_unpacked(requirement, Path(folder))):
                answer = _answer(exchange)
                if answer is not None:
                    calls.setdefault(call_of(exchange), {})[answer] = None
        for call, bodies in calls.items():
            (target / name / call).mkdir(parents=True, exist_ok=True)
            for index, body in enumerate(list(bodies)[:MOST], 1):
                (target / name / call / f"{index}.json").write_bytes(body)
        print(name, len(calls), "calls", sum(min(MOST, len(b)) for b in calls.values()), "answers")


def _unpacked(requirement: str, folder: Path) -> Path:
    package = requirement.split("==")[0]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        package,
    ]
    subprocess.run([*command, "--dest", str(folder), requirement], check=True)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _recorded(folder: Path) -> Iterator[Exchange]:
    for file in sorted(folder.glob("*/tests/**/cassettes/**/*.json")):
        yield from _cassette(json.loads(file.read_text("utf-8")))
    for file in sorted(folder.glob("*/tests/ReplayData/*.txt")):
        yield from _replay(file.read_text("utf-8", "replace").split("\n"))


def _cassette(content: dict[str, Any]) -> Iterator[Exchange]:
    """The exchanges of a betamax cassette."""
    for exchange in content.get("http_interactions") or content.get("interactions") or ():
        request, response = exchange["request"], exchange["response"]
        body = response["body"]
        text = body.get("string") or ""
        if not text and body.get("base64_string"):
            raw = base64.b64decode(body["base64_string"])
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode(
                "utf-8", "replace"
            )
        status = response.get("status") or response.get("status_code") or 200
        code = status["code"] if isinstance(status, dict) else status
        yield Exchange(
            request["method"], urlsplit(request.get("uri") or request["url"]).path, code, text
        )


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


def _answer(exchange: Exchange) -> bytes | None:
    if not 200 <= exchange.status < 300:
        return None
    try:
        value = json.loads(exchange.body)
    except ValueError:
        return None
    if not isinstance(value, (dict, list)) or not value:
        return None
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def call_of(exchange: Exchange) -> str:
    """A name for the call: its method and what of its path does not vary."""
    waiting = [unquote(part) for part in exchange.path.split("/") if part][::-1]
    words = [exchange.method.lower()]
    while waiting:
        part = waiting.pop()
        if _ID.fullmatch(part):
            words.append("one")
            continue
        words.append(part)
        if len(words) > 2 and part in _REST:
            words += ["one"] if waiting else []
            del waiting[0 if part in _PATHS else -1 :]
        elif part in _PAIRS:
            del waiting[-2:]
        elif part in _NAMED and waiting and waiting[-1] not in _OWN:
            words.append("one")
            waiting.pop()
    return re.sub(r"[^A-Za-z0-9]+", "_", "_".join(words))[:100].strip("_")


if __name__ == "__main__":
    main()
