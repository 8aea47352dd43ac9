"""From what a provider answered to a capture: is it what was promised, and of which kind is its body?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from callwright.captures.files import kind_of, media_type
from callwright.captures.json_text import (
    JsonTextError,
    RepeatedKeyError,
    decode,
    parse_json,
)
from callwright.captures.model import CaptureKind
from callwright.errors import InitializeError
from callwright.initialize.plan import Step
from callwright.ir.nodes import Request, Requests
from callwright.runtime.core import Exchange
from callwright.runtime.definition import Response
from callwright.runtime.errors import (
    ApiError,
    ApiTimeoutError,
    AuthError,
    ResponseTooLargeError,
    TransportError,
)
from callwright.runtime.flow import WireRequest
from callwright.runtime.reading.charsets import declared_codec, json_utf8, text_of
from callwright.runtime.reading.data import data_of
from callwright.runtime.reading.numbers_in_text import json_number
from callwright.runtime.reading.paths import HeaderPath, parse_source
from callwright.runtime.reading.xml import XmlError, local, read_xml, xml_text
from callwright.runtime.response import FILES, misfit_of
from callwright.runtime.unset import UNSET

_ENCODING = re.compile(r"""\A(<\?xml\s[^>]*?\bencoding\s*=\s*["'])[^"']*(["'])""")
_UNCHANGED = ("binary", "empty")
LARGEST_FILE = 262_144
"""The most bytes of a binary body that are stored."""
_LONGEST_BODY = 65_536  # longer request bodies are not kept beside a capture
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+)?html\b", re.IGNORECASE)


def is_expected(step: Step, exchange: Exchange) -> bool:
    """Whether the status (and ``failed_when``) is what the sample expects."""
    status, sample = exchange.response.status, step.sample
    if sample.expect_error:
        return exchange.failure is not None and sample.status in (None, status)
    if sample.status is not None:
        return status == sample.status and (exchange.failure is None or status >= 300)
    return exchange.failure is None


def unexpected(step: Step, exchange: Exchange) -> str:
    """What came instead of what was expected, with the provider's own words."""
    status, failure = exchange.response.status, exchange.failure
    said = ""
    if failure is not None:
        words = [failure.message or "", f"({failure.code})" if failure.code else ""]
        said = " ".join(w for w in words if w)
        if failure.location is not None:
            said = f"it redirects to {failure.location}, which is not followed for an action"
    got = f"{status} {status_phrase(status)}".strip()
    if failure is not None and status < 300:
        got += ", a failure by errors.failed_when"
    return f"{step.name}: got {got} (expected {step.expected}){f': {said}' if said else ''}"


