"""A provider's own login: steps, saved values, refresh, assertions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from callwright.runtime.definition import (
    Assertion,
    CustomToken,
    SavedValue,
    Send,
    TokenAnswer,
    TokenRequest,
)
from callwright.runtime.errors import AuthError
from tests.auth.harness import Caller
from tests.auth.provider import Provider, Reply, serving


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
