"""Responses of token endpoints: the token and its lifetime, or what the provider says went wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import cast
from urllib.parse import parse_qsl, urljoin, urlsplit

from ..credentials import stripped, without_prefix
from ..definition import SavedValue, TokenAnswer
from ..errors import AuthError
from ..flow import HIDDEN, WireResponse
from ..json_text import dumps
from ..reading import charsets
from ..reading.data import data_of
from ..reading.dates import parse_date
from ..reading.paths import lookup
from ..unset import UNSET, Unset
from .scheme import AuthContext
from .token_request import clean, fault
from .token_store import Token

_ERROR = ("$.error.code", "$.error.type", "$.error_code", "$.errcode", "$.error", "$.code")
_REASON = (
    "$.error_description", "$.error.message", "$.error_message", "$.message", "$.detail", "$.errorMessage",
    "$.errmsg", "$.errors[0].message", "$.errors[0].detail", "$.errors[0]", "$.title", "$.error",
)  # fmt: skip
_EPOCH = 1e9  # no lifetime is thirty years: such a number is a point in time
_EPOCH_MILLIS = 1e11
_LATEST = 2.5e11  # in seconds, about the year 9900: datetime ends there
_NAMES_SHOWN = 10
_NAME = re.compile(r"[@#]?[A-Za-z_][\w .-]{0,39}")
_FORM = re.compile(r"[\w.-]+=[^\s<>]*(&|$)")


def read_token(
    context: AuthContext,
    answer: TokenAnswer,
    response: WireResponse,
    *,
    prefix: str = "",
    previous: Token | None = None,
    secrets: Iterable[str] = (),
) -> Token:
    """The token in a response. What it does not repeat (refresh token, saved values) stays as in ``previous``.

    ``prefix`` is sent before the token, and is taken off one that begins with it.
    Raises AuthError with what the provider said, without the ``secrets`` it may repeat.
    """
    check_success(context, response, secrets, (answer.token_path,))
    body, now = _Body(response), time.time()
    access = without_prefix(prefix, stripped(text_of(body.value(answer.token_path)) or ""))
    if not access:
        raise refused(context, response, secrets, f"no token at {' or '.join(answer.token_path)}")
    before = previous or Token("")
    return Token(
        access_token=access,
        expires_at=_expiry(answer, body, now),
        refresh_token=text_of(body.value(answer.refresh_token_path)) or before.refresh_token,
        obtained_at=now,
        saved={**before.saved, **read_saved(context, answer.save, response)},
        profile=before.profile,
    )


def check_success(
    context: AuthContext,
    response: WireResponse,
    secrets: Iterable[str],
    wanted: Collection[tuple[str, ...]] = (),
) -> None:
    """Raises AuthError for every status but 2xx. Redirects are not followed with credentials; one whose headers hold all
    that is ``wanted`` is a success (forms that log in set the session's cookie and redirect)."""
    if 300 <= response.status < 400:
        if wanted and all(_in_headers(paths, response) for paths in wanted):
            return
        problem = f"it redirects{_target(response)}, which is not followed"
        raise refused(context, response, secrets, problem)
    if not 200 <= response.status < 300:
        raise refused(context, response, secrets)


def _in_headers(paths: tuple[str, ...], response: WireResponse) -> bool:
    headers_only = tuple(path for path in paths if path.startswith("header."))
    return bool(text_of(lookup(headers_only, UNSET, response.headers)))


def _target(response: WireResponse) -> str:
    """Where a redirect leads; of another path only the host, as the path may hold a token."""
    try:
        own = urlsplit(response.url)
        target = urlsplit(urljoin(response.url, response.header("location") or ""))
    except ValueError:
        return ""
    same = target.path.rstrip("/") == own.path.rstrip("/")
    return f" to {target.scheme}://{target.hostname}{target.path if same else '/…'}"


def _fits(pattern: str, text: str) -> bool:
    from ..patterns import matches  # loads pydantic_core

    return matches(pattern, text)


def read_saved(
    context: AuthContext, save: Mapping[str, SavedValue], response: WireResponse
) -> dict[str, str]:
    """The values that the spec keeps, each checked against its pattern. Raises AuthError."""
    saved: dict[str, str] = {}
    body = _Body(response)
    for name, wanted in save.items():
        text = text_of(body.value(wanted.path), any_type=True)
        if text is None:
            continue
        if wanted.pattern is not None and not _fits(wanted.pattern, text):
            raise fault(
                context, f"{name} in the response does not match the pattern {wanted.pattern}"
            )
        saved[name] = text
    return saved


def secret_names(save: Mapping[str, SavedValue]) -> frozenset[str]:
    """The saved values that are cookies: sessions are as secret as tokens."""
    return frozenset(
        name
        for name, wanted in save.items()
        if any(path.lower().startswith("header.set-cookie") for path in wanted.path)
    )


class _Body:
    """A response's body, read once: as JSON or XML data, as a form, or as text."""

    def __init__(self, response: WireResponse) -> None:
        self._headers = response.headers
        content_type = response.header("content-type")
        self._data = data_of(response.content, None, content_type)
        self._kind = (content_type or "").partition(";")[0].strip().lower()
        self._text = charsets.text_of(response.content, content_type).strip()

    @property
    def members(self) -> object | Unset:
        """The data, or the members of a form; UNSET when it is neither."""
        is_form = "x-www-form-urlencoded" in self._kind or _FORM.match(self._text)
        if self._data is UNSET and is_form:
            return dict(parse_qsl(self._text, keep_blank_values=True))
        return self._data

    @property
    def plain(self) -> str:
        """Text for people; blank for data and for a web page."""
        return "" if self._data is not UNSET or self.is_page else self._text

    @property
    def is_page(self) -> bool:
        """Whether it is a web page, or markup that nobody can read."""
        return self._data is UNSET and self._text.startswith("<")

    def value(self, paths: tuple[str, ...]) -> object | Unset:
        """The first value that is there; the path ``$`` is the whole body, unless that is a document of several
        values."""
        parts = tuple(takewhile(lambda path: path != "$", paths))
        value = lookup(parts, self.members, self._headers)
        if len(parts) == len(paths) or (value is not UNSET and value is not None):
            return value
        if self._data is UNSET:
            # what begins like JSON but is none is no token either
            return UNSET if self.plain.startswith(("{", "[")) else self.plain
        return UNSET if isinstance(self._data, (dict, list)) else self._data

    def text(self, paths: tuple[str, ...]) -> str | None:
        """The value of the first path at which a text or a number stands."""
        texts = (text_of(lookup((path,), self.members, self._headers)) for path in paths)
        return next(filter(None, texts), None)

    def contents(self) -> str:
        """What it holds, for a message: the names of members and cookies, never a value, which may be the token."""
        cookies = [v.partition("=")[0] for k, v in self._headers if k.lower() == "set-cookie"]
        names = ", ".join(_shown(name.strip()) for name in cookies)
        return self._members_shown() + (f", and the cookies {names}" if names else "")

    def _members_shown(self) -> str:
        members = self.members
        if isinstance(members, dict):
            names = list(_names(cast("dict[object, object]", members)))
            if len(names) > _NAMES_SHOWN:
                names[_NAMES_SHOWN:] = [f"{len(names) - _NAMES_SHOWN} more"]
            return f"has {', '.join(names)}" if names else "is an empty object"
        if not self._text:
            return "has no body"
        return "is a list" if isinstance(self._data, list) else f"is {self._kind or 'of no type'}"


def _names(members: dict[object, object]) -> Iterator[str]:
    """The names of members, and of those of the objects among them, as paths."""
    for key, value in members.items():
        inner = list(cast("dict[object, object]", value)) if isinstance(value, dict) else []
        yield from [f"{_shown(key)}.{_shown(name)}" for name in inner] or [_shown(key)]


def _shown(key: object) -> str:
    name = str(key)
    looks_secret = len(name) >= 16 and any(c.isdigit() for c in name)
    return name if _NAME.fullmatch(name) and not looks_secret else HIDDEN


def text_of(value: object, *, any_type: bool = False) -> str | None:
    """A text or number (with ``any_type`` all JSON data) as text that can be sent; None when it is none."""
    is_scalar = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if value is UNSET or value is None or not (is_scalar or any_type):
        return None
    try:
        text = value if isinstance(value, str) else dumps(value)
        text.encode()
    except (ValueError, RecursionError):
        return None  # halves of a surrogate pair, NaN, or too deep
    return text


def _expiry(answer: TokenAnswer, body: _Body, now: float) -> float | None:
    """When the token ends. None when the response does not say so in a way that can be read, or names a time that is
    past: then only the provider's refusal tells that it has ended."""
    scale = 1000.0 if answer.unit == "milliseconds" else 1.0
    end = _moment(body.value(answer.expires_at_path), scale)
    if end is None:
        value = body.value(answer.expires_in_path)
        seconds = _number(value)
        if seconds is None or seconds / scale >= _EPOCH:
            end = _moment(value, scale)
        else:
            end = now + seconds / scale
    if end is not None and now < end < _LATEST:
        return end
    return None if answer.lifetime is None else now + answer.lifetime


def _moment(value: object, scale: float) -> float | None:
    number = _number(value)
    if number is None:
        return parse_date(value)
    return number / 1000 if number >= _EPOCH_MILLIS else number / scale


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None  # neither NaN nor infinity


def refused(
    context: AuthContext,
    response: WireResponse,
    secrets: Iterable[str],
    problem: str = "",
    *,
    lacking: str = "token",
) -> AuthError:
    """The error for a response without a token: its status, what the provider said, and what it holds instead."""
    secrets, body, errors = list(secrets), _Body(response), context.connector.errors
    code = body.text((*errors.code_path, *_ERROR))
    reason = body.text((*errors.message_path, *_REASON))
    if response.status >= 400:
        reason = reason or body.plain  # the text of any other status may be a token
    said = [problem, *dict.fromkeys((code, reason))]
    text = f"{response.url.partition('?')[0]} answered {response.status}"
    if response.status >= 400 and body.is_page:
        text += " with a web page"
    text += "".join(f": {part}" for part in said if part)
    if response.status < 300:
        text += f" (the response {body.contents()})"
    shown_code = clean(code, secrets) if code else None
    text = clean(text, secrets)
    return fault(context, text, status=response.status, code=shown_code, lacking=lacking)
