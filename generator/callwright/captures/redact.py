"""Redaction: what must never be in a file, taken out of a capture in memory, before the first write."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from callwright.captures.json_text import Step, decode, parse_json, rewrite, spelled_path
from callwright.captures.model import Capture
from callwright.captures.pairs import secret_values
from callwright.captures.placeholders import Placeholders, is_email, is_example
from callwright.captures.redact_xml import redact_xml
from callwright.errors import CaptureError
from callwright.ir.naming import snake
from callwright.runtime.reading.paths import HeaderPath, parse_source
from callwright.runtime.reading.xml import XmlError, xml_text
from callwright.runtime.redaction import redactor
from callwright.runtime.redaction.sensitive import is_common, is_sensitive
from callwright.secrets import is_personal_key, is_placeholder, suspects

Place: TypeAlias = "tuple[Step | None, ...]"
"""The steps of a ``redact:`` path; None stands for every member or element."""

_KEPT_HEADERS = re.compile(
    r"(accept|accept-language|content-type|content-language|content-disposition|content-range|link|location|etag|"
    r"last-modified|retry-after|deprecation|sunset|server-timing|(x-)?rate-?limit-.*|ratelimit(-policy)?|"
    r"(x-)?request-id|x-total(-count)?|x-total-pages|x-page|x-per-page|x-next-page|next-page|total-records|"
    r"api-version|.*-version|prefer|preference-applied|idempotency-key|user-agent)\Z"
)
_ASSIGNMENT = re.compile(
    r"(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9_-]{2,40}+)(\s*+[=:]\s*+[\"']?)([^\s\"'&;,<>]{8,})"
)
_WHOLE_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]{1,99}+)=([^\s=]\S*)")
_NESTED_JSON = re.compile(r"\s*[{\[].*[}\]]\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedCapture:
    """A capture that went through a Redactor: the only kind that can be written.

    ``redacted`` counts what was taken out, by kind (``{"email": 4}``), for the person who reviews it; ``keyed`` are the
    paths of objects with a key that was a secret.
    """

    capture: Capture
    redacted: Mapping[str, int]
    keyed: tuple[str, ...] = ()


class Redactor:
    """Takes secrets out of captures. One serves a whole run: equal values get equal placeholders everywhere.

    ``known`` maps a credential's (or token's, or secret argument's) name to its value.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._placeholders = Placeholders()
        self._names: dict[str, str] = {}  # known value → its name
        self._known = redactor.Redactor(())
        self._count: Counter[str] = Counter()
        self._keyed: dict[str, None] = {}
        for name, value in (known or {}).items():
            if value:
                self._names.setdefault(value, name)
        self._known = redactor.Redactor(self._names)

    def add(self, name: str, value: str) -> None:
        """Make one more secret known by its value (a token obtained during the run)."""
        if value and value not in self._names:
            self._names[value] = name
            self._known = redactor.Redactor(self._names)

    def redact(
        self, capture: Capture, paths: Iterable[str] = (), keep_headers: Iterable[str] = ()
    ) -> RedactedCapture:
        """The capture without its secrets.

        ``paths`` are the spec's and the sample's ``redact:`` paths; ``keep_headers`` are headers the spec reads.
        Raises CaptureError when a binary body holds a known secret: it cannot be taken out of one.
        """
        self._count, self._keyed = Counter(), {}
        sources = [parse_source(path) for path in paths]
        places = [path.steps for path in sources if not isinstance(path, HeaderPath)]
        hidden = {path.name for path in sources if isinstance(path, HeaderPath)}
        kept = {name.lower() for name in keep_headers} - hidden
        body = self._body(capture, places)
        counted = {kind: count for kind, count in sorted(self._count.items()) if count}
        return RedactedCapture(
            capture=dataclasses.replace(
                capture,
                body=body,
                headers=self.headers(capture.headers, kept, hidden),
                request=self._request(capture.request),
            ),
            redacted=counted,
            keyed=tuple(self._keyed),
        )

    def text(self, text: str) -> str:
        """A text of any kind (a URL, a message) without known secrets, well-known tokens and secret parameters."""
        text = self._known.replaced(text, self._replace_known)
        parts: list[str] = []
        position = 0
        for start, end, value in suspects(text):
            self._count["token"] += 1
            parts += [text[position:start], self._placeholders.text(value, "text")]
            position = end
        return "".join([*parts, text[position:]]) if parts else text

    def headers(
        self,
        headers: Iterable[tuple[str, str]],
        keep: Iterable[str] = (),
        hide: Iterable[str] = (),
    ) -> tuple[tuple[str, str], ...]:
        """The headers that are worth keeping and safe to keep, by an allow-list; the rest is left out."""
        kept, hidden = set(keep), set(hide)
        return tuple(
            (name.lower(), self.text(value))
            for name, value in headers
            if name.lower() not in hidden
            and (name.lower() in kept or _KEPT_HEADERS.match(name.lower()))
            and not is_sensitive(name)
        )

    def json(self, text: str, places: Iterable[Place] = ()) -> str:
        """A JSON document in the layout of captures, redacted. It must be valid."""
        return self._json(text, tuple(places), indent=2)

    def form(self, text: str) -> str:
        """A form body, or a query without its question mark, redacted field by field."""
        return self.text("?" + text)[1:]

    def _body(self, capture: Capture, places: list[Place]) -> bytes:
        match capture.kind:
            case "empty":
                return b""
            case "binary":
                self._refuse_binary(capture)
                return capture.body
            case "json":
                return self.json(decode(capture.body), places).encode()
            case "jsonl":
                lines = decode(capture.body).split("\n")
                return "\n".join(self._line(line, places) for line in lines).encode()
            case "sse":
                return self._events(decode(capture.body), places).encode()
            case "xml":
                return self._document(capture, places)
            case "text":
                return self._loose(decode(capture.body)).encode()

    def _request(self, request: Mapping[str, object] | None) -> Mapping[str, object] | None:
        """The request part of a meta file: every text goes through the layers that suit it."""
        if request is None:
            return None
        result: dict[str, object] = {}
        for key, value in request.items():
            if key == "headers" and isinstance(value, Mapping):
                pairs = [(str(k), str(v)) for k, v in value.items()]  # pyright: ignore
                result[key] = dict(self.headers(pairs))
            elif isinstance(value, str):
                result[key] = self.request_body(value) if key == "body" else self.text(value)
            else:
                result[key] = value
        return result

    def request_body(self, text: str) -> str:
        """A request's body as text: JSON and forms by their keys, anything else by what it looks like."""
        nested = self._nested(text)
        if nested is not None:
            return nested
        return self.form(text) if re.match(r"[^\s=&]+=", text) else self._loose(text)

    def _line(self, line: str, places: list[Place]) -> str:
        if not line.strip():
            return line
        return self._json(line, tuple(places), indent=None)

    def _events(self, text: str, places: list[Place]) -> str:
        """Server-sent events: each data line is redacted by itself, as JSON where it is JSON."""
        lines: list[str] = []
        for line in text.split("\n"):
            head, data = re.match(r"(data: ?|)(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
            nested = self._nested(data, tuple(places)) if head else None
            lines.append(head + (nested if nested is not None else self._loose(data)))
        return "\n".join(lines)

    def _document(self, capture: Capture, places: list[Place]) -> bytes:
        """An XML document, in the encoding in which it came."""
        try:
            text, encoding = xml_text(capture.body)
        except XmlError as error:
            raise CaptureError(
                f"{capture.call}.{capture.sample}: {error}; nothing was stored"
            ) from None
        return redact_xml(text, places, self._element).encode(encoding)

    def _element(self, names: tuple[str, ...], value: str, placed: bool) -> str:
        """A text or attribute of an element, as it is written."""
        plain = html.unescape(value)
        bare = plain.strip()
        secret = is_email(bare) or (_is_secret_place(names) and not is_example(bare))
        if bare and (placed or secret):
            new = self._new(bare)
            return value if new == bare else value.replace(value.strip(), new)
        edited = self._loose(value)
        if edited == value and plain != value and self._loose(plain) != plain:
            return html.escape(self._loose(plain))  # a secret spelled with character references
        return edited

    def _loose(self, text: str) -> str:
        """A text nobody knows the grammar of: also ``password = …`` as written in logs and messages."""
        return _ASSIGNMENT.sub(self._replace_assignment, self.text(text))

    def _json(self, text: str, places: tuple[Place, ...], indent: int | None) -> str:
        paired = secret_values(json.loads(text))
        keys: dict[tuple[Step, ...], list[str]] = {}  # object → its keys that are secrets

        def edit(path: tuple[Step, ...], token: str, is_key: bool) -> str:
            if is_key:
                return self._key(path, token, keys)
            if any(_matches(path, place) for place in places):
                return self._scalar(token)
            if token in ("true", "false", "null"):
                return token
            if (path in paired or _is_secret_place(path)) and not is_example(token.strip('"')):
                return self._scalar(token)
            return self._string(token) if token.startswith('"') else self._number(token)

        return rewrite(text, edit, indent)

    def _scalar(self, token: str) -> str:
        """The placeholder of a raw JSON scalar. null stays null; a boolean becomes false, whichever it was."""
        if token.startswith('"'):
            value: str = json.loads(token)
            new = self._new(value)
            return token if new == value else json.dumps(new)
        if token in ("true", "false", "null"):
            return "null" if token[0] == "n" else "false"
        self._count["value"] += 1
        return self._placeholders.number(token)

    def _key(
        self, path: tuple[Step, ...], token: str, keys: dict[tuple[Step, ...], list[str]]
    ) -> str:
        """A key. One that holds a secret becomes ``redacted_key``, whatever the secret is: names come from keys."""
        value: str = json.loads(token)
        if is_email(value):
            return json.dumps(self._new(value), ensure_ascii=token.isascii())
        if not self._known.find(value) and not suspects(value):
            return token
        *around, _ = path
        secrets = keys.setdefault(tuple(around), [])
        if value not in secrets:
            secrets.append(value)
        self._count["key"] += 1
        self._keyed[self._shown_path(around)] = None
        number = secrets.index(value) + 1
        return json.dumps("redacted_key" if number == 1 else f"redacted_key_{number}")

    def _shown_path(self, steps: Iterable[Step]) -> str:
        """The path of an object for a message; keys that are secrets stay out of it, and items are ``[*]``."""
        shown = [step if isinstance(step, int) else self.text(step) for step in steps]
        return re.sub(r"\[\d+\]", "[*]", spelled_path(shown))

    def _string(self, token: str) -> str:
        """A string token with the layers that work on texts; its spelling is kept when nothing changes."""
        value: str = json.loads(token)
        new = self._new(value) if is_email(value) else self._nested(value)
        if new is None:
            new = self._loose(value)
            new = self._assigned(value) if new == value else new
        if new != value and is_example(value):
            new = self._placeholders.text(
                value
            )  # a secret inside of an address: it stays an address
        return token if new == value else json.dumps(new, ensure_ascii=token.isascii())

    def _number(self, token: str) -> str:
        """A number that is a known secret (a numeric key) is redacted; short ones are too common to be told."""
        if token in self._names and not is_common(token):
            self._count["credential"] += 1
            return self._placeholders.number(token)
        return token

    def _nested(self, text: str, places: tuple[Place, ...] = ()) -> str | None:
        """JSON inside a string, redacted by its keys too; None when the text is no JSON container."""
        if not _NESTED_JSON.match(text):
            return None
        try:
            parse_json(text)
        except ValueError:
            return None
        return self._json(text, places, indent=None)

    def _new(self, value: str) -> str:
        """The placeholder of a value that must go whole; a known credential's carries its name."""
        if not value or is_placeholder(value):
            return value
        if value in self._names:
            self._count["credential"] += 1
            return f"redacted_{snake(self._names[value])}"
        new = self._placeholders.text(value)
        self._count["email" if is_email(value) else "value"] += 1
        return new

    def _replace_known(self, secret: str) -> str:
        self._count["credential"] += 1
        return f"redacted_{snake(self._names[secret])}"

    def _assigned(self, text: str) -> str:
        """A text that is nothing but ``DB_PASSWORD=…``, as in lists of an environment."""
        match = _WHOLE_ASSIGNMENT.fullmatch(text)
        if match is None or is_placeholder(match[2]) or not is_sensitive(match[1]):
            return text
        self._count["value"] += 1
        return f"{match[1]}={self._placeholders.text(match[2], 'text')}"

    def _replace_assignment(self, match: re.Match[str]) -> str:
        name, between, value = match.groups()
        if is_placeholder(value) or not is_sensitive(name) or not re.search(r"\d", value):
            return match[0]
        self._count["value"] += 1
        return f"{name}{between}{self._placeholders.text(value, 'text')}"

    def _refuse_binary(self, capture: Capture) -> None:
        for _, _, secret in self._known.find(capture.body.decode("latin-1")):
            raise CaptureError(
                f"{capture.call}.{capture.sample}: the response is binary and holds the credential"
                f" {self._names[secret]}, which cannot be taken out of it; nothing was stored"
            )


def _matches(path: tuple[Step, ...], place: Place) -> bool:
    """Whether a place inside a document is, or lies below, one that a path of the spec names.

    An index from the end matches any index: rather too much is redacted than too little.
    """
    return len(path) >= len(place) and all(
        wanted is None
        or wanted == step
        or (isinstance(wanted, int) and wanted < 0 and isinstance(step, int))
        for wanted, step in zip(place, path, strict=False)
    )


def _is_secret_place(path: Sequence[Step]) -> bool:
    keys = [step for step in path if isinstance(step, str)]
    return any(
        is_sensitive(key) or is_personal_key(key, holds_text=index == len(keys) - 1)
        for index, key in enumerate(keys)
    )
