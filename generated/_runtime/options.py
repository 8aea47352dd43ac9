"""What a constructor was given, checked: with the process's environment behind it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import cast

from .auth.scheme import CredentialSource, bad_credential
from .credentials import place_problem, stripped, text_problem
from .definition import Connector, Environment, Param, Send, parts
from .errors import ArgumentError
from .request import urls
from .request.headers import name_problem, value_problem
from .request.values import Refused, check, check_pattern, text
from .unset import UNSET


def environment_of(connector: Connector, name: str | None) -> Environment:
    """The environment asked for, else the one of ``<PREFIX>ENVIRONMENT``, else live."""
    variable = f"{connector.prefix}ENVIRONMENT"
    wanted = name or os.environ.get(variable) or "live"
    for environment in connector.environments:
        if environment.name == wanted:
            return environment
    known = ", ".join(e.name for e in connector.environments)
    source = "" if name else f" (from {variable})"
    raise ArgumentError(connector.name, "environment", f"{wanted!r}{source} is not one of {known}")


def base_url_of(connector: Connector, environment: Environment, given: object | None) -> str | None:
    """The base URL given to the constructor, or the variable's for a server that each user hosts.

    None for the environment's own. Raises ArgumentError.
    """
    hosted = connector.self_hosted
    variable = hosted.env.get(environment.name) if hosted is not None else None
    value = given
    if value is None and variable is not None:
        value = os.environ.get(variable, "").strip() or None
        if value is None:
            raise ArgumentError(connector.name, "base_url", missing_base_url(connector, variable))
    if value is None:
        return None
    try:
        return _checked_base_url(connector, value)
    except Refused as refused:
        where = f"(read from {variable} by default) " if variable else ""
        problem = f"{where}{refused.problem}"
    raise ArgumentError(connector.name, "base_url", problem)


def missing_base_url(connector: Connector, variable: str) -> str:
    """What to do without the address of a server that each user hosts."""
    hosted = connector.self_hosted
    example = f", like {hosted.example}" if hosted is not None and hosted.example else ""
    return f"is required (or set {variable}): the address of your server{example}"


def _checked_base_url(connector: Connector, value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f"must be a string, not {type(value).__name__}")
    urls.check_url(value)
    hosted = connector.self_hosted
    if hosted is None:
        return value
    if hosted.pattern is not None:
        check_pattern(hosted.pattern, value)
    if not connector.allow_insecure and urls.is_exposed(value):
        raise Refused(f"must be an https URL; {urls.INSECURE}")
    return value


def values_of(
    connector: Connector, environment: Environment, given: Mapping[str, object]
) -> dict[str, str]:
    """Every variable that has a value: from its argument, the process's environment, the spec."""
    found: dict[str, str] = {}
    for variable in connector.variables:
        param = variable.param
        env = variable.env.get(environment.name)
        value: object = given.get(param.arg)
        if value is None and env:
            value = stripped(os.environ.get(env, "")) or None
        if value is None:
            value = environment.variables.get(param.wire, param.default)
        if value is UNSET or value is None:
            if param.required:
                hint = f" (or set {env})" if env else ""
                raise ArgumentError(connector.name, param.arg, f"is required{hint}")
            continue
        found[param.wire] = _variable(connector, param, value)
    return found


def checked_variables(connector: Connector, given: Mapping[str, object]) -> dict[str, str]:
    """The variables given to a copy, by their names in templates."""
    params = {v.param.arg: v.param for v in connector.variables}
    return {params[arg].wire: _variable(connector, params[arg], v) for arg, v in given.items()}


def _variable(connector: Connector, param: Param, value: object) -> str:
    if isinstance(value, str) and param.type in ("integer", "number", "boolean"):
        # from the environment everything is text
        value = _parsed(param, value)
    try:
        return text(check(param, value))
    except Refused as refused:
        raise ArgumentError(connector.name, param.arg + refused.path, refused.problem) from None


def _parsed(param: Param, value: str) -> object:
    if param.type == "boolean":
        return {"true": True, "false": False}.get(value.lower(), value)
    try:
        return int(value) if param.type == "integer" else float(value)
    except ValueError:
        return value


