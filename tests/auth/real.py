"""Clients of real servers, made from a scheme by hand, and what every method must prove on them."""

from __future__ import annotations

import asyncio
import pickle
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from callwright.runtime.auth.registry import build_scheme
from callwright.runtime.auth.token_request import names_in
from callwright.runtime.client import AsyncClient, Client
from callwright.runtime.definition import (
    Call,
    Connector,
    Credential,
    Environment,
    Errors,
    NamedScheme,
    Response,
    Scheme,
)
from callwright.runtime.errors import ApiError

STRANGERS_KEY = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


@dataclass
class Method:
    """One authentication method at one server: a scheme, a call, and right and wrong credentials.

    `refused`: the error of a wrong credential. `token_path`: the path of the token endpoint, whose
    requests are counted.
    """

    scheme: Scheme
    base_url: str
    call: Call
    credentials: Mapping[str, Any]
    wrong: Mapping[str, Any]
    refused: type[ApiError]
    token_path: str = ""
    optional: tuple[str, ...] = ()
    errors: Errors = field(default_factory=Errors)
    requests: Counter[str] = field(default_factory=Counter)

    def connector(self) -> Connector:
        used: Any = getattr(build_scheme(self.scheme), "names", names_in(self.scheme))
        required = tuple(sorted(set(used) - set(self.optional)))
        return Connector(
            name="real",
            prefix="REAL_",
            environments=(Environment("live", self.base_url),),
            credentials=tuple(
                Credential(n, {"live": f"REAL_{n.upper()}"}) for n in (*required, *self.optional)
            ),
            auth=(NamedScheme("default", self.scheme, required, self.optional),),
            errors=self.errors,
        )

    def client(self, **changes: Any) -> Client:
        credentials = {**self.credentials, **changes.pop("credentials", {})}
        if "transport" not in changes and not self.base_url.startswith("https"):
            changes["transport"] = Counting(self.requests)
        return Client(self.connector(), credentials=credentials, **changes)

    def async_client(self, **changes: Any) -> AsyncClient:
        credentials = {**self.credentials, **changes.pop("credentials", {})}
        if "transport" not in changes and not self.base_url.startswith("https"):
            changes["transport"] = AsyncCounting(self.requests)
        return AsyncClient(self.connector(), credentials=credentials, **changes)

    def run(self, client: Client) -> Any:
        value: Any = client._call(self.call, {}, returns=Any)
        return value

    async def arun(self, client: AsyncClient) -> Any:
        value: Any = await client._call(self.call, {}, returns=Any)
        return value


class Counting(httpx.HTTPTransport):
    """Counts requests by path."""

    def __init__(self, requests: Counter[str]) -> None:
        super().__init__()
        self.requests = requests

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests[urlsplit(str(request.url)).path] += 1
        return super().handle_request(request)


class AsyncCounting(httpx.AsyncHTTPTransport):
    """Counts requests by path."""

    def __init__(self, requests: Counter[str]) -> None:
        super().__init__()
        self.requests = requests

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests[urlsplit(str(request.url)).path] += 1
        return await super().handle_async_request(request)


def get(path: str, **changes: Any) -> Call:
    """A call that reads JSON."""
    return Call("probe", "GET", path, True, response=Response(untyped=True), **changes)


def secrets_of(method: Method) -> list[str]:
    """The secrets of a method's wrong and right credentials (user names are none)."""
    public = ("username", "client_id", "certificate", "private_key", "ca", "issuer")
    given = {**method.credentials, **method.wrong}
    both = [*method.wrong.items(), *given.items()]
    return [v for n, v in both if n not in public and isinstance(v, str)]


def assert_silent(error: ApiError, secrets: list[str], log: str) -> None:
    """No secret in an error's text, repr, attributes, chain or pickle, nor in what was logged."""
    again = pickle.loads(pickle.dumps(error))
    chain: list[BaseException] = [error, again]
    for link in chain:
        for text in (str(link), repr(link), repr(vars(link)), repr(link.args)):
            for secret in secrets:
                assert secret not in text
        chain += [e for e in (link.__cause__, link.__context__) if e is not None]
    for secret in secrets:
        assert secret.encode() not in pickle.dumps(error)
        assert secret not in log


def check_sync(method: Method) -> Any:
    """The right credentials get an answer."""
    with method.client() as client:
        return method.run(client)


def check_async(method: Method) -> Any:
    """The same on an event loop."""

    async def main() -> Any:
        async with method.async_client() as client:
            return await method.arun(client)

    return asyncio.run(main())


def check_wrong(method: Method, caplog: pytest.LogCaptureFixture) -> ApiError:
    """The wrong credentials get a typed error that shows no secret, nor does any log line."""
    caplog.set_level("DEBUG")
    with (
        method.client(credentials=method.wrong) as client,
        pytest.raises(method.refused) as raised,
    ):
        method.run(client)

    async def main() -> None:
        async with method.async_client(credentials=method.wrong) as client:
            await method.arun(client)

    with pytest.raises(method.refused) as araised:
        asyncio.run(main())
    for error in (raised.value, araised.value):
        assert_silent(error, secrets_of(method), caplog.text)
    return raised.value
