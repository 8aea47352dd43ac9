"""Names people would choose: of calls, samples and connectors."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from callwright.importers.paths import is_prefix
from callwright.ir.naming import singular, snake, words
from callwright.operations.check_arguments import CLIENT_ATTRIBUTES, USED_IN_ANNOTATIONS

_VERBS = {
    "POST": "create",
    "PUT": "replace",
    "PATCH": "update",
    "DELETE": "delete",
    "HEAD": "exists",
    "OPTIONS": "options",
}
_ACTIONS = frozenset({
    "search", "query", "login", "logout", "cancel", "validate", "verify", "send", "publish", "archive", "restore", "merge",
    "start", "stop", "run", "refresh", "sync", "link", "unlink", "upload", "download", "export", "import", "heartbeat",
    "token", "add", "create", "get", "list", "update", "delete", "remove", "set", "check", "authorize", "revoke", "introspect", "userinfo", "me", "ping", "echo", "batch", "invite",
})  # fmt: skip
_LONGEST = 40
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go"})


def call_name(method: str, template: str, given: str = "") -> str:
    """The name of a call: of its name in the source, else of its method and path."""
    name = _from_title(given) or _from_path(method, template)[:_LONGEST].rstrip("_")
    is_taken = name in CLIENT_ATTRIBUTES or name in USED_IN_ANNOTATIONS or keyword.iskeyword(name)
    return f"{name}_call" if is_taken else name


def name_of(text: str) -> str:
    """The words of a text in snake_case; "" when it has none."""
    return snake(text) if words(text) else ""


def _from_title(title: str) -> str:
    name = name_of(title)[:_LONGEST].rstrip("_")
    return f"call_{name[1:]}" if re.match(r"n\d", name) and not title[:1].isalpha() else name


def _from_path(method: str, template: str) -> str:
    segments = [s for s in template.split("/") if s and not is_prefix(s)]
    words = [
        re.sub(r"\.(?:json|xml|csv|txt|html?|sh)$", "", s)
        for s in segments
        if not s.startswith("{")
    ]
    names = [name_of(re.sub(r"\{[^}]*\}", "", w)) for w in words]
    names = [n for n in names if n]
    is_item = bool(segments) and segments[-1].startswith("{")
    verb = _VERBS.get(method, "get")
    if not names:
        return f"{verb}_root"
    last = names[-1]
    before = segments[-2] if len(segments) > 1 else ""
    if not is_item and last.partition("_")[0] in _ACTIONS:
        # an action on one thing is named for both: /orders/{id}/cancel
        return (
            f"{last}_{singular(names[-2])}" if before.startswith("{") and len(names) > 1 else last
        )
    if method == "GET" and not is_item and singular(last) != last:
        return f"list_{last}"
    return f"{verb}_{singular(last)}"


def unique(name: str, taken: Collection[str], prefix: str = "") -> str:
    """A name that is not taken: with its folder before it, then with a number."""
    if name not in taken:
        return name
    if prefix and f"{prefix}_{name}"[:_LONGEST] not in taken:
        return f"{prefix}_{name}"[:_LONGEST]
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def connector_name(title: str, origin: str) -> str:
    """The name of a connector: of the source's title, else of the host's registrable label; "" when neither has one."""
    if title:
        return _plain(title)
    host = urlsplit(origin).hostname or ""
    labels = [label for label in re.sub(r"\$\{\w+\}", "", host).split(".") if label]
    if len(labels) < 2 or all(label.isdigit() for label in labels):
        return ""
    index = -3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else -2
    return _plain(labels[index])


def _plain(text: str) -> str:
    name = name_of(text)[:_LONGEST].strip("_")
    return name if re.fullmatch(r"[a-z][a-z0-9_]*", name) else ""
