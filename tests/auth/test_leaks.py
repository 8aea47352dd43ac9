"""No secret of a token scheme in anything an application keeps or prints, at providers that repeat all they are sent."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from callwright.runtime.client import AsyncClient, Client
from callwright.runtime.definition import (
    ApiKey,
    Assertion,
    Call,
    Connector,
    Credential,
    CustomToken,
    Digest,
    Environment,
    Errors,
    Jwt,
    NamedScheme,
    OAuth2,
    Response,
    Retry,
    Scheme,
    Send,
    TokenAnswer,
    TokenRequest,
)
from callwright.runtime.errors import ApiError, AuthError, StatusError
from tests.auth.provider import Provider, Received, Reply, basic, serving

READ = Call("read", "GET", "/data", True, response=Response(untyped=True))
PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
SECRETS = {
    "client_id": "app-1",
    "client_secret": 'cs "7f/+=secret',
    "username": "ada",
    "password": "pw \\ 9a&%secret",
    "path_key": "path:5c-secret",
    "private_key": PEM,
}
KEPT = ("client_secret", "password", "path_key")
TOKEN = "tok/3e+secret=="
REFRESH = "ref/4d+secret=="


def machine(provider: Provider, **changes: Any) -> OAuth2:
    return OAuth2("client_credentials", f"{provider.url}/token", **changes)


def schemes(provider: Provider) -> dict[str, Scheme]:
    """Every scheme that obtains a token or answers a challenge, in all ways in which secrets travel."""
    url = provider.url
    signed = Assertion("ES256", claims={"iss": "${username}"})
    login = TokenRequest(
        f"{url}/${{path_key}}/login",
        headers={"X-Secret": "${client_secret}"},
        query={"p": "${password}"},
        json={"user": "${username}", "deep": [{"password": "${password}"}]},
    )
    return {
        "body": machine(provider),
        "basic": machine(provider, client_auth="basic"),
        "json": machine(provider, token_body="json"),
        "query": machine(provider, token_method="GET"),
        "header": machine(provider, token_headers={"X-Key": "${password}"}),
        "signature": machine(provider, client_auth="private_key_jwt", assertion=signed),
        "password": OAuth2("password", f"{url}/token", token_body="query"),
        "token in the query": machine(provider, send=Send("query", "t")),
        "token in a cookie": machine(provider, send=Send("cookie", "t")),
        "path": CustomToken((login,), send=Send("header", "X-Token")),
        "raw": CustomToken((TokenRequest(f"{url}/login", raw="<p>${password}</p>"),)),
        "form": CustomToken((TokenRequest(f"{url}/login", form={"p": "${password}"}),)),
        "exchange": Jwt("exchange", signed, token_url=f"{url}/token"),
        "direct": Jwt("direct", signed),
        "digest": Digest(),
    }


NAMES = list(schemes(Provider(1)))


def connector(scheme: Scheme, url: str) -> Connector:
    return Connector(
        "acme",
        "ACME_",
        (Environment("live", url),),
        credentials=tuple(Credential(n, {"live": f"ACME_{n.upper()}"}) for n in SECRETS),
        auth=(NamedScheme("default", scheme, tuple(SECRETS)),),
        errors=Errors(message_path=("$.message",), code_path=("$.code",)),
        retry=Retry(attempts=1),
    )


def spellings(secret: str) -> set[str]:
    encoded = json.dumps(secret)[1:-1]
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), encoded}


def sent_secrets(requests: list[Received]) -> set[str]:
    """What the requests carried that is worth stealing: tokens, signatures, pairs of name and password."""
    found: set[str] = set()
    for request in requests:
        values = [v for v in request.params.values() if isinstance(v, str)]
        found |= {v for v in values if v.count(".") == 2 and len(v) > 80}
        given = request.headers.get("authorization", "").rpartition(" ")[2]
        found |= (
            {given} if len(given) > 8 and "digest" not in str(request.headers).lower() else set()
        )
    return found


def everything(error: BaseException) -> str:
    """All that an error tells or holds: trace, attributes, chain, pickle."""
    texts = ["".join(traceback.format_exception(error)), pickle.dumps(error).decode("latin-1")]
    seen: BaseException | None = error
    while seen is not None:
        texts += [str(seen), repr(seen), repr(vars(seen)), repr(seen.args)]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts)


def locals_of_ours(error: BaseException) -> str:
    """The local variables of every frame of the runtime and the HTTP library, as error reporters send them."""
    shown: list[str] = []
    queue: list[BaseException | None] = [error]
    while queue:
        link = queue.pop()
        if link is not None:
            queue += [link.__cause__, link.__context__]
            for frame, _ in traceback.walk_tb(link.__traceback__):
                root = frame.f_globals["__name__"].partition(".")[0]
                if root in ("callwright", "httpx", "httpcore"):
                    for value in frame.f_locals.values():
                        shown += [repr(value), str(value)]
    return "\n".join(shown)


def assert_silent(text: str, requests: list[Received]) -> None:
    secrets = [SECRETS[n] for n in KEPT] + [TOKEN, REFRESH, *sent_secrets(requests)]
    secrets += [line for line in PEM.splitlines() if not line.startswith("-----")]
    leaked = [s for s in secrets for spelled in spellings(s) if spelled in text]
    assert not leaked, leaked


def repeated(request: Received) -> str:
    """A careless provider's words: all that it was sent, however it was spelled."""
    parts = [request.path, unquote(request.path), json.dumps(request.params), request.body.decode()]
    parts += [str(v) for v in request.params.values()] + list(request.headers.values())
    pair = request.headers.get("authorization", "")
    parts += basic(pair) if pair.startswith("Basic ") else ()
    return " ".join(parts)


