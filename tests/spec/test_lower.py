"""Specs as definitions: what calls share, constants as spelled, arguments in order, names of environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.ir.nodes import ConstantValue, Request, Requests
from callwright.operations.lower import read_requests
from callwright.runtime.definition import AllOf, Basic, Const, CustomToken, OAuth2, Param, Place
from callwright.runtime.unset import UNSET

HEAD = "callwright: 1\nname: acme\nbase_url: https://api.acme.example\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, text: str) -> Requests:
    (folder / "connector.yaml").write_text(HEAD + text, encoding="utf-8")
    requests, warnings = read_requests(folder, folder)
    assert warnings == ()
    return requests


def only(requests: Requests) -> Request:
    (request,) = requests.calls
    return request


def test_shared_is_as_if_written_in_the_call(folder: Path) -> None:
    shared = """
shared: {headers: {Accept-Language: en, X-Client: a}, query: {units: {enum: [a, b]}, page: 1}, body: {api: x}}
calls:
  one: {path: /one, query: {page: 2}, headers: {accept-language: null}, body: {fields: {b: 2}}}
"""
    written = """
calls:
  one: {path: /one, query: {units: {enum: [a, b]}, page: 2}, headers: {X-Client: a}, body: {fields: {api: x, b: 2}}}
"""
    a = only(read(folder, shared)).call
    b = only(read(folder, written)).call
    assert a.headers == b.headers
    assert a.body == b.body
    assert {f.wire for f in a.query} == {f.wire for f in b.query}
    units = next(f for f in a.query if f.wire == "units")
    assert isinstance(units, Param)
    assert units.shared


def test_shared_parameters_are_constructor_arguments(folder: Path) -> None:
    requests = read(
        folder,
        "variables: {lang: {}}\nshared: {query: {units: {}}}\ncalls: {one: {path: /one}}\n",
    )
    assert [a.name for a in requests.constructor] == ["lang", "units"]
    assert [p.wire for p in requests.connector.shared.params] == ["units"]


def test_a_call_that_writes_a_parameter_itself_does_not_share_it(folder: Path) -> None:
    text = "shared: {query: {units: {}}}\ncalls: {one: {path: /one, query: {units: {required: true}}}}\n"
    (units,) = only(read(folder, text)).call.query
    assert units == Param("units", "units", required=True)


def test_constants_go_out_as_spelled_and_have_their_type_in_json(folder: Path) -> None:
    values = "{a: 1.10, b: NO, c: 2022-11-28, d: 012, e: true, f: 0x1F, g: [1.0, x]}"
    call = only(
        read(folder, f"calls: {{one: {{path: /a, query: {values}, body: {{fields: {values}}}}}}}\n")
    ).call
    assert [f.value for f in call.query if isinstance(f, Const)] == [
        "1.10", "NO", "2022-11-28", "012", "true", "0x1F", ["1.0", "x"],
    ]  # fmt: skip
    assert call.body is not None
    assert [f.value for f in call.body.fields if isinstance(f, Const)] == [
        1.1, "NO", "2022-11-28", "012", True, 31, [1.0, "x"],
    ]  # fmt: skip


def test_forms_spell_too(folder: Path) -> None:
    text = "calls: {one: {path: /a, body: {type: form, fields: {a: 1.10, b: {fields: {c: on}}}}}}\n"
    body = only(read(folder, text)).call.body
    assert body is not None
    assert body.fields == (Const("a", "1.10"), Place("b", (Const("c", "on"),)))


def test_texts_keep_their_spelling_everywhere(folder: Path) -> None:
    text = """
calls:
  one:
    path: /a
    query:
      version: {type: string, default: 1.10, enum: [1.10, 2.0]}
      price: {type: decimal, default: 19.90}
      many: {type: array, items: string}
      count: {type: integer, default: 10}
    samples: {s: {args: {version: 2.0, price: 5.50, many: [1.0, no], count: 0x10}}}
"""
    request = only(read(folder, text))
    version, price, _, count = request.call.query
    assert isinstance(version, Param)
    assert isinstance(price, Param)
    assert isinstance(count, Param)
    assert (version.default, version.enum) == ("1.10", ("1.10", "2.0"))
    assert (price.default, count.default) == ("19.90", 10)
    assert {n: v.value for n, v in request.samples[0].args.items() if isinstance(v, ConstantValue)} == {
        "version": "2.0", "price": "5.50", "many": ["1.0", "no"], "count": 16,
    }  # fmt: skip


def test_arguments_path_first_then_required_then_as_written(folder: Path) -> None:
    text = """
