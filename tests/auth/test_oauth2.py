"""OAuth 2 token requests: how the client proves itself, where parameters go, what failures say."""

from __future__ import annotations

import json
import pickle
import socket
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.runtime.auth.token_response import read_token
from callwright.runtime.auth.token_store import MemoryTokenStore, Token
from callwright.runtime.definition import (
    Assertion,
    OAuth2,
    SavedValue,
    Send,
    Timeout,
    TokenAnswer,
)
from callwright.runtime.errors import AuthError, MissingCredentialError
from callwright.runtime.flow import WireResponse
from tests.auth.harness import Caller, context_for
from tests.auth.provider import Provider, Reply, basic, serving

ID, SECRET = "app:1/ü", "s3cr3t&=+ %/ü"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def caller(provider: Provider, settings: dict[str, Any] | None = None, **changes: Any) -> Caller:
    flow = changes.pop("flow", "client_credentials")
    definition = OAuth2(flow, changes.pop("token_url", f"{provider.url}/token"), **changes)
    given: dict[str, Any] = {"client_id": ID, "client_secret": SECRET, **(settings or {})}
    return Caller(definition, provider.url, **given)


@pytest.mark.parametrize("flow", ["client_credentials", "password"])
def test_basic_raw_sends_id_and_secret_as_they_are(provider: Provider, flow: str) -> None:
    user = {"username": "ann", "password": "pw-1"} if flow == "password" else {}
    given = {**user, "client_id": "app/1+ü"}
    c = caller(provider, given, flow=flow, client_auth="basic_raw")
    c.call()
    provider.revoke_all()
    c.call()
    for request in provider.token_requests:
        assert basic(request.headers["authorization"]) == ("app/1+ü", SECRET)
        assert not request.params.keys() & {"client_id", "client_secret"}
    assert provider.grants == [flow, "refresh_token"]


def test_basic_raw_refuses_an_id_with_a_colon(provider: Provider) -> None:
    with pytest.raises(AuthError, match="must not contain a colon"):
        caller(provider, client_auth="basic_raw").call()
    assert provider.token_requests == []


def test_basic_client_authentication_is_form_encoded(provider: Provider) -> None:
    caller(provider, client_auth="basic").call()
    request = provider.token_requests[0]
    assert basic(request.headers["authorization"]) == (
        "app%3A1%2F%C3%BC",
        "s3cr3t%26%3D%2B+%25%2F%C3%BC",
    )
    assert request.params == {"grant_type": "client_credentials"}


def test_a_public_client_sends_its_id_only(provider: Provider) -> None:
    caller(provider, client_auth="none").call()
    assert provider.token_requests[0].params == {
        "grant_type": "client_credentials",
        "client_id": ID,
    }


def test_a_client_can_prove_itself_with_a_signature(provider: Provider) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assertion = Assertion("ES256", headers={"kid": "k1"}, lifetime=60)
    caller(
        provider, {"private_key": pem}, client_auth="private_key_jwt", assertion=assertion
    ).call()
    params = provider.token_requests[0].params
    assert params["client_assertion_type"].endswith("client-assertion-type:jwt-bearer")
    assert "client_secret" not in params
    token = params["client_assertion"]
    claims = jwt.decode(token, key.public_key(), ["ES256"], audience=f"{provider.url}/token")
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["iat"]) == (ID, ID, 60)
    assert claims["jti"]
    assert jwt.get_unverified_header(token)["kid"] == "k1"


def test_parameters_can_go_into_json_with_other_names(provider: Provider) -> None:
    caller(
        provider,
        token_body="json",
        token_params={"audience": "https://${tenant}.x", "region": "${region}"},
        token_headers={"X-App": "${client_id}"},
        rename_params={"client_id": "client_key"},
        scopes=("read", "write"),
        scope_separator=",",
        settings={"values": {"tenant": "acme"}, "optional": ("region",), "client_id": "app"},
    ).call()
    request = provider.token_requests[0]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-app"] == "app"
    # the optional region has no value: its parameter is left out
    assert request.params == {
        "grant_type": "client_credentials",
        "client_key": "app",
        "client_secret": SECRET,
        "audience": "https://acme.x",
        "scope": "read,write",
    }


def test_parameters_can_go_into_the_query_of_a_get(provider: Provider) -> None:
    c = caller(provider, token_method="GET", token_url=f"{provider.url}/token?v=2")
    c.call()
    request = provider.token_requests[0]
    assert request.method == "GET"
    assert request.query == {
        "v": "2",
        "grant_type": "client_credentials",
        "client_id": ID,
        "client_secret": SECRET,
    }
    assert SECRET not in repr(c.sent[0])
    assert "s3cr3t" not in c.sent[0].url


