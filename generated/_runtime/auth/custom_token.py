"""A provider's own login: one request or several in a row, whose answer holds the token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from ..definition import Basic, CustomToken, TokenRequest
from ..flow import Flow, WireRequest, WireResponse
from ..unset import UNSET
from .scheme import AuthContext
from .token_request import (
    Values,
    bare_request,
    basic_pair,
    fetch,
    fill_all,
    fill_json,
    names_in,
    need,
    secrets_in,
    with_content,
)
from .token_response import check_success, read_saved, read_token, secret_names
from .token_store import Token
from .tokens import TokenScheme, build_signer


class CustomTokenScheme(TokenScheme):
    """Steps are sent in order, each may save values for the next; ``refresh`` is tried first when there is a token."""

    def __init__(self, definition: CustomToken) -> None:
        super().__init__(definition, definition.answer, definition.send)
        self._definition = definition
        if definition.assertion is not None:
            self._signer = build_signer(definition.assertion)
        for step in definition.steps:
            self._saves = self._saves or bool(step.save)
            self._secret_saves |= secret_names(step.save)

    def identity(self, context: AuthContext, values: Values) -> Mapping[str, str]:
        return {**values, "base_url": context.base_url}

    def obtain(self, context: AuthContext, values: Values, old: Token | None) -> Flow[Token]:
        known = dict(values)
        if self._signer is not None:
            known["assertion"] = self._signer.sign(context, values, {})
        saved: dict[str, str] = {}
        *first, last = self._definition.steps
        for step in first:
            request = wire_request(context, step, known)
            response = yield from fetch(context, request)
            wanted = [value.path for value in step.save.values()]
            check_success(context, response, _secrets(context, known, request), wanted)
            saved |= read_saved(context, step.save, response)
            known |= saved
        return (yield from self._last(context, last, known, None, saved))

    def refresh(self, context: AuthContext, values: Values, old: Token) -> Flow[Token | None]:
        step = self._definition.refresh
        if step is None:
            return None
        known = {**values, **old.saved, "access_token": old.access_token}
        if old.refresh_token is not None:
            known["refresh_token"] = old.refresh_token
        elif "refresh_token" in names_in(step):
            return None
        return (yield from self._last(context, step, known, old, {}))

    def _last(
        self,
        context: AuthContext,
        step: TokenRequest,
        known: dict[str, str],
        old: Token | None,
        saved: Mapping[str, str],
    ) -> Flow[Token]:
        request = wire_request(context, step, known)
        response: WireResponse = yield from fetch(context, request)
        token = read_token(
            context,
            self._definition.answer,
            response,
            prefix=self._definition.send.prefix,
            previous=old,
            secrets=_secrets(context, known, request),
        )
        more = read_saved(context, step.save, response)
        return replace(token, saved={**saved, **more, **token.saved})


def wire_request(context: AuthContext, step: TokenRequest, values: Values) -> WireRequest:
    """A step as it goes on the wire; all of its headers, parameters and its body may be secret."""
    headers = fill_all(step.headers, values)
    if step.basic is not None:
        headers = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        headers["Authorization"] = f"Basic {_pair(context, step.basic, values)}"
    request = bare_request(
        context,
        step.method,
        step.url,
        values,
        secret_headers=headers,
        secret_query=fill_all(step.query, values),
    )
    if step.json is not UNSET:
        body = json.dumps(fill_json(step.json, values)).encode()
        return with_content(request, "application/json", body)
    if step.form is not None:
        body = urlencode(fill_all(step.form, values)).encode()
        return with_content(request, "application/x-www-form-urlencoded", body)
    if step.raw is not None:
        body = need(context, step.raw, values).encode()
        return with_content(request, "text/plain; charset=utf-8", body)
    return request


def _secrets(context: AuthContext, values: Values, request: WireRequest) -> list[str]:
    # the pair of Basic is a spelling of its own, which a provider may repeat
    headers = (value.removeprefix("Basic ") for _, value in request.secret_headers)
    return secrets_in(context, values, *headers)


def _pair(context: AuthContext, basic: Basic, values: Values) -> str:
    username, password = (need(context, t, values) for t in (basic.username, basic.password))
    return basic_pair(context, username, password)


def build(definition: CustomToken) -> CustomTokenScheme:
    """The scheme for its definition."""
    return CustomTokenScheme(definition)
