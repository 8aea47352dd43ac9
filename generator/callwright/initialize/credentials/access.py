"""With which environment, credentials and variables calls are sent; what is missing is told all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from callwright.captures.read import did_you_mean
from callwright.errors import SpecError
from callwright.initialize.plan import Step
from callwright.ir.nodes import FromEnv, Requests
from callwright.runtime import template
from callwright.runtime.credentials import stripped
from callwright.runtime.definition import (
    AllOf,
    ApiKey,
    Basic,
    Bearer,
    Call,
    Connector,
    CustomAuth,
    CustomToken,
    Digest,
    Jwt,
    NamedScheme,
    OAuth2,
    Scheme,
    Send,
)
from callwright.runtime.patterns import matches
from callwright.runtime.request.plan import plan
from callwright.runtime.unset import UNSET

AskSecret = Callable[[str], str]
"""Asks the person at the terminal for a secret, without showing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What calls are sent with. ``secrets`` are the arguments of samples that come from a hidden prompt:
    (sample's name, argument) → value."""

    environment: str
    credentials: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str]
    base_url: str | None = None  # of a server that each user hosts
    environ: Mapping[str, str] = field(repr=False)
    schemes: Mapping[
        str, NamedScheme
    ]  # call → the scheme it uses; calls without credentials are not in it
    secrets: Mapping[tuple[str, str], str] = field(repr=False)


def choose_environment(connector: Connector, asked: str | None) -> str:
    """The environment asked for, else ``development`` when there is one, else ``live``. Raises SpecError."""
    names = [environment.name for environment in connector.environments]
    if asked is None:
        return "development" if "development" in names else "live"
    if asked not in names:
        hint = did_you_mean(asked, names)
        raise SpecError(f"{connector.name} has no environment {asked!r}{hint}: {', '.join(names)}")
    return asked


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a ``.env`` file. Raises SpecError when it cannot be read."""
    from dotenv import dotenv_values

    try:
        with path.open(encoding="utf-8") as file:
            values = dotenv_values(stream=file, interpolate=False)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SpecError(f"{path}: cannot be read: {reason}") from None
    return {name: value for name, value in values.items() if value is not None}


def with_env_file(environ: Mapping[str, str], path: Path | None) -> dict[str, str]:
    """The environment with a ``.env`` file's variables. Those that are exported win, unless they are blank.

    Raises SpecError when the file cannot be read.
    """
    exported = {name: value for name, value in environ.items() if value}
    return {**environ, **(read_env_file(path) if path is not None else {}), **exported}


def descriptions(requests: Requests) -> dict[str, str]:
    """What the spec says of credentials and variables, by name."""
    variables = {a.param.arg: a.description for a in requests.constructor}
    return {**variables, **requests.credentials}


def resolve_access(
    connector: Connector,
    steps: Sequence[Step],
    environ: Mapping[str, str],
    *,
    environment: str,
    allow_live: bool = False,
    ask_secret: AskSecret | None = None,
    descriptions: Mapping[str, str] | None = None,
) -> Access:
    """Find everything the steps need in ``environ``.

    ``descriptions``: of credentials and variables by name, for the list of what is missing.
    ``ask_secret`` is used for required secret arguments that no sample gives. Raises SpecError that lists all that is
    missing with the variables to set, and refuses credentials that do not match their ``safe_pattern``.
    """
    finder = _Finder(connector, environ, environment, descriptions or {})
    schemes = finder.schemes(steps)
    finder.need_variables(steps, schemes.values())
    base_url = finder.base_url() if steps else None
    needed = finder.credentials(schemes.values(), steps)
    prompts = [(step, arg) for step in steps for arg in _unasked_secrets(step)]
    if ask_secret is None:
        for step, arg in prompts:
            finder.missing.append(
                (f"{step.name}: {arg}", "a secret argument: give it as {env: NAME} in the sample")
            )
    finder.need_sample_variables(steps)
    finder.raise_missing()
    if not allow_live:
        _refuse_unsafe(connector, needed)
    asked: dict[tuple[str, str], str] = {}
    for step, arg in prompts if ask_secret else ():
        asked[step.name, arg] = ask_secret(f"{step.name}: {arg}") if ask_secret else ""
    return Access(
        environment=environment,
        credentials=needed,
        variables=finder.variables,
        base_url=base_url,
        environ=environ,
        schemes=schemes,
        secrets=asked,
    )


def known_secrets(connector: Connector, access: Access) -> dict[str, str]:
    """The values that redaction takes out, by name: credentials and variables, unless they are public."""
    hidden = {v.param.arg for v in connector.variables if v.param.secret}
    variables = {name: value for name, value in access.variables.items() if name in hidden}
    secret = connector.secret_credentials
    return {n: v for n, v in access.credentials.items() if n in secret} | variables


def connector_for(connector: Connector, access: Access) -> Connector:
    """The connector with the schemes that are used only: credentials of others need not be there."""
    return replace(connector, auth=tuple({n.name: n for n in access.schemes.values()}.values()))


def credential_place(scheme: Scheme) -> str:
    """Where a scheme's credentials go, for the plan: ``api_key in the header X-Api-Key``."""
    match scheme:
        case ApiKey(send, value):
            return f"{_mentioned(value)} in the {_place(send)}"
        case Bearer(token):
            return f"{_mentioned(token)} in the header Authorization (Bearer)"
        case Basic(username, password):
            return f"{_mentioned(username + password)} in the header Authorization (Basic)"
        case Digest(username, password):
            return f"{_mentioned(username + password)} in the header Authorization (Digest)"
        case AllOf(of):
            return "; ".join(credential_place(inner) for inner in of)
        case CustomAuth(name):
            return f"custom authentication {name}"
        case _:
            to: object = getattr(scheme, "send", None)
            return f"a token in the {_place(to)}" if isinstance(to, Send) else "a certificate"


