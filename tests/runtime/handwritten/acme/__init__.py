"""A client of the Acme API."""

from typing import TYPE_CHECKING

from ._runtime.definition import Retry, Timeout
from ._runtime.errors import (
    ApiError,
    ApiTimeoutError,
    ArgumentError,
    AuthenticationError,
    AuthError,
    BadRequestError,
    ConflictError,
    DriftError,
    MissingCredentialError,
    PermissionDeniedError,
    RateLimitError,
    RedirectRefusedError,
    ResponseTooLargeError,
    RetryAfterTooLongError,
    ServerError,
    StatusError,
    TransportError,
    UnexpectedBodyError,
    UnprocessableEntityError,
)
from ._runtime.raw import RawResponse
from ._runtime.unset import UNSET
from .client import Acme, AsyncAcme
from .errors import CardError, NotFoundError

if TYPE_CHECKING:
    from . import models
else:

    def __getattr__(name):
        if name != "models":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return importlib.import_module(".models", __name__)


__all__ = [
    "UNSET",
    "Acme",
    "ApiError",
    "ApiTimeoutError",
    "ArgumentError",
    "AsyncAcme",
    "AuthError",
    "AuthenticationError",
    "BadRequestError",
    "CardError",
    "ConflictError",
    "DriftError",
    "MissingCredentialError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "RawResponse",
    "RedirectRefusedError",
    "ResponseTooLargeError",
    "Retry",
    "RetryAfterTooLongError",
    "ServerError",
    "StatusError",
    "Timeout",
    "TransportError",
    "UnexpectedBodyError",
    "UnprocessableEntityError",
    "models",
]
