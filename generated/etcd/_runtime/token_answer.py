"""What a token endpoint answers: the token and its lifetime, or what the provider says went wrong."""

from __future__ import annotations

import datetime
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import parse_qsl

from .definition import SavedValue, TokenAnswer
from .errors import AuthError
from .flow import WireResponse
from .paths import lookup
from .scheme import AuthContext
from .token_request import clean, fault
from .token_store import Token
from .unset import UNSET, Unset

_ERROR = ("$.error.code", "$.error.type", "$.error_code", "$.errcode", "$.error", "$.code")
_REASON = (
    "$.error_description", "$.error.message", "$.error_message", "$.message", "$.detail", "$.errorMessage",
    "$.errmsg", "$.error",
)  # fmt: skip


def read_token(
    context: AuthContext,
    answer: TokenAnswer,
    response: WireResponse,
    *,
    previous: Token | None = None,
    secrets: Iterable[str] = (),
) -> Token:
    """The token in an answer. What it does not repeat (refresh token, saved values) stays as in ``previous``.

    Raises AuthError with what the provider said, without the ``secrets`` it may repeat.
    """
    check_success(context, response, secrets)
    body, now = parse_body(response), time.time()
    access = lookup(answer.token_path, _whole(answer.token_path, body, response), response.headers)
    if not isinstance(access, str) or not access:
        raise refused(context, response, secrets, f"no token at {' or '.join(answer.token_path)}")
    refresh = lookup(answer.refresh_token_path, body, response.headers)
    before = previous or Token("")
    if not isinstance(refresh, str) or not refresh:
        refresh = before.refresh_token
    return Token(
        access_token=access,
        expires_at=_expiry(context, answer, body, response, now),
        refresh_token=refresh,
        obtained_at=now,
        saved={**before.saved, **read_saved(context, answer.save, response)},
        profile=before.profile,
    )


def check_success(context: AuthContext, response: WireResponse, secrets: Iterable[str]) -> None:
    """Raises AuthError for every status but 2xx; redirects are not followed with credentials."""
    if 300 <= response.status < 400:
        raise refused(context, response, secrets, "it redirects, which is not followed")
    if not 200 <= response.status < 300:
        raise refused(context, response, secrets)


def read_saved(
    context: AuthContext, save: Mapping[str, SavedValue], response: WireResponse
) -> dict[str, str]:
    """The values that the spec keeps, each checked against its pattern. Raises AuthError."""
    body = parse_body(response) if save else UNSET
    saved: dict[str, str] = {}
    for name, wanted in save.items():
        value = lookup(wanted.path, _whole(wanted.path, body, response), response.headers)
        if value is UNSET or value is None:
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        if wanted.pattern is not None and not re.fullmatch(wanted.pattern, text):
            raise fault(context, f"{name} of the answer is not of the form {wanted.pattern}")
        saved[name] = text
    return saved


def parse_body(response: WireResponse) -> object | Unset:
    """The answer as JSON data, or the members of a form; UNSET when it is neither."""
    text = _text(response)
    try:
        return cast("object", json.loads(text))
    except (ValueError, RecursionError):
        pass
    kind = response.header("content-type") or ""
    if "x-www-form-urlencoded" in kind or re.match(r"[\w.-]+=[^\s<>]*(&|$)", text):
        return dict(parse_qsl(text, keep_blank_values=True))
    return UNSET


def _whole(paths: tuple[str, ...], body: object | Unset, response: WireResponse) -> object | Unset:
    # "$" is the whole text; a JSON answer that is only a string is meant without its quotes
    return (body if isinstance(body, str) else _text(response).strip()) if "$" in paths else body


def _text(response: WireResponse) -> str:
    return response.content.decode("utf-8", "replace")


def _expiry(
    context: AuthContext,
    answer: TokenAnswer,
    body: object | Unset,
    response: WireResponse,
    now: float,
) -> float | None:
    scale = 1000.0 if answer.unit == "milliseconds" else 1.0
    at = lookup(answer.expires_at_path, body, response.headers)
    if at is not UNSET and at is not None:
        moment = _moment(at, scale)
        if moment is None:
            raise fault(context, "the time at expires_at_path is neither ISO 8601 nor a number")
        return moment
    seconds = _number(lookup(answer.expires_in_path, body, response.headers))
    if seconds is not None and seconds >= 0:
        return now + seconds / scale
    return None if answer.lifetime is None else now + answer.lifetime


def _moment(value: object, scale: float) -> float | None:
    number = _number(value)
    if number is not None:
        return number / scale
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None  # neither NaN nor infinity


def refused(
    context: AuthContext, response: WireResponse, secrets: Iterable[str], problem: str = ""
) -> AuthError:
    """The error for an answer that gives no token: the status and what the provider said about it."""
    body = parse_body(response)
    said = [
        clean(value, secrets)
        for paths in (_ERROR, _REASON)
        if isinstance(value := lookup(paths, body), (str, int)) and not isinstance(value, bool)
    ]
    where = response.url.partition("?")[0]
    text = f"{where} answered {response.status}"
    for part in (problem, *dict.fromkeys(said)):
        text += f": {part}" if part else ""
    coded = isinstance(lookup(_ERROR, body), (str, int))
    code = said[0] if said and coded else None
    return fault(context, clean(text, secrets), status=response.status, code=code)
