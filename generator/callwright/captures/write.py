"""Writing captures: redacted ones only, each file whole or not at all, and nothing when nothing changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from callwright.captures.files import META_SUFFIX, CaptureName, extension_for, parse_name
from callwright.captures.model import Capture
from callwright.captures.redact import RedactedCapture
from callwright.errors import CaptureError
from callwright.ir.naming import is_name

_Dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write_capture(
    folder: Path, pages: Sequence[RedactedCapture], kept: Sequence[Capture] = ()
) -> None:
    """Store a response (its pages, in order, when it has several) below a connector's ``captures/``.

    Each capture is stored under its version. ``kept`` are the stored captures of the same sample and status that stay,
    with the versions they are to have; all others are deleted. Raises CaptureError when the folder cannot be written or
    leads elsewhere.
    """
    first = pages[0].capture
    target = folder / first.call
    try:
        _check_target(folder, target, first)
        target.mkdir(parents=True, exist_ok=True)
        files, staying = _moved(target, kept)
        files |= {
            file_name(page.capture): page.capture.body
            for page in pages
            if page.capture.size is None
        }
        later = {p.capture.page: p.capture.headers for p in pages[1:]}
        files[_meta_name(first)] = _meta_text(first, later).encode()
        _replace_files(target, files)
        for name in _files_of(target, first.sample, first.status):
            if name not in files and name not in staying:
                (target / name).unlink()
    except OSError as error:
        raise _cannot_store(target, error) from None


def confirm_capture(folder: Path, stored: Capture, new: Capture) -> None:
    """Note in a stored capture's meta file that a new response says the same; its body stays.

    Raises CaptureError as write_capture() does.
    """
    target = folder / stored.call
    confirmed = replace(
        stored,
        source=new.source,
        captured_at=new.captured_at,
        environment=new.environment,
        auth=new.auth,
        call_digest=new.call_digest,
        base_path=new.base_path,
        auth_digest=new.auth_digest,
    )
    try:
        _check_target(folder, target, stored)
        _replace_files(target, {_meta_name(stored): _meta_text(confirmed).encode()})
    except OSError as error:
        raise _cannot_store(target, error) from None


def file_name(capture: Capture) -> str:
    """The name of a capture's file: its own with its version, where it is stored already."""
    stored = parse_name(capture.path.rpartition("/")[2])
    if stored is not None:
        return str(replace(stored, version=capture.version))
    extension = extension_for(capture.kind, capture.content_type)
    name = CaptureName(capture.sample, capture.status, capture.page, extension, capture.version)
    return str(name)


def stored_bodies(folder: Path, call: str, sample: str, status: int) -> dict[str, bytes]:
    """The bodies stored for one sample and status (file name → bytes); empty when there are none."""
    target = folder / call
    files = _files_of(target, sample, status)
    return {
        name: (target / name).read_bytes() for name, parsed in files.items() if not parsed.is_meta
    }


def _files_of(target: Path, sample: str, status: int) -> dict[str, CaptureName]:
    """All files of one sample and status in a call's folder, in the order of versions and pages."""
    found = [(path.name, parse_name(path.name)) for path in target.glob(f"{sample}.{status}.*")]
    named = [(name, parsed) for name, parsed in found if parsed is not None]
    return dict(sorted(named, key=lambda item: (item[1].version, item[1].page or 0, item[0])))


def _moved(target: Path, kept: Sequence[Capture]) -> tuple[dict[str, bytes], set[str]]:
    """The files of captures that get another version, and the names of all files that stay as they are."""
    files: dict[str, bytes] = {}
    staying: set[str] = set()
    for capture in kept:
        old = parse_name(capture.path.rpartition("/")[2])
        assert old is not None, capture.path
        new = replace(old, version=capture.version)
        for before, after in ((old, new), (_meta_of(old), _meta_of(new))):
            if before == after:
                staying.add(str(after))
            elif (target / str(before)).exists():
                files[str(after)] = (target / str(before)).read_bytes()
    return files, staying


def _meta_of(name: CaptureName) -> CaptureName:
    return replace(name, page=None, extension=META_SUFFIX)


def _meta_name(capture: Capture) -> str:
    return str(CaptureName(capture.sample, capture.status, None, META_SUFFIX, capture.version))


def _cannot_store(target: Path, error: OSError) -> CaptureError:
    return CaptureError(f"cannot store the capture: {error.strerror or error}", path=target)


def _check_target(folder: Path, target: Path, capture: Capture) -> None:
    for name in (capture.call, capture.sample):
        if not is_name(name):
            raise CaptureError(f"{name!r} is no name of a call or sample: nothing was stored")
    if not target.resolve().is_relative_to(folder.resolve()):
        raise CaptureError(
            "leads out of the captures folder; nothing was stored there", path=target
        )


def _meta_text(
    capture: Capture, later: Mapping[int | None, Sequence[tuple[str, str]]] | None = None
) -> str:
    """The meta file: where the answer comes from, what was sent, and what came back beside the body.

    ``later``: the headers of the pages after the first, which are noted where they differ from its.
    """
    pages = {str(n): _by_name(h) for n, h in (later or {}).items() if tuple(h) != capture.headers}
    meta: dict[str, object] = {
        "source": capture.source,
        "captured_at": capture.captured_at,
        "environment": capture.environment,
        "auth": capture.auth,
        "auth_digest": capture.auth_digest,
        "base_path": capture.base_path,
        "call_digest": capture.call_digest,
        "request": dict(capture.request) if capture.request is not None else None,
        "status": capture.status,
        "headers": _by_name(capture.headers) or None,
        "pages": pages or None,
        "size": capture.size,
    }
    given = {key: value for key, value in meta.items() if value is not None}
    return yaml.dump(given, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _by_name(headers: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for name, value in headers:
        before = found.get(name)
        if before is None:
            found[name] = value
        else:
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
    return found


def _turn(name: str) -> tuple[int, bool]:
    parsed = parse_name(name)
    return (0, False) if parsed is None else (-parsed.version, parsed.is_meta)


def _replace_files(target: Path, files: Mapping[str, bytes]) -> None:
    """All files are written beside their places first, then renamed: later versions first, for they may be the old
    content of earlier ones, and meta files after their bodies."""
    pending: list[tuple[Path, Path]] = []
    try:
        for name, body in sorted(files.items(), key=lambda file: _turn(file[0])):
            temporary = target / f".{name}.{os.getpid()}.tmp"
            pending.append((temporary, target / name))
            with temporary.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
        while pending:
            temporary, final = pending[0]
            temporary.replace(final)
            del pending[0]
    finally:
        for temporary, _ in pending:
            temporary.unlink(missing_ok=True)
