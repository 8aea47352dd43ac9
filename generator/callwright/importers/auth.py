"""How requests show who is calling → the authentication schemes of a connector."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass, field

from callwright.importers.credentials import Credentials, placeholder
from callwright.importers.marks import marked_names, whole_mark
from callwright.importers.values import Tree, text_of
from callwright.importers.written import WrittenAuth
from callwright.ir.naming import snake

_KEY_USERS = frozenset({"api", "apikey", "api_key", "key", "x", "anystring", "token", "user"})


@dataclass(slots=True)
class Schemes:
    """The schemes that calls were seen with; the most frequent one is the connector's."""

    credentials: Credentials
    _known: dict[str, Tree] = field(default_factory=dict[str, Tree])
    _used: Counter[str] = field(default_factory=Counter[str])

    def use(self, scheme: Tree | None) -> str:
        """The key of a scheme for a call that uses it; "" for none."""
        key = json.dumps(scheme) if scheme is not None else ""
        if scheme is not None:
            self._known[key] = scheme
        self._used[key] += 1
        return key

    def described(self) -> Tree:
        """The spec's ``auth``: none, the only scheme, or several by name."""
        if not self._known:
            return {"auth": "none"}
        if len(self._known) == 1:
            return {"auth": next(iter(self._known.values()))}
        ordered = sorted(self._known, key=lambda k: -self._used[k])
        return {"auth": {self._name(key): self._known[key] for key in ordered}}

    def of_call(self, key: str) -> str | None:
        """The ``auth`` of a call: None for the connector's own."""
        if not self._known:
            return None
        if not key:
            return "none"
        ordered = sorted(self._known, key=lambda k: -self._used[k])
        return None if key == ordered[0] else self._name(key)

    def _name(self, key: str) -> str:
        kinds = [str(scheme["type"]) for scheme in self._known.values()]
        kind = str(self._known[key]["type"])
        if kinds.count(kind) == 1:
            return kind
        index = [k for k in self._known if self._known[k]["type"] == kind].index(key)
        return kind if index == 0 else f"{kind}_{index + 1}"


def scheme_of(auth: WrittenAuth, credentials: Credentials) -> Tree:
    """The scheme of a spec for what a request shows; the values become credentials."""
    match auth.kind:
        case "basic" | "digest":
            return _pair(auth, credentials)
        case "bearer":
            return _named(
                {"type": "bearer"}, "token", credentials.add(auth.token or "", "token"), "token"
            )
        case "header":
            return _header(auth.token or "", credentials)
        case "client_certificate":
            return {"type": "client_certificate"}
        case "custom":
            return {"type": "custom", "name": auth.name, "credentials": ["key_id", "secret"]}


def key_scheme(place: str, name: str, value: str, credentials: Credentials) -> Tree:
    """An ``api_key`` scheme for a header, query parameter, cookie or body field that holds a key."""
    credential = credentials.add(value, snake(name.removeprefix("X-").removeprefix("x-")))
    scheme: Tree = {"type": "api_key", "send": {place: name}}
    return _named(scheme, "value", credential, "api_key")


def _named(scheme: Tree, key: str, credential: str, implicit: str) -> Tree:
    """The scheme with its credential's name, where that is not the implicit one."""
    return scheme if credential == implicit else {**scheme, key: f"${{{credential}}}"}


def _pair(auth: WrittenAuth, credentials: Credentials) -> Tree:
    username, password = auth.username or "", auth.password or ""
    if auth.token is not None:
        username, password = _decoded(auth.token)
    scheme: Tree = {"type": auth.kind}
    if auth.kind == "basic" and auth.token is None and not password:
        return {
            **scheme,
            "username": f"${{{credentials.add(username, 'api_key')}}}",
            "password": "",
        }
    if auth.kind == "basic" and username.lower() in _KEY_USERS and password:
        key = credentials.add(password, "api_key")
        return {**scheme, "username": {"value": text_of(username)}, "password": f"${{{key}}}"}
    names = {
        slot: credentials.add(value, slot)
        for slot, value in (("username", username), ("password", password))
    }
    if names["username"] == names["password"]:
        names["password"] = credentials.add(password or "password", "password_2")
    return {**scheme, **{slot: f"${{{name}}}" for slot, name in names.items() if name != slot}}


def _decoded(token: str) -> tuple[str, str]:
    """The user name and password of a Basic header; of a placeholder only what it is called."""
    if not marked_names(token) and placeholder(token) is None:
        try:
            text = base64.b64decode(token + "=" * (-len(token) % 4), validate=True).decode()
        except ValueError:
            text = ""
        name, colon, password = text.partition(":")
        if colon and text.isprintable():
            return name, password
    return "", ""


def _header(value: str, credentials: Credentials) -> Tree:
    """An Authorization header of another word than Bearer and Basic."""
    word, blank, rest = value.partition(" ")
    send: Tree = {"header": "Authorization"}
    if (
        blank
        and rest
        and whole_mark(word) is None
        and word.replace("-", "").replace(".", "").isalnum()
    ):
        send["prefix"] = text_of(f"{word} ")
        value = rest
    credential = credentials.add(value, "api_key")
    return _named({"type": "api_key", "send": send}, "value", credential, "api_key")