def echoing(request: Received) -> Reply:
    said = repeated(request)
    line = quote(said, safe=" ")
    body = {
        "error": f"bad {said}",
        "error_description": said,
        "message": f"no {said}",
        "code": f"c {said}",
        "sent": [said],
        "access_token": "",
        "refresh_token": REFRESH,
    }
    headers = {"X-Echo": line, "Set-Cookie": f"s={TOKEN}", "Location": f"/x?access_token={TOKEN}"}
    return Reply(400, body, headers)


def redirecting(request: Received) -> Reply:
    where = f"https://elsewhere.example/{TOKEN}?access_token={TOKEN}&{quote(repeated(request))}"
    return Reply(302, f"moved to {where}", {"Location": where})


def nonsense(request: Received) -> Reply:
    return Reply(200, f"<html>{TOKEN} {repeated(request)}</html>", {"X-Token": TOKEN})


def issuing(request: Received) -> Reply:
    return Reply(200, {"access_token": TOKEN, "refresh_token": REFRESH, "expires_in": 3600})


def failures(
    made: Connector, *, on_a_loop: bool, credentials: Any = SECRETS
) -> tuple[BaseException, str]:
    """What a call raises, and what the client shows of itself."""
    if not on_a_loop:
        with Client(made, credentials=credentials) as client:
            with pytest.raises(ApiError) as raised:
                client._call(READ, {}, returns=Any)
            return raised.value, repr(client) + repr(vars(client))

    async def main() -> tuple[BaseException, str]:
        async with AsyncClient(made, credentials=credentials) as client:
            with pytest.raises(ApiError) as raised:
                await client._call(READ, {}, returns=Any)
            return raised.value, repr(client) + repr(vars(client))

    return asyncio.run(main())


@pytest.fixture
def provider(caplog: pytest.LogCaptureFixture) -> Iterator[Provider]:
    caplog.set_level(logging.DEBUG)
    with serving() as running:
        yield running


