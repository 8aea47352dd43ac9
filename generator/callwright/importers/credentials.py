"""Which values of a request are credentials, and what they are called. Their values never reach a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from callwright.importers.marks import marked_names, replaced, whole_mark
from callwright.ir.naming import snake
from callwright.operations.check_arguments import CONSTRUCTOR
from callwright.runtime.redaction.sensitive import is_sensitive
from callwright.secrets import is_random, token_spans

_SECRET_NAME = re.compile(
    r"(?:x)?(?:api|app|access|auth|subscription|private|secret|shared|account|master)?key(?:id)?|apikey|appid"
    r"|.*(?:accesstoken|authtoken|token|secret|passwd|password|apikey|authkey|secretkey|accesskey|privatekey)"
    r"|auth|pwd|signature|sig|session(?:id)?|csrf|bearer|jwt|ssokey|hmac|.*password|assertion"
)
_PLAIN_NAME = re.compile(r"(?:page|nextpage|continuation|sync|cursor|next|prev)token|key|keyid")
_PLACEHOLDER = re.compile(
    r"<([\w .-]+)>|\{\{?\s*([\w.-]+)\s*\}?\}|\[([\w -]+)\]|%7B([\w.-]+)%7D|(?:YOUR|MY)[_-]?([A-Z][A-Z0-9_-]*)|([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)",
)
_FILLERS = frozenset({"your", "my", "the", "here", "paste", "insert", "a", "an"})


@dataclass(slots=True)
class Credentials:
    """The credentials of a connector: name → its value in the source, which may hold marks.

    ``provider``: the connector's name, which credentials are not named after. ``declared``: those that stand
    outside of schemes, which a spec must declare. ``secrets``: how many were no placeholder.
    """

    provider: str
    values: dict[str, str] = field(default_factory=dict[str, str])
    declared: list[str] = field(default_factory=list[str])
    secrets: int = 0

    def add(self, value: str, fallback: str) -> str:
        """The name of a credential of this value: of its variable or placeholder, else ``fallback``."""
        wanted = self._named(value) or fallback
        name, number = wanted, 1
        while self.values.get(name, value) != value:
            number += 1
            name = f"{wanted}_{number}"
        if name not in self.values and not is_stand_in(value):
            self.secrets += 1
        self.values[name] = value
        return name

    def put(self, text: str, fallback: str) -> str:
        """What a spec has in the place of a credential's value: ``${name}``, declared."""
        name = self.add(text, fallback)
        if name not in self.declared:
            self.declared.append(name)
        return f"${{{name}}}"

    def _named(self, value: str) -> str:
        word = whole_mark(value) or placeholder(value) or ""
        pieces = [p for p in snake(word).split("_") if p not in _FILLERS] if word else []
        if len(pieces) > 1 and pieces[0] == self.provider.partition("_")[0]:
            del pieces[0]
        name = "_".join(pieces)
        if name in CONSTRUCTOR:  # the client has such an argument: access_token is a token
            name = name.rpartition("_")[2]
        return (
            ""
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or name in ("value", "command")
            else name
        )


def placeholder(text: str) -> str | None:
    """The name that a placeholder of documentation stands for (``YOUR_API_KEY``, ``<token>``, ``{id}``); None for others."""
    match = _PLACEHOLDER.fullmatch(text)
    return next((group for group in match.groups() if group), None) if match else None


def is_stand_in(value: str) -> bool:
    """Whether a value stands for a secret and is none itself."""
    return bool(marked_names(value)) or placeholder(value) is not None or not is_random(value)


def is_secret_name(name: str) -> bool:
    """Whether a header, parameter, key or variable of this name holds a credential."""
    word = re.sub(r"[^a-z0-9]", "", name.lower())
    if _PLAIN_NAME.fullmatch(word):
        return False
    return is_sensitive(name) or _SECRET_NAME.fullmatch(word) is not None


def is_secret_value(value: str) -> bool:
    """Whether a value looks like a well-known kind of token."""
    return any(True for _ in token_spans(replaced(value, lambda name: "")))
