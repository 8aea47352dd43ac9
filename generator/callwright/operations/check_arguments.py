"""Names of calls and arguments that clash: with each other, with the client's own, with what generated source uses."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import replace

from callwright.diagnostics import Diagnostic, Severity, did_you_mean
from callwright.ir import naming
from callwright.ir.nodes import (
    Argument,
    ConstantValue,
    FromEnv,
    NestedValue,
    Request,
    Requests,
    Sample,
)
from callwright.operations import sample_values
from callwright.runtime.auth.token_request import names_in
from callwright.runtime.definition import Param, code_part, sign_in_parts
from callwright.runtime.response import FILES
from callwright.specfile.checks.parameters import FITS, WORDS
from callwright.specfile.messages import error
from callwright.specfile.model.values import UNFINISHED
from callwright.specfile.pagination import CURSOR, MAX_PAGES
from callwright.specfile.resolve import ResolvedConnector
from callwright.specfile.source import dotted

# what a client has besides its calls
CLIENT_ATTRIBUTES = frozenset({"raw", "request", "close", "aclose", "with_options", "download"})


# a method of such a name would hide, from the annotations of the class, what they mean
USED_IN_ANNOTATIONS = frozenset(
    {"list", "dict", "str", "int", "float", "bool", "bytes", "object", "type", "tuple", "set", "property", "datetime",
     "httpx", "os", "ssl", "models", "types", "errors", "deprecated"}
)  # fmt: skip
CONSTRUCTOR = frozenset(
    {"self", "environment", "base_url", "timeout", "retry", "http_client", "transport", "verify", "proxy", "max_connections", "token_store", "on_drift",
     "hooks", "access_token", "subject", "auth", "headers", "errors", "models", "types"}
)  # fmt: skip
# what the functions of oauth.py take besides credentials and variables, or call their own
SIGN_IN = frozenset(
    {
        "async_transport",
        "code",
        "code_verifier",
        "redirect_uri",
        "scheme",
        "sign_in",
        "state",
        "token",
    }
)


def check_arguments(resolved: ResolvedConnector, requests: Requests) -> Iterator[Diagnostic]:
    """Every clash of names, and samples whose arguments do not exist."""
    check = _Names(resolved)
    yield from check.constructor(requests)
    for request in requests.calls:
        yield from check.call(request)
        for sample in request.samples:
            yield from check.sample(request, sample)


def _paging_arguments(request: Request) -> frozenset[str]:
    """The arguments of a method that returns pages which are no parameters of its call."""
    how = request.call.paginate
    if how is None:
        return frozenset()
    return frozenset({MAX_PAGES, CURSOR} if how.type == "next_url" else {MAX_PAGES})


class _Names:
    def __init__(self, resolved: ResolvedConnector) -> None:
        self.source = resolved.source
        self.resolved = resolved

    def say(
        self,
        code: str,
        message: str,
        path: tuple[str | int, ...],
        hint: str = "",
        *,
        at_value: bool = False,
    ) -> Diagnostic:
        node, _, key = self.source.walk(path)
        at = node if at_value else key or node
        return error(code, message, at.span(), dotted(path), hint)

    def constructor(self, requests: Requests) -> Iterator[Diagnostic]:
        yield from self.sign_in(requests)
        names = {**dict.fromkeys(self.resolved.credentials, "credentials")}
        for name, place in names.items():
            if name in CONSTRUCTOR or keyword.iskeyword(name):
                yield self.say(
                    "reserved-name",
                    f"a client has an argument {name} of its own",
                    (place, name),
                    "give the credential another name",
                )
        seen: dict[str, str] = dict(names)
        for argument in requests.constructor:
            path = self._constructor_path(argument)
            if argument.name in CONSTRUCTOR or keyword.iskeyword(argument.name):
                yield self.say(
                    "reserved-name",
                    f"a client has an argument {argument.name} of its own",
                    path,
                    f"{_ARG}: {argument.name}_",
                )
            elif argument.name in seen:
                yield self.say(
                    "name-clash",
                    f"the client would have two arguments {argument.name}",
                    path,
                    f"{_ARG}: another name",
                )
            seen[argument.name] = ""

    def sign_in(self, requests: Requests) -> Iterator[Diagnostic]:
        """Names that the generated oauth.py could not take."""
        codes = [n.scheme for n in requests.connector.auth if code_part(n.scheme) is not None]
        used = names_in([sign_in_parts(scheme) for scheme in codes])
        for name in self.resolved.credentials if codes else ():
            if name in SIGN_IN and name in used:
                yield self.say(
                    "reserved-name",
                    f"signing users in has an argument {name} of its own",
                    (
                        ("credentials", name)
                        if name in self.resolved.document.credentials
                        else ("auth",)
                    ),
                    "give the credential another name",
                )
        for argument in requests.constructor if codes else ():
            is_variable = argument.param.wire in self.resolved.document.variables
            if is_variable and argument.name in SIGN_IN:
                yield self.say(
                    "reserved-name",
                    f"signing users in has an argument {argument.name} of its own",
                    ("variables", argument.param.wire),
                    f"{_ARG}: {argument.name}_value",
                )

    def _constructor_path(self, argument: Argument) -> tuple[str | int, ...]:
        wire = argument.param.wire
        if wire in self.resolved.document.variables:
            return ("variables", wire)
        shared = self.resolved.document.shared
        for place in ("headers", "query", "body"):
            if shared is not None and wire in getattr(shared, place):
                return ("shared", place, wire)
        return ("shared",)

    def call(self, request: Request) -> Iterator[Diagnostic]:
        name = request.call.name
        path = ("calls", name)
        if name in CLIENT_ATTRIBUTES or keyword.iskeyword(name):
            yield self.say(
                "reserved-name",
                (
                    f"a client has an attribute {name} of its own"
                    if name in CLIENT_ATTRIBUTES
                    else f"{name} is a word of Python"
                ),
                path,
                f"name the call for what it does: {name}_…",
            )
        elif name in USED_IN_ANNOTATIONS:
            yield self.say(
                "reserved-name",
                f"a method {name} would hide what {name} means in the annotations of the client",
                path,
                f"name the call for what it does: {name}_…",
            )
        seen: dict[str, Argument] = {}
        paging = _paging_arguments(request)
        responses = (request.call.response, *request.call.responses.values())
        is_download = any(response.type in FILES for response in responses)
        for argument in request.arguments:
            where = self._argument_path(request, argument)
            if argument.name in paging:
                yield self.say(
                    "reserved-name",
                    f"a method that returns pages has an argument {argument.name} of its own",
                    where,
                    f"{_ARG}: {argument.name}_value",
                )
            if argument.name in naming.USED_IN_METHODS or keyword.iskeyword(argument.name):
                yield self.say(
                    "reserved-name",
                    f"an argument cannot be named {argument.name}",
                    where,
                    f"{_ARG}: {argument.name}_value",
                )
            if argument.name == "to" and is_download:
                yield self.say(
                    "reserved-name",
                    "client.download has an argument to of its own",
                    where,
                    f"{_ARG}: to_value",
                )
            other = seen.setdefault(argument.name, argument)
            if other is not argument:
                first = self.source.span(*self._argument_path(request, other))
                yield self.say(
                    "name-clash",
                    f"{other.place} {other.param.wire!r} ({first.file}:{first.line}:{first.column}) and"
                    f" {argument.place} {argument.param.wire!r} would both be the argument {argument.name}",
                    where,
                    f"{_ARG}: another name for one of them",
                )

    def _argument_path(self, request: Request, argument: Argument) -> tuple[str | int, ...]:
        call = ("calls", request.call.name)
        keys = {
            "path": "path_params",
            "query": "query",
            "header": "headers",
            "cookie": "cookies",
            "url": "url",
        }
        if argument.place in keys:
            return (*call, keys[argument.place], argument.param.wire)
        return (*call, "body", "fields", argument.param.wire)

    def sample(self, request: Request, sample: Sample) -> Iterator[Diagnostic]:
        path = ("calls", request.call.name, "samples", sample.name)
        known = {a.name: a.param for a in request.arguments}
        for name, value in sample.args.items():
            where = (*path, "args", name)
            if name not in known:
                hint = f"its arguments: {', '.join(known)}" if known else "it has none"
                yield self.say(
                    "unknown-argument",
                    f"{request.call.name} has no argument {name}{did_you_mean(name, known)}",
                    where,
                    hint,
                )
            elif known[name].secret and not isinstance(value, FromEnv):
                yield self.say(
                    "secret-value",
                    "a secret is never stored in the spec",
                    where,
                    "{env: NAME_OF_A_VARIABLE}",
                )
            elif isinstance(value, ConstantValue):
                yield from self.value(request, known[name], value.value, where)
            elif isinstance(value, NestedValue):
                yield from self.nested(known[name], value.value, where)
        for name, param in known.items():
            if name not in sample.args and _is_needed(param) and sample.source == "live":
                yield self.say(
                    "missing-argument", f"{name} is required", path, f"args: {{{name}: …}}"
                )

    def nested(
        self, param: Param, value: object, path: tuple[str | int, ...]
    ) -> Iterator[Diagnostic]:
        """What is wrong with a value that outputs of other samples complete when it is sent."""
        if sample_values.is_unfinished(value):
            yield self.unfinished(path)
        elif not _fits(value, param):
            kind = "an array" if isinstance(value, list) else "an object"
            problem = f"expected {WORDS[param.type]}, found {kind}"
            yield self.say("wrong-type", problem, path, at_value=True)
        else:
            for inside in sample_values.unnamed_files(value, param):
                problem = sample_values.NAME_A_FILE
                yield self.say("bad-value", problem, (*path, *inside), at_value=True)

    def unfinished(self, path: tuple[str | int, ...]) -> Diagnostic:
        """The warning about a placeholder."""
        return replace(
            self.say(
                "unfinished-sample",
                f"{UNFINISHED} stands for a value that is still to be written",
                path,
                "write one that the provider knows, or take it from another sample: {from: CALL.SAMPLE, output: NAME}",
                at_value=True,
            ),
            severity=Severity.WARNING,
        )

    def value(
        self, request: Request, param: Param, value: object, path: tuple[str | int, ...]
    ) -> Iterator[Diagnostic]:
        """What is wrong with a constant of a sample: all that the client would say of it."""
        if sample_values.is_unfinished(value):
            yield self.unfinished(path)
        elif not _fits(value, param):
            problem = f"expected {WORDS[param.type]}, found {value!r}"
            yield self.say("wrong-type", problem, path, at_value=True)
        elif refused := sample_values.refusal(request.call, param, value):
            inside = sample_values.steps(refused.path)
            # what follows is how Python code would do it
            problem = refused.problem.partition(" (use ")[0]
            yield self.say("bad-value", problem, (*path, *inside), at_value=True)


_ARG = "give one with arg"


def _fits(value: object, param: Param) -> bool:
    fits = FITS.get(param.type)
    return fits is None or (value is None and param.nullable) or fits(value)


def _is_needed(param: Param) -> bool:
    return param.required and not param.shared and not param.secret and param.auto is None
