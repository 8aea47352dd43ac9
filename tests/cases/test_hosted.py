"""A server that each user hosts: where its address comes from, and what is refused as one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cases.conftest import Provider

CASE = "hosted"
VARIABLES = ("HOSTED_BASE_URL", "HOSTED_DEMO_BASE_URL", "HOSTED_ENVIRONMENT")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_the_address_is_given_to_the_client(package: Any, provider: Provider) -> None:
    with package.Hosted(base_url=provider.url, token="t") as client:
        assert client.health() == {}
        client.update(record={"a": 1})
    assert json.loads(provider.sent) == {"source": "callwright", "a": 1}


def test_endpoints_that_are_not_in_the_spec(package: Any, provider: Provider) -> None:
    with package.Hosted(base_url=provider.url, token="t") as client:
        assert client.request("GET", "/api/unlisted") == {}
        assert client.request("POST", "/api/unlisted", json={"a": 1}, returns=dict[str, int]) == {}
    assert json.loads(provider.sent) == {"source": "callwright", "a": 1}


def test_or_read_from_the_environment(
    package: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_BASE_URL", f" {provider.url}\n")
    with package.Hosted(token="t") as client:
        assert client.health() == {}
    monkeypatch.setenv("HOSTED_BASE_URL", "https://elsewhere.example")
    with package.Hosted(base_url=provider.url, token="t") as client:
        assert client.health() == {}


def test_without_one_the_error_says_what_to_set(package: Any) -> None:
    with pytest.raises(package.ArgumentError) as caught:
        package.Hosted(token="t")
    assert str(caught.value) == (
        "hosted: base_url is required (or set HOSTED_BASE_URL): the address of your server,"
        " like https://grafana.example/grafana"
    )
    assert caught.value.argument == "base_url"


def test_an_environment_may_have_an_address_of_its_own(
    package: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTED_DEMO_BASE_URL", "https://ignored.example")
    with package.Hosted(token="t", environment="demo") as client:
        assert client._settings.default_base_url == "https://play.hosted.example"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://192.168.1.5:3000", "must match the pattern"),
        ("https://Grafana.example", "must match the pattern"),
        ("https://grafana.example/a?b", "must not contain a query"),
        ("https://joe:hush@grafana.example", "must not contain a user name or password"),
        ("grafana.example", "must be an http or https URL"),
        ("", "must be an http or https URL"),
        (5, "must be a string, not int"),
    ],
)
def test_what_is_no_address_of_such_a_server_is_refused(
    package: Any, monkeypatch: pytest.MonkeyPatch, address: Any, problem: str
) -> None:
    with pytest.raises(package.ArgumentError, match=f"base_url .*{problem}") as caught:
        package.Hosted(base_url=address, token="t")
    assert "hush" not in str(caught.value)
    if address and isinstance(address, str):
        monkeypatch.setenv("HOSTED_BASE_URL", address)
        with pytest.raises(package.ArgumentError, match=f"HOSTED_BASE_URL .*{problem}"):
            package.Hosted(token="t")
