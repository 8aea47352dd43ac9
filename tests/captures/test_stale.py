"""A capture is stale when the spec would send its request elsewhere or in another way."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from callwright.captures.model import Capture
from callwright.captures.stale import changes, sent
from callwright.ir.nodes import Request
from callwright.runtime import definition as d
from tests.captures.conftest import make_request, make_sample

SAMPLE = make_sample("x")
CALL = d.Call(name="ping", method="GET", path="/ping", data=True)


def connector(
    base_url: str = "https://api.acme.com/v1", *schemes: d.Scheme, **environments: str
) -> d.Connector:
    every = {"live": base_url, **environments}
    return d.Connector(
        name="acme",
        prefix="ACME_",
        environments=tuple(d.Environment(n, url) for n, url in every.items()),
        variables=(d.Variable(d.Param("region", "region"), {}),),
        auth=tuple(
            d.NamedScheme(f"scheme{n}" if n else "default", s) for n, s in enumerate(schemes)
        ),
    )


def captured(
    where: d.Connector, request: Request, environment: str = "live", scheme: str | None = None
) -> Capture:
    how = sent(where, request, SAMPLE, environment, scheme)
    return Capture(
        call="ping", sample="x", status=200, page=None, kind="json", path="", body=b"{}",
        environment=environment, auth=scheme, call_digest=how.call_digest, base_path=how.base_path,
        auth_digest=how.auth_digest,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://api.acme.com/v1", "https://api.acme.com/v2"),
        ("https://api.acme.com", "https://api.acme.com/v2"),
        ("https://api.acme.com/v1", "https://api.acme.com"),
        ("https://${region}.acme.com/v1", "https://${region}.acme.com/v2"),
        ("https://api.acme.com/${region}/v1", "https://api.acme.com/v1"),
        ("${instance_url}/v1", "${instance_url}/v2"),
        ("https://acme.com/v1", "${instance_url}/v2"),
    ],
)
def test_another_path_of_the_base_url_makes_captures_stale(before: str, after: str) -> None:
    request = make_request(CALL, SAMPLE)
    capture = captured(connector(before), request)
    assert changes(connector(before), request, SAMPLE, capture) == []
    (told,) = changes(connector(after), request, SAMPLE, capture)
    assert told.startswith("the path of base_url (/")


@pytest.mark.parametrize(
    "after",
    [
        "https://eu.acme.com/v1",
        "http://127.0.0.1:8000/v1",
        "https://api.acme.com/v1/",
        "https://${region}.acme.com/v1",
        "${instance_url}/v1",
    ],
)
def test_another_host_does_not(after: str) -> None:
    request = make_request(CALL, SAMPLE)
    capture = captured(connector("https://api.acme.com/v1"), request)
    assert changes(connector(after), request, SAMPLE, capture) == []


def test_the_slash_counts_where_the_base_url_is_called_itself() -> None:
    request = make_request(dataclasses.replace(CALL, path=""), SAMPLE)
    capture = captured(connector("https://api.acme.com/v1"), request)
    assert changes(connector("https://api.acme.com/v1/"), request, SAMPLE, capture) != []


def test_paths_are_compared_within_the_environment_of_the_capture() -> None:
    request = make_request(CALL, SAMPLE)
    before = connector("https://acme.com/v1", development="https://dev.acme.com/v1")
    live_only = connector("https://acme.com/v2", development="https://dev.acme.com/v1")
    assert changes(live_only, request, SAMPLE, captured(before, request)) != []
    assert changes(live_only, request, SAMPLE, captured(before, request, "development")) == []
    gone = captured(before, request, "development")
    assert changes(connector("https://acme.com/v3"), request, SAMPLE, gone) == []


@pytest.mark.parametrize(
    "own", [{"base_url": "https://files.acme.com/v2"}, {"base_urls": {"live": "https://x.com/v2"}}]
)
def test_a_base_url_of_the_call_itself_counts(own: dict[str, Any]) -> None:
    capture = captured(connector(), make_request(CALL, SAMPLE))
    changed = make_request(dataclasses.replace(CALL, **own), SAMPLE)
    assert changes(connector(), changed, SAMPLE, capture) == ["the path of base_url (/v1 → /v2)"]
    # and the connector's does not count for it
    again = captured(connector(), changed)
    assert changes(connector("https://api.acme.com/v9"), changed, SAMPLE, again) == []


KEY = d.ApiKey(d.Send("header", "X-Key"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEY, d.ApiKey(d.Send("header", "X-Api-Key"))),
        (KEY, d.ApiKey(d.Send("query", "X-Key"))),
        (KEY, d.ApiKey(d.Send("header", "X-Key", "Token "))),
        (KEY, d.ApiKey(d.Send("header", "X-Key"), "${region}:${api_key}")),
        (KEY, d.Bearer()),
        (d.Bearer(), d.Basic()),
        (d.Basic(), d.Basic("${api_key}", "")),
        (d.Basic(), d.Digest()),
        (d.Bearer(), d.OAuth2("client_credentials", "https://acme.com/token")),
        (d.OAuth2("client_credentials", "https://t"), d.OAuth2("password", "https://t")),
        (
            d.CustomToken((d.TokenRequest("https://t"),)),
            d.CustomToken((d.TokenRequest("https://t"),), send=d.Send("cookie", "SID")),
        ),
        (d.AllOf((KEY, d.Bearer())), KEY),
    ],
)
def test_auth_that_sends_something_else_makes_captures_stale(
    before: d.Scheme, after: d.Scheme
) -> None:
    request = make_request(CALL, SAMPLE)
    url = "https://acme.com"
    capture = captured(connector(url, before), request, scheme="default")
    assert changes(connector(url, before), request, SAMPLE, capture) == []
    for now in (connector(url, after), connector(url)):
        assert changes(now, request, SAMPLE, capture) == ["the authentication"]
    without = captured(connector(url), request)
    assert changes(connector(url, before), request, SAMPLE, without) == ["the authentication"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (KEY, d.ApiKey(d.Send("header", "x-key"), "${app_key}")),
        (d.Bearer(), d.Bearer("${bot_token}")),
        (d.Basic(), d.Basic("${user}", "${secret}")),
        (
            d.OAuth2("password", "https://t"),
            d.OAuth2("password", "https://other", client_id="${app}", scopes=("read",)),
        ),
        (
            d.CustomToken((d.TokenRequest("https://a"),)),
            d.CustomToken((d.TokenRequest("https://b"), d.TokenRequest("https://c"))),
        ),
    ],
)
def test_other_names_and_ways_to_a_token_do_not(before: d.Scheme, after: d.Scheme) -> None:
    request = make_request(CALL, SAMPLE)
    url = "https://acme.com"
    capture = captured(connector(url, before), request, scheme="default")
    assert changes(connector(url, after), request, SAMPLE, capture) == []


def test_any_of_the_schemes_that_a_call_may_use_is_current() -> None:
    request = make_request(CALL, SAMPLE)
    both = connector("https://acme.com", KEY, d.Bearer())
    assert changes(both, request, SAMPLE, captured(both, request, scheme="scheme1")) == []
    named = make_request(dataclasses.replace(CALL, auth="default"), SAMPLE)
    (told,) = changes(
        both, named, SAMPLE, dataclasses.replace(captured(both, named, scheme="scheme1"))
    )
    assert told == "the authentication"


def test_captures_that_do_not_say_it_stay_current() -> None:
    request = make_request(CALL, SAMPLE)
    capture = captured(connector(), request)
    old = dataclasses.replace(capture, base_path=None, auth_digest=None)
    assert changes(connector("https://other.com/v9", KEY), request, SAMPLE, old) == []
    assert changes(connector(), make_request(dataclasses.replace(CALL, method="POST"), SAMPLE), SAMPLE, old)  # fmt: skip
