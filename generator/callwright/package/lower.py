"""Requests + what was learnt of the answers → the package the templates print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from callwright.ir import type_words
from callwright.ir.nodes import (
    Argument,
    BuiltinType,
    Doc,
    ErrorClass,
    ListType,
    Method,
    Package,
    Parameter,
    Request,
    Requests,
    TypeExpr,
    UnionType,
)
from callwright.operations.responses import NO_ANSWERS, Answers, is_known, result_type
from callwright.package import signatures
from callwright.runtime import errors as runtime_errors
from callwright.runtime.definition import (
    AllOf,
    ApiKey,
    Bearer,
    Call,
    CustomAuth,
    CustomToken,
    Jwt,
    OAuth2,
    Scheme,
    code_part,
)
from callwright.runtime.errors import class_for
from callwright.runtime.response import FILES


def lower(
    requests: Requests,
    answers: Mapping[str, Answers],
    error_bodies: Mapping[str, TypeExpr],
    parent: str,
) -> Package:
    """The package of all calls whose result is known.

    ``error_bodies``: by class name, the type of the bodies captured with errors of this class. ``parent``: the folder
    above, when the runtime is there; else blank.
    """
    names, aliases, dicts = signatures.name_params(requests)
    connector = requests.connector
    schemes = [s.scheme for s in connector.auth]
    errors = tuple(_error_classes(requests, answers, error_bodies))
    return Package(
        name=requests.package,
        parent=parent,
        class_name=requests.class_name,
        doc=_client_doc(requests),
        connector=connector,
        credentials=tuple(_credential(c.name) for c in connector.credentials),
        constructor=tuple(names.parameter(a, constructor=True) for a in requests.constructor),
        variables=tuple(v.param.arg for v in connector.variables),
        shared=tuple(p.arg for p in connector.shared.params),
        environments=tuple(e.name for e in connector.environments),
        takes_tokens=_takes_tokens(schemes),
        takes_auth=_takes_auth(schemes),
        methods=tuple(
            _method(r, answers.get(r.call.name, NO_ANSWERS), names)
            for r in requests.calls
            if is_known(r, answers.get(r.call.name, NO_ANSWERS))
        ),
        aliases=aliases,
        dicts=dicts,
        errors=errors,
        profile=any(code_part(s) is not None for s in schemes),
    )


def _takes_tokens(schemes: Iterable[Scheme]) -> bool:
    return any(_has(s, (OAuth2, CustomToken, Jwt)) for s in schemes)


def _takes_auth(schemes: Iterable[Scheme]) -> bool:
    return any(_has(s, (CustomAuth,)) for s in schemes)


def _has(scheme: Scheme, kinds: tuple[type, ...]) -> bool:
    if isinstance(scheme, AllOf):
        return any(_has(s, kinds) for s in scheme.of)
    return isinstance(scheme, kinds)


def _credential(name: str) -> Parameter:
    return Parameter(
        name=name,
        annotation=type_words.union(BuiltinType(name="CredentialSource"), type_words.NONE),
        has_default=True,
    )


def _method(
    request: Request,
    answers: Answers,
    names: signatures.ParamNames,
) -> Method:
    call = request.call
    parameters = tuple(names.parameter(a) for a in request.arguments)
    returns = result_type(request, answers)
    item: TypeExpr | None = None
    if call.paginate is not None:
        parameters = tuple(_paging_parameters(call, parameters))
        item = _item(returns)
        returns = ListType(item=item)
    elif call.response.stream is not None:
        returns = item = returns if call.response.untyped else _item(returns)
    return Method(
        name=call.name,
        constant=call.name.upper(),
        call=call,
        parameters=parameters,
        returns=returns,
        item=item,
        events=tuple(sorted(answers.events.items())),
        doc=_method_doc(request, answers),
        deprecated=request.deprecated,
    )


def _paging_parameters(call: Call, parameters: Iterable[Parameter]) -> Iterable[Parameter]:
    """The parameters of a method that returns pages: the cursor as pages give it, and how many pages to read."""
    cursor = type_words.union(BuiltinType(name="str"), BuiltinType(name="int"), type_words.NONE)
    by_name = {p.name: p for p in parameters}
    yield from (p for p in parameters if p.name != "cursor")
    if "cursor" in by_name or (call.paginate is not None and call.paginate.type == "next_url"):
        yield Parameter(name="cursor", annotation=cursor, has_default=True)
    integer = type_words.union(BuiltinType(name="int"), type_words.NONE)
    yield Parameter(name="max_pages", annotation=integer, has_default=True)


def _item(returns: TypeExpr) -> TypeExpr:
    """The type of the items, however a list was captured: a null one is an empty one."""
    options = returns.options if isinstance(returns, UnionType) else (returns,)
    items = [option.item for option in options if isinstance(option, ListType)]
    if not items:
        return BuiltinType(name="JsonValue")
    return type_words.union(*items)


def _method_doc(request: Request, answers: Answers) -> Doc:
    call = request.call
    kind = "data (may be retried)" if call.data else "action (not retried automatically)"
    if call.repeatable and not call.data:
        kind = "action (retried after a lost connection)"
    # a variable reads like a path parameter: what matters here is that something stands there
    target = call.path.replace("${", "{") or ("<url>" if call.url else "/")
    wire = f"`{call.method} {target}` · {kind}"
    if request.docs_url:
        wire += f" · {request.docs_url}"
    summary, _, rest = request.description.strip().partition("\n")
    body: tuple[str, ...] = (wire,) if summary else ()
    if rest.strip():
        body += (rest.strip(),)
    if call.response.type in FILES and result_type(request, answers) == BuiltinType(name="bytes"):
        body += (
            f"`download(client.{call.name}, …, to=path)` writes it to disk instead of memory.",
        )
    if request.deprecated is not None:
        body += (
            f"Deprecated: {request.deprecated or 'the provider has deprecated this operation.'}",
        )
    return Doc(
        summary=_sentence(summary) or wire,
        body=body,
        args=(
            *((a.name, text) for a in request.arguments if (text := _argument_text(a))),
            *_paging_args(call),
        ),
        raises=tuple(_raises(answers)),
    )


def _paging_args(call: Call) -> Iterable[tuple[str, str]]:
    if call.paginate is None:
        return
    if call.paginate.type == "next_url":
        yield "cursor", "Where to begin: the `next_cursor` of a page."
    most = call.paginate.max_pages
    default = f" Default: {most}." if most is not None else ""
    yield "max_pages", f"How many pages to fetch at most.{default}"


def _raises(answers: Answers) -> Iterable[tuple[str, str]]:
    for name in dict.fromkeys(e.error_class for e in answers.errors):
        seen = [e for e in answers.errors if e.error_class == name]
        statuses = " or ".join(str(s) for s in sorted({e.status for e in seen}))
        samples = ", ".join(f"`{s}`" for s in sorted({e.sample for e in seen}))
        yield name, f"{statuses}, as captured in {samples}."


def _argument_text(argument: Argument) -> str:
    """What the signature does not say: meaning, limits, defaults of the server, an example."""
    param = argument.param
    notes: list[str] = []
    if param.minimum is not None or param.maximum is not None:
        notes.append(_range(param.minimum, param.maximum))
    if param.min_length is not None or param.max_length is not None:
        length = _range(param.min_length, param.max_length)
        is_file = param.type == "file"
        notes.append(f"{length[:-1]} bytes." if is_file else f"Length {length.lower()}")
    if param.pattern is not None:
        notes.append(f"Matches `{param.pattern}`.")
    if argument.server_default is not None:
        notes.append(f"The provider's default: {argument.server_default}.")
    if argument.example is not None and not param.enum:
        notes.append(f"Example: `{argument.example}`.")
    if isinstance(param.default, str | int | float) and (param.shared or param.nullable):
        notes.append(f"Default: {param.default}.")
    text = _sentence(argument.description)
    return " ".join([*([text] if text else []), *notes])


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text}." if text and text[-1] not in ".!?:" else text


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"At most {high}."
    if high is None:
        return f"At least {low}."
    if low == high:
        return f"Exactly {low}."
    return f"From {low} to {high}."


# what every constructor takes; the rest of the docstring is the connector's own
_OPTIONS = (
    ("environment", "The environment of the provider to call."),
    ("base_url", "Base URL to use instead of the environment's."),
    ("timeout", "Timeout in seconds, or a `Timeout` per phase. None disables it."),
    ("retry", "Retry policy. Defaults to the spec's."),
    ("http_client", "Your own HTTPX client, used instead of a new connection pool. You close it."),
    ("transport", "Custom transport, e.g. `httpx.MockTransport` in tests."),
    ("verify", "Certificate authorities to trust: a PEM file or an `ssl.SSLContext`."),
    ("proxy", "URL of a proxy for all requests, instead of those of the environment."),
    ("max_connections", "How many connections to open at most. Defaults to 100."),
    (
        "on_drift",
        'What to do when a response does not match its model: "warn", "raise", "ignore", or a callable'
        " that receives each `Drift`.",
    ),
)


_TOKEN_OPTIONS = (
    ("access_token", "Use this token instead of requesting one. A callable is called per request."),
    ("subject", "The user whose tokens to use, if the token store holds those of several users."),
    ("token_store", "Where to store tokens. Defaults to memory."),
)
_AUTH_OPTION = ("auth", "An `httpx.Auth` that authenticates each request.")


def _base_url_text(requests: Requests) -> str:
    """What the constructor's base_url is: required where each user hosts the server."""
    hosted = requests.connector.self_hosted
    if hosted is None:
        return dict(_OPTIONS)["base_url"]
    notes = [_sentence(requests.base_url) or "Base URL of your server."]
    notes += [f"Example: `{hosted.example}`."] if hosted.example else []
    env = hosted.env.get("live")
    notes += [f"Required, here or in the environment variable {env}."] if env else []
    return " ".join(notes)


