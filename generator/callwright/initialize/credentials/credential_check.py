"""Proving credentials: the call that a spec names for it, sent once with each scheme that can be used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from callwright.errors import SpecError
from callwright.initialize.credentials.login import chosen_scheme
from callwright.initialize.plan import Step
from callwright.ir.nodes import Requests, Sample
from callwright.runtime.definition import Connector, CustomAuth, NamedScheme, code_part, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The call as one scheme sends it (None: it needs none). ``lacks`` says what is missing for it, blank otherwise."""

    step: Step
    scheme: NamedScheme | None = None
    lacks: str = ""


def check_step(requests: Requests) -> Step:
    """The call that the spec names with ``check:``. Raises SpecError when it names none."""
    found = [r for r in requests.calls if r.call.name == requests.check]
    if not found:
        data = ", ".join(r.call.name for r in requests.calls if r.call.data)
        raise SpecError(
            f"{requests.connector.name}: the spec names no call that proves credentials; add check: CALL,"
            f" {f'a cheap one of {data}' if data else 'a cheap data call'}"
        )
    (request,) = found
    usable = (
        s
        for s in request.samples
        if not s.expect_error and (s.status is None or s.status < 400) and not s.references
    )
    sample = next(usable, Sample(name="check", args={}, outputs={}))
    return Step(request=request, sample=sample, stored=False, cleanup=False, reason="check")


def ways(
    requests: Requests,
    asked: str | None,
    environ: Mapping[str, str],
    environment: str,
    logins: Collection[str],
    factories: Collection[str],
) -> list[Way]:
    """How the call is sent: with the scheme asked for, else with its own, else with each that clients choose from.

    ``logins``: the keys of stored tokens; ``factories``: the names of custom schemes that the project has code for. One
    way alone lacks nothing: what is missing for it is told when it is used. Raises SpecError when there is no such
    scheme, and when none of several can be used.
    """
    connector, step = requests.connector, check_step(requests)
    call = step.request.call
    every = {named.name: named for named in connector.auth}
    if asked is not None:
        return [_with(step, chosen_scheme(connector, every, asked))]
    if call.auth is not None:
        return [Way(step=step, scheme=every.get(call.auth))]
    general = [n for n in connector.auth if not n.only_named] if call.url is None else []
    if len(general) < 2:
        return [Way(step=step, scheme=general[0] if general else None)]
    found = [
        replace(
            _with(step, n),
            lacks=_unset(connector, n, environ, environment)
            or _login(connector, n, environment, logins)
            or _factory(n, factories),
        )
        for n in general
    ]
    if all(way.lacks for way in found):
        width = max(len(n.name) for n in general)
        lines = [f"  {n.name:{width}}  {w.lacks}" for n, w in zip(general, found, strict=True)]
        title = f"{connector.name}, environment {environment}: none of its schemes can be used yet"
        raise SpecError("\n".join([f"{title} (--env-file names a file of variables):", *lines]))
    return _without_parts(found)


def _without_parts(found: list[Way]) -> list[Way]:
    """Where everything for two is there and one needs more, the provider takes that one: it may refuse the other."""
    usable = {w.scheme.name: set(w.scheme.required) for w in found if w.scheme and not w.lacks}
    larger = {
        name: next((other for other, more in usable.items() if needed and needed < more), None)
        for name, needed in usable.items()
    }
    return [
        (
            replace(way, lacks=f"its credentials are some of those of {larger[way.scheme.name]}")
            if way.scheme and larger.get(way.scheme.name)
            else way
        )
        for way in found
    ]


def _with(step: Step, named: NamedScheme) -> Way:
    call = replace(step.request.call, auth=named.name)
    request = replace(step.request, call=call)
    return Way(step=replace(step, request=request), scheme=named)


def _unset(
    connector: Connector, named: NamedScheme, environ: Mapping[str, str], environment: str
) -> str:
    env = {c.name: c.env.get(environment, "") for c in connector.credentials}
    unset = [env.get(n) or n for n in named.required if not environ.get(env.get(n, ""))]
    return f"{', '.join(unset)} {'is' if len(unset) == 1 else 'are'} not set" if unset else ""


def _login(
    connector: Connector, named: NamedScheme, environment: str, logins: Collection[str]
) -> str:
    place = f"{connector.name}/{environment}/{named.name}/-/"
    if code_part(named.scheme) is None or any(key.startswith(place) for key in logins):
        return ""
    return f"nobody is logged in: callwright auth login {connector.name} --scheme {named.name}"


def _factory(named: NamedScheme, factories: Collection[str]) -> str:
    own = [p.name for p in parts(named.scheme) if isinstance(p, CustomAuth)]
    missing = [name for name in own if name not in factories]
    return f"callwright.toml names no factory for {missing[0]} ([custom_auth])" if missing else ""
