"""`callwright initialize` with uploads and with responses that are files."""

from __future__ import annotations

import pytest

from callwright.cli import cli
from tests.cases.recorder import Part, parts_of
from tests.initialize.support import Answer, Project, Provider

UPLOAD = """\
upload:
  path: /files
  body:
    type: multipart
    fields: {purpose: {required: true}, file: {type: file, required: true}, more: {type: array, items: file}}
  response: {type: text}
  samples:
    one: {args: {purpose: x, file: {file: fixtures/a.csv}, more: [{file: fixtures/b.bin}, {file: fixtures/a.csv}]}, confirm: never}
"""
FILE = "file: {path: /file, response: {type: file}, samples: {one: {KEEP}}}\n"


def binary(body: bytes, kind: str = "application/pdf") -> Answer:
    return 200, {"Content-Type": kind}, body


@pytest.fixture
def uploading(project: Project, provider: Provider) -> Project:
    project.spec(UPLOAD)
    (project.folder / "fixtures").mkdir()
    (project.folder / "fixtures/a.csv").write_bytes(b"a,b")
    (project.folder / "fixtures/b.bin").write_bytes(b"\0\r\n")
    provider.answers["POST /files"] = (200, {"Content-Type": "text/plain"}, b"ok")
    return project


def test_files_of_a_sample_are_sent_as_a_client_would(
    uploading: Project, provider: Provider
) -> None:
    result = uploading.run("--yes")
    assert result.exit_code == 0, result.output
    (seen,) = provider.seen
    assert parts_of(seen.headers["content-type"], seen.body) == [
        Part("purpose", b"x"),
        Part("file", b"a,b", "a.csv", "text/csv"),
        Part("more", b"\0\r\n", "b.bin", "application/octet-stream"),
        Part("more", b"a,b", "a.csv", "text/csv"),
    ]
    meta = (uploading.folder / "captures/upload/one.200.meta.yaml").read_text()
    assert "--form 'file=@a.csv" in meta or "--form file=@a.csv;type=text/csv" in meta
    assert "a,b" not in meta
    assert uploading.run("--yes").exit_code == 0
    assert len(provider.seen) == 1  # current


def test_a_missing_file_is_told_with_its_place(uploading: Project, provider: Provider) -> None:
    (uploading.folder / "fixtures/b.bin").unlink()
    result = uploading.run("--yes")
    assert result.exit_code == 3
    assert "fixtures/b.bin: cannot be read: No such file or directory" in result.output
    assert provider.seen == []


def test_a_file_elsewhere_is_not_sent(uploading: Project, provider: Provider) -> None:
    outside = uploading.root / "secret"
    outside.write_text("s")
    (uploading.folder / "fixtures/b.bin").unlink()
    (uploading.folder / "fixtures/b.bin").symlink_to(outside)
    result = uploading.run("--yes")
    assert "leads out of the connector's folder" in result.output
    assert provider.seen == []


@pytest.mark.parametrize(
    ("keep", "size", "stored"),
    [
        ("", 100, "full"),
        ("", 262_144, "full"),
        ("", 262_145, "head"),
        ("keep: head", 100, "head"),
        ("keep: full", 262_144, "full"),
    ],
)
def test_what_is_kept_of_a_file(
    project: Project, provider: Provider, keep: str, size: int, stored: str
) -> None:
    body = bytes(size)
    provider.answers["GET /file"] = binary(body)
    project.spec(FILE.replace("KEEP", keep))
    result = project.run()
    assert result.exit_code == 0, result.output
    (capture,) = project.captures().values()
    assert (capture.kind, capture.status, capture.content_type) == (
        "binary",
        200,
        "application/pdf",
    )
    meta = "file/one.200.meta.yaml"
    if stored == "full":
        assert (capture.body, capture.size) == (body, None)
        assert project.files() == [meta, "file/one.200.pdf"]
    else:
        assert (capture.body, capture.size) == (b"", size)
        assert project.files() == [meta]
    # it is captured: nothing is sent again, and the client is written
    assert project.run().exit_code == 0
    assert len(provider.seen) == 1
    # read from the cache too
    assert project.captures()[capture.path.removeprefix("specs/acme/captures/")] == capture


def test_too_large_to_be_kept_in_full(project: Project, provider: Provider) -> None:
    provider.answers["GET /file"] = binary(bytes(262_145))
    project.spec(FILE.replace("KEEP", "keep: full"))
    result = project.run()
    assert result.exit_code == 3
    assert "262145 bytes came, and `keep: full` stores at most 262144: write `keep: head`" in result.output  # fmt: skip
    assert project.files() == []


def test_from_full_to_head_and_back(project: Project, provider: Provider) -> None:
    provider.answers["GET /file"] = binary(b"1234")
    project.spec(FILE.replace("KEEP", ""))
    project.run()
    project.spec(FILE.replace("KEEP", "keep: head"))
    project.run("--refresh", "--all")
    assert project.files() == ["file/one.200.meta.yaml"]
    assert "4 B" in project.run("--all").output
    project.spec(FILE.replace("KEEP", ""))
    project.run("--refresh", "--all")
    assert project.files() == ["file/one.200.meta.yaml", "file/one.200.pdf"]


def test_a_wrong_size_is_located(project: Project, provider: Provider) -> None:
    from click.testing import CliRunner

    provider.answers["GET /file"] = binary(b"1234")
    project.spec(FILE.replace("KEEP", "keep: head"))
    project.run()
    meta = project.folder / "captures/file/one.200.meta.yaml"
    meta.write_text(meta.read_text().replace("size: 4", "size: many"))
    result = CliRunner().invoke(cli, ["generate"])
    assert "one.200.meta.yaml:" in result.output
    assert "size: expected the number of bytes of a body that is not stored" in result.output


def test_a_web_page_is_no_file(project: Project, provider: Provider) -> None:
    provider.answers["GET /file"] = binary(b"<html></html>", "text/html")
    project.spec(FILE.replace("KEEP", ""))
    result = project.run()
    assert result.exit_code == 3
    assert "a file was promised, the response is a web page (text/html)" in result.output
    assert project.files() == []
    project.spec(
        "file: {path: /file, response: {type: file, content_type: text/html}, samples: {one: {}}}\n"
    )
    assert project.run().exit_code == 0
