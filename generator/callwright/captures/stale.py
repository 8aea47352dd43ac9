"""How a capture's request was sent, and whether the spec would still send it so: if not, the capture is stale."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from callwright.captures.digest import sample_digest
from callwright.captures.model import Capture
from callwright.ir.nodes import Request, Sample
from callwright.runtime import template
from callwright.runtime.definition import (
    ApiKey,
    Basic,
    Bearer,
    Call,
    ClientCertificate,
    Connector,
    CustomAuth,
    CustomToken,
    Digest,
    Jwt,
    NamedScheme,
    OAuth2,
    Scheme,
    Send,
    parts,
)

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|\$\{\w+\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How the request of a sample is sent, as its capture remembers it."""

    call_digest: str
    base_path: str | None
    auth_digest: str


def sent(
    connector: Connector, request: Request, sample: Sample, environment: str, scheme: str | None
) -> Sent:
    """How a sample is sent in an environment with the scheme of this name (None: without credentials)."""
    named = next((n for n in connector.auth if n.name == scheme), None)
    return Sent(
        call_digest=sample_digest(request.call, sample),
        base_path=base_path(connector, request.call, environment),
        auth_digest=auth_digest(connector, named),
    )


def changes(connector: Connector, request: Request, sample: Sample, capture: Capture) -> list[str]:
    """What the spec sends differently since a capture of the sample was stored; empty when it is current.

    What the meta file does not say is not compared: captures that were stored before it was written stay current.
    """
    found: list[str] = []
    if capture.call_digest not in (None, sample_digest(request.call, sample)):
        found.append("the call or the sample's arguments")
    if capture.base_path is not None:
        path = base_path(connector, request.call, capture.environment or "live")
        if path is not None and _without_names(path) != _without_names(capture.base_path):
            found.append(f"the path of base_url ({capture.base_path or '/'} → {path or '/'})")
    if capture.auth_digest is not None and capture.auth_digest not in {
        auth_digest(connector, named) for named in _schemes(connector, request.call)
    }:
        found.append("the authentication")
    return found


def context_digest(connector: Connector) -> str:
    """A digest of all that a connector says about where its calls go and how they authenticate."""
    shown = repr((connector.environments, connector.auth, connector.variables))
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()


def base_path(connector: Connector, call: Call, environment: str) -> str | None:
    """The path of a call's base URL, variables as they are written; None where the spec does not say one."""
    general = {e.name: e.base_url for e in connector.environments}
    url = call.base_urls.get(environment) or call.base_url or general.get(environment)
    if not url or call.url is not None:
        return None
    origin = _ORIGIN.match(url)
    path = url[origin.end() :] if origin else url
    # without a path of its own, the call is the base URL itself, with its slash
    return path.rstrip("/") if call.path else path


def _without_names(path: str) -> str:
    """A path whose variables may have any name: what is sent does not depend on it."""
    return template.substitute(path, lambda name: "${}")


def auth_digest(connector: Connector, named: NamedScheme | None) -> str:
    """A digest of what a scheme adds to requests: its kind and where credentials go, whatever these are called."""
    variables = {variable.param.arg for variable in connector.variables}
    credentials: dict[str, str] = {}

    def numbered(name: str) -> str:
        if name in variables:
            return f"${{{name}}}"
        return credentials.setdefault(name, f"${{{len(credentials)}}}")

    described = [] if named is None else [*_described(parts(named.scheme))]
    texts = [[template.substitute(text, numbered) for text in part] for part in described]
    return f"sha256:{hashlib.sha256(json.dumps(texts).encode()).hexdigest()}"


def _schemes(connector: Connector, call: Call) -> list[NamedScheme | None]:
    """The schemes that a call may be sent with; None for no credentials."""
    if call.auth is not None:
        return [next((n for n in connector.auth if n.name == call.auth), None)]
    general = [n for n in connector.auth if not n.only_named] if call.url is None else []
    return [*general] or [None]


def _described(schemes: Iterable[Scheme]) -> Iterator[list[str]]:
    for scheme in schemes:
        kind = type(scheme).__name__
        match scheme:
            case ApiKey(send=send, value=value):
                yield [kind, *_place(send), value]
            case Bearer(token=token):
                yield [kind, token]
            case Basic(username=username, password=password):
                yield [kind, username, password]
            case Digest(username=username, password=password):
                yield [kind, username, password]
            case OAuth2(flow=flow, send=send):
                yield [kind, flow, *_place(send)]
            case CustomToken(send=send):
                yield [kind, *_place(send)]
            case Jwt(mode=mode, send=send):
                yield [kind, mode, *_place(send)]
            case CustomAuth(name=name):
                yield [kind, name]
            case ClientCertificate():
                yield [kind]
            case _:
                pass  # parts() has taken the others apart


def _place(send: Send) -> tuple[str, str, str]:
    name = send.name.lower() if send.place == "header" else send.name
    return send.place, name, send.prefix
