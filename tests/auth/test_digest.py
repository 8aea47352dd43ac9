"""Digest authentication: the examples of RFC 7616, and a server that checks counts and nonces."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.runtime.auth.digest import Challenge, answer, choose, parse_challenges
from callwright.runtime.definition import Digest
from callwright.runtime.errors import AuthError
from callwright.runtime.flow import WireRequest, WireResponse
from callwright.runtime.printable import printable
from tests.auth.harness import Caller
from tests.auth.provider import Provider, Received, Reply, serving

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_rfc(algorithm: str, expected: str) -> None:
    parameters = {
        "realm": "http-auth@example.org",
        "qop": "auth, auth-int",
        "nonce": NONCE,
        "algorithm": algorithm,
        "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
    }
    challenge = Challenge(parameters, algorithm, False, uses=1, client_nonce=CNONCE)
    request = WireRequest("GET", "http://www.example.org/dir/index.html")
    text = answer(challenge, request, "Mufasa", "Circle of Life")
    assert f'response="{expected}"' in text
    assert 'uri="/dir/index.html"' in text
    assert "nc=00000001" in text
    assert 'username="Mufasa"' in text


def test_a_user_name_is_hashed_or_encoded_when_it_must_be() -> None:
    parameters = {"realm": "api@example.org", "nonce": "n", "algorithm": "SHA-256"}
    request = WireRequest("GET", "http://api.example.org/doe.json")
    plain = answer(Challenge(parameters, "SHA-256", False), request, "Jäsøn Doe", "pw")
    assert "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe" in plain
    hashing = Challenge({**parameters, "userhash": "true"}, "SHA-256", False)
    hashed = answer(hashing, request, "Jäsøn Doe", "pw")
    expected = hashlib.sha256("Jäsøn Doe:api@example.org".encode()).hexdigest()
    assert f'username="{expected}"' in hashed
    assert "userhash=true" in hashed


def test_challenges_are_parsed_apart() -> None:
    header = (
        'Basic realm="a, b", Digest realm="x \\"y\\"", nonce=abc, qop="auth,auth-int",'
        ' algorithm=SHA-256, Digest realm="z", nonce="d=e", algorithm=MD5'
    )
    assert parse_challenges([("Www-Authenticate", header), ("Other", "Digest a=b")]) == [
        {"realm": 'x "y"', "nonce": "abc", "qop": "auth,auth-int", "algorithm": "SHA-256"},
        {"realm": "z", "nonce": "d=e", "algorithm": "MD5"},
    ]


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        ([{"nonce": "1"}], "MD5"),
        ([{"nonce": "1", "algorithm": "MD5"}, {"nonce": "2", "algorithm": "SHA-256"}], "SHA-256"),
        ([{"nonce": "1", "algorithm": "md5-sess"}], "MD5"),
        ([{"nonce": "1", "algorithm": "unknown"}], None),
        ([{"nonce": "1", "qop": "auth-int"}], None),
        ([{"realm": "no nonce"}], None),
        ([], None),
    ],
)
def test_the_strongest_offer_is_taken(offers: list[dict[str, str]], chosen: str | None) -> None:
    found = choose(offers)
    assert (found and found.algorithm) == chosen


class Server:
    """Checks each answer by the book: hash, count, nonce."""

    def __init__(self, algorithm: str, password: str = "pw-ü") -> None:
        self.algorithm = algorithm
        self.password = password
        self.nonce = 1
        self.seen: set[tuple[str, str]] = set()
        self.counts: list[str] = []

    def answer(self, request: Received) -> Reply:
        given = request.headers.get("authorization", "")
        found = dict(re.findall(r'(\w+)="?([^",]*)"?', given.removeprefix("Digest ")))
        if found and self.accepts(found, request):
            return Reply(200, {"user": found["username"]})
        stale = ", stale=true" if found and found["nonce"] != f"n{self.nonce}" else ""
        offer = f'Digest realm="r", nonce="n{self.nonce}", qop="auth", algorithm={self.algorithm}'
        return Reply(401, {}, {"WWW-Authenticate": f'{offer}, opaque="o"{stale}'})

    def accepts(self, found: dict[str, str], request: Received) -> bool:
        def h(*parts: str) -> str:
            kind = {"MD5": "md5", "SHA-256": "sha256"}[self.algorithm.removesuffix("-sess")]
            return hashlib.new(kind, ":".join(parts).encode()).hexdigest()

        use = (found["nonce"], found["nc"])
        if found["nonce"] != f"n{self.nonce}" or use in self.seen:
            return False
        self.seen.add(use)
        self.counts.append(found["nc"])
        a1 = h("ann", "r", self.password)
        if self.algorithm.endswith("-sess"):
            a1 = h(a1, found["nonce"], found["cnonce"])
        a2 = h(request.method, found["uri"])
        expected = h(a1, found["nonce"], found["nc"], found["cnonce"], "auth", a2)
        return found["response"] == expected and found["opaque"] == "o"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def caller(provider: Provider, server: Server, password: str = "pw-ü") -> Caller:
    requests: list[Received] = provider.data_requests

    def reply(request: Received) -> Reply:
        requests.append(request)
        return server.answer(request)

    provider.answer = reply  # type: ignore[method-assign]
    return Caller(Digest(), provider.url, username="ann", password=password)


@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"])
def test_one_challenge_serves_many_calls(provider: Provider, algorithm: str) -> None:
    server = Server(algorithm)
    c = caller(provider, server)
    assert [c.call("/data?a=1&b=%20").status for _ in range(3)] == [200] * 3
    assert server.counts == ["00000001", "00000002", "00000003"]
    assert len(provider.data_requests) == 4


def test_a_stale_nonce_is_replaced(provider: Provider) -> None:
    server = Server("SHA-256")
    c = caller(provider, server)
    c.call()
    server.nonce = 2
    assert c.call().status == 200
    assert server.counts == ["00000001", "00000001"]


def test_a_wrong_password_is_tried_once(provider: Provider) -> None:
    c = caller(provider, Server("MD5"), "wrong-secret")
    assert c.call().status == 401
    assert len(provider.data_requests) == 2
    for request in c.sent:
        assert "wrong-secret" not in repr(request)


@pytest.mark.parametrize(
    ("offer", "named"),
    [
        ('realm="r", nonce="n", qop="auth-int"', "qop auth-int, not auth"),
        ('realm="r", nonce="n", qop="auth-conf, none"', "qop auth-conf, none, not auth"),
        ('realm="r", nonce="n", qop=","', "qop ,, not auth"),
        ('realm="r", nonce="n", algorithm=SHA-512', "algorithm SHA-512, not one of"),
        ('realm="r", nonce="n", algorithm="MD4-sess"', "algorithm MD4-sess, not one of"),
        ('realm="r", nonce="n", algorithm=""', r"algorithm \(blank\), not one of"),
        ('realm="r"', "no nonce"),
        (
            'nonce="n", algorithm=X, Digest nonce="n", qop="auth-int"',
            "algorithm X, not one of .*; qop auth-int",
        ),
    ],
)
def test_a_challenge_that_is_not_supported_is_named(
    provider: Provider, offer: str, named: str
) -> None:
    provider.answer = lambda r: Reply(401, {}, {"WWW-Authenticate": f"Digest {offer}"})  # type: ignore[method-assign]
    c = Caller(Digest(), provider.url, username="ann", password="pw-secret")
    with pytest.raises(
        AuthError, match=f"^acme: the server's Digest challenge .*{named}"
    ) as raised:
        c.call()
    assert raised.value.status_code == 401
    assert len(c.sent) == 1


@settings(deadline=None)
@given(
    st.text(st.characters(max_codepoint=255))
    | st.lists(
        st.tuples(
            st.sampled_from(["nonce", "realm", "qop", "algorithm", "opaque", "userhash", "stale"]),
            st.sampled_from(["auth", "MD5", "SHA-256", "true", ""]) | st.text(max_size=9),
        ),
        max_size=8,
    ).map(lambda pairs: "Digest " + ", ".join(f'{k}="{v}"' for k, v in pairs))
)
def test_any_challenge_is_answered_or_refused_clearly(header: str) -> None:
    c = Caller(Digest(), "http://127.0.0.1:9", username="ann", password="pw-secret")
    request = WireRequest("GET", "http://127.0.0.1:9/data")
    response = WireResponse(401, (("WWW-Authenticate", header),), b"", request.url)
    try:
        c.run(c.scheme.challenged(request, response, c.context()))
    except AuthError as error:
        problem = str(error)
    else:
        problem = ""
    assert printable(problem) == problem


@pytest.mark.parametrize("qop", ["", ', qop=""', ', qop="auth-int, Auth"'])
def test_a_challenge_with_any_spelling_of_auth_is_answered(provider: Provider, qop: str) -> None:
    def reply(request: Received) -> Reply:
        if "authorization" in request.headers:
            return Reply(200, {})
        return Reply(401, {}, {"WWW-Authenticate": f'Digest realm="r", nonce="n"{qop}'})

    provider.answer = reply  # type: ignore[method-assign]
    c = Caller(Digest(), provider.url, username="ann", password="pw-secret")
    assert c.call().status == 200
    sent = c.sent[-1].secret_headers[0][1]
    assert ("qop=auth" in sent) is ("Auth" in qop)


def test_an_answer_without_a_challenge_is_left_alone(provider: Provider) -> None:
    c = Caller(Digest(), provider.url, username="ann", password="x")
    assert c.call().status == 401
    assert len(provider.data_requests) == 1


def test_a_query_added_as_a_secret_is_part_of_the_digest() -> None:
    challenge: Any = choose([{"nonce": "1", "qop": "auth"}])
    request = WireRequest("GET", "http://x.test/p?a=1", secret_query=(("key", "a b"),))
    assert 'uri="/p?a=1&key=a%20b"' in answer(challenge, request, "u", "p")
