"""A request as someone wrote it down, whatever the tool: what every importer makes, and connectors are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

AuthKind: TypeAlias = Literal["basic", "bearer", "digest", "client_certificate", "custom", "header"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAuth:
    """How a request shows who is calling. Texts may hold marks; None is what the source does not say.

    ``basic``, ``digest``: ``username`` and ``password``. ``bearer``: ``token``. ``custom``: a scheme without support,
    called ``name``. ``header``: an Authorization header of another word, whole in ``token``.
    """

    kind: AuthKind
    username: str | None = None
    password: str | None = None
    token: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A field of a form. ``file``: the path of a file that is sent instead of ``value``."""

    name: str
    value: str = ""
    file: str | None = None
    content_type: str | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBody:
    """A body. ``text``: as written; ``parts``: of a form (``form``, ``multipart``); ``file``: its content is the body."""

    kind: Literal["text", "form", "multipart", "file"]
    text: str = ""
    parts: tuple[Part, ...] = ()
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRequest:
    """One request. Texts may hold marks (see ``marks``). ``place`` is where it stands in the source, for messages.

    ``url`` has a scheme. ``headers`` are in the order written, without what ``auth`` and ``body`` say.
    ``folder``: the names of the folders that it stands in.
    """

    place: str
    method: str
    url: str
    name: str = ""
    description: str = ""
    folder: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str], ...] = ()
    body: WrittenBody | None = None
    auth: WrittenAuth | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Something that an import left out or could not take as it is. ``text`` says what, and what to do."""

    place: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """All that a source holds. ``title``: what it calls itself."""

    kind: str
    requests: tuple[WrittenRequest, ...]
    losses: tuple[Loss, ...] = ()
    title: str = ""
