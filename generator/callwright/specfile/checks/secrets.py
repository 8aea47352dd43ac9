"""Credentials written into a spec: they belong into the environment, and would be printed into the client."""

from __future__ import annotations

import re
from collections.abc import Iterator

from callwright.diagnostics import Diagnostic
from callwright.runtime.redaction.sensitive import is_sensitive
from callwright.secrets import assignments, is_placeholder, is_random, suspects, token_spans
from callwright.specfile.messages import error
from callwright.specfile.resolve import ResolvedConnector
from callwright.specfile.source import Node, Spelled, dotted

Path = tuple[str | int, ...]

_SLOTS = {
    "api_key": ("value",), "bearer": ("token",), "oauth2": ("client_secret", "password"), "jwt": ("key",),
    "client_certificate": ("private_key", "passphrase"),
}  # fmt: skip
"""The keys of each scheme that hold a secret; ``assertion.key`` is one in any."""
_PAIRS = ("basic", "digest")
_NOT_VALUES = frozenset(
    {"send", "credentials", "save", "rename_params", "samples", "fields", "raise", "types"}
)
"""What lies in these is no value that is sent."""
_COOKIES = frozenset({"cookie", "cookies"})
_LOGIN_NAMES = frozenset({"pass", "pw", "key", "pin", "user_pass"})
"""What only in a login request names a secret."""
_LEAKED = "take it out and revoke it; secrets are written ${name} and come from the environment"
_URL_HINT = "leave it out of the URL and write auth: {type: basic}"
_HINT = "write ${name}: the value is then a credential, which is read from the environment"