def _client_doc(requests: Requests) -> Doc:
    connector = requests.connector
    title = requests.title or requests.class_name
    args: list[tuple[str, str]] = []
    schemes = [s.scheme for s in connector.auth]
    for credential in connector.credentials:
        text = _sentence(requests.credentials.get(credential.name, "")) or _use(
            schemes, credential.name
        )
        env = credential.env.get("live")
        args.append(
            (
                credential.name,
                " ".join(
                    x
                    for x in (text, f"Defaults to the environment variable {env}." if env else "")
                    if x
                ),
            )
        )
    variables = {v.param.arg: v for v in connector.variables}
    for argument in requests.constructor:
        text = _argument_text(argument)
        if argument.name in variables:
            env = variables[argument.name].env.get("live")
            note = f"Defaults to the environment variable {env}."
        else:
            note = "Default for every call."
        args.append((argument.name, f"{text} {note}".strip()))
    args += _TOKEN_OPTIONS if _takes_tokens(schemes) else ()
    args += [_AUTH_OPTION] if _takes_auth(schemes) else []
    args += [
        (name, _base_url_text(requests) if name == "base_url" else text) for name, text in _OPTIONS
    ]
    link = f" ({requests.docs_url})" if requests.docs_url else ""
    name = title if title.lower().endswith("api") else f"{title} API"
    raises = []
    if connector.credentials:
        raises.append(
            (
                "MissingCredentialError",
                "A required credential is set neither here nor in the environment.",
            )
        )
    return Doc(
        summary=f"{name}{link}.",
        body=(requests.description.strip(),) if requests.description.strip() else (),
        args=tuple(args),
        raises=tuple(raises),
    )


