"""Reading the captures of a connector: what can be used as values, what cannot as diagnostics."""

from __future__ import annotations

import difflib
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from callwright.captures.files import CaptureName, parse_name
from callwright.captures.json_text import (
    JsonTextError,
    RepeatedKeyError,
    decode,
    parse_json,
)
from callwright.captures.known import known
from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic, Severity, SourceSpan
from callwright.ir.nodes import Request, Requests
from callwright.runtime.unset import UNSET
from callwright.runtime.xml import XmlError, read_xml

META_KEYS = (
    "source", "captured_at", "environment", "auth", "call_digest", "request", "status", "headers",
)  # fmt: skip
_OTHER_KIND = (
    "correct the file, or store it with the extension of what it is (.json, .xml, .txt, …)"
)


def read_captures(
    folder: Path, root: Path, requests: Requests
) -> tuple[tuple[Capture, ...], tuple[Diagnostic, ...]]:
    """All captures below ``folder`` (a connector's ``captures/``), in the order of calls, samples, statuses and pages.

    Paths in captures and diagnostics are relative to ``root``. A file that cannot be used is a diagnostic, never an
    exception, and is left out; a missing folder holds no captures.
    """
    reader = _Reader(folder, root, {request.call.name: request for request in requests.calls})
    captures = [capture for call in reader.call_folders() for capture in reader.known_call(call)]
    order = {name: index for index, name in enumerate(reader.requests)}
    captures.sort(key=lambda c: (order[c.call], c.sample, c.status, c.page or 0))
    return tuple(captures), tuple(reader.found)


