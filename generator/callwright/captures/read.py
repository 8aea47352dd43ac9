"""Reading the captures of a connector: what can be used as values, what cannot as diagnostics."""

from __future__ import annotations

import difflib
import re
from codecs import BOM_UTF8
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

from callwright.captures.bodies import body_problem
from callwright.captures.files import CaptureName, parse_name
from callwright.captures.model import Capture
from callwright.captures.reuse import known
from callwright.diagnostics import Diagnostic, Severity
from callwright.ir.nodes import Request, Requests
from callwright.runtime.definition import Connector
from callwright.runtime.unset import UNSET

if TYPE_CHECKING:
    from callwright.captures.meta import Meta

_VERSION = re.compile(r"\.v[0-9]+\.")


def read_captures(
    folder: Path, root: Path, requests: Requests
) -> tuple[tuple[Capture, ...], tuple[Diagnostic, ...]]:
    """All captures below ``folder`` (a connector's ``captures/``), in the order of calls, samples, statuses, versions and
    pages.

    Paths in captures and diagnostics are relative to ``root``. A file that cannot be used is a diagnostic, never an
    exception, and is left out; a missing folder holds no captures.
    """
    reader = _Reader(folder, root, requests.connector, _by_name(requests))
    captures = [capture for call in reader.call_folders() for capture in reader.known_call(call)]
    order = {name: index for index, name in enumerate(reader.requests)}
    captures.sort(key=lambda c: (order[c.call], *_place(c)))
    return tuple(captures), tuple(reader.found)


def stored_captures(folder: Path, requests: Requests, call: str, sample: str) -> list[Capture]:
    """The captures of one sample below ``folder``, by status, version and page; what cannot be used counts as missing."""
    reader = _Reader(folder, folder, requests.connector, _by_name(requests))
    if not (folder / call).is_dir():
        return []
    return sorted((c for c in reader.read_call(folder / call) if c.sample == sample), key=_place)


def _by_name(requests: Requests) -> dict[str, Request]:
    return {request.call.name: request for request in requests.calls}


def _place(capture: Capture) -> tuple[str, int, int, int]:
    return capture.sample, capture.status, capture.version, capture.page or 0


