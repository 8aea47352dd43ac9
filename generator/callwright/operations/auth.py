"""The spec's authentication schemes as runtime definitions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, assert_never, cast
from urllib.parse import parse_qsl

from callwright.operations.fields import FieldLowering
from callwright.runtime import definition as d
from callwright.runtime.patterns import whole
from callwright.runtime.unset import UNSET
from callwright.specfile.checks.urls import names_in_authorities
from callwright.specfile.model import auth as spec
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.model.policies import Send
from callwright.specfile.resolve import (
    ResolvedConnector,
    client_credentials,
    needed_names,
    scheme_names,
)
from callwright.specfile.source import plain


def lower_auth(connector: ResolvedConnector, fields: FieldLowering) -> tuple[d.NamedScheme, ...]:
    """All schemes of a connector, with the credentials each needs."""
    made: list[d.NamedScheme] = []
    for name, scheme in connector.document.auth.items():
        used = [n for n in scheme_names(scheme) if n in connector.credentials]
        needed = needed_names(scheme)
        made.append(
            d.NamedScheme(
                name,
                _Lowering(connector, fields, name).scheme(scheme),
                required=tuple(n for n in used if n in needed),
                optional=tuple(n for n in used if n not in needed),
                only_named=name in connector.named_only,
            )
        )
    return tuple(made)


def lower_send(send: Send | None) -> d.Send:
    """Where something goes; the bearer header when nothing is said."""
    if send is None:
        return d.BEARER_HEADER
    for place in ("header", "query", "cookie", "body"):
        name: str | None = getattr(send, place)
        if name is not None:
            return d.Send(place, name, send.prefix)
    return d.BEARER_HEADER


class _Lowering:
    """One named scheme: its token URLs may differ by environment."""

    def __init__(self, connector: ResolvedConnector, fields: FieldLowering, name: str) -> None:
        self.connector = connector
        self.fields = fields
        self.name = name

    def scheme(self, scheme: spec.AnyScheme) -> d.Scheme:
        match scheme:
            case spec.ApiKey():
                return d.ApiKey(lower_send(scheme.send), scheme.value)
            case spec.Bearer():
                return d.Bearer(scheme.token)
            case spec.Basic():
                return d.Basic(scheme.username, scheme.password)
            case spec.Digest():
                return d.Digest(scheme.username, scheme.password)
            case spec.ClientCertificate():
                return d.ClientCertificate(
                    scheme.certificate, scheme.private_key, scheme.passphrase, scheme.ca
                )
            case spec.AllOf():
                return d.AllOf(tuple(self.scheme(inner) for inner in scheme.of))
            case spec.CustomAuth():
                return d.CustomAuth(scheme.name, tuple(scheme.credentials))
            case spec.OAuth2():
                return self._oauth2(scheme)
            case spec.CustomToken():
                return self._custom_token(scheme)
            case spec.Jwt():
                return self._jwt(scheme)
            case _:
                assert_never(scheme)

    def _urls(self, key: str) -> Mapping[str, str]:
        """What each environment says of this URL."""
        found = {
            where: getattr(environment.auth.get(self.name), key, None)
            for where, environment in self.connector.environments.items()
            if environment is not None
        }
        return {where: url for where, url in found.items() if url is not None}

    def _oauth2(self, scheme: spec.OAuth2) -> d.OAuth2:
        client_id, client_secret, client_auth = client_credentials(scheme)
        return d.OAuth2(
            scheme.flow,
            scheme.token_url,
            token_urls=self._urls("token_url"),
            authorization_url=scheme.authorization_url,
            authorization_urls=self._urls("authorization_url"),
            refresh_url=scheme.refresh_url,
            refresh_urls=self._urls("refresh_url"),
            client_id=client_id,
            client_secret=client_secret,
            username=scheme.username,
            password=scheme.password,
            scopes=tuple(scheme.scopes),
            scope_separator=scheme.scope_separator,
            client_auth=cast("Any", client_auth),
            assertion=_assertion(scheme.assertion),
            pkce=scheme.pkce,
            authorization_params=scheme.authorization_params,
            token_params=scheme.token_params,
            refresh_params=scheme.refresh_params,
            token_headers=scheme.token_headers,
            token_method=scheme.token_method,
            token_body=scheme.token_body,
            rename_params=scheme.rename_params,
            redirect_uri=scheme.redirect_uri,
            profile=self._profile(scheme.profile),
            answer=self._answer(scheme),
            send=lower_send(scheme.send),
        )

    def _profile(self, profile: spec.Profile | None) -> d.Profile | None:
        """The request for a profile as a call like others: with what the connector's calls share."""
        if profile is None:
            return None
        base_url, path, query = _split(profile.path)
        own_query = tuple(d.Const(name, value) for name, value in query)
        headers = self._shared("headers")
        if not any(field.wire.lower() == "accept" for field in headers):
            headers = (*headers, d.Const("Accept", "application/json"))
        call = d.Call(
            "profile",
            "GET",
            path,
            True,
            query=(*self._shared("query", but=dict(query)), *own_query),
            headers=headers,
            base_url=base_url,
        )
        return d.Profile(call, profile.id_path, profile.email_path)

    def _shared(self, place: str, *, but: Collection[str] = ()) -> tuple[d.Field, ...]:
        shared = self.connector.document.shared
        written: Mapping[str, Parameter | None] = getattr(shared, place) if shared else {}
        same = str.lower if place == "headers" else str
        own = {same(name) for name in but}
        kept = {n: p for n, p in written.items() if p is not None and same(n) not in own}
        return self.fields.fields(kept, text=True, owner="profile", shared=frozenset(kept))

    def _texts(self, place: str, own: Mapping[str, str], *, to_api: bool) -> Mapping[str, str]:
        """The headers or query of a login request, ``to_api`` with the shared constants."""
        fields = self._shared(place, but=own) if to_api else ()
        constants = (f for f in fields if isinstance(f, d.Const))
        return {**{f.wire: f.value for f in constants if isinstance(f.value, str)}, **own}

    def _custom_token(self, scheme: spec.CustomToken) -> d.CustomToken:
        steps = [scheme.request] if scheme.request is not None else scheme.steps or []
        return d.CustomToken(
            tuple(self._request(step) for step in steps),
            refresh=self._request(scheme.refresh) if scheme.refresh is not None else None,
            assertion=_assertion(scheme.assertion),
            answer=self._answer(scheme),
            send=lower_send(scheme.send),
        )

    def _answer(self, scheme: spec.Answer) -> d.TokenAnswer:
        default = d.TokenAnswer()

        def given(value: Any, otherwise: Any) -> Any:
            return otherwise if value is None else value

        return d.TokenAnswer(
            token_path=given(scheme.token_path, default.token_path),
            refresh_token_path=given(scheme.refresh_token_path, default.refresh_token_path),
            expires_in_path=given(scheme.expires_in_path, default.expires_in_path),
            expires_at_path=given(scheme.expires_at_path, default.expires_at_path),
            unit=given(scheme.unit, default.unit),
            lifetime=scheme.token_lifetime,
            save=self._save(scheme.save),
            refresh_margin=given(scheme.refresh_margin, default.refresh_margin),
        )

    def _save(self, save: Mapping[str, spec.Saved]) -> Mapping[str, d.SavedValue]:
        """The values that are kept; one that says where something is sent must match its pattern as a whole."""
        addresses = names_in_authorities(self.connector)
        return {
            name: d.SavedValue(
                saved.path,
                whole(saved.pattern) if saved.pattern and name in addresses else saved.pattern,
            )
            for name, saved in save.items()
        }

    def _request(self, request: spec.TokenRequest) -> d.TokenRequest:
        """A login request. One to the API itself also sends the constants that calls share."""
        has_json, basic = request.given("json_"), request.basic
        to_api = request.url.startswith("/")
        return d.TokenRequest(
            request.url,
            method=request.method,
            headers=self._texts("headers", request.headers, to_api=to_api),
            query=self._texts("query", request.query, to_api=to_api),
            basic=d.Basic(basic.username, basic.password) if basic is not None else None,
            json=cast("Any", plain(request.json_)) if has_json else UNSET,
            form=request.form,
            raw=request.raw,
            save=self._save(request.save),
        )

    def _jwt(self, scheme: spec.Jwt) -> d.Jwt:
        assertion = _assertion(scheme)
        assert assertion is not None
        return d.Jwt(
            scheme.mode,
            assertion,
            token_url=scheme.token_url,
            token_urls=self._urls("token_url"),
            token_params=scheme.token_params,
            answer=self._answer(scheme),
            send=lower_send(scheme.send),
        )


def _split(url: str) -> tuple[str | None, str, list[tuple[str, str]]]:
    """A path or whole URL as base URL (None for a path), path and query."""
    address, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    if address.startswith("/"):
        return None, address, pairs
    scheme, separator, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host}", slash + path, pairs


def _assertion(assertion: spec.Assertion | None) -> d.Assertion | None:
    if assertion is None:
        return None
    return d.Assertion(
        assertion.algorithm,
        key=assertion.key,
        headers=cast("Any", plain(assertion.headers)),
        claims=cast("Any", plain(assertion.claims)),
        lifetime=assertion.lifetime,
        audience=assertion.audience,
    )
