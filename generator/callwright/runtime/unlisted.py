"""``client.request``: calls of endpoints that the spec does not list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args, overload

from typing_extensions import TypeForm

from . import config
from .definition import Response, Retry, Timeout
from .unset import UNSET, Unset

if TYPE_CHECKING:
    from pydantic import JsonValue

    from .files import AsyncFileInput, FileInput
    from .request.unlisted import (
        AsyncFileValues,
        FileValues,
        HeaderValues,
        PathValues,
        QueryValues,
        UseAs,
    )

T = TypeVar("T")


class Requests:
    """The method of synchronous clients."""

    @overload
    def request(
        self,
        method: str,
        path: str,
        *,
        path_params: PathValues | None = None,
        query: QueryValues | None = None,
        headers: HeaderValues | None = None,
        json: object = UNSET,
        form: Mapping[str, object] | None = None,
        content: str | FileInput | None = None,
        files: FileValues | None = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        returns: None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
    ) -> JsonValue: ...
    @overload
    def request(
        self,
        method: str,
        path: str,
        *,
        path_params: PathValues | None = None,
        query: QueryValues | None = None,
        headers: HeaderValues | None = None,
        json: object = UNSET,
        form: Mapping[str, object] | None = None,
        content: str | FileInput | None = None,
        files: FileValues | None = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        returns: TypeForm[T],
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
    ) -> T: ...
    def request(
        self,
        method: str,
        path: str,
        *,
        path_params: PathValues | None = None,
        query: QueryValues | None = None,
        headers: HeaderValues | None = None,
        json: object = UNSET,
        form: Mapping[str, object] | None = None,
        content: str | FileInput | None = None,
        files: FileValues | None = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        returns: Any = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
    ) -> Any:
        """Call an endpoint that has no method of its own.

        It has what the other methods have: authentication, shared headers and query, retries, rate limit, errors.

        Args:
            method: GET and HEAD read data; others are actions, which are not retried once they may have happened.
            path: Below the base URL, like ``/v1/books/{book_id}``.
            path_params: Values of the ``{placeholders}``, each encoded as one segment.
            query: A list repeats its name. None leaves a name out, even one that all calls share.
            headers: None leaves a header out, even one that all calls share.
            json: JSON data; None sends ``null``.
            form: Members of a URL-encoded form.
            content: The body as it is, text or a file; give its Content-Type in ``headers``.
            files: Files by the name of their field, sent as a multipart form together with ``form``.
            auth: The name of one of the authentication schemes, or "none"; by default that of the client.
            use_as: "data" or "action", where the HTTP method says otherwise.
            returns: Type of the response, like ``models.Book`` or ``list[models.Book]``; None gives plain JSON data.
            timeout: In place of the client's own.
            retry: In place of the client's own.

        client.request("GET", "/v1/books/{book_id}", path_params={"book_id": 7}, returns=models.Book)
        """
        send: Any = None
        try:
            send = _prepared(
                self, method, path, returns, timeout, retry, path_params=path_params, query=query, headers=headers,
                json=json, form=form, content=content, files=files, auth=auth, use_as=use_as,
            )  # fmt: skip
            return send(returns=returns)
        except BaseException as error:
            del send, path, path_params, query, headers, json, form, content, files
            from .frames import clear_frames  # only failures need it

            clear_frames(error)
            raise


class AsyncRequests:
    """The method of asynchronous clients."""

    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        path_params: PathValues | None = None,
        query: QueryValues | None = None,
        headers: HeaderValues | None = None,
        json: object = UNSET,
        form: Mapping[str, object] | None = None,
        content: str | AsyncFileInput | None = None,
        files: AsyncFileValues | None = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        returns: None = None,
        timeout: Timeout | float | Unset | None = UNSET,  # noqa: ASYNC109
        retry: Retry | None = None,
    ) -> JsonValue: ...
    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        path_params: PathValues | None = None,
        query: QueryValues | None = None,
        headers: HeaderValues | None = None,
        json: object = UNSET,
        form: Mapping[str, object] | None = None,
        content: str | AsyncFileInput | None = None,
        files: AsyncFileValues | None = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        returns: TypeForm[T],
        timeout: Timeout | float | Unset | None = UNSET,  # noqa: ASYNC109
        retry: Retry | None = None,
    ) -> T: ...
    async def request(
        self,
        method: str,
        path: str,
        *,
        path_params: PathValues | None = None,
        query: QueryValues | None = None,
        headers: HeaderValues | None = None,
        json: object = UNSET,
        form: Mapping[str, object] | None = None,
        content: str | AsyncFileInput | None = None,
        files: AsyncFileValues | None = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        returns: Any = None,
        timeout: Timeout | float | Unset | None = UNSET,  # noqa: ASYNC109
        retry: Retry | None = None,
    ) -> Any:
        """Call an endpoint that has no method of its own; see ``Client.request``."""
        send: Any = None
        try:
            send = _prepared(
                self, method, path, returns, timeout, retry, path_params=path_params, query=query, headers=headers,
                json=json, form=form, content=content, files=files, auth=auth, use_as=use_as,
            )  # fmt: skip
            return await send(returns=returns)
        except BaseException as error:
            del send, path, path_params, query, headers, json, form, content, files
            from .frames import clear_frames  # only failures need it

            clear_frames(error)
            raise


def _prepared(
    client: Any,
    method: str,
    path: str,
    returns: Any,
    timeout: Timeout | float | Unset | None,
    retry: Retry | None,
    **given: Any,
) -> Callable[..., Any]:
    """The client's ``_call`` with the definition and the arguments of what is given."""
    from .redaction.redactor import Redactor
    from .request.unlisted import Input

    settings: config.Settings = client._settings
    hide = Redactor(settings.secrets()).text
    request = Input(settings.connector, method, path, hide)
    may_be_empty = returns is None or type(None) in get_args(returns)
    response = Response(untyped=returns is None, may_be_empty=may_be_empty)
    if client._target is not None:
        response = Response("file")
    call = request.call(**given, response=response)
    twin = client._twin()
    twin._settings = config.for_request(
        settings, timeout=timeout, retry=retry, headers=given["headers"] or ()
    )
    return partial(twin._call, call, request.arguments)