@dataclass
class _Reader:
    folder: Path
    root: Path
    connector: Connector
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
        context = (self._show(folder), request.digest, self._context)
        captures, found = known(folder, "\0".join(context), read)
        self.found += found
        return captures

    def read_call(self, folder: Path) -> Iterator[Capture]:
        """The captures of one call; what cannot be used is reported."""
        request = self.requests[folder.name]
        names: dict[CaptureName, Path] = {}
        for entry in self._entries(folder):
            name = parse_name(entry.name) if entry.is_file() else None
            if name is None or (name.is_meta and name.page is not None):
                self._report_name(entry)
            else:
                names[name] = entry
        metas = {n.stem: self._meta(p) for n, p in names.items() if n.is_meta}
        bodies = {name: path for name, path in names.items() if not name.is_meta}
        heads = _heads(names, metas, bodies)
        self._cross_check(request, folder, metas, {**bodies, **heads})
        for name, path in bodies.items():
            capture = self._capture(request, name, path, metas.get(name.stem))
            if capture is not None:
                yield capture
        for name, path in heads.items():
            yield self._made(request, name, path, b"", metas[name.stem])

    def _meta(self, path: Path) -> Meta:
        # it takes a YAML parser, which nobody needs who reads what is remembered
        from callwright.captures.meta import read_meta

        meta, problems = read_meta(path, self._show(path))
        self.found += problems
        return meta

    def _report_name(self, entry: Path) -> None:
        expected = "<sample>.<status>[.v<n>][.p<n>].<ext>, like example.200.json"
        message = f"not a capture's name; expected {expected}"
        if _VERSION.search(entry.name):
            message += (
                "; further responses to a sample are numbered v2, v3, …, the first has no number"
            )
        self._report("capture-file-name", entry, message, hint="rename or delete the file")

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
        metas: Mapping[str, Meta],
        bodies: Mapping[CaptureName, Path],
    ) -> None:
        """Report files of a call that do not belong together, or belong to nothing."""
        responses: dict[str, list[CaptureName]] = {}
        for name in bodies:
            responses.setdefault(name.stem, []).append(name)
        for stem, names in responses.items():
            self._check_pages(request, folder, stem, names)
            self._check_version(folder, names[0], responses)
        for stem in sorted(metas.keys() - responses.keys()):
            sample = stem.partition(".")[0]
            self._report(
                "capture-without-body",
                folder,
                f"{stem}.meta.yaml has no body file beside it",
                hint=f"callwright initialize {self._connector}.{request.call.name}.{sample}",
                severity=Severity.WARNING,
            )
        self._check_samples(request, bodies)

    def _check_pages(
        self, request: Request, folder: Path, stem: str, names: Sequence[CaptureName]
    ) -> None:
        numbers = [name.page for name in names]
        if len(set(numbers)) < len(numbers) or (None in numbers and len(numbers) > 1):
            listed = ", ".join(str(name) for name in names)
            self._report(
                "capture-twice", folder, f"several bodies for one response: {listed}",
                hint="keep one of them",
            )  # fmt: skip
        elif numbers != [None] and sorted(n or 0 for n in numbers) != list(
            range(1, len(numbers) + 1)
        ):
            self._report(
                "capture-page-missing",
                folder,
                f"{stem} has no unbroken row of pages from p1",
                hint=f"callwright initialize {self._connector}.{request.call.name}.{names[0].sample}",
                severity=Severity.WARNING,
            )

    def _check_version(self, folder: Path, name: CaptureName, stems: Collection[str]) -> None:
        first = replace(name, version=1)
        if name.version > 1 and first.stem not in stems:
            self._report(
                "capture-version",
                folder / str(name),
                f"a further response to a sample, but there is no {first} beside it",
                hint=f"rename it to {first}, or delete it",
            )

    def _check_samples(self, request: Request, bodies: Mapping[CaptureName, Path]) -> None:
        samples = [sample.name for sample in request.samples]
        stored = {name.sample for name in bodies}
        without = [sample for sample in samples if sample not in stored]
        for name, path in bodies.items():
            if name.sample in samples:
                continue
            near = did_you_mean(name.sample, without or samples)
            renamed = f" (was it renamed to {without[0]}?)" if len(without) == 1 else near
            self._report(
                "capture-unknown-sample",
                path,
                f"the call has no sample {name.sample!r}{renamed}; its types still count",
                hint=f"delete the file, rename it after a sample, or add"
                f" calls.{request.call.name}.samples.{name.sample}: {{args: {{…}}}}",
                severity=Severity.WARNING,
            )

    def _capture(
        self, request: Request, name: CaptureName, path: Path, meta: Meta | None
    ) -> Capture | None:
        try:
            stored = path.read_bytes()
        except OSError as error:
            self._report("capture-unreadable", path, f"cannot be read: {error.strerror}")
            return None
        problem = body_problem(
            name.kind, stored, self._show(path), keys_once=_is_read(request, name.status)
        )
        if problem is not None:
            self.found.append(problem)
            return None
        body = stored if name.kind in ("binary", "xml") else stored.removeprefix(BOM_UTF8)
        return self._made(request, name, path, body, meta or {})

    def _made(
        self, request: Request, name: CaptureName, path: Path, body: bytes, meta: Meta
    ) -> Capture:
        size = _text(meta, "size")
        later = (_mapping(meta.get("pages")) or {}).get(str(name.page))
        headers = _pairs(meta.get("headers") if later is None else later)
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
            base_path=_text(meta, "base_path", blank=True),
            auth_digest=_text(meta, "auth_digest"),
            headers=headers,
            request=_mapping(meta.get("request")),
            content_type=next((v for k, v in headers if k.lower() == "content-type"), None),
            version=name.version,
            size=int(size) if size is not None and name.is_meta else None,
        )
        self._check_current(request, capture)
        return capture

    def _check_current(self, request: Request, capture: Capture) -> None:
        sample = next((s for s in request.samples if s.name == capture.sample), None)
        if sample is None or (capture.page or 1) > 1:
            return
        from callwright.captures.stale import changes

        changed = changes(self.connector, request, sample, capture)
        if changed:
            place = f"{self._connector}.{request.call.name}.{capture.sample}"
            self._report(
                "stale-capture",
                self.root / capture.path,
                f"captured before a change of {' and '.join(changed)}",
                hint=f"callwright initialize {place}",
                severity=Severity.WARNING,
                at=f"calls.{request.call.name}.samples.{capture.sample}",
            )

    @cached_property
    def _context(self) -> str:
        from callwright.captures.stale import context_digest

        return context_digest(self.connector)

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
        at: str = "",
    ) -> None:
        """Report a problem of a file; ``at`` is the place in the spec that it is about."""
        self.found.append(
            Diagnostic(
                severity=severity,
                code=code,
                message=f"{self._show(path)}: {message}",
                path=at,
                hint=hint,
            )
        )


def _heads(
    names: Mapping[CaptureName, Path],
    metas: Mapping[str, Meta],
    bodies: Mapping[CaptureName, Path],
) -> dict[CaptureName, Path]:
    """The meta files that stand for a binary body of which they only tell the size."""
    stems = {name.stem for name in bodies}
    return {
        name: path
        for name, path in names.items()
        if name.is_meta and name.stem not in stems and "size" in metas[name.stem]
    }


def _is_read(request: Request, status: int) -> bool:
    """Whether the members of a JSON answer are typed."""
    response = request.call.responses.get(status, request.call.response)
    return status >= 400 or not (response.untyped or response.value is not UNSET)


def did_you_mean(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """`` (did you mean x?)``, or nothing when no known name is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _text(meta: Meta, key: str, *, blank: bool = False) -> str | None:
    value = meta.get(key)
    return value if isinstance(value, str) and (value or blank) else None


def _mapping(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else None


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Headers of a meta file: a map of texts, or of lists of texts for repeated ones."""
    pairs: list[tuple[str, str]] = []
    for name, given in (_mapping(value) or {}).items():
        texts = cast("list[object]", given) if isinstance(given, list) else [given]
        pairs.extend((str(name), str(text)) for text in texts)
    return tuple(pairs)
