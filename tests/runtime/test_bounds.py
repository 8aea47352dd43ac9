"""Bodies are bounded, also while they are decompressed."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from handwritten.acme._runtime.bounded import Body
from handwritten.acme._runtime.definition import Call, Response
from handwritten.acme._runtime.errors import (
    ResponseTooLargeError,
    TransportError,
    UnexpectedBodyError,
)

from .conftest import Answer, Make, Server

READ = Call("read", "GET", "/x", data=True, response=Response("text"))
LIMIT = 100_000


def encoded(body: bytes, encoding: str) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": encoding, "Content-Type": "text/plain"})


RAW = zlib.compressobj(wbits=-15)
TEXT = b"word " * 1000


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:2000]) + gzip.compress(TEXT[2000:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 20),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", RAW.compress(TEXT) + RAW.flush()),
        ("identity", TEXT),
    ],
    ids=["gzip", "x-gzip", "two members", "padded", "zlib", "bare deflate", "identity"],
)
def test_known_encodings_are_read(api: Make, server: Server, encoding: str, body: bytes) -> None:
    server.on("/x", encoded(body, encoding))
    assert api().call(READ) == TEXT.decode()


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "gzip,deflate"])
def test_other_and_stacked_encodings_are_refused(api: Make, server: Server, encoding: str) -> None:
    server.on("/x", encoded(gzip.compress(gzip.compress(TEXT)), encoding))
    with pytest.raises(UnexpectedBodyError, match="not asked for"):
        api().call(READ)
    assert server.received[0].headers["Accept-Encoding"] == "gzip, deflate"


def test_a_bomb_is_left_unexploded(api: Make, server: Server) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000)
    server.on("/x", encoded(bomb, "gzip"))
    made = api(max_response_bytes=LIMIT)
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLargeError, match="read: the response is larger than 100000"):
            made.call(READ)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert len(server.received) == 1


def test_a_plain_body_is_bounded_by_its_length_and_by_its_bytes(api: Make, server: Server) -> None:
    call = Call("read", "GET", "/x", data=True, response=Response("text"), max_response_bytes=10)
    server.on("/x", Answer(body=b"a" * 10), Answer(body=b"a" * 11))
    made = api()
    assert made.call(call) == "a" * 10
    with pytest.raises(ResponseTooLargeError) as caught:
        made.call(call)
    assert caught.value.limit == 10
    with pytest.raises(ResponseTooLargeError):
        Body("c", 10, 200, ()).feed(b"a" * 11)


@pytest.mark.parametrize(
    "body", [gzip.compress(TEXT)[:-20], b"no gzip at all"], ids=["short", "other"]
)
def test_broken_compression_is_a_transport_error(api: Make, server: Server, body: bytes) -> None:
    server.on("/x", encoded(body, "gzip"))
    with pytest.raises(TransportError, match="compressed body"):
        api().call(READ)
    assert len(server.received) == 3


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_chunks_of_any_size_make_the_same_body(size: int) -> None:
    data = gzip.compress(TEXT[:2500]) + gzip.compress(TEXT[2500:])
    body = Body("c", 10_000, 200, (("Content-Encoding", "gzip"),))
    for start in range(0, len(data), size):
        body.feed(data[start : start + size])
    assert body.finish() == TEXT


def test_deflate_without_a_header_in_small_chunks() -> None:
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(TEXT) + packer.flush()
    body = Body("c", 10_000, 200, (("Content-Encoding", "deflate"),))
    for start in range(0, len(data), 3):
        body.feed(data[start : start + 3])
    assert body.finish() == TEXT


def test_an_answer_to_head_has_no_body_whatever_its_headers_say(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=b"a" * 50, headers={"Content-Encoding": "br"}))
    call = Call("look", "HEAD", "/x", data=True, response=Response("empty"), max_response_bytes=10)
    assert api().call(call) is None