def test_password_sends_the_user_and_only_the_flow_is_asked(provider: Provider) -> None:
    c = caller(provider, {"username": "ann", "password": "pw-1"}, flow="password", client_id=None)
    c.call()
    assert provider.token_requests[0].params == {
        "grant_type": "password",
        "username": "ann",
        "password": "pw-1",
    }


def test_refresh_has_parameters_and_a_url_of_its_own(provider: Provider) -> None:
    c = caller(
        provider,
        refresh_url=f"{provider.url}/token/refresh",
        token_params={"audience": "a"},
        refresh_params={"hint": "again"},
    )
    c.call()
    provider.revoke_all()
    c.call()
    first, second = provider.token_requests
    assert first.params["audience"] == "a"
    assert second.path == "/token/refresh"
    assert second.params == {
        "grant_type": "refresh_token",
        "refresh_token": "ref-secret-1",
        "client_id": ID,
        "client_secret": SECRET,
        "hint": "again",
    }


def test_an_environments_own_token_url_takes_refreshes_too(provider: Provider) -> None:
    c = caller(
        provider,
        {"environment": "development"},
        token_url="https://live.example/token",
        token_urls={"development": f"{provider.url}/dev/token"},
        refresh_url="https://live.example/refresh",
    )
    c.call()
    provider.revoke_all()
    assert c.call().status == 200
    assert [r.path for r in provider.token_requests] == ["/dev/token", "/dev/token"]


def test_an_environment_may_refresh_elsewhere(provider: Provider) -> None:
    c = caller(
        provider,
        {"environment": "development"},
        token_url="https://live.example/token",
        token_urls={"development": f"{provider.url}/dev/token"},
        refresh_url="https://live.example/refresh",
        refresh_urls={"development": f"{provider.url}/dev/refresh", "live": "https://live.example"},
    )
    c.call()
    provider.revoke_all()
    assert c.call().status == 200
    assert [r.path for r in provider.token_requests] == ["/dev/token", "/dev/refresh"]


