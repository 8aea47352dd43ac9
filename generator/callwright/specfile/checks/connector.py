"""What is wrong with a spec beyond its grammar: names that lead nowhere, values that do not fit, credentials astray."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Iterator, Mapping

from callwright.diagnostics import Diagnostic, did_you_mean
from callwright.runtime.patterns import is_anchored
from callwright.runtime.request.headers import name_problem
from callwright.specfile.checks.auth import AuthChecks, has_certificate
from callwright.specfile.checks.base import Path
from callwright.specfile.checks.files import FileChecks
from callwright.specfile.checks.pages import PageChecks
from callwright.specfile.checks.parameters import ParameterChecks
from callwright.specfile.checks.placeholders import check_leftovers
from callwright.specfile.checks.samples import SampleChecks
from callwright.specfile.checks.secrets import check_secrets
from callwright.specfile.checks.streams import StreamChecks
from callwright.specfile.checks.urls import check_urls
from callwright.specfile.checks.values import check_values
from callwright.specfile.model.calls import Body, Response
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.model.policies import Retry
from callwright.specfile.resolve import (
    PLACEHOLDER,
    PLACES,
    ResolvedCall,
    ResolvedConnector,
    takes_fields,
)

_IMPORTED = frozenset(
    {"callwright", "httpx", "httpx2", "pydantic", "typing_extensions", "jwt", "cryptography", "annotated_types",
     "pydantic_core", "typing_inspection", "anyio", "certifi", "h11", "h2", "httpcore", "idna", "sniffio", "socksio"}
)  # fmt: skip
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
_FORMS = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}
_CHARSET = re.compile(r";[ \t]*charset=\"?([^\";\s]+)", re.IGNORECASE)
_MEDIA_TYPE = re.compile(
    r"[\w!#$&.+^-]+/[\w!#$&.+^-]+(?:[ \t]*;[ \t]*[\w!#$&.+^-]+=(?:[\w!#$&'*.+^-]+|\"[^\"\x00-\x1f]*\"))*\Z",
    re.ASCII,
)


def check(connector: ResolvedConnector) -> list[Diagnostic]:
    """Every problem of a resolved spec."""
    return list(_Checks(connector).run())


class _Checks(AuthChecks, FileChecks, PageChecks, ParameterChecks, SampleChecks, StreamChecks):
    def run(self) -> Iterator[Diagnostic]:
        yield from self._top()
        yield from self.origins()
        yield from self.auth()
        for resolved in self.connector.calls:
            yield from self._call(resolved)
            yield from self.files(resolved)
            yield from self.samples(resolved)
        yield from self.chains()
        yield from check_secrets(self.connector)
        yield from check_urls(self.connector)
        yield from check_values(self.connector)
        yield from check_leftovers(self.connector)

    def _top(self) -> Iterator[Diagnostic]:
        document = self.connector.document
        yield from self._package(document.package or document.name)
        for name in document.variables:
            if name in document.credentials:
                yield self.say(
                    "name-twice", "a credential has this name too", ("variables", name), key=True
                )
        if document.check is not None:
            found = next((c for c in self.connector.calls if c.name == document.check), None)
            if found is None:
                yield self.say(
                    "unknown-call",
                    f"there is no call {document.check}{did_you_mean(document.check, document.calls)}",
                    ("check",),
                )
            elif not found.data:
                yield self.say(
                    "check-action", "check names an action; it must be a data call", ("check",)
                )
            elif not self.sends_credentials(found):
                yield self.say(
                    "check-proves-nothing",
                    f"{found.name} sends no credentials, so it cannot prove them",
                    ("check",),
                    "name a data call that the provider refuses without them, or leave check out",
                )
        for name, credential in document.credentials.items():
            safe = credential.safe_pattern
            if safe is not None and not is_anchored(safe):
                yield self.say(
                    "unanchored-pattern",
                    "a live key that contains this anywhere would pass for a test key",
                    ("credentials", name, "safe_pattern"),
                    "say how a test key begins: ^ before it, and before each alternative",
                )
        yield from self._shared()
        yield from self._retry(document.retry, ("retry",))
        for name, value in document.variables.items():
            if value is not None:
                yield from self.parameter(value, ("variables", name))
        yield from self.shared_files()
        yield from self._types()
        yield from self._raises()
        if document.errors is not None:
            yield from self._model(document.errors.model, ("errors", "model"))
            yield from self.answer_fields(document.errors.fields, ("errors", "fields"))

    def _types(self) -> Iterator[Diagnostic]:
        for name, typed in self.connector.document.types.items():
            if bool(typed.enum) == typed.given("fields"):
                yield self.say(
                    "bad-value",
                    "a type has either fields or enum",
                    ("types", name),
                    "fields: {city: {}} makes an object, enum: [open, closed] a choice",
                    key=True,
                )
            if typed.closed and not typed.enum:
                yield self.say(
                    "bad-value",
                    "closed says that enum has all values, and there is no enum",
                    ("types", name, "closed"),
                    "leave closed out",
                )
            yield from self.fields(typed.fields, ("types", name, "fields"))
            yield from self._type_cycle(name)

    def _package(self, package: str) -> Iterator[Diagnostic]:
        if keyword.iskeyword(package):
            why = "a keyword of Python"
        elif package in _IMPORTED:
            why = "a module the client itself needs"
        elif package in sys.stdlib_module_names:
            why = "a module of the standard library"
        else:
            return
        yield self.say(
            "package-name",
            f"{package} is {why}; the client could not be imported",
            ("package",) if self.connector.document.package else ("name",),
            hint=f"package: {package}_api",
        )

    def _shared(self) -> Iterator[Diagnostic]:
        shared = self.connector.document.shared
        if shared is None:
            return
        yield from self.headers(shared.headers, ("shared", "headers"))
        for name in shared.headers:
            if name.lower() == "content-type":
                yield self.say(
                    "content-type",
                    "body: {type: …} sets it",
                    ("shared", "headers", name),
                    "calls without a body that need it have headers: {Content-Type: …} of their own",
                    key=True,
                )
        bodies = [c.call.body for c in self.connector.calls]
        if shared.body and not any(b is not None and b.type != "raw" for b in bodies):
            yield self.say(
                "unused-shared-body",
                "no call has a json, form or multipart body",
                ("shared", "body"),
            )
        for resolved in self.connector.calls:
            yield from self._unreached(resolved, shared.body)
        for place in ("headers", "query", "body"):
            fields: Mapping[str, Parameter | None] = getattr(shared, place)
            yield from self.fields(fields, ("shared", place))

    def _unreached(
        self, resolved: ResolvedCall, shared: Mapping[str, Parameter | None]
    ) -> Iterator[Diagnostic]:
        """Shared fields that cannot be added to a JSON body, which is an argument of another kind than an object."""
        body = resolved.call.body
        if body is None or body.type != "json" or takes_fields(self.connector.document, body):
            return
        left = [name for name, p in shared.items() if p is not None and name not in body.fields]
        if left:
            removed = ", ".join(f"{name}: null" for name in left)
            yield self.say(
                "unused-shared-body",
                f"shared.body cannot be added here: the body may be something else than an object ({left[0]})",
                ("calls", resolved.name, "body"),
                f"of: object if it is one; else leave the shared fields out with fields: {{{removed}}}",
                key=True,
            )

    def _raises(self) -> Iterator[Diagnostic]:
        errors = self.connector.document.errors
        for key, name in (errors.raise_ if errors else {}).items():
            if not _CLASS.match(name):
                yield self.say(
                    "bad-name",
                    f"{name!r} is not a class's name, like CardError",
                    ("errors", "raise", key),
                )

    def _type_cycle(self, start: str) -> Iterator[Diagnostic]:
        types = self.connector.document.types

        def reaches(fields: Mapping[str, Parameter | None], seen: frozenset[str]) -> bool:
            for p in fields.values():
                for inner in (p, p and p.items, p and p.values):
                    if inner is None:
                        continue
                    if inner.kind == start or (inner.fields and reaches(inner.fields, seen)):
                        return True
                    if (
                        inner.kind in types
                        and inner.kind not in seen
                        and reaches(types[inner.kind].fields, seen | {inner.kind})
                    ):
                        return True
            return False

        if reaches(types[start].fields, frozenset()):
            yield self.say(
                "type-cycle",
                "the type contains itself",
                ("types", start),
                "use type: any for the inner one",
                key=True,
            )

    def _repeatable(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        call, method, path = resolved.call, resolved.method, ("calls", resolved.name)
        writes = method in ("PUT", "PATCH", "DELETE")
        if call.repeatable and not writes:
            yield self.say(
                "bad-repeatable",
                f"repeatable is for PUT, PATCH and DELETE, and this is a {method}",
                (*path, "repeatable"),
                "leave it out; a call that only reads says use_as: data",
                key=True,
            )
        elif call.use_as == "data" and writes and not call.repeatable:
            yield self.say(
                "not-repeatable",
                f"data is sent unasked and retried, and a {method} may change something each time",
                (*path, "use_as"),
                "add repeatable: true if sending it twice does no more than once, or leave use_as out",
            )

    def _retry(self, retry: Retry | None, path: Path) -> Iterator[Diagnostic]:
        name = None if retry is None else retry.idempotency_header
        problem = None if name is None else name_problem(name)
        if problem is not None:
            yield self.say("bad-name", f"{name!r} {problem}", (*path, "idempotency_header"))

    def _call(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        call, path = resolved.call, ("calls", resolved.name)
        document = self.connector.document
        yield from self._repeatable(resolved)
        yield from self.pages(resolved)
        yield from self.streams(resolved)
        yield from self._retry(call.retry, (*path, "retry"))
        if call.auth not in (None, "none", *document.auth):
            yield self.say(
                "unknown-scheme",
                f"there is no scheme {call.auth}{did_you_mean(call.auth or '', document.auth)}",
                (*path, "auth"),
            )
        elif call.auth in self.connector.named_only and has_certificate(document.auth[call.auth]):
            yield self.say(
                "certificate-of-a-call",
                "a client certificate belongs to the connection, which all calls share",
                (*path, "auth"),
                "leave auth out of the calls to let the client choose its scheme, or make a connector of its own for them",
            )
        yield from self._path(resolved)
        for place in PLACES:
            own = (
                (call.body.fields if call.body else {}) if place == "body" else getattr(call, place)
            )
            yield from self.fields(
                own, (*path, "body", "fields") if place == "body" else (*path, place)
            )
        yield from self.headers(call.headers, (*path, "headers"))
        yield from self.cookie_names(call.cookies, (*path, "cookies"))
        for name in call.headers:
            if name.lower() == "content-type" and call.body is not None:
                yield self.say(
                    "content-type",
                    "the body sets it",
                    (*path, "headers", name),
                    "body: {type: json, content_type: application/vnd.api+json} names another one",
                    key=True,
                )
        if call.body is not None:
            yield from self._body(call.body, (*path, "body"))
        responses: dict[Path, Response | None] = {(*path, "response"): call.response}
        responses |= {(*path, "responses", status): r for status, r in call.responses.items()}
        for place_path, response in responses.items():
            if response is None:
                continue
            yield from self._model(response.model, (*place_path, "model"))
            yield from self.answer_fields(response.fields, (*place_path, "fields"))

    def _model(self, name: str | None, path: Path) -> Iterator[Diagnostic]:
        if name is not None and not _CLASS.match(name):
            yield self.say("bad-name", f"{name!r} is not a class's name, like Customer", path)
        elif name in self.connector.document.types:
            yield self.say(
                "name-twice",
                f"types has {name} already",
                path,
                f"another name; or, where answers are that object, fields: {{$: {{type: {name}}}}}",
            )

    def _path(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        call, path = resolved.call, ("calls", resolved.name)
        if call.url is not None:
            if call.path is not None or call.base_url is not None:
                yield self.say(
                    "bad-value",
                    "url stands for the whole URL: no path and no base_url",
                    (*path, "url"),
                )
            return
        text = call.path or ""
        yield from self.names(text, (*path, "path"))
        if text and not text.startswith(("/", "?")) and not text.startswith("${"):
            hint = "base_url: … beside it" if "://" in text else f"/{text}"
            message = f"a path begins with /, found {text!r}"
            yield self.say("bad-path", message, (*path, "path"), f"write {hint}")
        if "?" in text:
            yield self.say(
                "bad-path",
                "the query does not stand in the path",
                (*path, "path"),
                "query: {name: value}",
            )
        names = PLACEHOLDER.findall(text)
        for name in names:
            if not name or names.count(name) > 1:
                yield self.say(
                    "bad-path",
                    f"{{{name}}} is {'no name' if not name else 'there twice'}",
                    (*path, "path"),
                )
                return
        for name, parameter in call.path_params.items():
            if name not in names:
                yield self.say(
                    "unused-path-param",
                    f"the path has no {{{name}}}{did_you_mean(name, names)}",
                    (*path, "path_params", name),
                    key=True,
                )
            elif parameter is not None:
                yield from self.parameter(parameter, (*path, "path_params", name))

    def _media_type(self, body: Body, text: str, path: Path) -> Iterator[Diagnostic]:
        """A label that is none, or that says of the body what it is not."""
        if not _MEDIA_TYPE.match(text):
            yield self.say(
                "bad-value", f"{text!r} is not a media type, like application/vnd.api+json", path
            )
            return
        form = _FORMS.get(text.partition(";")[0].strip().lower())
        if body.type == "json" and form is not None:
            yield self.say("bad-value", "a JSON body is not a form", path, f"type: {form}")
        charset = _CHARSET.search(text)
        # a raw body that is an argument may be bytes in any charset
        ours = body.type == "json" or body.template is not None
        if ours and charset and charset[1].lower() not in ("utf-8", "utf8"):
            yield self.say(
                "bad-value",
                f"charset={charset[1]} does not match the body, which is sent as UTF-8",
                path,
                "charset=utf-8, or no charset",
            )

    def _body(self, body: Body, path: Path) -> Iterator[Diagnostic]:
        if body.is_argument and any(field is not None for field in body.fields.values()):
            yield self.say(
                "bad-value",
                "a body is one argument (arg, of) or made of fields, not both",
                (*path, "fields"),
            )
        if body.template is not None and body.type != "raw":
            yield self.say("bad-value", "template goes with type: raw", (*path, "template"))
        if body.type == "raw":
            if body.content_type is None:
                yield self.say("missing-key", "content_type is missing (type raw)", path)
            symbols = set(PLACEHOLDER.findall(body.template or ""))
            for name in body.fields:
                if name not in symbols:
                    yield self.say(
                        "unused-field",
                        f"the template has no {{{name}}}{did_you_mean(name, symbols)}",
                        (*path, "fields", name),
                        key=True,
                    )
        elif body.content_type is not None and body.type != "json":
            yield self.say(
                "bad-value", f"type: {body.type} says the content type", (*path, "content_type")
            )
        if body.content_type is not None:
            yield from self._media_type(body, body.content_type, (*path, "content_type"))
        if body.nested is not None and body.type not in ("form", "multipart"):
            yield self.say("bad-value", "nested goes with forms", (*path, "nested"))
        if body.of is not None:
            yield from self.parameter(body.of, (*path, "of"))
