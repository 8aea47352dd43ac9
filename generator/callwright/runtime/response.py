"""Interpret a response: as a failure with its class, or as a value of the declared type.

Paths and models are imported where they are used: most processes that import a client never see an error.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from typing_extensions import TypeForm

from . import errors as base
from .config import OnDrift, Settings
from .definition import Call, FailedWhen, Response, Retry, Xml
from .errors import (
    ApiError,
    AuthenticationError,
    DriftError,
    Headers,
    RateLimitError,
    RedirectRefusedError,
    StatusError,
    UnexpectedBodyError,
)
from .flow import WireRequest, WireResponse
from .json_text import dumps, in_words, loads, unreadable
from .reading.charsets import json_utf8, text_of
from .reading.data import data_of
from .record import Record
from .redaction.request_secrets import redactor_for
from .sending.redirects import refused_location
from .unset import UNSET
from .wait import retry_after

T = TypeVar("T")
FILES = ("file", "image")
"""The types of responses that ``client.download`` writes."""
_PAGES = ("text/html", "application/xhtml+xml")


class Failure(Record):
    """Why a response is an error. ``kind``: the class to raise. Texts contain none of the request's secrets."""

    kind: type[StatusError]
    status: int
    code: str | None
    message: str | None
    request_id: str | None
    headers: Headers
    content: bytes
    retry_after: float | None
    is_rate_limit: bool
    is_authentication: bool
    too_long: bool = False
    xml: Xml | None = None
    location: str | None = None
    """Where a redirect leads that is not followed, as it may be shown."""

    def error(self, call: Call) -> ApiError:
        """The exception to raise."""
        if self.location is not None:
            return RedirectRefusedError(
                f"{call.name}: {self.status}: redirected to {self.location}; redirects of actions are not followed,"
                " as the action may already have been executed",
                location=self.location,
            )
        error = self.kind(
            call.name,
            self.status,
            message=self.message,
            code=self.code,
            request_id=self.request_id,
            headers=self.headers,
            content=self.content,
        )
        error.xml_ = self.xml
        error.retry_after = self.retry_after
        error.is_retryable = error.is_retryable or self.is_rate_limit
        return error


def failure(
    settings: Settings, call: Call, request: WireRequest, response: WireResponse, retry: Retry
) -> Failure | None:
    """Why a response is a failure, or None for a success.

    Raises the response's ``problem`` if a body was expected and could not be decoded.
    """
    if response.opened is not None:
        return None  # what comes is read while it arrives
    status = response.status
    rules = settings.connector.errors
    success = status in call.responses or 200 <= status < 300
    how = _promised(call, response)
    if success:
        if response.problem is not None and how.type != "empty" and how.value is UNSET:
            raise response.problem
        if not rules.failed_when:
            return None
    body = data_of(response.content, rules.xml, response.header("content-type"))
    if success and not any(
        fails(rule, body, response.headers, promised=how.type) for rule in rules.failed_when
    ):
        return None
    return _failure(settings, call, request, response, retry, body)


def is_file(
    settings: Settings, call: Call, status: int, headers: tuple[tuple[str, str], ...]
) -> bool:
    """Whether a response is a file that can be written while it arrives.

    Not one that may be a failure by its body, or a web page in its place: these are read as a whole first.
    """
    how = call.responses.get(status, call.response)
    if how.type not in FILES or how.value is not UNSET or how.may_be_empty:
        return False
    if status not in call.responses and not 200 <= status < 300:
        return False
    kind = next((v for k, v in headers if k.lower() == "content-type"), None)
    if misfit_of(how, kind):
        return False
    return not settings.connector.errors.failed_when or not _is_data(kind)


def misfit_of(how: Response, content_type: str | None) -> str:
    """What stands in the place of a file by its Content-Type; blank for what may be the file."""
    media = (content_type or "").partition(";")[0].strip().lower()
    declared = how.content_type or ""
    if media in _PAGES and "html" not in declared:
        return f"a web page ({media})"
    is_json = media == "application/json" or media.endswith("+json")
    return f"JSON ({media})" if how.type == "image" and is_json and "json" not in declared else ""


def _is_data(content_type: str | None) -> bool:
    media = (content_type or "").partition(";")[0].strip().lower()
    return media.endswith(("json", "xml"))