@pytest.mark.parametrize(
    ("answer", "body", "headers", "token", "life"),
    [
        (TokenAnswer(), {"access_token": "t", "expires_in": "3600"}, {}, "t", 3600),
        (TokenAnswer(), {"access_token": "t", "expires_in": None}, {}, "t", None),
        (TokenAnswer(unit="milliseconds"), {"access_token": "t", "expires_in": 5000}, {}, "t", 5),
        (TokenAnswer(("$",)), "plain-token\n", {}, "plain-token", None),
        (TokenAnswer(), {"access_token": " t\r\n"}, {}, "t", None),
        # the prefix that is added when the token is sent is not doubled
        (TokenAnswer(), {"access_token": "Bearer t"}, {}, "t", None),
        (TokenAnswer(("header.authorization",)), {}, {"Authorization": "bearer  t"}, "t", None),
        (TokenAnswer(), {"access_token": "Bearer-t"}, {}, "Bearer-t", None),
        (TokenAnswer(("$",)), '"quoted-token"', {}, "quoted-token", None),
        (TokenAnswer(("header.x-token",)), {}, {"X-Token": "from-header"}, "from-header", None),
        (TokenAnswer(), "access_token=form-token&expires_in=60&scope=", {}, "form-token", 60),
        (
            TokenAnswer(("$.data.token",), expires_at_path=("$.data.until",)),
            {"data": {"token": "t", "until": "2100-01-01T00:00:00Z"}},
            {},
            "t",
            4102444800,
        ),
        (
            TokenAnswer(("$.t",), expires_at_path=("$.until",), unit="milliseconds"),
            {"t": "t", "until": 4102444800000},
            {},
            "t",
            4102444800,
        ),
        (TokenAnswer(lifetime=7), {"access_token": "t"}, {}, "t", 7),
        (TokenAnswer(lifetime=7), {"access_token": "t", "expires_in": 0}, {}, "t", 7),
        (TokenAnswer(), b'\xef\xbb\xbf{"access_token": "t"}', {}, "t", None),
        (TokenAnswer(("$",)), b"\xef\xbb\xbfplain-token\r\n", {}, "plain-token", None),
        (TokenAnswer(), '{"access_token": "t"}'.encode("utf-16"), {}, "t", None),
        (TokenAnswer(), {"access_token": 987654321}, {}, "987654321", None),
        (
            TokenAnswer(),
            {"access_token": 12345678901234567890123},
            {},
            "12345678901234567890123",
            None,
        ),
        (TokenAnswer(("$",)), "987654321", {}, "987654321", None),
        (
            TokenAnswer(("$.Token",)),
            "<R><Token>t</Token></R>",
            {"Content-Type": "text/xml"},
            "t",
            None,
        ),
        (TokenAnswer(("$",)), "<string>t</string>", {"Content-Type": "text/xml"}, "t", None),
        (TokenAnswer(("$",)), "dG9rZW4=", {}, "dG9rZW4=", None),
        (TokenAnswer(("$.token", "$")), {"token": "t"}, {}, "t", None),
        (TokenAnswer(("$.token", "$")), "plain", {}, "plain", None),
        (TokenAnswer(), {"access_token": "t", "expires_in": 59.5}, {}, "t", 59.5),
        (
            TokenAnswer(),
            {"access_token": "t", "expires_in": "2100-01-01T00:00:00Z"},
            {},
            "t",
            4102444800,
        ),
        (TokenAnswer(), {"access_token": "t", "expires_in": 4102444800}, {}, "t", 4102444800),
        (TokenAnswer(), {"access_token": "t", "expires_in": 4102444800000}, {}, "t", 4102444800),
        (
            TokenAnswer(expires_at_path=("$.until",)),
            {"access_token": "t", "until": "Fri, 01 Jan 2100 00:00:00 GMT"},
            {},
            "t",
            4102444800,
        ),
        (
            TokenAnswer(expires_at_path=("header.expires",)),
            {"access_token": "t"},
            {"Expires": "Fri, 01 Jan 2100 00:00:00 GMT"},
            "t",
            4102444800,
        ),
        (
            TokenAnswer(expires_at_path=("$.until",)),
            {"access_token": "t", "until": "2100-01-01 00:00:00.1234567+00:00", "expires_in": 9},
            {},
            "t",
            4102444800.123456,
        ),
        # what cannot be read, or is past, is no reason to refuse the token
        (
            TokenAnswer(expires_at_path=("$.until",)),
            {"access_token": "t", "until": "next week", "expires_in": 60},
            {},
            "t",
            60,
        ),
        (
            TokenAnswer(expires_at_path=("$.until",)),
            {"access_token": "t", "until": 5},
            {},
            "t",
            None,
        ),
        (TokenAnswer(), {"access_token": "t", "expires_in": 1e300}, {}, "t", None),
        (TokenAnswer(), '{"access_token": "t", "expires_in": 1e400}', {}, "t", None),
        (TokenAnswer(), '{"access_token": "t", "expires_in": NaN}', {}, "t", None),
        (TokenAnswer(), {"access_token": "t", "expires_in": 10**30}, {}, "t", None),
    ],
)
def test_answers_are_read_as_the_spec_says(
    provider: Provider,
    answer: TokenAnswer,
    body: Any,
    headers: dict[str, str],
    token: str,
    life: float | None,
) -> None:
    provider.replies = [Reply(200, body, headers)]
    c = caller(provider, answer=answer)
    found = c.run(c.scheme.token(c.context()))
    assert found.access_token == token
    if life is None:
        assert found.expires_at is None
    elif life > 1e9:
        assert found.expires_at == life
    else:
        assert found.expires_at == pytest.approx(time.time() + life, abs=5)


@pytest.mark.parametrize(
    ("send", "where"),
    [
        (Send("header", "X-Token"), {"headers": ("x-token", "tok-secret-1")}),
        (Send("query", "token"), {"query": ("token", "tok-secret-1")}),
        (Send("cookie", "sid"), {"headers": ("cookie", "sid=tok-secret-1")}),
    ],
)
def test_the_token_goes_where_the_spec_says(
    provider: Provider, send: Send, where: dict[str, tuple[str, str]]
) -> None:
    c = caller(provider, send=send)
    c.call()
    for part, (name, value) in where.items():
        assert getattr(provider.data_requests[0], part)[name] == value
    # refused everywhere but as bearer: it is renewed once, in the same place
    assert len(provider.data_requests) == 2
    for part, (name, value) in where.items():
        found = getattr(provider.data_requests[1], part)[name]
        assert found == value.replace("secret-1", "secret-2")