def _place(send: Send) -> str:
    return f"{'body at' if send.place == 'body' else send.place} {send.name}"


def _mentioned(text: str) -> str:
    return ", ".join(template.names(text)) or "a constant"


def _call_urls(call: Call, environment: str) -> Iterator[str]:
    """The path and the own base URL of a call."""
    yield call.path or ""
    yield call.base_urls.get(environment) or call.base_url or ""


def _scheme_urls(scheme: Scheme, environment: str) -> Iterator[str]:
    """Where a scheme sends requests while nobody signs in."""
    match scheme:
        case OAuth2():
            yield scheme.token_urls.get(environment, scheme.token_url)
        case Jwt(token_url=str(url)):
            yield scheme.token_urls.get(environment, url)
        case CustomToken():
            for step in scheme.steps:
                yield step.url
        case AllOf():
            for inner in scheme.of:
                yield from _scheme_urls(inner, environment)
        case _:
            pass


def _saved(scheme: Scheme) -> Iterator[str]:
    """The names that a scheme's answers give values."""
    match scheme:
        case OAuth2() | Jwt():
            yield from scheme.answer.save
        case CustomToken():
            yield from scheme.answer.save
            for step in scheme.steps:
                yield from step.save
        case AllOf():
            for inner in scheme.of:
                yield from _saved(inner)
        case _:
            pass


def _unasked_secrets(step: Step) -> list[str]:
    return [
        p.arg
        for p in plan(step.request.call).params
        if p.secret and p.required and p.arg not in step.sample.args and p.default is UNSET
    ]


def _refuse_unsafe(connector: Connector, values: Mapping[str, str]) -> None:
    refused = [
        c.name
        for c in connector.credentials
        if c.safe_pattern and c.name in values and not matches(c.safe_pattern, values[c.name])
    ]
    if refused:
        raise SpecError(
            f"{connector.name}: {', '.join(refused)} does not match its safe_pattern, so it may be a live credential;"
            " use a test credential, or pass --allow-live"
        )


