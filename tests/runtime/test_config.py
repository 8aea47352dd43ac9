"""How a client is built: environments, variables, credentials, schemes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from handwritten import acme
from handwritten._runtime.client import Client
from handwritten._runtime.config import resolve
from handwritten._runtime.definition import (
    ApiKey,
    Basic,
    Bearer,
    Call,
    ClientCertificate,
    Connector,
    Credential,
    CustomAuth,
    CustomToken,
    Environment,
    NamedScheme,
    Param,
    Send,
    Timeout,
    TokenRequest,
    Variable,
)
from handwritten._runtime.errors import ArgumentError, MissingCredentialError

NOTHING: dict[str, Any] = {"variables": {}, "shared": {}}
READ = Call("read", "GET", "/x", data=True)
BOT = Call("bot", "GET", "/x", data=True, auth="bot")
BASIC = NamedScheme("basic", Basic(), ("username", "password"))
TOKEN = NamedScheme("token", Bearer(), ("token",))
KEYS = NamedScheme("keys", ApiKey(Send("header", "K"), "${key}"), ("key", "username"))
ONLY = NamedScheme("bot", Bearer("${bot}"), ("bot",), only_named=True)


def connector(*schemes: NamedScheme, **rest: Any) -> Connector:
    names = dict.fromkeys(n for s in schemes for n in s.required)
    rest.setdefault("environments", (Environment("live", "https://acme.example"),))
    return Connector(
        "acme",
        "ACME_",
        auth=schemes,
        credentials=tuple(Credential(n, {"live": f"ACME_{n.upper()}"}) for n in names),
        **rest,
    )


def sent(built: Connector, call: Call = READ, **options: Any) -> httpx.Request:
    """The request that a client makes, secrets included."""
    found: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        found.append(request)
        return httpx.Response(200, content=b"{}")

    with Client(built, transport=httpx.MockTransport(answer), **options) as client:
        client._exchange(call, {})
    return found[0]


@pytest.mark.parametrize(
    ("passed", "header"),
    [
        ({"token": "t"}, "Bearer t"),
        ({"username": "u", "password": "p"}, "Basic dTpw"),
        ({"username": "u", "password": "p", "token": "t"}, "Basic dTpw"),
    ],
)
def test_the_scheme_with_the_most_credentials_passed_wins(
    passed: dict[str, str], header: str
) -> None:
    request = sent(connector(TOKEN, BASIC, ONLY), credentials=passed)
    assert request.headers["Authorization"] == header


def test_a_tie_is_a_type_error() -> None:
    passed = {"username": "u", "password": "p", "key": "k"}
    with pytest.raises(TypeError, match="match several schemes"):
        Client(connector(BASIC, KEYS), credentials=passed)


def test_without_credentials_the_first_whose_variables_are_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACME_USERNAME", "u")
    monkeypatch.setenv("ACME_PASSWORD", "p")
    monkeypatch.setenv("ACME_BOT", "b")
    assert sent(connector(ONLY, TOKEN, BASIC)).headers["Authorization"] == "Basic dTpw"


def test_all_missing_credentials_are_told_when_the_client_is_built() -> None:
    with pytest.raises(MissingCredentialError) as caught:
        Client(connector(BASIC, TOKEN))
    assert caught.value.missing == (
        ("username", "ACME_USERNAME"),
        ("password", "ACME_PASSWORD"),
    )
    with pytest.raises(MissingCredentialError, match=r"password \(or ACME_PASSWORD"):
        Client(connector(BASIC), credentials={"username": "u"})


def test_a_scheme_that_only_calls_name_is_missed_when_called() -> None:
    built = connector(TOKEN, ONLY)
    assert sent(built, credentials={"token": "t"}).headers["Authorization"] == "Bearer t"
    with pytest.raises(MissingCredentialError, match="bot"):
        sent(built, BOT, credentials={"token": "t"})
    both = {"token": "t", "bot": "b"}
    assert sent(built, BOT, credentials=both).headers["Authorization"] == "Bearer b"


def test_environments_never_lend_each_other_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_API_KEY", "live-key")
    with pytest.raises(MissingCredentialError, match="ACME_DEVELOPMENT_API_KEY"):
        acme.Acme(environment="development")
    monkeypatch.setenv("ACME_ENVIRONMENT", "development")
    monkeypatch.setenv("ACME_DEVELOPMENT_API_KEY", "dev-key")
    with acme.Acme() as client:
        assert repr(client) == "Acme(environment='development')"
    monkeypatch.setenv("ACME_ENVIRONMENT", "staging")
    with pytest.raises(ArgumentError, match=r"'staging' \(from ACME_ENVIRONMENT\) is not one of"):
        acme.Acme(api_key="k")


def test_the_environment_is_read_when_the_client_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "first")
    built = connector(TOKEN)
    assert sent(built).headers["Authorization"] == "Bearer first"
    monkeypatch.setenv("ACME_TOKEN", "second")
    assert sent(built).headers["Authorization"] == "Bearer second"


@pytest.mark.parametrize(
    ("region", "problem"),
    [("evil.com/x?", "must match the pattern"), ("EU", "must match the pattern")],
)
def test_variables_are_checked_when_the_client_is_built(region: str, problem: str) -> None:
    with pytest.raises(ArgumentError, match=f"acme: region {problem}"):
        acme.Acme(api_key="k", region=region)


def test_a_required_variable_is_missed_with_its_name() -> None:
    built = connector(
        variables=(Variable(Param("tenant", "tenant", required=True), {"live": "ACME_TENANT"}),)
    )
    with pytest.raises(ArgumentError, match=r"tenant is required \(or set ACME_TENANT\)"):
        Client(built)


OPTIONAL = (Variable(Param("region", "region"), {"live": "ACME_REGION"}),)


@pytest.mark.parametrize(
    "call",
    [
        Call("there", "GET", "/${region}/x", data=True),
        Call("there", "GET", "/x", data=True, base_url="https://${region}.acme.example"),
    ],
)
def test_only_the_calls_whose_url_has_an_optional_variable_need_it(call: Call) -> None:
    built = connector(variables=OPTIONAL)
    assert sent(built).url == "https://acme.example/x"
    with pytest.raises(ArgumentError, match=r"there: region has no value, but this call requires"):
        sent(built, call)
    assert "eu" in str(sent(built, call, variables={"region": "eu"}).url)


def test_only_a_scheme_whose_url_has_an_optional_variable_needs_it() -> None:
    login = CustomToken((TokenRequest("https://${region}.acme.example/login"),))
    named = NamedScheme("login", login, only_named=True)
    built = connector(named, variables=OPTIONAL)
    assert sent(built).url == "https://acme.example/x"
    call = Call("there", "GET", "/x", data=True, auth="login")
    with pytest.raises(ArgumentError, match=r"acme: region has no value, but .* login requires it"):
        sent(built, call)


def test_variables_come_from_arguments_then_environment_then_spec(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = connector(
        environments=(Environment("live", "https://h/${v}", {"v": "spec"}),),
        variables=(Variable(Param("v", "v", default="default"), {"live": "ACME_V"}),),
    )
    assert sent(built).url == "https://h/spec/x"
    monkeypatch.setenv("ACME_V", "env")
    assert sent(built).url == "https://h/env/x"
    assert sent(built, variables={"v": "arg"}).url == "https://h/arg/x"


@pytest.mark.parametrize(
    ("template", "value", "url"),
    [
        ("https://${v}.acme.example/v1", "eu-1", "https://eu-1.acme.example/v1/x"),
        ("https://${v}", "a.b.example", "https://a.b.example/x"),
        ("https://h:${v}/", "8443", "https://h:8443/x"),
        ("https://h/${v}/api", "a b", "https://h/a%20b/api/x"),
        ("${v}", "https://shop.example/base/", "https://shop.example/base/x"),
        ("${v}/api", "https://shop.example", "https://shop.example/api/x"),
        ("${v}", "http://127.0.0.1:80", "http://127.0.0.1:80/x"),
    ],
)
def test_variables_in_base_urls(template: str, value: str, url: str) -> None:
    built = connector(
        environments=(Environment("live", template),), variables=(Variable(Param("v", "v"), {}),)
    )
    assert str(sent(built, variables={"v": value}).url) == str(httpx.URL(url))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("https://${v}.acme.example", "evil.com/x?"),
        ("https://${v}.acme.example", "evil.com#"),
        ("https://${v}.acme.example", "user@evil.com"),
        ("https://${v}.acme.example", "evil.com:443"),
        ("https://${v}.acme.example", "-a"),
        ("https://${v}.acme.example", "a..b"),
        ("https://${v}.acme.example", "a\nb"),
        ("https://${v}", "evil.com\\@acme.example"),
        ("https://h:${v}", "80@evil.com"),
        ("https://h/${v}/", ".."),
        ("${v}", "http://acme.example"),
        ("${v}", "https://user:pass@acme.example"),
        ("${v}", "https://acme.example?x=1"),
        ("${v}", "https://"),
        ("${v}", "ftp://acme.example"),
        ("${v}", "javascript:alert(1)"),
        ("${v}", "https://acme.example/ x"),
    ],
)
def test_a_variable_never_changes_where_a_request_goes(template: str, value: str) -> None:
    built = connector(
        environments=(Environment("live", template),), variables=(Variable(Param("v", "v"), {}),)
    )
    with pytest.raises(ArgumentError, match="read: v "):
        sent(built, variables={"v": value})


@pytest.mark.parametrize("base", ["acme.example", "ftp://h", "https://u:p@h", "https://h?x=1", ""])
def test_a_base_url_is_checked_when_the_client_is_built(base: str) -> None:
    with pytest.raises(ArgumentError, match="acme: base_url"):
        acme.Acme(api_key="k", base_url=base)


@pytest.mark.parametrize("key", ["", "  "])
def test_blank_credentials_are_refused(key: str) -> None:
    with pytest.raises(ArgumentError, match=r"api_key .*must not be blank"):
        acme.Acme(api_key=key)


def test_credentials_of_another_type_are_refused() -> None:
    with pytest.raises(ArgumentError, match="api_key must be a string or a function"):
        acme.Acme(api_key=5)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="must return str, not int"):
        sent(connector(TOKEN), credentials={"token": lambda: 5})


def test_secret_strings_of_pydantic_are_taken() -> None:
    from pydantic import SecretStr

    request = sent(connector(TOKEN), credentials={"token": SecretStr("hidden")})
    assert request.headers["Authorization"] == "Bearer hidden"


def test_timeouts_by_client_then_call_then_connector() -> None:
    own = Call("read", "GET", "/x", data=True, timeout=Timeout(read=7))
    built = connector(timeout=Timeout(read=9))
    assert sent(built).extensions["timeout"]["read"] == 9
    assert sent(built, own).extensions["timeout"]["read"] == 7
    assert sent(built, own, timeout=3).extensions["timeout"]["read"] == 3
    assert sent(built, own, timeout=None).extensions["timeout"]["read"] is None


@pytest.mark.parametrize("timeout", [-1, 0, float("nan"), True, "5", Timeout(read=-1)])
def test_a_timeout_that_cannot_be_is_told_when_the_client_is_built(timeout: Any) -> None:
    with pytest.raises(ArgumentError, match="timeout must be more than 0 seconds"):
        acme.Acme(api_key="k", region="eu", timeout=timeout)
    client = acme.Acme(api_key="k", region="eu")
    with client, pytest.raises(ArgumentError, match="timeout must be more than 0 seconds"):
        client.with_options(timeout=timeout)


def test_a_retry_of_another_type_is_told() -> None:
    wrong: Any = 3
    with pytest.raises(ArgumentError, match="retry must be a Retry"):
        acme.Acme(api_key="k", region="eu", retry=wrong)


def test_a_transport_and_an_own_http_client_exclude_each_other() -> None:
    with (
        httpx.Client() as own,
        pytest.raises(ArgumentError, match="transport cannot be combined with http_client"),
    ):
        acme.Acme(api_key="k", region="eu", http_client=own, transport=httpx.MockTransport(_never))


def test_a_client_certificate_and_an_own_http_client_exclude_each_other() -> None:
    certificate = ClientCertificate(passphrase=None, ca=None)
    built = connector(NamedScheme("default", certificate, ("certificate", "private_key")))
    passed = {"certificate": "-----BEGIN", "private_key": "-----BEGIN"}
    with httpx.Client() as http, pytest.raises(ArgumentError, match="http_client"):
        Client(built, credentials=passed, http_client=http)


def test_a_custom_scheme_takes_the_applications_own_auth() -> None:
    built = connector(NamedScheme("default", CustomAuth("mycorp")))
    with pytest.raises(MissingCredentialError, match="auth"):
        Client(built)
    request = sent(built, auth=httpx.BasicAuth("u", "p"))
    assert request.headers["Authorization"] == "Basic dTpw"


def test_netrc_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.example login u password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert "Authorization" not in sent(connector()).headers


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("X-A", "1\r\nX-B: secret", r"headers\['X-A'\] must not contain line breaks"),
        ("X-A", "secret\x7f", r"headers\['X-A'\] must not contain line breaks"),
        ("X-A", "secret\ud800", r"headers\['X-A'\] contains a lone surrogate"),
        ("X A", "1", r"headers\['X A'\] is not a valid header name"),
        ("X-Ä", "1", r"headers\['X-Ä'\] is not a valid header name"),
        ("", "1", r"headers\[''\] is not a valid header name"),
        ("X-A:", "1", r"headers\['X-A:'\] is not a valid header name"),
        ("Content-Length", "5", r"headers\['Content-Length'\] is set by the HTTP library"),
        ("transfer-encoding", "chunked", "is set by the HTTP library"),
        ("HOST", "evil.example", "is set by the HTTP library"),
        ("Connection", "close", "is set by the HTTP library"),
        ("X-A", 5, "must contain strings, not int"),
        ("X-A", None, "must contain strings, not NoneType"),
        (b"X-A", "1", "must contain strings, not bytes"),
    ],
)
def test_headers_of_a_copy_are_checked(name: Any, value: Any, problem: str) -> None:
    with acme.Acme(api_key="k") as client:
        with pytest.raises(ArgumentError, match=problem) as caught:
            client.with_options(headers={name: value})
        assert "secret" not in str(caught.value)


def test_variables_and_shared_parameters_of_a_copy_are_checked() -> None:
    with acme.Acme(api_key="k") as client:
        with pytest.raises(ArgumentError, match="region must match"):
            client.with_options(region="nowhere")
        with pytest.raises(ArgumentError, match="lang must be one of 'en', 'de'"):
            client.with_options(lang="fr")  # type: ignore[arg-type]


def test_a_copy_cannot_change_the_certificate_of_its_connections() -> None:
    built = connector(
        NamedScheme("default", ClientCertificate(passphrase=None, ca=None), ("certificate",))
    )

    class Certified(Client):
        def __init__(self) -> None:
            # no pool: the material is never read here
            self._configure(resolve(built, credentials={"certificate": "a.pem"}, **NOTHING))

    with pytest.raises(ArgumentError, match="certificate cannot change in a copy"):
        Certified()._copy(credentials={"certificate": "b.pem"})


def test_credentials_of_a_copy_are_checked() -> None:
    client = acme.Acme(api_key="k")
    with client, pytest.raises(ArgumentError, match=r"api_key .*must not be blank"):
        client.with_options(api_key=" ")


def test_an_unknown_drift_mode_is_told() -> None:
    with pytest.raises(ArgumentError, match="on_drift must be 'warn'"):
        acme.Acme(api_key="k", on_drift="explode")  # type: ignore[arg-type]


def test_an_asynchronous_credential_in_a_synchronous_client_is_told() -> None:
    async def token() -> str:
        return "t"

    with pytest.raises(ArgumentError, match="token: is asynchronous"):
        sent(connector(TOKEN), credentials={"token": token})


def _never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(request)