def test_saved_values_are_kept_and_checked(provider: Provider) -> None:
    answer = TokenAnswer(
        save={
            "instance_url": SavedValue(("$.instance_url",), r"https://[a-z]+\.acme\.example"),
            "number": SavedValue(("$.n",)),
        }
    )
    body = {"access_token": "t", "instance_url": "https://eu.acme.example", "n": 5}
    provider.replies = [Reply(200, body), Reply(200, {**body, "instance_url": "https://evil.test"})]
    c = caller(provider, answer=answer)
    context = c.context()
    c.run(c.scheme.prepare(context))
    assert context.saved == {"instance_url": "https://eu.acme.example", "number": "5"}
    other = caller(provider, answer=answer)
    with pytest.raises(AuthError, match="instance_url in the response does not match the pattern"):
        other.call()


def test_ready_tokens_skip_the_flow(provider: Provider) -> None:
    provider.valid.add("ready")
    assert caller(provider, {"access_token": "ready"}).call().status == 200
    tokens = iter(["old", "ready"])
    assert caller(provider, {"access_token": lambda: next(tokens)}).call().status == 200
    assert caller(provider, {"access_token": "stale"}).call().status == 401
    assert provider.token_requests == []
    # a refused constant is not sent again
    assert len(provider.data_requests) == 4


def test_credential_callables_are_asked_and_a_rotated_secret_gets_a_new_token(
    provider: Provider,
) -> None:
    secrets = iter(["one", "one", "two"])
    c = caller(provider, {"client_secret": lambda: next(secrets)})
    for _ in range(3):
        c.call()
    assert [r.params["client_secret"] for r in provider.token_requests] == ["one", "two"]


def test_missing_credentials_are_all_named(provider: Provider) -> None:
    c = caller(provider, {"client_id": None, "client_secret": None})
    with pytest.raises(MissingCredentialError) as raised:
        c.call()
    assert raised.value.missing == (
        ("client_id", "ACME_CLIENT_ID"),
        ("client_secret", "ACME_CLIENT_SECRET"),
    )


def test_a_refusal_tells_what_the_provider_said_without_secrets(provider: Provider) -> None:
    reason = f"no client with secret {SECRET}\nand more"
    provider.replies = [Reply(401, {"error": "invalid_client", "error_description": reason})]
    c = caller(provider)
    with pytest.raises(AuthError) as raised:
        c.call()
    error = raised.value
    assert (error.status_code, error.code) == (401, "invalid_client")
    assert str(error) == (
        f"acme: no token: {provider.url}/token answered 401: invalid_client:"
        " no client with secret *** and more"
    )
    assert error.__cause__ is None
    for text in (repr(error), repr(vars(error)), repr(pickle.dumps(error))):
        assert "s3cr3t" not in text
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            Reply(200, {"ok": False, "error": "bad_code"}),
            "no token at $.access_token: bad_code (the response has ok, error)",
        ),
        (Reply(200, "<html>"), "no token at $.access_token (the response is text/plain)"),
        (
            Reply(200, {"data": {"token": "t-secret", "user": {"id": 1}}, "meta": {}}),
            "(the response has data.token, data.user, meta)",
        ),
        (
            Reply(200, {f"k{n}": n for n in range(14)}),
            "has k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, 4 more)",
        ),
        (Reply(200, ""), "no token at $.access_token (the response has no body)"),
        (Reply(200, []), "no token at $.access_token (the response is a list)"),
        (Reply(200, {}), "no token at $.access_token (the response is an empty object)"),
        (
            Reply(200, {"access_token": ""}),
            "no token at $.access_token (the response has access_token)",
        ),
        (Reply(200, {"access_token": " "}), "no token at $.access_token"),
        (Reply(200, {"access_token": True}), "no token at $.access_token"),
        (Reply(200, '{"access_token": "\\ud800"}'), "no token at $.access_token"),
        (Reply(200, {"a1b2c3d4e5f6a7b8c9": 1, "user": 2}), "(the response has ***, user)"),
        (Reply(400, {"errors": [{"message": "no such user"}]}), "answered 400: no such user"),
        (Reply(401, {"title": "Unauthorized", "detail": "no key"}), "answered 401: no key"),
        (Reply(403, "You may not log in"), "answered 403: You may not log in"),
        (Reply(403, "<html><body>Forbidden</body></html>"), "/token answered 403 with a web page"),
        (Reply(400, "error=invalid_grant&error_description=no+code"), "invalid_grant: no code"),
        (Reply(400, "<E><message>no code</message></E>"), "answered 400: no code"),
        (Reply(308, "", {"Location": "/token/"}), "/token/, which is not followed"),
        (
            Reply(302, "", {"Location": "https://evil.test/"}),
            "it redirects to https://evil.test/…, which is not followed",
        ),
        (Reply(500, {"message": "down"}), "answered 500: down"),
        (Reply(400, {"error": {"code": "E1", "message": "odd"}}), "answered 400: E1: odd"),
    ],
)
def test_every_failing_answer_is_one_auth_error(
    provider: Provider, reply: Reply, said: str
) -> None:
    provider.replies = [reply]
    with pytest.raises(AuthError) as raised:
        caller(provider).call()
    assert said in str(raised.value)
    assert len(provider.token_requests) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
