"""The application's own ``httpx.Auth`` (``type: custom``): only packages whose connector takes one have this module."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator

from ..definition import CustomAuth
from ..errors import MissingCredentialError
from ..flow import Flow, WireRequest
from ..http import httpx
from .scheme import AuthContext, AuthScheme


class CustomScheme(AuthScheme):
    """Hands the application's object to the HTTP library with each request."""

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        yield from ()
        if context.auth is None:
            raise MissingCredentialError(context.connector.name, [("auth", None)])
        own = context.auth
        return request.replace(auth=_Watched(own) if isinstance(own, httpx.Auth) else own)


class _Watched(httpx.Auth):
    """Remembers in ``raised`` what the application's code raised: it is no failure of the connection."""

    def __init__(self, own: httpx.Auth) -> None:
        self._own = own
        self.raised: Exception | None = None

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """As the application's."""
        try:
            yield from self._own.sync_auth_flow(request)
        except Exception as error:
            self.raised = error
            raise

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """As the application's."""
        flow = self._own.async_auth_flow(request)
        try:
            wanted = await anext(flow)
            while True:
                response = yield wanted
                wanted = await flow.asend(response)
        except StopAsyncIteration:
            return
        except Exception as error:
            self.raised = error
            raise
        finally:
            await flow.aclose()


def build(_definition: CustomAuth) -> CustomScheme:
    """The scheme for its definition."""
    return CustomScheme()
