"""Multipart bodies, whatever stands in them, as another library reads them."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from handwritten._runtime.definition import Body, Call, Connector, Environment, Param
from handwritten._runtime.files import Upload
from handwritten._runtime.flow import WireRequest
from handwritten._runtime.request.encode import encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cases.recorder import Part, parts_of

CONNECTOR = Connector("acme", "ACME_", (Environment("live", "https://h"),))
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NAME = TEXT.filter(lambda name: name.strip() == name and name and "\\" not in name)
AWKWARD = st.sampled_from([b"\r\n", b"--", b"\r\n--callwright-", b"\0", b'"', b"\n", b"\r"])
CONTENT = st.lists(st.one_of(AWKWARD, st.binary(max_size=50)), max_size=8).map(b"".join)


def wire(fields: list[Param], arguments: dict[str, Any]) -> WireRequest:
    call = Call("c", "POST", "/x", data=False, body=Body("multipart", tuple(fields)))
    return encode(call, arguments, connector=CONNECTOR, base_url="https://h")


def quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def content_type(request: WireRequest) -> str:
    return dict(request.headers)["Content-Type"]


def everything(request: WireRequest) -> bytes:
    assert request.upload is not None
    whole = b"".join(request.upload.pieces())
    assert request.upload.length in (None, len(whole))
    return whole


async def asynchronously(request: WireRequest) -> bytes:
    assert request.upload is not None
    return b"".join([piece async for piece in request.upload.async_pieces()])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(NAME, TEXT), max_size=3),
    st.lists(st.tuples(NAME, CONTENT, NAME, st.booleans()), min_size=1, max_size=3),
)
def test_any_names_texts_and_files(
    texts: list[tuple[str, str]], files: list[tuple[str, bytes, str, bool]]
) -> None:
    fields = [Param(name, f"t{i}", allow_blank=True) for i, (name, _) in enumerate(texts)]
    arguments: dict[str, Any] = {f"t{i}": text for i, (_, text) in enumerate(texts)}
    expected = [Part(quoted(name), text.encode()) for name, text in texts]
    for i, (name, content, file_name, streamed) in enumerate(files):
        fields.append(Param(name, f"f{i}", "file"))
        held = io.BytesIO(content) if streamed else content
        arguments[f"f{i}"] = Upload(held, name=file_name, content_type="a/b")
        expected.append(Part(quoted(name), content, quoted(file_name), "a/b"))
    request = wire(fields, arguments)
    whole = everything(request)
    assert parts_of(content_type(request), whole) == expected
    if all(isinstance(f[1], bytes) for f in files):
        assert asyncio.run(asynchronously(request)) == whole


@pytest.mark.parametrize("size", [0, 1, 262_143, 262_144, 262_145, 1_048_576, 1_048_577])
def test_sizes_around_those_of_pieces(size: int, tmp_path: Path) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    for value in (content, path, io.BytesIO(content), iter([content])):
        request = wire([Param("f", "f", "file")], {"f": value})
        (part,) = parts_of(content_type(request), everything(request))
        assert part.content == content


def test_a_file_that_holds_its_own_boundary_stays_one_part() -> None:
    """The boundary of equal arguments is known in advance, but not that of a file that holds it."""
    field = [Param("f", "f", "file")]
    boundary = content_type(wire(field, {"f": b"x"})).partition("boundary=")[2]
    evil = f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="role"\r\n\r\nadmin'.encode()
    for value in (evil, io.BytesIO(evil), Upload(evil, name="a")):
        request = wire(field, {"f": value})
        (part,) = parts_of(content_type(request), everything(request))
        assert (part.name, part.content) == ("f", evil)


def test_secrets_of_a_form_are_not_shown() -> None:
    fields = [Param("key", "key", secret=True), Param("f", "f", "file")]
    request = wire(fields, {"key": "sk-verysecret", "f": b"1"})
    assert request.upload is not None
    assert request.upload.words == (
        "--form-string", "key=***", "--form", "f=@f;type=application/octet-stream",
    )  # fmt: skip
    assert "verysecret" not in repr(request)
    assert b"sk-verysecret" in everything(request)
