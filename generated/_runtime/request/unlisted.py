"""The definition of a call that the spec does not list, made from what ``client.request`` is given.

Values stay out of the definition: they are the arguments of the call, so that they are checked, encoded and hidden as
those of any other.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias, cast
from urllib.parse import unquote

from ..definition import Body, Call, Connector, Field, Param, ParamType, Response
from ..errors import ArgumentError
from ..redaction.sensitive import is_sensitive
from ..unset import UNSET
from .headers import name_problem
from .values import Refused, check, members_of

if TYPE_CHECKING:
    from ..files import AsyncFileInput, FileInput

Scalar: TypeAlias = "str | int | float | Decimal | datetime.date | uuid.UUID"
PathValues: TypeAlias = "Mapping[str, Scalar]"
QueryValues: TypeAlias = "Mapping[str, Scalar | Sequence[Scalar | None] | None]"
HeaderValues: TypeAlias = "Mapping[str, Scalar | None]"
FileValues: TypeAlias = "Mapping[str, FileInput | Sequence[FileInput]]"
AsyncFileValues: TypeAlias = "Mapping[str, AsyncFileInput | Sequence[AsyncFileInput]]"
UseAs: TypeAlias = Literal["data", "action"]

_SCALARS = (str, int, float, Decimal, datetime.date, uuid.UUID)
_SCALAR = "must be a string, number, bool, date, datetime or UUID"
_PLACEHOLDER = re.compile(r"\{([^{}/]*)\}")
_USER = re.compile(r"//[^/?#]*@")


class Input:
    """What a request is given, and the call and arguments that it becomes.

    ``hide`` takes the client's secrets out of the path, which messages show.
    """

    def __init__(
        self, connector: Connector, method: object, path: object, hide: Callable[[str], str]
    ) -> None:
        self._connector = connector
        self.arguments: dict[str, object] = {}
        self._label = "request"
        if not isinstance(method, str) or re.fullmatch("[A-Za-z]+", method) is None:
            raise self._error("method", "must be an HTTP method, like GET")
        self.method = method.upper()
        if not isinstance(path, str):
            raise self._error("path", f"must be a string, not {type(path).__name__}")
        shown = _USER.sub("//", re.split("[?#]", path)[0])
        self._label = f"{self.method} {hide(shown)}".rstrip()
        self.path = path
        self._check("path", Param(), path)
        problem = _path_problem(path)
        if problem is not None:
            raise self._error("path", problem)

    def call(
        self,
        *,
        path_params: object = None,
        query: object = None,
        headers: object = None,
        json: object = UNSET,
        form: object = None,
        content: object = None,
        files: object = None,
        auth: str | None = None,
        use_as: UseAs | None = None,
        response: Response,
    ) -> Call:
        """The definition; fills ``arguments``. Raises ArgumentError."""
        shared = self._connector.shared
        self._check_choices(auth, use_as)
        return Call(
            name=self._label,
            method=self.method,
            path=self.path,
            data=self.method in ("GET", "HEAD") if use_as is None else use_as == "data",
            path_params=self._path_params(self._given("path_params", path_params)),
            query=self._query(self._given("query", query), shared.query),
            headers=self._headers(self._given("headers", headers), shared.headers),
            body=self._body(json, form, content, files),
            auth=auth,
            response=response,
            listed=False,
        )

    def _error(self, argument: str, problem: str) -> ArgumentError:
        return ArgumentError(self._label, argument, problem)

    def _check(self, argument: str, param: Param, value: object) -> None:
        try:
            check(param, value)
        except Refused as refused:
            problem = refused.problem
        else:
            return
        raise self._error(argument, problem)

    def _given(self, argument: str, value: object) -> Mapping[str, object]:
        try:
            return {} if value is None else members_of(value)
        except Refused as refused:
            problem = refused.problem
        raise self._error(argument, problem)

    def _check_choices(self, auth: object, use_as: object) -> None:
        known = [named.name for named in self._connector.auth] + ["none"]
        if auth is not None and auth not in known:
            raise self._error("auth", f"must be one of {', '.join(map(repr, known))}")
        if use_as not in (None, "data", "action"):
            raise self._error("use_as", "must be 'data' or 'action'")

    def _path_params(self, given: Mapping[str, object]) -> tuple[Param, ...]:
        names = dict.fromkeys(_PLACEHOLDER.findall(self.path))
        for name in given.keys() - names:
            raise self._error(
                f"path_params[{name!r}]", f"has no placeholder {{{name}}} in the path"
            )
        for name in names:
            argument = f"path_params[{name!r}]"
            if given.get(name) is None:
                raise self._error(argument, f"is required: the path holds {{{name}}}")
            self._check_scalar(argument, given[name])
        return tuple(self._param("path_params", name, given[name]) for name in names)

    def _query(self, given: Mapping[str, object], shared: Iterable[Field]) -> tuple[Field, ...]:
        own: list[Field] = []
        for name, value in given.items():
            self._check("query", Param(), name)
            values = _without_none(value)
            if values is None:
                continue
            for item in values:
                self._check_scalar(f"query[{name!r}]", item)
            is_list = not _is_scalar(value)
            kind: ParamType = "array" if is_list else "any"
            own.append(self._param("query", name, values if is_list else value, kind))
        return (*(f for f in shared if f.wire not in given), *own)

    def _headers(self, given: Mapping[str, object], shared: Iterable[Field]) -> tuple[Field, ...]:
        names = {name.lower() for name in given}
        kept: list[Field] = [f for f in shared if f.wire.lower() not in names]
        for name, value in given.items():
            argument = f"headers[{name!r}]"
            problem = name_problem(name)
            if problem is not None:
                raise self._error(argument, problem)
            if value is not None:
                self._check_scalar(argument, value)
                kept.append(self._param("headers", name, value))
        return tuple(kept)

    def _body(self, json: object, form: object, content: object, files: object) -> Body | None:
        bodies = {
            "json": json is not UNSET,
            "form": form is not None,
            "content": content is not None,
            "files": files is not None,
        }
        given = [name for name, is_given in bodies.items() if is_given]
        if given == ["form", "files"]:
            return self._multipart(form, files)
        if len(given) > 1:
            raise self._error(given[1], f"cannot be given with {given[0]}: a request has one body")
        if json is not UNSET:
            return self._json(json)
        if files is not None:
            return self._multipart(None, files)
        if form is not None:
            return Body("form", self._members("form", self._given("form", form)))
        return None if content is None else self._content(content)

    def _json(self, value: object) -> Body:
        if isinstance(value, Mapping):
            return Body("json", self._members("json", self._given("json", cast("object", value))))
        self.arguments["json"] = value
        return Body("json", whole=Param(arg="json", type="any", nullable=True))

    def _members(self, argument: str, given: Mapping[str, object]) -> tuple[Field, ...]:
        """The members of a body, each an argument; what all calls share is added to them."""
        shared = (f for f in self._connector.shared.body if f.wire not in given)
        return (*shared, *(self._param(argument, name, value) for name, value in given.items()))

    def _content(self, value: object) -> Body:
        self.arguments["content"] = value
        if isinstance(value, str):
            whole, content_type = Param(arg="content"), "text/plain; charset=utf-8"
        elif isinstance(value, (bytes, bytearray, memoryview)):
            whole, content_type = Param(arg="content"), None
        else:
            whole, content_type = Param(arg="content", type="file"), None
        return Body("raw", whole=whole, content_type=content_type)

    def _multipart(self, form: object, files: object) -> Body:
        fields = list(self._members("form", self._given("form", form)))
        for name, value in self._given("files", files).items():
            argument = f"files[{name!r}]"
            self.arguments[argument] = value
            is_list = isinstance(value, (list, tuple))
            items = Param(type="file") if is_list else None
            fields.append(Param(name, argument, "array" if is_list else "file", items=items))
        return Body("multipart", tuple(fields))

    def _param(self, place: str, name: str, value: object, kind: ParamType = "any") -> Param:
        argument = f"{place}[{name!r}]"
        self.arguments[argument] = value
        secret = is_sensitive(name) or hasattr(value, "get_secret_value")
        return Param(name, argument, kind, nullable=place == "json", secret=secret)

    def _check_scalar(self, argument: str, value: object) -> None:
        if not _is_scalar(value):
            raise self._error(argument, f"{_SCALAR}, not {type(value).__name__}")


def _is_scalar(value: object) -> bool:
    return isinstance(value, _SCALARS) or hasattr(value, "get_secret_value")


def _without_none(value: object) -> list[object] | None:
    """The values of a name in the query; None when it is left out."""
    if value is None:
        return None
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return [item for item in cast("Sequence[object]", value) if item is not None]
    return [value]


def _path_problem(path: str) -> str | None:
    if path and not path.startswith("/"):
        return "must start with a slash: it is relative to the base URL of the client"
    if path.startswith(("//", "/\\")):
        return "must not start with two slashes: the host is that of the client's base URL"
    if "?" in path or "#" in path:
        return "must not hold a query or a fragment: pass the query as query="
    if "${" in path:
        return "must not hold ${: a placeholder is written {name}, and path_params gives its value"
    if re.search("[{}]", _PLACEHOLDER.sub("", path)):
        return "holds a brace without its other one: a brace itself is written %7B or %7D"
    for part in re.split(r"[/\\;]", unquote(path)):
        if part in (".", ".."):
            return f"must not hold the segment {part!r}"
    return None