calls:
  one:
    method: PUT
    path: '/{account}/{File Name}'
    path_params: {'File Name': {slashes: keep}}
    query: {a: {}, b: {required: true}}
    headers: {X-Trace: {}}
    body: {fields: {input: {fields: {title: {required: true}, tags: {type: array}}}}}
"""
    arguments = only(read(folder, text)).arguments
    assert [(a.name, a.positional, a.place) for a in arguments] == [
        ("account", True, "path"),
        ("file_name", True, "path"),
        ("b", False, "query"),
        ("title", False, "body"),
        ("a", False, "query"),
        ("x_trace", False, "header"),
        ("tags", False, "body"),
    ]
    assert arguments[0].param.required
    assert arguments[1].param.keep_slashes


@pytest.mark.parametrize(
    ("call", "method", "data"),
    [
        ("{path: /a}", "GET", True),
        ("{path: /a, body: {}}", "POST", False),
        ("{path: /a, method: HEAD}", "HEAD", True),
        ("{path: /a, method: DELETE}", "DELETE", False),
        ("{path: /a, method: POST, use_as: data}", "POST", True),
        ("{path: /a, use_as: action}", "GET", False),
        ("{path: /a, method: PUT, repeatable: true}", "PUT", False),
        ("{path: /a, method: PATCH, use_as: data, repeatable: true}", "PATCH", True),
    ],
)
def test_method_and_use(folder: Path, call: str, method: str, data: bool) -> None:
    made = only(read(folder, f"calls: {{one: {call}}}\n")).call
    assert (made.method, made.data) == (method, data)


def test_names_of_environment_variables(folder: Path) -> None:
    requests = read(
        folder,
        """
variables: {tenant: {required: true}}
credentials: {api_key: {env: ACME_TOKEN, description: From the settings page.}}
auth: {type: api_key, send: {header: X-Key}}
environments:
  development: {base_url: 'https://dev.acme.example', variables: {tenant: test}}
  staging: {credentials: {api_key: {env: ACME_TOKEN}}}
""",
    )
    (key,) = requests.connector.credentials
    (tenant,) = requests.connector.variables
    assert key.env == {"live": "ACME_TOKEN", "development": "ACME_DEVELOPMENT_API_KEY", "staging": "ACME_TOKEN"}  # fmt: skip
    assert tenant.env["live"] == "ACME_TENANT"
    live, development, staging = requests.connector.environments
    assert (live.name, staging.base_url) == ("live", "https://api.acme.example")
    assert (development.base_url, development.variables) == ("https://dev.acme.example", {"tenant": "test"})  # fmt: skip
    assert requests.credentials == {"api_key": "From the settings page."}


def test_credentials_are_implied_by_auth_and_variables_win(folder: Path) -> None:
    requests = read(
        folder,
        "variables: {user: {}}\nauth: {type: basic, username: '${user}', password: '${secret}'}\n",
    )
    assert [c.name for c in requests.connector.credentials] == ["secret"]
    assert [v.param.arg for v in requests.connector.variables] == ["user"]


def test_constants_with_optional_variables_may_be_left_out(folder: Path) -> None:
    text = "variables: {region: {}, lang: {default: en}}\ncalls: {one: {path: /a, query: {r: '${region}-${lang}'}}}\n"
    assert only(read(folder, text)).call.query == (Const("r", "${region}-${lang}", ("region",)),)


def test_a_calls_own_map_is_merged_key_by_key(folder: Path) -> None:
    text = """
retry: {attempts: 5, max_wait: 10, statuses: [503]}
calls: {one: {path: /a, retry: {attempts: 1}}, two: {path: /b}}
"""
    one, two = read(folder, text).calls
    assert one.call.retry is not None
    assert (one.call.retry.attempts, one.call.retry.max_wait, one.call.retry.statuses) == (1, 10, (503,))  # fmt: skip
    assert two.call.retry is None


def test_call_files_are_groups(folder: Path) -> None:
    (folder / "calls").mkdir()
    (folder / "calls" / "billing.yaml").write_text(
        "x-note: ours\npay: {method: POST, path: /pay}\nrefund: {path: /r, group: money}\n"
    )
    requests = read(folder, "calls: {one: {path: /a}}\n")
    assert [(r.call.name, r.group) for r in requests.calls] == [("one", None), ("pay", "billing"), ("refund", "money")]  # fmt: skip
    assert requests.calls[1].place == "calls/billing.yaml:2:6"


def test_typed_objects_and_constants_inside(folder: Path) -> None:
    text = """
