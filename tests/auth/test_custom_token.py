"""A provider's own login: steps, saved values, refresh, assertions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from callwright.runtime.definition import (
    Assertion,
    Basic,
    CustomToken,
    SavedValue,
    Send,
    TokenAnswer,
    TokenRequest,
)
from callwright.runtime.errors import AuthError
from tests.auth.harness import Caller
from tests.auth.provider import Provider, Reply, basic, serving


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def test_a_json_login_relative_to_the_base_url(provider: Provider) -> None:
    login = TokenRequest(
        "/login",
        headers={"X-Client": "${username}"},
        query={"v": "1", "region": "${region}"},
        json={"user": "${username}", "pass": "${password}", "n": 1, "tags": ["a", "${region}"]},
    )
    definition = CustomToken((login,), send=Send("header", "X-Auth-Token"))
    provider.token_of = lambda r: r.headers.get("x-auth-token")
    c = Caller(definition, provider.url, username="ann", password='q"uote', optional=("region",))
    assert [c.call().status, c.call().status] == [200, 200]
    (request,) = provider.token_requests
    assert (request.method, request.path, request.query) == ("POST", "/login", {"v": "1"})
    assert request.headers["x-client"] == "ann"
    # the parts that need the unset region are left out
    assert request.params == {"v": "1", "user": "ann", "pass": 'q"uote', "n": 1, "tags": ["a"]}


@pytest.mark.parametrize("body", [{}, {"json": {"app": "${app}"}}, {"form": {"app": "${app}"}}])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_login_with_basic(provider: Provider, method: str, body: dict[str, Any]) -> None:
    login = TokenRequest("/session", method, basic=Basic(), **body)
    definition = CustomToken((login,), answer=TokenAnswer(("$",)), send=Send("header", "X-Session"))
    provider.token_of = lambda r: r.headers.get("x-session")
    provider.valid.add("tok-1")
    provider.replies = [Reply(201, '"tok-1"')]
    given = {"username": "ann ü", "password": "p:w/+="} | ({"app": "a1"} if body else {})
    assert Caller(definition, provider.url, **given).call().status == 200
    (request,) = provider.token_requests
    assert basic(request.headers["authorization"]) == ("ann ü", "p:w/+=")
    assert request.params == ({"app": "a1"} if body else {})
    assert "authorization" not in provider.data_requests[0].headers


def test_basic_in_steps_and_refresh(provider: Provider) -> None:
    provider.replies = [
        Reply(200, {"nonce": "n-1"}),
        Reply(200, {"access_token": "tok-1", "refresh_token": "ref-1"}),
        Reply(200, {"access_token": "tok-2"}),
    ]
    steps = (
        TokenRequest("/nonce", basic=Basic(), save={"nonce": SavedValue(("$.nonce",))}),
        TokenRequest("/login", basic=Basic("${nonce}", "${password}")),
    )
    refresh = TokenRequest("/refresh", basic=Basic("${api_key}", "${refresh_token}"))
    c = Caller(
        CustomToken(steps, refresh=refresh),
        provider.url,
        username="ann",
        password="pw",
        api_key="k-1",
        optional=("nonce",),
    )
    provider.valid.add("tok-2")
    assert c.call().status == 200
    sent = [basic(r.headers["authorization"]) for r in provider.token_requests]
    assert sent == [("ann", "pw"), ("n-1", "pw"), ("k-1", "ref-1")]


def test_the_pair_of_a_login_is_hidden(provider: Provider) -> None:
    def echo(request: Any) -> Reply:
        return Reply(401, {"error": f"who is {request.headers['authorization']}"})

    provider.answer = echo  # type: ignore[method-assign]
    definition = CustomToken((TokenRequest("/session", basic=Basic()),))
    with pytest.raises(AuthError, match=r"/session answered 401: who is Basic \*\*\*$"):
        Caller(definition, provider.url, username="ann", password="pw-1").call()


def test_a_session_in_one_of_several_cookies(provider: Provider) -> None:
    cookies = ("lang=en; Path=/", "connect.sid=s:1.a/b+c==; Path=/; HttpOnly", 'csrf="c-1"')
    provider.replies = [Reply(200, {"ok": True}, cookies=cookies)]
    provider.token_of = lambda r: r.headers.get("cookie")
    provider.valid.add("connect.sid=s:1.a/b+c==")
    login = TokenRequest(
        "/login", form={"p": "${password}"}, save={"csrf": SavedValue(("header.set-cookie.csrf",))}
    )
    definition = CustomToken(
        (login,),
        answer=TokenAnswer(("header.set-cookie.connect.sid",)),
        send=Send("cookie", "connect.sid"),
    )
    c = Caller(definition, provider.url, password="pw", optional=("csrf",))
    context = c.context()
    assert c.run(c.flow("/data", context)).status == 200
    assert context.saved == {"csrf": "c-1"}
    # what is saved of cookies is hidden in whatever this request's response repeats
    assert {"c-1", "s:1.a/b+c=="} <= set(c.sent[-1].secret_texts)


FORM_LOGIN = CustomToken(
    (
        TokenRequest("/start", "GET", save={"csrf": SavedValue(("header.set-cookie.csrf",))}),
        TokenRequest("/login", form={"p": "${password}", "csrf": "${csrf}"}),
    ),
    answer=TokenAnswer(("header.set-cookie.sid",)),
    send=Send("cookie", "sid"),
)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_form_that_logs_in_and_redirects(provider: Provider, status: int) -> None:
    provider.replies = [
        Reply(302, "", {"Location": "/form"}, cookies=("csrf=c-1; Path=/",)),
        Reply(status, "", {"Location": "/home"}, cookies=("sid=s-1; HttpOnly",)),
    ]
    provider.token_of = lambda r: r.headers.get("cookie")
    provider.valid.add("sid=s-1")
    c = Caller(FORM_LOGIN, provider.url, password="pw", optional=("csrf",))
    assert c.call().status == 200
    assert [r.path for r in provider.token_requests] == ["/start", "/login"]
    assert provider.token_requests[1].params == {"p": "pw", "csrf": "c-1"}


@pytest.mark.parametrize("cookies", [(), ("other=1",), ("sid=; Max-Age=0",)])
def test_a_redirect_without_the_session_is_refused(
    provider: Provider, cookies: tuple[str, ...]
) -> None:
    provider.replies = [
        Reply(200, "", cookies=("csrf=c-1",)),
        Reply(302, "", {"Location": "/login?failed=1"}, cookies=cookies),
    ]
    c = Caller(FORM_LOGIN, provider.url, password="pw", optional=("csrf",))
    with pytest.raises(AuthError, match=r"/login answered 302: it redirects to .*/login, which"):
        c.call()


def test_a_cookie_that_is_missing_names_those_that_are_set(provider: Provider) -> None:
    cookies = ("lang=en", "sid=secret-1; Path=/")
    provider.replies = [Reply(200, {"ok": True}, cookies=cookies)]
    definition = CustomToken((TokenRequest("/l"),), answer=TokenAnswer(("header.set-cookie.SID",)))
    with pytest.raises(AuthError, match=r"has ok, and the cookies lang, sid\)$"):
        Caller(definition, provider.url).call()


def test_steps_hand_values_on(provider: Provider) -> None:
    provider.replies = [Reply(200, {"nonce": "n-1"}, {"X-Session": "s-1"})]
    steps = (
        TokenRequest(
            f"{provider.url}/nonce",
            "GET",
            save={"nonce": SavedValue(("$.nonce",)), "session": SavedValue(("header.x-session",))},
        ),
        TokenRequest(
            f"{provider.url}/login",
            headers={"X-Session": "${session}"},
            form={"answer": "${nonce}:${password}"},
        ),
    )
    c = Caller(CustomToken(steps), provider.url, password="pw", optional=("nonce",))
    context = c.context()
    assert c.run(c.flow("/data", context)).status == 200
    first, second = provider.token_requests
    assert (first.method, first.body) == ("GET", b"")
    assert second.headers["x-session"] == "s-1"
    assert second.params == {"answer": "n-1:pw"}
    assert context.saved == {"nonce": "n-1", "session": "s-1"}


def test_a_failing_step_ends_the_login(provider: Provider) -> None:
    provider.replies = [Reply(403, {"message": "wrong pw-1234"})]
    steps = (TokenRequest(f"{provider.url}/a", form={"p": "${password}"}),) * 2
    c = Caller(CustomToken(steps), provider.url, password="pw-1234")
    with pytest.raises(AuthError, match=r"/a answered 403: wrong \*\*\*"):
        c.call()
    assert len(provider.token_requests) == 1


def refreshing(provider: Provider, **answer: Any) -> Caller:
    refresh = TokenRequest(
        f"{provider.url}/refresh",
        json={"grant_type": "refresh_token", "refresh_token": "${refresh_token}"},
    )
    login = TokenRequest(f"{provider.url}/login", json={"password": "${password}"})
    definition = CustomToken((login,), refresh=refresh, answer=TokenAnswer(**answer))
    return Caller(definition, provider.url, password="pw")


def test_refresh_is_tried_first_and_falls_back_to_the_login(provider: Provider) -> None:
    c = refreshing(provider)
    c.call()
    provider.revoke_all()
    c.call()
    provider.revoke_all()
    provider.refresh_tokens.clear()
    assert c.call().status == 200
    assert [r.path for r in provider.token_requests] == [
        "/login",
        "/refresh",
        "/refresh",
        "/login",
    ]


def test_without_a_refresh_token_the_login_is_repeated(provider: Provider) -> None:
    c = refreshing(provider, refresh_token_path=("$.nowhere",))
    c.call()
    provider.revoke_all()
    assert c.call().status == 200
    assert [r.path for r in provider.token_requests] == ["/login", "/login"]


def test_a_signed_assertion_can_be_part_of_the_login(provider: Provider) -> None:
    secret = "k" * 32
    assertion = Assertion("HS256", "${signing_key}", claims={"iss": "${account}", "admin": True})
    login = TokenRequest(f"{provider.url}/login", form={"jwt": "${assertion}"})
    c = Caller(
        CustomToken((login,), assertion=assertion),
        provider.url,
        signing_key=secret,
        account="a-1",
        optional=("assertion",),
    )
    assert c.call().status == 200
    claims = jwt.decode(provider.token_requests[0].params["jwt"], secret, ["HS256"])
    assert (claims["iss"], claims["admin"]) == ("a-1", True)
    assert "aud" not in claims


def test_a_raw_body(provider: Provider) -> None:
    login = TokenRequest(
        f"{provider.url}/login",
        headers={"Content-Type": "application/xml"},
        raw="<login user='${username}'/>",
    )
    Caller(CustomToken((login,)), provider.url, username="ann").call()
    (request,) = provider.token_requests
    assert request.body == b"<login user='ann'/>"
    assert request.headers["content-type"] == "application/xml"


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (
            {"errcode": "M_FORBIDDEN", "error": "Wrong name"},
            "M_FORBIDDEN",
            "M_FORBIDDEN: Wrong name",
        ),
        ({"errcode": 40013, "errmsg": "invalid appid"}, "40013", "40013: invalid appid"),
        ({"error": "denied"}, "denied", "answered 403: denied"),
        ({"error": {"code": 7, "message": "no such user"}}, "7", "7: no such user"),
    ],
)
def test_a_refused_login_tells_code_and_reason(
    provider: Provider, body: dict[str, object], code: str, text: str
) -> None:
    provider.replies = [Reply(403, body)]
    c = refreshing(provider)
    with pytest.raises(AuthError) as refused:
        c.call()
    assert refused.value.code == code
    assert str(refused.value).endswith(text)
