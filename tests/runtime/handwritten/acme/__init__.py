"""A client of the Acme API."""

from typing import TYPE_CHECKING

from .._runtime.definition import Retry, Timeout
from .._runtime.errors import (
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
from .._runtime.raw import RawResponse
from .._runtime.unset import UNSET
from .client import Acme, AsyncAcme
from .errors import CardError, NotFoundError

if TYPE_CHECKING:
    from .._runtime.reading.drift import Drift, SchemaDriftWarning
    from . import models
else:
    from .._runtime.lazy import names

    __getattr__ = names(
        __name__,
        {
            "Drift": ".._runtime.reading.drift",
            "SchemaDriftWarning": ".._runtime.reading.drift",
            "models": ".models",
        },
    )

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
    "Drift",
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
    "SchemaDriftWarning",
    "ServerError",
    "StatusError",
    "Timeout",
    "TransportError",
    "UnexpectedBodyError",
    "UnprocessableEntityError",
    "models",
]