def checked_shared(connector: Connector, given: Mapping[str, object]) -> dict[str, object]:
    """The shared parameters that were given, checked as they would be in a call."""
    params = {p.arg: p for p in connector.shared.params}
    found = {k: v for k, v in given.items() if v is not None and v is not UNSET}
    for arg, value in found.items():
        if arg in params:
            try:
                check(params[arg], value)
            except Refused as refused:
                raise ArgumentError(connector.name, arg + refused.path, refused.problem) from None
    return found


def credentials_of(
    connector: Connector, environment: Environment, given: Mapping[str, CredentialSource | None]
) -> dict[str, CredentialSource]:
    """Every credential that is there: from its argument, else the process's environment."""
    found: dict[str, CredentialSource] = {}
    for credential in connector.credentials:
        value = given.get(credential.name)
        if value is None:
            value = stripped(os.environ.get(credential.env.get(environment.name, ""), "")) or None
        if value is not None:
            found[credential.name] = value
    return checked_credentials(connector, found, environment.name)


def checked_credentials(
    connector: Connector, given: Mapping[str, CredentialSource], environment: str
) -> dict[str, CredentialSource]:
    """Credentials as they are kept: texts without white space around them, and functions; pydantic's SecretStr is
    opened."""
    patterns = {c.name: c.pattern for c in connector.credentials}
    found: dict[str, CredentialSource] = {}
    for name, source in given.items():
        value = _opened(connector, name, source)
        found[name] = value
        if not isinstance(value, str):
            continue
        problem = text_problem(connector, name, value)
        pattern = patterns.get(name)
        if problem is None and pattern is not None:
            problem = _misfit(pattern, value)
        if problem is not None:
            raise bad_credential(connector, environment, name, problem)
    return found


def _misfit(pattern: str, value: str) -> str | None:
    try:
        check_pattern(pattern, value)
    except Refused as refused:
        return refused.problem
    return None


def _opened(connector: Connector, name: str, source: CredentialSource) -> CredentialSource:
    reveal = getattr(source, "get_secret_value", None)
    value: object = source if reveal is None else reveal()
    if isinstance(value, str):
        return stripped(value)
    if not callable(value):
        raise ArgumentError(connector.name, name, "must be a string or a function that returns one")
    return cast("CredentialSource", value)


def checked_access_token(
    connector: Connector, token: CredentialSource | None
) -> CredentialSource | None:
    """A ready token given to the constructor or a copy. Raises ArgumentError for one that cannot be sent."""
    if token is None:
        return None
    value = _opened(connector, "access_token", token)
    if isinstance(value, str):
        problem = text_problem(connector, "access_token", value)
        sends = (getattr(p, "send", None) for n in connector.auth for p in parts(n.scheme))
        problems = (place_problem(s, value) for s in sends if isinstance(s, Send))
        problem = problem or next((p for p in problems if p is not None), None)
        if problem is not None:
            raise ArgumentError(connector.name, "access_token", problem)
    return value


def merged_headers(
    old: tuple[tuple[str, str], ...], new: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The headers of a copy: new ones replace old ones of the same name. Raises ArgumentError."""
    given = cast(object, new)  # callers without a type checker pass anything
    if not isinstance(given, Mapping):
        raise ArgumentError(
            "with_options", "headers", f"must be a mapping, not {type(given).__name__}"
        )
    for name, value in new.items():
        _check_own_header(name, value)
    names = {n.lower() for n in new}
    kept = (h for h in old if h[0].lower() not in names)
    return (*kept, *((name, value.strip(" \t")) for name, value in new.items()))


def _check_own_header(name: object, value: object) -> None:
    if not isinstance(name, str) or not isinstance(value, str):
        kind = type(value if isinstance(name, str) else name).__name__
        raise ArgumentError("with_options", "headers", f"must contain strings, not {kind}")
    problem = name_problem(name) or value_problem(value)
    if problem is not None:
        raise ArgumentError("with_options", f"headers[{name!r}]", problem)