def _promised(call: Call, response: WireResponse) -> Response:
    how = call.responses.get(response.status, call.response)
    if how.may_be_empty and not response.content.strip():
        return how.replace(type="empty")
    return how


def _failure(
    settings: Settings,
    call: Call,
    request: WireRequest,
    response: WireResponse,
    retry: Retry,
    body: object,
) -> Failure:
    from .reading.messages import message_of, shortened
    from .reading.paths import lookup

    rules, status = settings.connector.errors, response.status
    redactor = redactor_for(request)
    hide = redactor.text
    code = _text(lookup(rules.code_path, body, response.headers)) or _problem_type(body, response)
    name = rules.raises.get(code or "") or rules.raises.get(str(status))
    kind = _class(name, settings) if name else _class(base.class_for(status).__name__, settings)
    wait = retry_after(retry, body, response.headers)
    limited = status == 429 or issubclass(kind, RateLimitError)
    too_long = limited and wait is not None and wait > retry.max_wait
    if too_long and kind is _class("RateLimitError", settings):
        kind = _class("RetryAfterTooLongError", settings)
    message = message_of(rules, body, response, code)
    request_id = _text(lookup(rules.request_id_path, body, response.headers))
    return Failure(
        kind, status, code and hide(code), message and shortened(hide(message)),
        request_id and hide(request_id),
        Headers((hide(k), redactor.header(k, v)) for k, v in response.headers),
        redactor.content(response.content), wait, limited,
        status == 401 or issubclass(kind, AuthenticationError), too_long, rules.xml,
        None if name or call.data else refused_location(request, response),
    )  # fmt: skip


def _problem_type(body: object, response: WireResponse) -> str | None:
    """The type of a problem that is described as RFC 9457 says, unless it is the default one."""
    kind = response.header("content-type") or ""
    if not kind.lower().startswith("application/problem+") or not isinstance(body, dict):
        return None
    value = cast("dict[str, object]", body).get("type")
    return value if isinstance(value, str) and value not in ("", "about:blank") else None


def _class(name: str, settings: Settings) -> type[StatusError]:
    own = settings.errors.get(name)
    return own if own is not None else cast("type[StatusError]", getattr(base, name))


def fails(
    rule: FailedWhen,
    body: object,
    headers: Iterable[tuple[str, str]],
    promised: str = "json",
) -> bool:
    """Whether a response with a success status is a failure by this rule."""
    from .reading.paths import lookup

    value = lookup(rule.path, body, headers)
    if rule.present is not None:
        return (value is not UNSET) is rule.present
    in_headers = any(path.startswith("header.") for path in rule.path)
    same = _same_text if in_headers or promised == "xml" else _same
    if rule.is_ is not UNSET:
        return value is not UNSET and same(value, rule.is_)
    if value is UNSET and promised not in ("json", "xml") and not isinstance(body, (dict, list)):
        return in_headers  # an image has no places
    return not same(value, rule.not_)


def _same(left: object, right: object) -> bool:
    return left == right and isinstance(left, bool) is isinstance(right, bool)


def _same_text(value: object, wanted: object) -> bool:
    """Whether a value is what a spec writes as a number or true, where it can only come as a text."""
    if isinstance(value, str) and not isinstance(wanted, str):
        return value.strip().lower() == in_words(wanted)
    return _same(value, wanted)


def _text(value: object) -> str | None:
    if value is UNSET or value is None:
        return None
    return in_words(value)


def decode(
    call: Call,
    request: WireRequest,
    response: WireResponse,
    returns: TypeForm[T],
    on_drift: OnDrift,
) -> T:
    """The value of a success. Raises UnexpectedBodyError, and DriftError with ``on_drift="raise"``."""
    how = _promised(call, response)
    if how.value is not UNSET:
        return cast("T", how.value)
    reader = _Reader(call, request, response, how)
    match how.type:
        case "json" | "xml":
            return reader.typed(returns, on_drift)
        case "empty":
            return cast("T", None)
        case "text":
            return cast("T", reader.text())
        case "number":
            return cast("T", reader.number())
        case "image" | "file":
            return cast("T", reader.file())
        case "stream":
            raise no_stream(call, request, response)


