"""Bodies are bounded, also while they are decompressed."""

from __future__ import annotations

import gzip
import itertools
import time
import tracemalloc
import zlib

import pytest
from handwritten._runtime.definition import (
    Call,
    Credential,
    NamedScheme,
    OAuth2,
    Response,
    Retry,
)
from handwritten._runtime.errors import (
    ApiError,
    AuthenticationError,
    AuthError,
    NotFoundError,
    ResponseTooLargeError,
    StatusError,
    TransportError,
    UnexpectedBodyError,
)
from handwritten._runtime.sending.bounded import Body
from hypothesis import given
from hypothesis import strategies as st

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


STACKED = ["gzip, gzip", "gzip,deflate", "br", "zstd", "Compress", "x-compress", "dcz", "GZIP, br"]


@pytest.mark.parametrize("encoding", STACKED)
def test_other_and_stacked_encodings_are_refused(api: Make, server: Server, encoding: str) -> None:
    server.on("/x", encoded(gzip.compress(gzip.compress(TEXT)), encoding))
    with pytest.raises(UnexpectedBodyError, match="not requested") as caught:
        api().call(READ)
    assert encoding.lower().replace(",d", ", d") in str(caught.value)
    assert server.received[0].headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "encoding",
    [
        "",
        "UTF-8",
        "utf8",
        "none",
        "binary",
        "8bit",
        "nonsense",
        "text/plain",
        "Identity",
        "*",
        "identity, utf-8",
        ",,",
    ],
)
def test_what_is_no_coding_says_nothing_of_the_body(
    api: Make, server: Server, encoding: str
) -> None:
    failed = Answer(401, TEXT, {"Content-Encoding": encoding})
    server.on("/x", encoded(TEXT, encoding), failed)
    made = api()
    assert made.call(READ) == TEXT.decode()
    with pytest.raises(AuthenticationError):
        made.call(READ)


@pytest.mark.parametrize(
    "encoding", ["GZip", " gzip ", "gzip, identity", "utf-8, gzip", "x-gzip;q=1"]
)
def test_codings_are_found_however_they_are_spelled(
    api: Make, server: Server, encoding: str
) -> None:
    server.on("/x", encoded(gzip.compress(TEXT), encoding))
    assert api().call(READ) == TEXT.decode()


UNREADABLE = [
    ("br", b"\x0b\x02\x80hello\x03"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("gzip, gzip", gzip.compress(gzip.compress(b"{}"))),
    ("gzip", gzip.compress(TEXT)[:-20]),
    ("gzip", b"no gzip at all"),
    ("deflate", b"\xff\xff\xff"),
    ("deflate", b"x"),
]


@pytest.mark.parametrize(("encoding", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize(
    ("status", "name"), [(401, "AuthenticationError"), (404, "NotFoundError"), (418, "StatusError")]
)
def test_a_body_that_cannot_be_decoded_hides_no_status(
    api: Make, server: Server, encoding: str, body: bytes, status: int, name: str
) -> None:
    server.on("/x", Answer(status, body, {"Content-Encoding": encoding}))
    with pytest.raises(StatusError) as caught:
        api().call(READ)
    assert type(caught.value).__name__ == name
    assert len(server.received) == 1


@pytest.mark.parametrize(("encoding", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_body_that_nobody_reads_may_be_encoded_as_it_likes(
    api: Make, server: Server, encoding: str, body: bytes
) -> None:
    server.on("/x", encoded(body, encoding))
    act = Call("act", "POST", "/x", data=False, response=Response("empty"))
    assert api().call(act) is None
    done = Call("act", "POST", "/x", data=False, response=Response("json", value=True))
    assert api().call(done) is True


def test_what_was_decoded_of_a_damaged_error_is_kept(api: Make, server: Server) -> None:
    body = gzip.compress(b'{"message":"no such thing"}')[:-4]
    server.on("/x", Answer(404, body, {"Content-Encoding": "gzip"}))
    with pytest.raises(NotFoundError, match="404 Not Found: no such thing"):
        api().call(READ)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: %s\r\n\r\n"
EMPTY_MEMBERS = gzip.compress(b"") * 2000
DEFLATE = zlib.compressobj()
ENDLESS = {
    "empty gzip members": (b"gzip", b"", EMPTY_MEMBERS),
    "empty blocks": (
        b"deflate",
        DEFLATE.compress(b"") + DEFLATE.flush(zlib.Z_SYNC_FLUSH),
        b"\0\0\0\xff\xff" * 9000,
    ),
    "padding": (b"gzip", gzip.compress(b"{}"), b"\0" * 60_000),
    "after the end": (b"deflate", zlib.compress(b"{}"), b"x" * 60_000),
}


@pytest.mark.parametrize("limit", [LIMIT, 10_000_000])
@pytest.mark.parametrize("name", ENDLESS)
def test_what_is_read_is_bounded_though_nothing_comes_out(
    api: Make, server: Server, name: str, limit: int
) -> None:
    encoding, start, more = ENDLESS[name]
    server.on("/x", Answer(raw=itertools.chain([HEAD % encoding, start], itertools.repeat(more))))
    began = time.monotonic()
    with pytest.raises((ResponseTooLargeError, UnexpectedBodyError)):
        api(max_response_bytes=limit, client={"retry": Retry(attempts=1)}).call(READ)
    assert time.monotonic() - began < 5


def test_many_gzip_members_are_one_body(api: Make, server: Server) -> None:
    server.on("/x", encoded(b"".join(gzip.compress(b"%d\n" % n) for n in range(3000)), "gzip"))
    assert api().call(READ).split() == [str(n) for n in range(3000)]


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_any_bytes_in_any_chunks_are_a_body_or_a_problem(data: bytes, sizes: list[int]) -> None:
    for encoding in ("gzip", "deflate"):
        body = Body("c", 1000, 200, (("Content-Encoding", encoding),))
        position = 0
        for size in itertools.cycle(sizes):
            if position >= len(data) or not body.feed(data[position : position + size]):
                break
            position += size
        assert isinstance(body.finish(), bytes)
        assert body.problem is None or isinstance(body.problem, ApiError)


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


@pytest.mark.parametrize(
    ("status", "encoding", "body", "said"),
    [
        (200, "br", b"\x0b\x02", "encoded as 'br'"),
        (200, "gzip", b"no gzip", "the compressed body is corrupt"),
        (401, "gzip", b"no gzip", "answered 401"),
        (401, "br", b"\x0b\x02", "answered 401"),
    ],
)
def test_a_token_that_cannot_be_decoded_says_so(
    api: Make, server: Server, status: int, encoding: str, body: bytes, said: str
) -> None:
    server.on("/token", Answer(status, body, {"Content-Encoding": encoding}))
    scheme = OAuth2("client_credentials", f"{server.url}/token")
    made = api(
        credentials=(Credential("client_id", {}), Credential("client_secret", {})),
        auth=(NamedScheme("default", scheme, ("client_id", "client_secret")),),
        client={"credentials": {"client_id": "app", "client_secret": "s3cret-value"}},
    )
    with pytest.raises(AuthError, match=said):
        made.call(READ)