TIMES = JSON | st.sampled_from(["1e400", "9" * 30, "Tue, 99 Foo", "10000-01-01", "-1e9", "inf"])
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "access_token": JSON,
        "refresh_token": JSON,
        "expires_in": TIMES,
        "until": TIMES,
        "error": JSON,
        "kept": JSON,
    },
)
BODIES = (
    st.binary(max_size=200)
    | st.text().map(lambda t: t.encode("utf-8", "surrogatepass"))
    | MEMBERS.map(lambda m: json.dumps(m).encode())
    | st.integers(1, 5000).map(lambda n: b'{"access_token":' + b"[" * n)
    | st.integers(1, 5000).map(lambda n: b'{"kept":' + b"[" * n + b"]" * n + b"}")
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Content-Type", "Location", "Set-Cookie", "X-Token", "Expires"]),
        st.text(st.characters(max_codepoint=255), max_size=40),
    ),
    max_size=4,
)


@settings(max_examples=400, deadline=None)
@given(
    status=st.integers(200, 599),
    headers=HEADERS,
    content=BODIES,
    paths=st.sampled_from(
        [("$.access_token",), ("$",), ("header.set-cookie.a",), ("$[0]", "header.x-token")]
    ),
)
def test_whatever_an_endpoint_responds_is_a_token_or_an_auth_error(
    status: int, headers: list[tuple[str, str]], content: bytes, paths: tuple[str, ...]
) -> None:
    answer = TokenAnswer(
        paths, expires_at_path=("$.until", "header.expires"), save={"kept": SavedValue(("$.kept",))}
    )
    scheme = OAuth2("client_credentials", "https://acme.example/token", answer=answer)
    context = context_for(scheme, "https://acme.example", client_id="app", client_secret="s")
    response = WireResponse(status, tuple(headers), content, "https://acme.example/token")
    try:
        token = read_token(context, answer, response, secrets=["s"])
    except AuthError as error:
        token, problem = None, error
    if token is None:
        assert str(problem).encode()
        assert problem.status_code in (status, None)
        return
    texts = [token.access_token, token.refresh_token or "", *token.saved.values()]
    assert "".join(texts).encode()
    assert token.expires_at is None or token.expires_at > token.obtained_at
    assert Token.from_json(token.to_json()) == token


@pytest.mark.parametrize("returned", ["Bearer tok-1", "bearer tok-1", " Bearer  tok-1\n", "tok-1"])
def test_a_prefix_that_the_provider_returns_is_not_sent_twice(
    provider: Provider, returned: str
) -> None:
    provider.replies = [Reply(200, {"access_token": returned})]
    c = caller(provider)
    c.call()
    assert provider.data_requests[0].headers["authorization"] == "Bearer tok-1"


@pytest.mark.parametrize(
    "body", ['{"error": ', "[1", '{"a": 1}', "[]", "<html></html>", "", " ", "true", "null"]
)
def test_the_whole_text_is_no_token_when_it_is_something_else(
    provider: Provider, body: str
) -> None:
    provider.replies = [Reply(200, body)]
    with pytest.raises(AuthError, match=r"no token at \$"):
        caller(provider, answer=TokenAnswer(("$",))).call()


def test_an_unreachable_token_endpoint_is_tried_three_times() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    c = Caller(
        OAuth2("client_credentials", f"{url}/token"), url, client_id=ID, client_secret=SECRET
    )
    with pytest.raises(AuthError, match="no token"):
        c.call()
    assert len(c.sent) == 3