def accepted(how: Response) -> str:
    """The media type that a stream is asked for with."""
    is_sse = how.stream is None or how.stream.format == "sse"
    return "text/event-stream" if is_sse else "application/x-ndjson, application/json;q=0.9"


def is_stream(call: Call, status: int, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a response is the stream that the call promises, and no error or web page in its place."""
    how = call.responses.get(status, call.response)
    if how.type != "stream" or not (200 <= status < 300 or status in call.responses):
        return False
    kind = next((v for k, v in headers if k.lower() == "content-type"), "").lower()
    if how.stream is not None and how.stream.format == "jsonl":
        return "html" not in kind
    # some servers label events as text, or not at all; JSON in their place is another response
    return not kind or kind.startswith(("text/event-stream", "text/plain", "application/octet"))


def no_stream(call: Call, request: WireRequest, response: WireResponse) -> UnexpectedBodyError:
    """The error for a response that is no stream."""
    reader = _Reader(call, request, response, _promised(call, response))
    kind = response.header("content-type") or "no content type"
    return reader.unexpected(f"expected a stream of events, got {kind}")


def read_items(
    call: Call,
    request: WireRequest,
    response: WireResponse,
    returns: TypeForm[list[T]],
    on_drift: OnDrift,
) -> tuple[list[T], object, Callable[[], object]]:
    """The items of a page, its body for the paths of ``paginate``, and a function that gives the body as plain data.

    Raises as ``decode`` does.
    """
    from .reading.paths import lookup

    assert call.paginate is not None
    path, how = call.paginate.items_path, _promised(call, response)
    reader = _Reader(call, request, response, how)
    if how.type == "json" and not how.untyped:
        from .reading.envelope import enveloped

        content = json_utf8(response.content, response.header("content-type"))
        body = enveloped(returns, content, path)
        if body is not None:
            items = cast("list[T]", lookup((path,), body))
            return items, reader.plain() if _reads_items(call) else body, reader.plain
    body = reader.plain()
    found = lookup((path,), body)
    if found is None or (found is UNSET and how.type == "xml"):
        return [], body, lambda: body
    return decode(call, request, response, returns, on_drift), body, lambda: body


def page_data(call: Call, request: WireRequest, response: WireResponse) -> object:
    """A page as plain data. Raises UnexpectedBodyError."""
    return _Reader(call, request, response, _promised(call, response)).plain()


def _reads_items(call: Call) -> bool:
    """Whether where the list continues stands in its items, like ``$.data[-1].id``."""
    from .reading.paths import Path, parse_path, parse_source

    assert call.paginate is not None
    items = parse_path(call.paginate.items_path).steps
    sources = map(parse_source, (*call.paginate.next_path, *call.paginate.more_path))
    return any(isinstance(s, Path) and s.steps[: len(items)] == items for s in sources)


def file_of(call: Call, request: WireRequest, response: WireResponse) -> bytes:
    """The file that a success is. Raises UnexpectedBodyError for a response of another type."""
    how = _promised(call, response)
    reader = _Reader(call, request, response, how)
    if how.type not in FILES or how.value is not UNSET:
        raise reader.unexpected(f"expected a file, got a response of type {how.type}")
    return reader.file()


class _Reader:
    """Reads one body of a success."""

    def __init__(
        self, call: Call, request: WireRequest, response: WireResponse, how: Response
    ) -> None:
        self._call = call
        self._request = request
        self._response = response
        self._how = how

    def unexpected(self, problem: str) -> UnexpectedBodyError:
        """The error for a body of an unexpected kind. It contains the body."""
        redactor, kind = redactor_for(self._request), self._response.header("content-type")
        return UnexpectedBodyError(
            self._call.name,
            redactor.text(problem),
            status_code=self._response.status,
            content=redactor.content(self._response.content),
            content_type=kind and redactor.text(kind),
        )

    def typed(self, returns: TypeForm[T], on_drift: OnDrift) -> T:
        """The body, or the selected part of it, as its type."""
        body: Any = self._xml() if self._how.type == "xml" else self._json()
        if self._how.untyped:
            return cast("T", self._loaded(json.loads, body) if isinstance(body, bytes) else body)
        from .reading.drift import UnexpectedRootError, fitted, parse

        if self._how.type == "xml":
            body = fitted(returns, body)
        root = self._how.select or "$"
        try:
            value, drifts = parse(returns, body, call=self._call.name, root=root)
        except UnexpectedRootError as error:
            if error.is_json:
                problem = f"expected {error.expected}, got {error.got}"
                problem += f" at {root}" if root != "$" else ""
            else:
                problem = f"expected JSON, got {self._size()}: {error.got}"
        else:
            if drifts:
                report(self._call.name, drifts, on_drift)
            return value
        raise self.unexpected(problem)

    def plain(self) -> object:
        """The whole body as plain data."""
        if self._how.type == "xml":
            return self._xml(self._how.replace(select=None))
        return self._loaded(json.loads, self._json(self._how.replace(select=None)))

    def _json(self, how: Response | None = None) -> bytes:
        how = how or self._how
        content = json_utf8(self._response.content, self._response.header("content-type"))
        if not content.strip():
            raise self.unexpected("expected JSON, got an empty body")
        if how.select is None:
            return content
        selected = self._selected(how.select, self._loaded(loads, content))
        return dumps(selected).encode("utf-8", "surrogatepass")

    def _loaded(self, load: Callable[[bytes], Any], content: bytes) -> Any:
        problem = ""
        try:
            return load(content)
        except (ValueError, RecursionError) as error:
            problem = unreadable(error)
        raise self.unexpected(f"expected JSON, got {self._size()}: {problem}")

    def _xml(self, how: Response | None = None) -> Any:
        how = how or self._how
        from .reading.xml import XmlError, xml_value

        content, problem, value = self._response.content, "", None
        if not content.strip():
            raise self.unexpected("expected XML, got an empty body")
        try:
            value = xml_value(content, self._how.xml, self._response.header("content-type"))
        except XmlError as error:
            problem = f"expected XML, got {self._size()}: {error}"
        if problem:
            raise self.unexpected(problem)
        return value if how.select is None else self._selected(how.select, value)

    def _size(self) -> str:
        kind = self._response.header("content-type") or "no content type"
        shown = "".join(c for c in kind[:100] if c.isprintable())
        return f"{len(self._response.content)} bytes of {shown}"

    def _selected(self, path: str, value: object) -> object:
        from .reading.paths import lookup

        found = lookup((path,), value)
        if found is UNSET:
            raise self.unexpected(f"the body has no {path}")
        return found

    def text(self) -> str:
        """The body as text, by its charset (UTF-8 when it says none); a web page is not the text that was promised."""
        kind = self._response.header("content-type")
        if kind is not None and kind.lower().startswith("text/html") and not self._expects_html():
            raise self.unexpected("expected text, got a web page (text/html)")
        return text_of(self._response.content, kind)

    def _expects_html(self) -> bool:
        return "html" in (self._how.content_type or "")

    def file(self) -> bytes:
        """The body as it is; a web page is not the file that was promised."""
        misfit = misfit_of(self._how, self._response.header("content-type"))
        if misfit:
            kind = "an image" if self._how.type == "image" else "a file"
            raise self.unexpected(f"expected {kind}, got {misfit}")
        return self._response.content

    def number(self) -> int | float:
        """The body as a number."""
        from .reading.numbers_in_text import json_number

        number = json_number(self.text())
        if number is None:
            raise self.unexpected(f"expected a number, got {self._size()}")
        return number


def report(call: str, drifts: Any, on_drift: OnDrift) -> None:
    """Report differences to the application, as ``on_drift`` says."""
    if on_drift == "ignore":
        return
    if on_drift == "raise":
        raise DriftError(call, drifts)
    if callable(on_drift):
        for drift in drifts:
            on_drift(drift)
        return
    import warnings

    from .reading.drift import SchemaDriftWarning

    level = _application_level()
    for drift in drifts:
        warnings.warn(SchemaDriftWarning(drift), stacklevel=level)


def _application_level() -> int:
    """How many frames above ``report`` the application's is: the first outside of the runtime and of the clients."""
    runtime = __name__.rpartition(".")[0]
    packages = f"{runtime.rpartition('.')[0]}."
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        is_client = module.startswith(packages) and module.endswith(".client")
        if not (module.startswith(f"{runtime}.") or is_client):
            break
        frame, level = frame.f_back, level + 1
    return level
