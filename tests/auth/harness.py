"""Drives a scheme as the client does: prepare, authorize, send, and once more after a 401."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Any

import httpx

from callwright.runtime.auth.registry import build_scheme
from callwright.runtime.auth.scheme import AuthContext, AuthScheme
from callwright.runtime.auth.token_request import fill_url, gather, names_in
from callwright.runtime.definition import (
    Connector,
    Credential,
    Environment,
    NamedScheme,
    Param,
    Scheme,
    Timeout,
    Variable,
)
from callwright.runtime.errors import TransportError
from callwright.runtime.flow import (
    Flow,
    Send,
    WireRequest,
    WireResponse,
    drive_async,
    drive_sync,
)


def context_for(
    scheme: Scheme,
    base_url: str,
    *,
    values: Mapping[str, str] | None = None,
    optional: tuple[str, ...] = (),
    allow_insecure: bool = False,
    environment: str = "live",
    token_store: Any = None,
    access_token: Any = None,
    subject: str | None = None,
    timeout: Timeout | None = None,
    **credentials: Any,
) -> AuthContext:
    """The context of one call of a connector that has only this scheme."""
    values = values or {}
    used: Any = getattr(build_scheme(scheme), "names", names_in(scheme))
    names = sorted((set(used) | credentials.keys()) - values.keys() - set(_ANSWERS))
    connector = Connector(
        name="acme",
        prefix="ACME_",
        environments=(Environment("live", base_url),),
        variables=tuple(Variable(Param(n, n), {}) for n in values),
        credentials=tuple(Credential(n, {"live": f"ACME_{n.upper()}"}) for n in names),
        auth=(NamedScheme("default", scheme, tuple(n for n in names if n not in optional)),),
        allow_insecure=allow_insecure,
    )
    return AuthContext(
        connector=connector,
        scheme="default",
        environment=environment,
        base_url=base_url,
        credentials={n: v for n, v in credentials.items() if v is not None},
        values=values,
        token_store=token_store,
        access_token=access_token,
        subject=subject,
        timeout=timeout or Timeout(),
    )


_ANSWERS = ("refresh_token", "assertion", "instance_url", "session", "access_token")


_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: it is what takes time


class Caller:
    """Calls /data of a provider with one scheme, from threads or tasks."""

    def __init__(self, scheme: Scheme, base_url: str, **settings: Any) -> None:
        self.scheme: AuthScheme = build_scheme(scheme)
        self.definition = scheme
        self.base_url = base_url
        self.settings = settings
        self.sent: list[WireRequest] = []

    def context(self, **settings: Any) -> AuthContext:
        return context_for(self.definition, self.base_url, **{**self.settings, **settings})

    def flow(self, path: str, context: AuthContext) -> Flow[WireResponse]:
        yield from self.scheme.prepare(context)
        plain = WireRequest("GET", self.base_url + path, timeout=context.timeout)
        request = yield from self.scheme.authorize(plain, context)
        response: WireResponse = yield Send(request)
        if response.status == 401:
            again = yield from self.scheme.challenged(request, response, context)
            if again is not None:
                response = yield Send(again)
        return response

    def call(self, path: str = "/data", **settings: Any) -> WireResponse:
        return self.run(self.flow(path, self.context(**settings)))

    def scheme_url(self) -> str:
        """The token URL as it is sent."""
        definition: Any = self.definition
        context = self.context()
        values = self.run(gather(context, sorted(names_in(definition))))
        return fill_url(context, definition.token_url, values)

    def run(self, flow: Flow[Any]) -> Any:
        with httpx.Client(verify=_NO_TLS) as http:

            def send(request: WireRequest) -> WireResponse:
                self.sent.append(request)
                try:
                    return _response(http.send(_request(http, request)))
                except httpx.HTTPError as error:
                    sent = not isinstance(error, httpx.ConnectError)
                    raise TransportError(type(error).__name__, request_sent=sent) from None

            return drive_sync(flow, send=send, sleep=time.sleep)

    async def acall(
        self, http: httpx.AsyncClient, path: str = "/data", **settings: Any
    ) -> WireResponse:
        async def send(request: WireRequest) -> WireResponse:
            self.sent.append(request)
            response = await http.send(_request(http, request))
            return _response(response)

        flow = self.flow(path, self.context(**settings))
        return await drive_async(flow, send=send, sleep=asyncio.sleep)


def _request(http: httpx.Client | httpx.AsyncClient, request: WireRequest) -> httpx.Request:
    content = request.content if request.secret_content is None else request.secret_content
    cookies = "; ".join(f"{k}={v}" for k, v in request.secret_cookies)
    url = httpx.URL(request.secret_url or request.url)
    for name, value in request.secret_query:
        url = url.copy_add_param(name, value)
    headers = [*request.headers, *request.secret_headers]
    if cookies:
        headers.append(("Cookie", cookies))
    return http.build_request(request.method, url, headers=headers, content=content)


def _response(response: httpx.Response) -> WireResponse:
    headers = tuple(response.headers.multi_items())
    url = str(response.request.url)
    return WireResponse(response.status_code, headers, response.content, url)