def test_token_requests_carry_the_calls_timeout_and_nothing_else(provider: Provider) -> None:
    c = caller(provider, {"timeout": Timeout(1, 2, 3, 4)})
    c.call()
    assert c.sent[0].timeout == Timeout(1, 2, 3, 4)
    assert c.sent[0].bare
    assert [k for k, _ in c.sent[0].headers] == ["Accept", "Content-Type"]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://acme.example/token", "plain http"),
        ("https://${tenant}.acme.example/token", "part of a hostname"),
        ("https://user:pw@acme.example/token", "user name or password"),
        ("ftp://acme.example/token", "must be an http or https URL"),
        ("https://acme.example/${tenant}/../token", ""),
    ],
)
def test_token_urls_that_may_not_be_sent_credentials(
    provider: Provider, url: str, problem: str
) -> None:
    c = caller(provider, {"values": {"tenant": "evil.test/x?"}}, token_url=url)
    if not problem:
        assert "evil.test%2Fx%3F" in c.scheme_url()  # encoded: it stays one segment
        return
    with pytest.raises(AuthError, match=problem):
        c.call()
    assert c.sent == []


def test_a_secret_in_the_token_url_is_not_shown(provider: Provider) -> None:
    c = caller(provider, {"hook": "hook-secret"}, token_url=f"{provider.url}/${{hook}}/token")
    provider.replies = [Reply(404, "nothing at /hook-secret/token")]
    with pytest.raises(AuthError) as raised:
        c.call()
    assert provider.token_requests[0].path == "/hook-secret/token"
    assert "hook-secret" not in str(raised.value)
    assert "hook-secret" not in repr(c.sent[0])


def signed_in(provider: Provider, **token: Any) -> tuple[Caller, MemoryTokenStore]:
    """A caller whose user signed in before, and the store that holds the user's token."""
    store = MemoryTokenStore()
    c = caller(provider, {"token_store": store, "subject": "u-1"}, flow="authorization_code")
    scheme: Any = c.scheme
    context = c.context()
    key = scheme.key(context, c.run(scheme.values(context)))
    provider.valid.add("user-token")
    provider.refresh_tokens.add("user-refresh")
    store.set(key, Token("user-token", **{"refresh_token": "user-refresh", **token}))
    return c, store


def test_a_users_token_is_refreshed_and_rotated(provider: Provider) -> None:
    c, _ = signed_in(provider, expires_at=time.time() + 1, obtained_at=time.time() - 100)
    for _ in range(2):
        assert c.call().status == 200
        provider.revoke_all()
    refreshed = [r.params["refresh_token"] for r in provider.token_requests]
    assert refreshed == ["user-refresh", "ref-secret-1"]


def test_the_applications_secret_may_change_without_signing_users_out(provider: Provider) -> None:
    c, _ = signed_in(provider)
    assert c.call(client_secret="rotated").status == 200
    assert c.call(client_secret="rotated", subject="u-2", access_token="user-token").status == 200
    with pytest.raises(AuthError, match="there is none for subject 'u-2'; sign in again"):
        c.call(subject="u-2")


def test_a_user_whose_refresh_token_is_refused_must_sign_in_again(provider: Provider) -> None:
    c, _ = signed_in(provider)
    provider.revoke_all()
    provider.refresh_tokens.clear()
    with pytest.raises(
        AuthError, match=r"no longer takes the refresh token \(invalid_grant\)"
    ) as raised:
        c.call()
    assert (raised.value.status_code, raised.value.code) == (400, "invalid_grant")
    assert "for subject 'u-1'; sign in again" in str(raised.value)


def test_without_a_refresh_token_the_providers_own_refusal_is_shown(provider: Provider) -> None:
    c, _ = signed_in(provider, refresh_token=None)
    provider.revoke_all()
    assert c.call().status == 401
    ended, _ = signed_in(provider, refresh_token=None, expires_at=time.time() - 1)
    with pytest.raises(AuthError, match="the token has expired for subject 'u-1'"):
        ended.call()
    assert provider.token_requests == []


def test_messages_keep_what_is_no_secret(provider: Provider) -> None:
    said = "client_credentials is not for tenant acme, redirect, or 8080"
    provider.replies = [Reply(400, {"error": "unauthorized_client", "message": said})]
    c = caller(provider, {"values": {"tenant": "acme"}}, token_params={"tenant": "${tenant}"})
    with pytest.raises(AuthError, match=said):
        c.call()


def test_an_echoed_header_is_hidden(provider: Provider) -> None:
    def echo(request: Any) -> Reply:
        return Reply(401, {"error": f"bad header {request.headers['authorization']}"})

    provider.answer = echo  # type: ignore[method-assign]
    with pytest.raises(AuthError, match=r"bad header Basic \*\*\*$"):
        caller(provider, client_auth="basic").call()
