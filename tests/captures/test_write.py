"""Captures are written whole or not at all, and read back as they were."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from callwright.captures.model import Capture
from callwright.captures.read import read_captures, stored_captures
from callwright.captures.redact import RedactedCapture, Redactor
from callwright.captures.write import confirm_capture, write_capture
from callwright.errors import CaptureError
from callwright.ir.nodes import Requests

CAPTURE = Capture(
    call="get_thing",
    sample="example",
    status=200,
    page=None,
    kind="json",
    path="",
    body=b'{"id":1.0,"email":"ann@corp.com"}',
    source="live",
    captured_at="2026-09-02T10:00:00Z",
    environment="live",
    auth="default",
    headers=(("Content-Type", "application/json"), ("Link", "a"), ("Link", "b"), ("Date", "today")),
    request={"method": "GET", "url": "http://h/things/no", "headers": {"accept": "a"}},
    content_type="application/json",
)


def done(
    capture: Capture = CAPTURE, redactor: Redactor | None = None, **changes: object
) -> RedactedCapture:
    changed = dataclasses.replace(capture, **changes)  # type: ignore[arg-type]
    return (redactor or Redactor()).redact(changed)


def names(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def test_a_capture_comes_back_as_it_was_stored(folder: Path, requests: Requests) -> None:
    write_capture(folder, [done()])
    assert names(folder) == ["get_thing/example.200.json", "get_thing/example.200.meta.yaml"]
    (read,), found = read_captures(folder, folder.parents[2], requests)
    assert found == ()
    stored = done().capture
    assert read == dataclasses.replace(
        stored, path="specs/acme/captures/get_thing/example.200.json"
    )
    assert read.body == b'{\n  "id": 1.0,\n  "email": "user1@example.com"\n}\n'


def test_fewer_pages_and_other_kinds_leave_nothing_behind(folder: Path) -> None:
    pages = [done(page=n, body=b"[%d]" % n) for n in (1, 2, 3)]
    write_capture(folder, pages)
    (folder / "get_thing" / "example.404.json").write_text("{}")
    write_capture(folder, pages[:1])
    write_capture(folder, [done(kind="text", body=b"x")])
    assert names(folder) == [
        "get_thing/example.200.meta.yaml",
        "get_thing/example.200.txt",
        "get_thing/example.404.json",
    ]


def test_a_response_is_stored_beside_others(folder: Path, requests: Requests) -> None:
    write_capture(folder, [done(body=b"[1]", environment="first")])
    (first,) = stored_captures(folder, requests, "get_thing", "example")
    write_capture(folder, [done(body=b"[2]", version=2)], [first])
    assert names(folder) == [
        "get_thing/example.200.json",
        "get_thing/example.200.meta.yaml",
        "get_thing/example.200.v2.json",
        "get_thing/example.200.v2.meta.yaml",
    ]
    # the first changes its place with a third, the second goes
    write_capture(folder, [done(body=b"[3]")], [dataclasses.replace(first, version=3)])
    third, moved = stored_captures(folder, requests, "get_thing", "example")
    assert (third.version, third.body) == (1, b"[\n  3\n]\n")
    assert moved == dataclasses.replace(first, path="get_thing/example.200.v3.json", version=3)
    assert len(names(folder)) == 4


def test_versions_have_pages_of_their_own(folder: Path, requests: Requests) -> None:
    write_capture(folder, [done(page=n, body=b"[%d]" % n) for n in (1, 2)])
    kept = stored_captures(folder, requests, "get_thing", "example")
    write_capture(folder, [done(page=1, body=b"[7]", version=2)], kept)
    assert names(folder) == [
        "get_thing/example.200.meta.yaml",
        "get_thing/example.200.p1.json",
        "get_thing/example.200.p2.json",
        "get_thing/example.200.v2.meta.yaml",
        "get_thing/example.200.v2.p1.json",
    ]


def test_a_capture_is_confirmed_without_touching_its_body(folder: Path, requests: Requests) -> None:
    (folder / "get_thing").mkdir()
    body = folder / "get_thing" / "example.200.json"
    body.write_text('{"by": "hand"}')
    (stored,) = stored_captures(folder, requests, "get_thing", "example")
    confirm_capture(folder, stored, done(call_digest="sha256:a", base_path="/v1").capture)
    assert body.read_text() == '{"by": "hand"}'
    (confirmed,) = stored_captures(folder, requests, "get_thing", "example")
    assert (confirmed.source, confirmed.call_digest, confirmed.base_path) == (
        "live",
        "sha256:a",
        "/v1",
    )


def test_an_empty_answer_is_a_file_without_bytes(folder: Path) -> None:
    write_capture(folder, [done(kind="empty", body=b"", status=204)])
    assert (folder / "get_thing" / "example.204.empty").read_bytes() == b""


def test_a_binary_answer_keeps_its_bytes_and_gets_a_fitting_extension(folder: Path) -> None:
    write_capture(folder, [done(kind="binary", body=b"\x89PNG\r\n", content_type="image/png")])
    assert (folder / "get_thing" / "example.200.png").read_bytes() == b"\x89PNG\r\n"


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "get_thing").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CaptureError, match="leads out of"):
        write_capture(folder, [done()])
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_name_is_never_a_path(folder: Path) -> None:
    with pytest.raises(CaptureError, match="no name"):
        write_capture(folder, [done(call="../x")])


def test_a_file_in_the_way_is_one_clear_line(folder: Path) -> None:
    (folder / "get_thing").write_text("")
    with pytest.raises(CaptureError, match="cannot store the capture"):
        write_capture(folder, [done()])


def test_an_interrupted_write_leaves_the_old_capture_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_capture(folder, [done()])
    before = {p.name: p.read_bytes() for p in (folder / "get_thing").iterdir()}

    def full(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyboardInterrupt):
        write_capture(folder, [done(body=b"[2]")])
    assert {p.name: p.read_bytes() for p in (folder / "get_thing").iterdir()} == before