types: {Line: {fields: {sku: {required: true}, kind: book}}}
calls: {one: {path: /a, body: {fields: {lines: {type: array, items: Line}, ship_to: {type: object, fields: {city: {}}}}}}}
"""
    requests = read(folder, text)
    assert {t.name: [f.wire for f in t.fields] for t in requests.types} == {
        "Line": ["sku", "kind"],
        "ShipTo": ["city"],
    }


@pytest.mark.parametrize(
    ("title", "name"),
    [("title: Open Weather\n", "OpenWeather"), ("title: 天気\n", "TianQi"), ("title: 「」\n", "Acme"), ("", "Acme"), ("title: 3Scale\n", "N3Scale")],
)  # fmt: skip
def test_class_name(folder: Path, title: str, name: str) -> None:
    assert read(folder, title).class_name == name


def test_the_digest_is_of_what_the_spec_says(folder: Path) -> None:
    plain = read(folder, "calls: {one: {path: /a, query: {v: 1.0}}}\n").digest
    laid_out = read(
        folder, "# a remark\ncalls:\n  one:\n    path: '/a'\n    query:\n      v: 1.0\n"
    )
    assert laid_out.digest == plain
    assert read(folder, "calls: {one: {path: /a, query: {v: 1.00}}}\n").digest != plain
    assert read(folder, "calls: {one: {path: /a, query: {v: '1.0'}}}\n").digest != plain


def test_the_whole_body_as_one_argument(folder: Path) -> None:
    text = "calls: {one: {path: /a, body: {arg: record, of: object}}, two: {path: /b, body: {type: raw, content_type: text/csv}}}\n"
    one, two = read(folder, text).calls
    assert [(a.name, a.param.type, a.param.required) for a in one.arguments] == [("record", "object", True)]  # fmt: skip
    assert [(a.name, a.param.type) for a in two.arguments] == [("body", "string")]


def test_absent_is_not_null(folder: Path) -> None:
    text = "calls: {one: {path: /a, body: {fields: {a: {nullable: true, default: null}, b: {}, c: {value: null}}}}}\n"
    body = only(read(folder, text)).call.body
    assert body is not None
    a, b, c = body.fields
    assert isinstance(a, Param)
    assert isinstance(b, Param)
    assert (a.default, b.default, c) == (None, UNSET, Const("c", None))


SCALARS = st.text(
    alphabet=st.characters(codec="ascii", categories=("L", "N"), include_characters="._-+"),
    min_size=1,
)


@given(SCALARS)
def test_any_word_is_sent_as_written(tmp_path_factory: pytest.TempPathFactory, word: str) -> None:
    if word in ("null", "Null", "NULL") or word.startswith(("---", "...")) or set(word) == {"-"}:
        return  # null removes; the others are YAML's own marks
    folder = tmp_path_factory.mktemp("word")
    call = only(read(folder, f"calls:\n  one:\n    path: /a\n    query:\n      v: {word}\n")).call
    assert call.query == (Const("v", word),)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("", (None, None, "none")),
        (", client_auth: none", (None, None, "none")),
        (", client_auth: basic", ("${client_id}", "${client_secret}", "basic")),
        (", client_auth: body", ("${client_id}", "${client_secret}", "body")),
        (", client_id: '${app}'", ("${app}", "${client_secret}", "body")),
        (", client_secret: '${key}'", ("${client_id}", "${key}", "body")),
    ],
)
def test_a_password_flow_names_its_client_or_has_none(
    folder: Path, keys: str, expected: tuple[str | None, str | None, str]
) -> None:
    token_url = "token_url: https://api.acme.example/token"
    requests = read(
        folder,
        f"auth: {{type: oauth2, flow: password, {token_url}{keys}}}\ncalls: {{one: {{path: /one}}}}\n",
    )
    (named,) = requests.connector.auth
    assert isinstance(named.scheme, OAuth2)
    found = named.scheme
    assert (found.client_id, found.client_secret, found.client_auth) == expected
    absent = {"client_id", "client_secret"} - set(named.required)
    assert bool(absent) == (expected[0] != "${client_id}" or expected[1] != "${client_secret}")


def test_an_environments_token_urls_reach_the_scheme_inside_all(folder: Path) -> None:
    requests = read(
        folder,
        """
auth:
  type: all
  of:
    - {type: api_key, send: {header: X-Key}}
    - type: oauth2
      flow: client_credentials
      token_url: https://login.acme.example/token
      refresh_url: https://login.acme.example/refresh