@pytest.mark.parametrize("on_a_loop", [False, True], ids=["thread", "loop"])
@pytest.mark.parametrize("answer", [echoing, redirecting, nonsense])
@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("direct", "digest")])
def test_a_token_endpoint_that_repeats_everything(
    provider: Provider,
    name: str,
    answer: Callable[[Received], Reply],
    on_a_loop: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[Received] = []

    def told(request: Received) -> Reply:
        seen.append(request)
        return answer(request)

    provider.answer = told  # type: ignore[method-assign]
    error, shown = failures(connector(schemes(provider)[name], provider.url), on_a_loop=on_a_loop)
    assert isinstance(error, AuthError)
    assert "httpcore.http11" in {r.name for r in caplog.records}
    assert_silent(everything(error) + shown + caplog.text, seen)
    assert_silent(locals_of_ours(error), seen)


@pytest.mark.parametrize("on_a_loop", [False, True], ids=["thread", "loop"])
@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize("name", NAMES)
def test_a_provider_that_repeats_the_token(
    provider: Provider, name: str, status: int, on_a_loop: bool, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Received] = []
    challenge = 'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256'

    def told(request: Received) -> Reply:
        seen.append(request)
        if request.path != "/data":
            return issuing(request)
        if name == "digest" and "authorization" not in request.headers:
            return Reply(401, {}, {"WWW-Authenticate": challenge})
        said = repeated(request)
        body = {"message": f"no {said}", "code": f"c {said}", "sent": [said]}
        line = quote(said, safe=" ")
        headers = {"X-Echo": line, "Set-Cookie": f"s={line}", "Location": f"/x?said={line}"}
        return Reply(status, body, headers)

    provider.answer = told  # type: ignore[method-assign]
    error, shown = failures(connector(schemes(provider)[name], provider.url), on_a_loop=on_a_loop)
    assert isinstance(error, StatusError)
    assert_silent(everything(error) + shown + caplog.text, seen)
    assert_silent(locals_of_ours(error), seen)


@pytest.mark.parametrize("own_client", [False, True])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_token_in_a_location_is_followed_and_not_shown(
    provider: Provider, elsewhere: bool, own_client: bool, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Received] = []
    with serving() as other:
        target = other if elsewhere else provider

        def told(request: Received) -> Reply:
            seen.append(request)
            if request.path == "/data":
                where = f"{target.url}/file?signature={quote(TOKEN)}&part='1'"
                return Reply(302, {}, {"Location": where})
            return Reply(
                404, {"message": f"no {request.query}"}, {"X-Seen": f"it's {request.query}"}
            )

        provider.answer = other.answer = told  # type: ignore[method-assign]
        scheme = ApiKey(Send("query", "key"), "${path_key}")
        with (
            httpx.Client() as http,
            Client(
                connector(scheme, provider.url),
                credentials=SECRETS,
                http_client=http if own_client else None,
            ) as client,
        ):
            with pytest.raises(StatusError) as raised:
                client._call(READ, {}, returns=Any)
            shown = client._exchange(READ, {}).request
    assert [r.query.get("signature") for r in seen] == [None, TOKEN] * 2
    assert [r.query.get("key") for r in seen[:2]] == [
        SECRETS["path_key"],
        None if elsewhere else SECRETS["path_key"],
    ]
    assert shown.url == f"{target.url}/file?***"
    assert "file" in caplog.text
    assert_silent(everything(raised.value) + shown.url + caplog.text, [])


def test_a_token_that_comes_in_a_header_is_not_logged(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    def told(request: Received) -> Reply:
        if request.path == "/data":
            return Reply(200, {"fine": True})
        return Reply(200, {}, {"X-Token": TOKEN, "X-Refresh": f"it's {REFRESH}"})

    provider.answer = told  # type: ignore[method-assign]
    answer = TokenAnswer(("header.x-token",), ("header.x-refresh",))
    scheme = OAuth2("client_credentials", f"{provider.url}/token", answer=answer)
    with Client(connector(scheme, provider.url), credentials=SECRETS) as client:
        assert client._call(READ, {}, returns=Any) == {"fine": True}
    assert "receive_response_headers.complete" in caplog.text
    assert_silent(caplog.text, [])


@pytest.mark.parametrize("on_a_loop", [False, True], ids=["thread", "loop"])
@pytest.mark.parametrize("given", ["text", "function"])
def test_an_error_of_the_api_hides_what_went_to_the_token_endpoint(
    provider: Provider, given: str, on_a_loop: bool
) -> None:
    held = [SECRETS["client_secret"], SECRETS["password"], TOKEN, REFRESH]

    def told(request: Received) -> Reply:
        if request.path == "/token":
            return issuing(request)
        line = quote(" ".join(held), safe=" ")
        return Reply(400, {"message": f"no {held}", "sent": held}, {"X-Request-Id": line})

    provider.answer = told  # type: ignore[method-assign]
    scheme = OAuth2(
        "password",
        f"{provider.url}/token",
        client_id="${client_id}",
        client_secret="${client_secret}",
    )
    made = connector(scheme, provider.url)
    sources: dict[str, Any] = dict(SECRETS)
    if given == "function":
        sources = {name: lambda value=value: value for name, value in SECRETS.items()}
    error, _ = failures(made, on_a_loop=on_a_loop, credentials=sources)
    assert isinstance(error, StatusError)
    assert error.message is not None
    assert error.message.count("***") >= len(held)
    assert error.body == {"message": error.message, "sent": ["***"] * len(held)}
    assert_silent(everything(error) + locals_of_ours(error), [])


@pytest.mark.parametrize("fault", ["status", "body", "credential"])
def test_frames_of_the_application_keep_their_variables(provider: Provider, fault: str) -> None:
    provider.answer = lambda request: (  # type: ignore[method-assign]
        Reply(400, {"sent": request.headers["x-key"]})
        if fault == "status"
        else Reply(200, f"<html>{request.headers['x-key']}</html>")
    )

    def key() -> str:
        mine = "a variable of the application"
        if fault == "credential":
            raise RuntimeError(mine)
        return SECRETS["path_key"]

    scheme = ApiKey(Send("header", "X-Key"), "${path_key}")
    with (
        Client(connector(scheme, provider.url), credentials={**SECRETS, "path_key": key}) as client,
        pytest.raises(RuntimeError if fault == "credential" else ApiError) as raised,
    ):
        client._call(READ, {}, returns=Any)
    frames = [frame for frame, _ in traceback.walk_tb(raised.value.__traceback__)]
    assert any(frame.f_globals["__name__"].startswith("callwright.runtime") for frame in frames)
    assert_silent(locals_of_ours(raised.value), [])
    if fault == "credential":
        assert "mine" in frames[-1].f_locals


def test_a_key_that_cannot_sign_is_in_no_frame_of_the_constructor() -> None:
    pem = PEM.replace("PRIVATE", "PUBLIC")
    signed = Assertion("ES256")
    with pytest.raises(AuthError) as raised:
        Client(
            connector(Jwt("direct", signed), "https://acme.example"),
            credentials={**SECRETS, "private_key": pem},
        )
    assert PEM.splitlines()[1] not in locals_of_ours(raised.value)
