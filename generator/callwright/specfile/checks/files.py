"""Files among the parameters: where they can stand, and what cannot be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callwright.diagnostics import Diagnostic
from callwright.specfile.checks.base import Checking, Path
from callwright.specfile.model.calls import Body
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.resolve import PLACES, ResolvedCall

_NEVER = (
    "default", "enum", "pattern", "encode", "auto", "minimum", "maximum", "nullable_", "secret", "example",
    "server_default",
)  # fmt: skip
_WAY_OUT = (
    "body: {type: multipart, fields: …} sends files; body: {type: raw, of: file} sends one as it is;"
    " type: bytes sends base64 text"
)


class FileChecks(Checking):
    """Parameters of type file."""

    def files(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        """Files of a call that cannot be sent as the spec says."""
        call, path = resolved.call, ("calls", resolved.name)
        for place in PLACES:
            within: Path = (*path, place, "fields") if place == "body" else (*path, place)
            sends = place == "body" and call.body is not None and call.body.type == "multipart"
            for name, parameter in resolved.place(place).items():
                if (place, name) not in resolved.shared:
                    yield from self._file_parameter(parameter, (*within, name), sends=sends)
        for name, parameter in resolved.path_params.items():
            yield from self._file_parameter(parameter, (*path, "path_params", name), sends=False)
        if call.body is not None:
            yield from self._files_of_body(call.body, (*path, "body"))

    def shared_files(self) -> Iterator[Diagnostic]:
        """Files among what belongs to the client: a file is read once, and a client makes many calls."""
        document = self.connector.document
        yield from self._file_fields(document.variables, ("variables",), sends=False)
        if document.shared is not None:
            for place in ("headers", "query", "body"):
                fields: Mapping[str, Parameter | None] = getattr(document.shared, place)
                yield from self._file_fields(fields, ("shared", place), sends=False)

    def _files_of_body(self, body: Body, path: Path) -> Iterator[Diagnostic]:
        if body.of is not None:
            whole = body.type == "raw" and body.of.kind == "file"
            yield from self._file_parameter(
                body.of, (*path, "of"), sends=whole or body.type == "multipart"
            )
            if body.type == "multipart" and body.of.kind == "file":
                yield self.say(
                    "file-place",
                    "a multipart body has fields, and one of them may be the file",
                    (*path, "of"),
                    "fields: {file: {type: file}}, or type: raw for a body that is the file",
                )
        if body.type == "multipart" and body.nested == "json":
            for name, parameter in body.fields.items():
                if parameter is not None and self._holds_file(parameter) and parameter.is_place:
                    yield self.say(
                        "file-place",
                        "a file cannot stand inside JSON text",
                        (*path, "fields", name),
                        "nested: brackets, or the file beside the JSON",
                    )

    def _file_fields(
        self, fields: Mapping[str, Parameter | None], path: Path, *, sends: bool
    ) -> Iterator[Diagnostic]:
        for name, parameter in fields.items():
            if parameter is not None:
                yield from self._file_parameter(parameter, (*path, name), sends=sends)

    def _file_parameter(
        self, parameter: Parameter, path: Path, *, sends: bool, seen: frozenset[str] = frozenset()
    ) -> Iterator[Diagnostic]:
        """Problems of a parameter that is or holds a file; ``sends``: whether its place can send one."""
        if parameter.is_constant:
            return
        if parameter.kind == "file":
            yield from self._one_file(parameter, path, sends=sends)
            return
        if not self._holds_file(parameter):
            return
        if parameter.array_style == "comma":
            yield self.say(
                "bad-value", "files cannot be joined with commas", (*path, "array_style")
            )
        for key in ("items", "values"):
            inner: Parameter | None = getattr(parameter, key)
            if inner is not None:
                yield from self._file_parameter(inner, (*path, key), sends=sends, seen=seen)
        named = self.connector.document.types.get(parameter.kind)
        if named is not None and not sends and parameter.kind not in seen:
            yield self._misplaced_file(path, f"type {parameter.kind} has a file, which")
        for name, member in (parameter.fields or {}).items():
            if member is not None:
                where = (*path, "fields", name)
                yield from self._file_parameter(member, where, sends=sends, seen=seen)

    def _one_file(self, parameter: Parameter, path: Path, *, sends: bool) -> Iterator[Diagnostic]:
        if not sends:
            yield self._misplaced_file(path, "a file")
        for key in _NEVER:
            if parameter.given(key):
                name = key.rstrip("_")
                yield self.say("bad-value", f"a file has no {name}", (*path, name))

    def _misplaced_file(self, path: Path, what: str) -> Diagnostic:
        return self.say("file-place", f"{what} can only be sent in a body", path, _WAY_OUT)

    def _holds_file(self, parameter: Parameter, seen: frozenset[str] = frozenset()) -> bool:
        if parameter.is_constant:
            return False
        if parameter.kind == "file" and not parameter.is_place:
            return True
        inner = [parameter.items, parameter.values, *(parameter.fields or {}).values()]
        named = self.connector.document.types.get(parameter.kind)
        if named is not None and parameter.kind not in seen:
            seen |= {parameter.kind}
            inner += named.fields.values()
        return any(p is not None and self._holds_file(p, seen) for p in inner)