environments:
  development:
    base_url: https://dev.acme.example
    auth: {token_url: https://dev.acme.example/token, refresh_url: https://dev.acme.example/refresh}
calls: {one: {path: /one}}
""",
    )
    (named,) = requests.connector.auth
    assert isinstance(named.scheme, AllOf)
    found = named.scheme.of[1]
    assert isinstance(found, OAuth2)
    assert found.token_urls == {"development": "https://dev.acme.example/token"}
    assert found.refresh_urls == {"development": "https://dev.acme.example/refresh"}


def test_only_what_a_certificate_can_do_without_is_optional(folder: Path) -> None:
    requests = read(
        folder,
        """
auth:
  alone: {type: client_certificate, passphrase: '${tls_pass}'}
  both: {type: all, of: [{type: client_certificate}, {type: jwt, mode: direct, algorithm: RS256}]}
  key: {type: api_key, value: '${passphrase}', send: {header: OK-ACCESS-PASSPHRASE}}
calls: {one: {path: /one}}
""",
    )
    assert [(n.name, set(n.required), set(n.optional)) for n in requests.connector.auth] == [
        ("alone", {"certificate"}, {"private_key", "tls_pass", "ca"}),
        ("both", {"certificate", "private_key"}, {"passphrase", "ca"}),
        ("key", {"passphrase"}, set()),
    ]


PEOPLE = """
auth:
  type: oauth2
  flow: authorization_code
  authorization_url: /authorize
  token_url: /token
  profile: {path: '%s'}
calls: {one: {path: /one}}
"""


@pytest.mark.parametrize(
    ("path", "base_url", "rest"),
    [
        ("/me", None, "/me"),
        ("/me?fields=id,name&v=${client_id}", None, "/me"),
        ("https://id.acme.example/v1/me", "https://id.acme.example", "/v1/me"),
        ("https://${client_id}.acme.example", "https://${client_id}.acme.example", ""),
        ("${instance_url}/me", "${instance_url}", "/me"),
    ],
)
def test_a_profile_is_a_call_with_what_calls_share(
    folder: Path, path: str, base_url: str | None, rest: str
) -> None:
    shared = "shared: {headers: {Client-Id: '${client_id}', X-Team: {type: string, arg: team}}, query: {v: 2}}"
    (named,) = read(folder, shared + PEOPLE % path).connector.auth
    assert isinstance(named.scheme, OAuth2)
    assert named.scheme.profile is not None
    call = named.scheme.profile.call
    assert (call.method, call.data, call.base_url, call.path) == ("GET", True, base_url, rest)
    assert [f.wire for f in call.headers] == ["Client-Id", "X-Team", "Accept"]
    assert isinstance(call.headers[1], Param)
    assert (call.headers[1].arg, call.headers[1].shared) == ("team", True)
    own = (Const("fields", "id,name"), Const("v", "${client_id}")) if "?" in path else ()
    assert call.query == (own or (Const("v", "2"),))


def test_a_shared_accept_is_that_of_the_profile(folder: Path) -> None:
    shared = "shared: {headers: {accept: application/hal+json}}"
    (named,) = read(folder, shared + PEOPLE % "/me").connector.auth
    assert isinstance(named.scheme, OAuth2)
    assert named.scheme.profile is not None
    assert named.scheme.profile.call.headers == (Const("accept", "application/hal+json"),)


def test_a_login_with_basic(folder: Path) -> None:
    requests = read(
        folder,
        "auth: {type: custom_token, request: {url: /l, basic: {username: '${api_key}', password: ''}}}\n"
        "calls: {one: {path: /one}}\n",
    )
    (named,) = requests.connector.auth
    assert isinstance(named.scheme, CustomToken)
    assert named.scheme.steps[0].basic == Basic("${api_key}", "")
    assert named.required == ("api_key",)


def test_a_login_at_the_api_sends_the_shared_constants(folder: Path) -> None:
    shared = """
shared:
  headers: {X-Version: 2, X-App: '${app}', Accept: text/xml, X-Lang: {type: string, default: en}, X-L: [a, b]}
  query: {v: 1, units: si}
auth:
  type: custom_token
  steps:
    - {url: /login, headers: {accept: application/json}, query: {v: 3}}
    - {url: 'https://id.acme.example/login', headers: {A: b}}
  refresh: {url: /refresh}
credentials: {app: {}}
calls: {one: {path: /one}}
"""
    (named,) = read(folder, shared).connector.auth
    assert isinstance(named.scheme, CustomToken)
    (first, elsewhere), refresh = named.scheme.steps, named.scheme.refresh
    assert refresh is not None
    version = {"X-Version": "2", "X-App": "${app}"}
    assert first.headers == {**version, "accept": "application/json"}
    assert first.query == {"units": "si", "v": "3"}
    assert (elsewhere.headers, elsewhere.query) == ({"A": "b"}, {})
    assert refresh.headers == {**version, "Accept": "text/xml"}