def status_phrase(status: int) -> str:
    """``Not Found`` for 404; "" for a status without a name."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def checked_body(
    request: Request, status: int, content_type: str | None, body: bytes, *, is_error: bool
) -> tuple[CaptureKind, bytes]:
    """The kind of a body and its bytes, checked against what the spec promises for this status.

    Text of another charset that the Content-Type declares comes in UTF-8, as captures are stored.
    Raises InitializeError, without naming the sample, when the body is not of the promised kind.
    """
    if not body:
        return "empty", b""
    response = request.call.responses.get(status, request.call.response)
    kind = kind_of(content_type, body)
    promised = kind if is_error else _promised(response, kind)
    body = _utf8(promised, content_type, body)
    if is_error:
        return error_kind(kind, body), body
    match promised:
        case "json":
            is_read = not response.untyped and response.value is UNSET
            _check_json(body, content_type, keys_once=is_read)
        case "jsonl":
            for line in body.split(b"\n"):
                if line.strip():
                    _check_json(line, "application/json")  # each line is
        case "xml":
            _check_xml(body, response.content_type or content_type)
        case "text" | "sse":
            _check_text(body, content_type, response)
        case "binary":
            _check_file(content_type, response)
        case "empty":
            pass
    return promised, body


def kept_body(
    step: Step, kind: CaptureKind, body: bytes, *, is_error: bool
) -> tuple[int | None, bytes]:
    """What is stored of a body: all of it (None), or only its size where a binary one is large or unwanted.

    Raises InitializeError for one that is larger than ``keep: full`` allows.
    """
    if kind != "binary" or is_error:
        return None, body
    keep = step.sample.keep
    is_large = len(body) > LARGEST_FILE
    if keep == "full" and is_large:
        raise InitializeError(
            f"{len(body)} bytes came, and `keep: full` stores at most {LARGEST_FILE}: write `keep: head`"
        )
    return (len(body), b"") if keep == "head" or is_large else (None, body)


def stored_type(kind: CaptureKind, content_type: str | None) -> str | None:
    """The Content-Type of a body as ``checked_body`` gives it."""
    if kind in _UNCHANGED or content_type is None or declared_codec(content_type) is None:
        return content_type
    return f"{content_type.partition(';')[0].strip()}; charset=utf-8"


def _utf8(kind: CaptureKind, content_type: str | None, body: bytes) -> bytes:
    if kind in ("json", "jsonl"):
        return json_utf8(body, content_type)
    if kind in _UNCHANGED or declared_codec(content_type) is None:
        return body
    return (
        _utf8_document(body, content_type)
        if kind == "xml"
        else text_of(body, content_type).encode()
    )


def _utf8_document(body: bytes, content_type: str | None) -> bytes:
    try:
        text = xml_text(body, content_type)[0].removeprefix("\ufeff")
    except XmlError:
        return body
    return _ENCODING.sub(r"\1UTF-8\2", text, count=1).encode()


def _promised(response: Response, kind: CaptureKind) -> CaptureKind:
    if response.value is not UNSET:
        return kind
    match response.type:
        case "json" | "xml":
            return response.type
        case "text" | "number":
            return "text"
        case "image" | "file":
            return "binary"
        case "empty":
            return kind
        case "stream":
            sse = response.stream is None or response.stream.format == "sse"
            return "sse" if sse else "jsonl"


def error_kind(kind: CaptureKind, body: bytes) -> CaptureKind:
    """The kind that a body really is, whatever its label: errors may come as a proxy's HTML page."""
    try:
        if kind == "json":
            parse_json(body, keys_once=True)
            return kind
        if kind == "xml" and data_of(body) is not UNSET:
            return kind
        if kind != "binary":
            decode(body)
    except JsonTextError as error:
        return "binary" if error.reason == "not UTF-8" else "text"
    return "text" if kind == "xml" else kind


def _check_json(body: bytes, content_type: str | None, *, keys_once: bool = False) -> None:
    try:
        parse_json(body, keys_once=keys_once)
    except RepeatedKeyError as error:
        raise InitializeError(
            f"the answer's JSON cannot be used: {error}, and every reader would keep another of the two;"
            " where nobody reads it, say so with response: {untyped: true}"
        ) from None
    except JsonTextError as error:
        kind = kind_of(content_type, body)
        if "json" in media_type(content_type) and kind != "jsonl":
            raise InitializeError(f"the answer's JSON cannot be used: {error}") from None
        hint = _instead(kind)
        raise InitializeError(f"JSON was promised, {_description(content_type)}{hint}") from None


def _check_xml(body: bytes, content_type: str | None) -> None:
    page = InitializeError("XML was promised, the response is an HTML page")
    if media_type(content_type) == "text/html" or _HTML.match(body):
        raise page
    try:
        root = read_xml(body)
    except XmlError as error:
        raise InitializeError(f"XML was promised, {_description(content_type)} ({error})") from None
    if local(root.name).lower() == "html":
        raise page


def _check_text(body: bytes, content_type: str | None, response: Response) -> None:
    try:
        text = decode(body)
        if response.type == "number" and json_number(text) is None:
            raise ValueError(text)
    except JsonTextError:
        raise InitializeError(
            f"text was promised, {_description(content_type)} and not UTF-8{_instead('binary')}"
        ) from None
    except ValueError:
        raise InitializeError(f"a number was promised, {_description(content_type)}") from None


