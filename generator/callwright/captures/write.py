"""Writing captures: redacted ones only, each file whole or not at all, and nothing when nothing changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from callwright.captures.files import META_SUFFIX, CaptureName, extension_for, parse_name
from callwright.captures.model import Capture
from callwright.captures.placeholders import same_but_placeholders
from callwright.captures.redact import RedactedCapture
from callwright.errors import CaptureError
from callwright.ir.naming import is_name

_Dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write_capture(folder: Path, pages: Sequence[RedactedCapture]) -> bool:
    """Store the answer to one sample (its pages, in order, when it has several) below a connector's ``captures/``.

    The result tells whether a file was written: a body that is equal to the stored one, but for how placeholders are
    counted, writes nothing, unless what was sent has changed. Older bodies of the same answer (another extension, more
    pages) are deleted. Raises CaptureError when the folder cannot be written or leads elsewhere.
    """
    first = pages[0].capture
    target = folder / first.call
    try:
        _check_target(folder, target, first)
        files = {_file_name(page.capture): page.capture.body for page in pages}
        if _is_stored(target, files, first):
            return False
        target.mkdir(parents=True, exist_ok=True)
        files[f"{first.sample}.{first.status}.{META_SUFFIX}"] = _meta_text(first).encode()
        _replace_files(target, files)
        for stale in _other_files(target, first, files):
            stale.unlink()
    except OSError as error:
        raise CaptureError(
            f"cannot store the capture: {error.strerror or error}", path=target
        ) from None
    return True


def stored_bodies(folder: Path, call: str, sample: str, status: int) -> dict[str, bytes]:
    """The bodies stored for one answer (file name → bytes, in the order of pages); empty when there are none."""
    found: list[tuple[int, Path]] = []
    for path in sorted((folder / call).glob(f"{sample}.{status}.*")):
        name = parse_name(path.name)
        if name is not None and not name.is_meta and name.sample == sample:
            found.append((name.page or 0, path))
    return {path.name: path.read_bytes() for _, path in sorted(found)}


def _check_target(folder: Path, target: Path, capture: Capture) -> None:
    for name in (capture.call, capture.sample):
        if not is_name(name):
            raise CaptureError(f"{name!r} is no name of a call or sample: nothing was stored")
    if not target.resolve().is_relative_to(folder.resolve()):
        raise CaptureError(
            "leads out of the captures folder; nothing was stored there", path=target
        )


def _file_name(capture: Capture) -> str:
    extension = extension_for(capture.kind, capture.content_type)
    return str(CaptureName(capture.sample, capture.status, capture.page, extension))


def _is_stored(target: Path, files: Mapping[str, bytes], capture: Capture) -> bool:
    stored = stored_bodies(target.parent, capture.call, capture.sample, capture.status)
    if stored.keys() != files.keys():
        return False
    if not all(same_but_placeholders(stored[name], files[name]) for name in files):
        return False
    meta = target / f"{capture.sample}.{capture.status}.{META_SUFFIX}"
    try:
        known: object = yaml.safe_load(meta.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return isinstance(known, dict) and all(
        known.get(key) == value  # pyright: ignore[reportUnknownMemberType]
        for key, value in (("source", capture.source), ("call_digest", capture.call_digest))
        if value is not None
    )


def _meta_text(capture: Capture) -> str:
    """The meta file: where the answer comes from, what was sent, and what came back beside the body."""
    headers: dict[str, str | list[str]] = {}
    for name, value in capture.headers:
        before = headers.get(name)
        if before is None:
            headers[name] = value
        else:
            headers[name] = [*before, value] if isinstance(before, list) else [before, value]
    meta: dict[str, object] = {
        "source": capture.source,
        "captured_at": capture.captured_at,
        "environment": capture.environment,
        "auth": capture.auth,
        "call_digest": capture.call_digest,
        "request": dict(capture.request) if capture.request is not None else None,
        "status": capture.status,
        "headers": headers or None,
    }
    given = {key: value for key, value in meta.items() if value is not None}
    return yaml.dump(given, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _replace_files(target: Path, files: Mapping[str, bytes]) -> None:
    """All files are written beside their places first, then renamed, the meta file last."""
    pending: list[tuple[Path, Path]] = []
    try:
        for name, body in files.items():
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


def _other_files(target: Path, capture: Capture, files: Mapping[str, bytes]) -> list[Path]:
    """What an earlier capture of the same answer left under other names."""
    names = stored_bodies(target.parent, capture.call, capture.sample, capture.status)
    return [target / name for name in names if name not in files]
