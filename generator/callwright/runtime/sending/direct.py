"""Requests handed straight to the transport of a pool of our own, which takes half of the time of the library's client.

The client's redirects, authentication and cookies are not needed then: the runtime has its own. Tools that trace requests
replace methods of the library's client; while they do, requests go through it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from ..http import LOGGERS, httpx

_LOG = logging.getLogger(LOGGERS[0])
_METHODS = ("send", "_send_single_request")
_FOLDER = os.path.dirname(httpx.__file__ or "")


def _own_methods(kind: type[Any]) -> Mapping[str, object]:
    """The methods of a client class as the library has them; none if somebody replaced one already."""
    found = {name: vars(kind).get(name) for name in _METHODS}
    is_own = all(
        isinstance(method, FunctionType) and method.__code__.co_filename.startswith(_FOLDER)
        for method in found.values()
    )
    return found if is_own else {}


_SYNC = _own_methods(httpx.Client)
_ASYNC = _own_methods(httpx.AsyncClient)


def is_possible(kind: type[Any]) -> bool:
    """Whether nobody has replaced the methods through which a client sends."""
    own = _SYNC if kind is httpx.Client else _ASYNC
    methods = vars(kind)
    return bool(own) and all(methods[name] is method for name, method in own.items())


def log(request: httpx.Request, response: httpx.Response) -> None:
    """The line that the library's client writes."""
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info(
            'HTTP Request: %s %s "%s %d %s"',
            request.method,
            request.url,
            response.http_version,
            response.status_code,
            response.reason_phrase,
        )