def _use(schemes: Iterable[Scheme], name: str) -> str:
    """What a credential that nobody described is for."""
    template = f"${{{name}}}"
    for scheme in schemes:
        match scheme:
            case AllOf(of=inner):
                found = _use(inner, name)
                if found:
                    return found
            case ApiKey(value=value, send=send) if value == template:
                shown = {"header": "`{}`", "query": "`?{}=`", "cookie": "the cookie `{}`"}
                return f"Sent as {shown.get(send.place, '`{}` in the body').format(send.name)}."
            case Bearer(token=value) if value == template:
                return "Sent as `Authorization: Bearer …`."
            case _:
                pass
    return ""


def _error_classes(
    requests: Requests, answers: Mapping[str, Answers], bodies: Mapping[str, TypeExpr]
) -> Iterable[ErrorClass]:
    """The connector's own classes: those with a captured body, and those that only ``raise:`` names."""
    raises = requests.connector.errors.raises
    seen: dict[str, list[str]] = {}
    statuses: dict[str, set[int]] = {}
    for call, known in answers.items():
        for error in known.errors:
            seen.setdefault(error.error_class, []).append(f"`{call}.{error.sample}`")
            statuses.setdefault(error.error_class, set()).add(error.status)
    own = {name for name in raises.values() if not hasattr(runtime_errors, name)}
    for name in sorted({*own, *bodies} - {"StatusError"}):
        keys = {k for k, v in raises.items() if v == name} | {
            str(s) for s in statuses.get(name, ())
        }
        shown = sorted(k if _is_status(k) else f"code `{k}`" for k in keys)
        summary = ", ".join(shown) if shown else name
        if name in seen:
            summary += f", as captured in {', '.join(sorted(set(seen[name])))}"
        yield ErrorClass(
            name=name,
            bases=(f"errors.{_base(name, raises)}",),
            body=bodies.get(name),
            doc=Doc(summary=f"{summary}."),
        )
        if name == "RateLimitError":
            # the runtime raises this one too, and who catches the connector's RateLimitError must get it
            yield ErrorClass(
                name="RetryAfterTooLongError",
                bases=("RateLimitError", "errors.RetryAfterTooLongError"),
                body=None,
                doc=Doc(summary="The provider asks for a wait longer than `max_wait`."),
            )


def _is_status(key: str) -> bool:
    return len(key) == 3 and key.isdigit()


def _base(name: str, raises: Mapping[str, str]) -> str:
    """The runtime's class of the same name, else that of the status it stands for, else StatusError."""
    if hasattr(runtime_errors, name):
        return name
    bases = {class_for(int(k)).__name__ for k, v in raises.items() if v == name and k.isdigit()}
    return bases.pop() if len(bases) == 1 else "StatusError"