@dataclass
class _Reader:
    folder: Path
    root: Path
    requests: Mapping[str, Request]
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def call_folders(self) -> Iterator[Path]:
        if not self.folder.is_dir():
            return
        for entry in self._entries(self.folder):
            if not entry.is_dir():
                self._report(
                    "capture-file-name",
                    entry,
                    "a capture lies in a folder named after its call",
                    hint=f"move it to {self._show(self.folder)}/<call>/",
                    severity=Severity.WARNING,
                )
            elif entry.name not in self.requests:
                self._report(
                    "capture-unknown-call",
                    entry,
                    f"no call is named {entry.name!r}{did_you_mean(entry.name, self.requests)}",
                    hint="rename the folder after a call of the spec, or delete it",
                )
            else:
                yield entry

    def known_call(self, folder: Path) -> list[Capture]:
        """The captures of one call, not read again when neither they nor the call changed."""

        def read() -> tuple[list[Capture], list[Diagnostic]]:
            reader = replace(self, found=[])
            return list(reader.read_call(folder)), reader.found

        request = self.requests[folder.name]
        captures, found = known(folder, f"{self._show(folder)}\0{request.digest}", read)
        self.found += found
        return captures

    def read_call(self, folder: Path) -> Iterator[Capture]:
        """The captures of one call; what cannot be used is reported."""
        request = self.requests[folder.name]
        names: dict[CaptureName, Path] = {}
        for entry in self._entries(folder):
            name = parse_name(entry.name) if entry.is_file() else None
            if name is None or (name.is_meta and name.page is not None):
                self._report(
                    "capture-file-name",
                    entry,
                    "not a capture's name; expected <sample>.<status>[.p<n>].<ext>, like example.200.json",
                    hint="rename or delete the file",
                )
            else:
                names[name] = entry
        metas = {(n.sample, n.status): self._meta(p) for n, p in names.items() if n.is_meta}
        bodies = {name: path for name, path in names.items() if not name.is_meta}
        self._cross_check(request, folder, metas, bodies)
        for name, path in bodies.items():
            capture = self._capture(request, name, path, metas.get((name.sample, name.status)))
            if capture is not None:
                yield capture

    def _entries(self, folder: Path) -> Iterator[Path]:
        """What lies in a folder, sorted, hidden files left out, nothing that leads outside."""
        try:
            entries = sorted(folder.iterdir())
            home = self.folder.resolve()
        except OSError as error:
            self._report("capture-unreadable", folder, f"cannot be read: {error.strerror}")
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and not entry.resolve().is_relative_to(home):
                self._report(
                    "capture-outside",
                    entry,
                    "a link that leads out of the captures folder is not followed",
                    hint="copy the file here",
                )
            else:
                yield entry

    def _cross_check(
        self,
        request: Request,
        folder: Path,
        metas: Mapping[tuple[str, int], Mapping[str, object]],
        bodies: Mapping[CaptureName, Path],
    ) -> None:
        pages: dict[tuple[str, int], list[CaptureName]] = {}
        for name in bodies:
            pages.setdefault((name.sample, name.status), []).append(name)
        for (sample, status), found in pages.items():
            numbers = [name.page for name in found]
            if len(set(numbers)) < len(numbers) or (None in numbers and len(numbers) > 1):
                listed = ", ".join(str(name) for name in found)
                self._report(
                    "capture-twice", folder, f"several bodies for one answer: {listed}",
                    hint="keep one of them",
                )  # fmt: skip
            elif numbers != [None] and sorted(n or 0 for n in numbers) != list(
                range(1, len(numbers) + 1)
            ):
                self._report(
                    "capture-page-missing",
                    folder,
                    f"{sample}.{status} has no unbroken row of pages from p1",
                    hint=f"callwright initialize {self._connector}.{request.call.name}.{sample}",
                    severity=Severity.WARNING,
                )
        for sample, status in metas.keys() - pages.keys():
            self._report(
                "capture-without-body",
                folder,
                f"{sample}.{status}.meta.yaml has no body file beside it",
                hint=f"callwright initialize {self._connector}.{request.call.name}.{sample}",
                severity=Severity.WARNING,
            )
        self._check_samples(request, folder, {name.sample for name in bodies})

    def _check_samples(self, request: Request, folder: Path, samples: set[str]) -> None:
        known = [sample.name for sample in request.samples]
        for sample in sorted(samples - set(known)):
            self._report(
                "capture-unknown-sample",
                folder,
                f"the call has no sample {sample!r}{did_you_mean(sample, known)}",
                hint=f"it counts as a manual response; name its arguments with"
                f" calls.{request.call.name}.samples.{sample}: {{args: {{…}}}}",
                severity=Severity.WARNING,
            )

    def _capture(
        self, request: Request, name: CaptureName, path: Path, meta: Mapping[str, object] | None
    ) -> Capture | None:
        try:
            stored = path.read_bytes()
        except OSError as error:
            self._report("capture-unreadable", path, f"cannot be read: {error.strerror}")
            return None
        body = self._checked(request, name, path, stored)
        if body is None:
            return None
        meta = meta or {}
        headers = _pairs(meta.get("headers"))
        capture = Capture(
            call=request.call.name,
            sample=name.sample,
            status=name.status,
            page=name.page,
            kind=name.kind,
            path=self._show(path),
            body=body,
            source=_text(meta, "source") or "manual",
            captured_at=_text(meta, "captured_at"),
            environment=_text(meta, "environment"),
            auth=_text(meta, "auth"),
            call_digest=_text(meta, "call_digest"),
            headers=headers,
            request=_mapping(meta.get("request")),
            content_type=next((v for k, v in headers if k.lower() == "content-type"), None),
        )
        self._check_digest(request, capture)
        return capture

    def _checked(
        self, request: Request, name: CaptureName, path: Path, body: bytes
    ) -> bytes | None:
        """The body without a byte order mark, or None after reporting why it cannot be used."""
        if name.kind == "binary":
            return body
        if name.kind == "empty":
            if body:
                self._report(
                    "capture-not-empty", path, "an .empty capture stands for no body, but has one",
                    hint="give it the extension of what it holds, or empty it",
                )  # fmt: skip
                return None
            return body
        if name.kind == "xml":
            return self._checked_xml(path, body)
        try:
            if name.kind == "json":
                parse_json(body, keys_once=_is_read(request, name.status))
            elif name.kind == "jsonl":
                _check_lines(decode(body))
            else:
                decode(body)
        except JsonTextError as error:
            self._report_json(path, body, error)
            return None
        return body.removeprefix(BOM_UTF8)

    def _checked_xml(self, path: Path, body: bytes) -> bytes | None:
        try:
            read_xml(body)
        except XmlError as error:
            place = (error.line, error.column, 1)
            self._report_at(path, body, place, "capture-not-xml", error.problem, _OTHER_KIND)
            return None
        return body

    def _report_json(self, path: Path, body: bytes, error: JsonTextError) -> None:
        code = "capture-not-json"
        if error.reason == "not UTF-8":
            code = "capture-not-utf8"
        elif isinstance(error, RepeatedKeyError):
            code = "capture-key-twice"
        place = (error.line, error.column, error.length)
        self._report_at(path, body, place, code, error.reason, error.way_out or _OTHER_KIND)

    def _report_at(
        self,
        path: Path,
        body: bytes,
        place: tuple[int, int, int],
        code: str,
        problem: str,
        hint: str,
    ) -> None:
        """Report what is wrong at a line and column of a file, for so many characters."""
        number, column, length = place
        lines = body.decode("utf-8", "replace").splitlines()
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        span = SourceSpan(
            file=self._show(path),
            line=max(number, 1),
            column=max(column, 1),
            length=length,
            text=line if len(line) <= 160 else "",
        )
        self.found.append(
            Diagnostic(
                severity=Severity.ERROR,
                code=code,
                message=problem,
                span=span,
                hint=hint,
            )
        )

    def _check_digest(self, request: Request, capture: Capture) -> None:
        sample = next((s for s in request.samples if s.name == capture.sample), None)
        if capture.call_digest is None or sample is None or (capture.page or 1) > 1:
            return
        from callwright.captures.digest import sample_digest

        if sample_digest(request.call, sample) != capture.call_digest:
            place = f"{self._connector}.{request.call.name}.{capture.sample}"
            self.found.append(
                Diagnostic(
                    severity=Severity.WARNING,
                    code="stale-capture",
                    message=f"{capture.path} was captured by a call that has changed since",
                    path=f"calls.{request.call.name}.samples.{capture.sample}",
                    hint=f"callwright initialize {place}",
                )
            )

    def _meta(self, path: Path) -> Mapping[str, object]:
        import yaml

        # the C parser is twenty times as fast; some builds of PyYAML come without it
        loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        try:
            text = decode(path.read_bytes())
            loaded: object = yaml.load(text, Loader=loader)  # noqa: S506 - it makes texts only
        except OSError as error:
            self._report("capture-unreadable", path, f"cannot be read: {error.strerror}")
            return {}
        except JsonTextError as error:
            self._report("capture-meta", path, error.reason)
            return {}
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f" (line {mark.line + 1})" if mark is not None else ""
            self._report("capture-meta", path, f"not valid YAML{line}", hint="correct or delete it")
            return {}
        if loaded is None or isinstance(loaded, dict):
            meta = cast("Mapping[str, object]", loaded or {})
            if not meta.keys() <= set(META_KEYS):
                tree: Any = yaml.compose(text, Loader=loader)
                self._report_keys(path, text, [key for key, _ in tree.value])
            return meta
        self._report("capture-meta", path, "a map was expected", hint="correct or delete it")
        return {}

    def _report_keys(self, path: Path, text: str, keys: Sequence[Any]) -> None:
        """Report the unknown ones: what they were to say of the capture would be lost without a word."""
        for key in keys:
            name, mark = str(key.value), key.start_mark
            if name in META_KEYS:
                continue
            near = did_you_mean(name, META_KEYS)
            hint = "" if near else f"known keys: {', '.join(META_KEYS)}"
            place = (mark.line + 1, mark.column + 1, len(name))
            problem = f"unknown key {name}{near}"
            self._report_at(path, text.encode(), place, "capture-meta", problem, hint)

    @property
    def _connector(self) -> str:
        return self.folder.parent.name

    def _show(self, path: Path) -> str:
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def _report(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.found.append(
            Diagnostic(
                severity=severity, code=code, message=f"{self._show(path)}: {message}", hint=hint
            )
        )


def _is_read(request: Request, status: int) -> bool:
    """Whether the members of a JSON answer are typed."""
    response = request.call.responses.get(status, request.call.response)
    return status >= 400 or not (response.untyped or response.value is not UNSET)


def did_you_mean(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """`` (did you mean x?)``, or nothing when no known name is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _check_lines(text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                parse_json(line)
            except JsonTextError as error:
                raise JsonTextError(error.reason, number, error.column, error.length) from None


def _text(meta: Mapping[str, object], key: str) -> str | None:
    value = meta.get(key)
    return value if isinstance(value, str) and value else None


def _mapping(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else None


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Headers of a meta file: a map of texts, or of lists of texts for repeated ones."""
    pairs: list[tuple[str, str]] = []
    for name, given in (_mapping(value) or {}).items():
        texts = cast("list[object]", given) if isinstance(given, list) else [given]
        pairs.extend((str(name), str(text)) for text in texts)
    return tuple(pairs)
