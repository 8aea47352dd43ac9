"""Names of the calls of GitHub's and Reddit's APIs, whose paths name what they address by words.

What varies in them is told by lists of the words that names follow.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from benchmarks.inference.recorded.recordings import Exchange

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