class _Finder:
    """Collects what is there and what is missing."""

    def __init__(
        self,
        connector: Connector,
        environ: Mapping[str, str],
        environment: str,
        descriptions: Mapping[str, str],
    ) -> None:
        self._descriptions = descriptions
        self._connector = connector
        self._environ = environ
        self._environment = environment
        self._declared = next(e for e in connector.environments if e.name == environment)
        self._credential_env = {c.name: c.env.get(environment, "") for c in connector.credentials}
        self.variables: dict[str, str] = {}
        self.missing: list[tuple[str, str]] = []

    def schemes(self, steps: Iterable[Step]) -> dict[str, NamedScheme]:
        """The scheme of each call: its own, else the connector's first whose credentials are there."""
        named = {n.name: n for n in self._connector.auth}
        general = [n for n in self._connector.auth if not n.only_named]
        complete = (n for n in general if all(self._value(c) for c in n.required))
        usual = next(complete, general[0] if general else None)
        found: dict[str, NamedScheme] = {}
        for step in steps:
            call = step.request.call
            scheme = named.get(call.auth) if call.auth is not None else _usual(call, usual)
            if scheme is not None:
                found[call.name] = scheme
        return found

    def credentials(self, schemes: Iterable[NamedScheme], steps: Iterable[Step]) -> dict[str, str]:
        """The values of the credentials that the schemes and the calls' own constants mention."""
        required = [name for scheme in schemes for name in scheme.required]
        optional = [name for scheme in schemes for name in scheme.optional]
        mentioned = [name for step in steps for name in plan(step.request.call).names]
        mentioned += template.names(self._declared.base_url)
        known = set(self._credential_env)
        needed = dict.fromkeys([*required, *(n for n in mentioned if n in known)])
        values: dict[str, str] = {}
        for name in needed:
            value = self._value(name)
            if value:
                values[name] = value
            else:
                meaning = f"credential {name}{self._described(name)}"
                self._miss(self._credential_env.get(name, ""), meaning)
        for name in optional:
            if value := self._value(name):
                values[name] = value
        return values

    def need_variables(self, steps: Sequence[Step], schemes: Collection[NamedScheme]) -> None:
        """The declared variables that are set. Without a value, required ones and those of URLs are missing."""
        urls = [url for step in steps for url in _call_urls(step.request.call, self._environment)]
        urls += [url for named in schemes for url in _scheme_urls(named.scheme, self._environment)]
        in_urls = {name for url in urls for name in template.names(url)}
        in_urls -= {name for named in schemes for name in _saved(named.scheme)}
        for variable in self._connector.variables if steps else ():
            param, env = variable.param, variable.env.get(self._environment, "")
            value = stripped(self._environ.get(env, ""))
            if value:
                self.variables[param.arg] = value
            elif (
                (param.required or param.wire in in_urls)
                and param.default is UNSET
                and param.wire not in self._declared.variables
            ):
                self._miss(env, f"variable {param.wire}{self._described(param.arg)}")

    def base_url(self) -> str | None:
        """The address of a server that each user hosts; None when the spec has it."""
        hosted = self._connector.self_hosted
        variable = hosted.env.get(self._environment) if hosted is not None else None
        if hosted is None or variable is None:
            return None
        value = self._environ.get(variable, "").strip()
        if not value:
            example = f", like {hosted.example}" if hosted.example else ""
            self._miss(variable, f"the address of your server{example}")
        return value or None

    def need_sample_variables(self, steps: Iterable[Step]) -> None:
        """``{env: NAME}`` of samples."""
        for step in steps:
            for arg, value in step.sample.args.items():
                if isinstance(value, FromEnv) and not self._environ.get(value.variable):
                    self._miss(value.variable, f"{step.name}: argument {arg}")

    def raise_missing(self) -> None:
        """Raise with everything that is missing, once each."""
        if not self.missing:
            return
        entries = list(dict.fromkeys(self.missing))
        width = max(len(name) for name, _ in entries)
        lines = [f"  {name:{width}}  {meaning}" for name, meaning in entries]
        title = f"{self._connector.name}, environment {self._environment}: set these first"
        raise SpecError("\n".join([f"{title} (or name a file with --env-file):", *lines]))

    def _described(self, name: str) -> str:
        first = self._descriptions.get(name, "").strip().partition("\n")[0]
        return f": {first}" if first else ""

    def _value(self, credential: str) -> str:
        return stripped(self._environ.get(self._credential_env.get(credential, ""), ""))

    def _miss(self, env: str, meaning: str) -> None:
        self.missing.append((env or "(no variable)", meaning))


def _usual(call: Call, usual: NamedScheme | None) -> NamedScheme | None:
    return None if call.url is not None else usual
