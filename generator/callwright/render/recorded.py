"""The captures that a package ships for its tests: ``_recorded/``, with an index of what answers what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from callwright.captures.expected import fits
from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic, Severity
from callwright.ir.nodes import ConstantValue, Request, Requests, Sample
from callwright.operations.sample_values import as_argument
from callwright.runtime.recorded.matching import normalized
from callwright.runtime.recorded.store import FOLDER, INDEX
from callwright.runtime.request.plan import plan

LARGEST = 262_144
"""Larger bodies, in bytes, are left out: packages are committed and installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The files by their path in the package, and the names of the samples by call."""

    files: Mapping[str, bytes]
    samples: tuple[tuple[str, tuple[str, ...]], ...]
    diagnostics: tuple[Diagnostic, ...]


def recording(requests: Requests, captures: Sequence[Capture], methods: Iterable[str]) -> Recording:
    """What answers the calls of a package; ``methods`` are those that it has."""
    files: dict[str, bytes] = {}
    index: list[dict[str, object]] = []
    samples: dict[str, list[str]] = {}
    left_out: list[str] = []
    names = set(methods)
    for request in (r for r in requests.calls if r.call.name in names):
        for sample, pages in _responses(request, captures):
            entry = _entry(request, sample, pages)
            if sum(len(page.body) for page in pages) > LARGEST:
                entry["missing"] = "its body is too large to be shipped with the package"
                left_out.append(pages[0].path)
            elif pages[0].size is not None:
                entry["missing"] = "only the size of its body was captured (keep: head)"
            else:
                stored = {_file(page): page.body for page in pages}
                entry["pages"] = list(stored)
                files |= {f"{FOLDER}/{path}": body for path, body in stored.items()}
            index.append(entry)
            samples.setdefault(request.call.name, []).append(sample.name)
    text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    files[f"{FOLDER}/{INDEX}"] = text.encode("utf-8", "surrogatepass")
    return Recording(
        files=files,
        samples=tuple((call, tuple(found)) for call, found in samples.items()),
        diagnostics=tuple(_too_large(left_out)),
    )


def _responses(
    request: Request, captures: Sequence[Capture]
) -> Iterator[tuple[Sample, list[Capture]]]:
    """Each sample with the response that answers it: the expected one, of several the one with the plain name."""
    for sample in request.samples:
        own = [c for c in captures if fits(request, sample, c) and c.version == 1]
        if own:
            status = min(c.status for c in own)
            pages = sorted((c for c in own if c.status == status), key=lambda c: c.page or 0)
            yield sample, pages


def _entry(request: Request, sample: Sample, pages: Sequence[Capture]) -> dict[str, object]:
    first = pages[0]
    params = {p.arg: p for p in plan(request.call).params}
    constants = {
        name: as_argument(value.value, params.get(name))
        for name, value in sample.args.items()
        if isinstance(value, ConstantValue)
    }
    url = str((first.request or {}).get("url", "")) if request.call.paginate is not None else ""
    parts = urlsplit(url)
    return {
        "call": request.call.name,
        "sample": sample.name,
        "status": first.status,
        "arguments": normalized(request.call, constants),
        "any": sorted(set(sample.args) - set(constants)),
        "pages": [],
        "headers": [[[name, value] for name, value in page.headers] for page in pages],
        "origin": f"{parts.scheme}://{parts.netloc}" if parts.netloc else "",
        "missing": "",
    }


def _file(capture: Capture) -> str:
    return f"{capture.call}/{capture.path.rpartition('/')[2]}"


def _too_large(paths: Sequence[str]) -> Iterator[Diagnostic]:
    if paths:
        yield Diagnostic(
            severity=Severity.INFO,
            code="not-recorded",
            message=f"larger than {LARGEST // 1024} KiB, so recorded clients do not answer with it:"
            f" {', '.join(paths)}",
            hint="capture a smaller response in another sample",
        )