def _check_file(content_type: str | None, response: Response) -> None:
    misfit = misfit_of(response, content_type) if response.type in FILES else ""
    if misfit:
        kind = "an image" if response.type == "image" else "a file"
        way = f"; if this is right, say so with response: {{type: {response.type}, content_type: {_media(content_type)}}}"
        raise InitializeError(f"{kind} was promised, the response is {misfit}{way}")


def _instead(kind: CaptureKind) -> str:
    """What the spec could promise instead."""
    lines = "stream, stream: {format: jsonl}"
    kinds = {"xml": "xml", "binary": "file", "sse": "stream", "jsonl": lines}
    wanted = kinds.get(kind, "text")
    return f"; if this is right, say so with response: {{type: {wanted}}}"


def _description(content_type: str | None) -> str:
    return f"the response is {_media(content_type)}"


def _media(content_type: str | None) -> str:
    return media_type(content_type) or "without a content type"


def transport_message(step: Step, error: ApiError, status: int | None = None) -> str:
    """One line for a call without a usable response, with what to do about it.

    ``status``: that of a response whose body cannot be decoded.
    """
    text = str(error)
    label = f"{step.request.call.name}: "
    text = text.removeprefix(label)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = text.partition("CERTIFICATE_VERIFY_FAILED] ")[2].partition(" (_ssl")[0]
        host = text.partition("no connection to ")[2].partition(": ")[0]
        return (
            f"{step.name}: TLS failed with {host}: {reason};"
            " for a certificate authority of your own set SSL_CERT_FILE"
        )
    hint = ""
    if isinstance(error, ApiTimeoutError):
        longer = 2 * (error.seconds or 60)
        hint = f"; the spec can allow more, like timeout: {{{error.phase}: {longer:g}}}"
    if isinstance(error, ResponseTooLargeError):
        hint = f"; the spec can allow more, like limits: {{max_response_bytes: {10 * error.limit}}}"
    if isinstance(error, TransportError) and error.request_sent and step.is_action:
        hint += "; the action may have been executed"
    if isinstance(error, AuthError) and ": no token: " in text and _blames_credentials(error):
        hint = "; check the credentials"
    got = "" if status is None else f"{status}, but "
    return f"{step.name}: {got}{text}{hint}"


def _blames_credentials(error: AuthError) -> bool:
    """Whether a token endpoint may have refused the credentials: not when it redirects or fails itself."""
    status = error.status_code
    return status is not None and status < 500 and status // 100 != 3


def request_meta(request: WireRequest) -> Mapping[str, object]:
    """What was sent, as it may be shown, for the meta file (redacted again before it is written)."""
    meta: dict[str, object] = {"method": request.method, "url": request.url}
    if request.headers:
        meta["headers"] = dict(request.headers)
    if request.upload is not None:
        meta["body"] = " ".join(request.upload.words)
    elif request.content and len(request.content) <= _LONGEST_BODY:
        try:
            meta["body"] = request.content.decode()
        except UnicodeDecodeError:
            meta["body"] = f"({len(request.content)} bytes)"
    return meta


def redact_paths(requests: Requests, step: Step, status: int, *, is_error: bool) -> list[str]:
    """The paths that the spec and the sample want redacted in an answer of this status."""
    if is_error:
        fields = list(requests.error_fields)
    else:
        fields = [f for h in step.request.hints if h.status in (None, status) for f in h.fields]
    return [*(f.path for f in fields if f.redact), *step.sample.redact]


def headers_read(requests: Requests, request: Request) -> list[str]:
    """The headers that the spec's paths read, which are kept though nobody else would miss them."""
    connector, call = requests.connector, request.call
    paths: list[str] = [*connector.errors.message_path, *connector.errors.code_path]
    paths += connector.errors.request_id_path
    paths += [p for rule in connector.errors.failed_when for p in rule.path]
    paths += (call.retry or connector.retry).wait_path
    if call.paginate is not None:
        page = call.paginate
        paths += [*page.next_path, *page.more_path, *page.total_path, *page.total_pages_path]
    return sorted(_headers(paths))


def _headers(paths: Iterable[str]) -> set[str]:
    sources = (parse_source(path) for path in paths)
    return {source.name for source in sources if isinstance(source, HeaderPath)}