def check_secrets(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    """A diagnostic for each secret that is written out; none repeats it."""
    root = connector.source.root
    literals = list(_literals(root, ()))
    yield from literals
    told = {diagnostic.path for diagnostic in literals}
    for name, scheme in connector.document.auth.items():
        path: Path = ("auth",) if name == "default" else ("auth", name)
        node, taken, _ = connector.source.walk(path)
        if list(path) == taken and scheme.type:
            yield from (d for d in _scheme(node, path) if d.path not in told)
    for place in ("shared", "variables", "calls"):
        described = root.child(place)
        if described is not None:
            yield from (d for d in _constants(described, (place,)) if d.path not in told)


def _literals(node: Node, path: Path) -> Iterator[Diagnostic]:
    """Well-known kinds of tokens and passwords of URLs, in any text or key."""
    if node.kind == "scalar":
        if _looks_secret(_text(node)):
            in_url = re.match(r"[a-z]+://[^/?#]*@", _text(node))
            yield _say(node, path, "this looks like a credential", _URL_HINT if in_url else _LEAKED)
        return
    for name, (key, value) in node.members.items():
        if _looks_secret(name):
            yield _say(key, path, "this key looks like a credential", _LEAKED)
            continue
        yield from _literals(value, (*path, name))
    for index, item in enumerate(node.items):
        yield from _literals(item, (*path, index))


def _looks_secret(text: str) -> bool:
    found = (text[start:end] for start, end in token_spans(text))
    if any("${" not in token and not is_placeholder(token) for token in found):
        return True
    # in parameters of URLs, and escaped
    return any(is_random(value) for _, _, value in suspects(text))


def _scheme(node: Node, path: Path) -> Iterator[Diagnostic]:
    kind = node.child("type")
    name = _text(kind) if kind is not None else ""
    if name in _PAIRS:
        yield from _pair(node, path, name)
    parts = node.child("of")
    for index, part in enumerate(parts.items if parts is not None else ()):
        yield from _scheme(part, (*path, "of", index))
    assertion = node.child("assertion")
    if assertion is not None:
        yield from _slots(assertion, (*path, "assertion"), ("key",))
    slots = _SLOTS.get(name, ())
    yield from _slots(node, path, slots)
    for key, (_, value) in node.members.items():
        if key not in ("of", "username", "password", *slots):
            yield from _sensitive(value, (*path, key), key)


def _slots(node: Node, path: Path, slots: tuple[str, ...]) -> Iterator[Diagnostic]:
    for slot in slots:
        value = node.child(slot)
        if value is not None and _is_literal(value):
            yield _say(value, (*path, slot), f"{slot} is a secret and takes ${{…}} only")


def _pair(node: Node, path: Path, kind: str) -> Iterator[Diagnostic]:
    """User name and password: one may be a constant, blank or written ``{value: X}``, when the other is none."""
    slots = {slot: value for slot in ("username", "password") if (value := node.child(slot))}
    fixed = {slot: value for slot, value in slots.items() if _is_fixed(value)}
    for slot, value in fixed.items():
        if value.kind == "scalar" and _text(value).strip():
            yield _say(
                value,
                (*path, slot),
                f"{slot} of {kind} is a constant",
                "write ${…} for a credential, or {value: …} for a constant that is no secret",
            )
    if len(fixed) == 2:
        yield _say(
            node, path, f"{kind} has constants only: its user name or its password must be ${{…}}"
        )


def _sensitive(node: Node, path: Path, name: str) -> Iterator[Diagnostic]:
    """Literal values of sensitive names: parameters, headers and bodies of token requests."""
    if name in _NOT_VALUES:
        return
    if node.kind == "scalar":
        if is_sensitive(name) and name.lower() not in _COOKIES and _is_literal(node):
            yield _say(node, path, f"{name} is a secret and takes ${{…}} only")
        elif (name.lower() in _LOGIN_NAMES and is_random(_text(node))) or _assigns(_text(node)):
            yield _say(node, path, f"{name} holds a literal secret")
        return
    for key, (_, value) in node.members.items():
        yield from _sensitive(value, (*path, key), key)
    for index, item in enumerate(node.items):
        yield from _sensitive(item, (*path, index), name)


def _assigns(text: str) -> bool:
    """Whether a text, like the body of a login, gives a sensitive name a literal value."""
    return any(is_random(value) for _, _, value in assignments(text))


def _constants(node: Node, path: Path) -> Iterator[Diagnostic]:
    """Constants, defaults and examples that look like credentials: a sensitive name with a value that no word is."""
    for name, (_, value) in node.members.items():
        if name in _NOT_VALUES and not (name == "fields" and path[-1] == "body"):
            continue
        place = (*path, name)
        if is_sensitive(name):
            for kind, constant in _written(value):
                if _is_literal(constant) and is_random(_text(constant)):
                    yield _say(constant, place, f"the {kind} {name} looks like a credential")
        if value.kind == "map":
            yield from _constants(value, place)


def _written(node: Node) -> Iterator[tuple[str, Node]]:
    """The values that a spec writes for a name."""
    if node.kind == "scalar":
        yield "constant", node
    for key, kind in (("value", "constant"), ("default", "default of"), ("example", "example of")):
        if (value := node.child(key)) is not None:
            yield kind, value


def _is_literal(node: Node) -> bool:
    is_flag = isinstance(node.value, Spelled) and isinstance(node.value.value, bool)
    return node.kind == "scalar" and not is_flag and bool(_text(node).strip()) and _is_fixed(node)


def _is_fixed(node: Node) -> bool:
    """Whether a value is the same for everybody: no ``${name}`` in it (``$${`` is a literal ``${``)."""
    constant = node.child("value") if node.kind == "map" else node
    if constant is None:
        return False
    text = _text(constant).replace("$${", "")
    return "${" not in text or any(map(is_random, re.split(r"\$\{[^}]*\}|[\s:]", text)))


def _text(node: Node) -> str:
    value = node.value
    return value.text if isinstance(value, Spelled) else value or ""


def _say(node: Node, path: Path, message: str, hint: str = _HINT) -> Diagnostic:
    return error("secret-literal", message, node.span(), dotted(path), hint)
