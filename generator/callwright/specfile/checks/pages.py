"""What is wrong with `paginate`: keys that are missing or have no effect, and places that are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callwright.diagnostics import Diagnostic
from callwright.runtime.reading.paths import parse_path
from callwright.specfile.checks.base import Checking, Path
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.model.policies import PageSize, Paginate, Send
from callwright.specfile.pagination import body_names
from callwright.specfile.resolve import ResolvedCall

_NEEDED = {
    "cursor": ("items_path", "next_path", "send"),
    "page": ("items_path", "send"),
    "offset": ("items_path", "send"),
    "next_url": ("items_path", "next_path"),
}
# keys that go with some types only
_TYPES = {
    "next_path": ("cursor", "next_url"),
    "send": ("cursor", "page", "offset"),
    "first": ("page", "offset"),
    "total_pages_path": ("page",),
    "origin": ("next_url",),
}


class PageChecks(Checking):
    """The checks of `paginate` in a call."""

    def pages(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        """Every problem of a call's pagination."""
        path: Path = ("calls", resolved.name, "paginate")
        how = resolved.paginate
        if how is None:
            yield from self._samples(resolved)
            if resolved.call.paginate:
                hint = "describe the pages here, or for all calls under paginate at the top level"
                yield self.say("bad-value", "the connector has no paginate", path, hint)
            return
        if how.type is None:
            hint = "add type: cursor, page, offset or next_url"
            yield self.say("missing-key", "paginate has no type", path, hint, key=True)
            return
        yield from self._keys(how, path)
        yield from self._response(resolved, how, path)
        for key, where in (("send", how.send), ("page_size", how.page_size)):
            if where is not None and how.type in _TYPES.get(key, (how.type,)):
                yield from self._place(resolved, where, key)

    def _samples(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        for name, sample in resolved.call.samples.items():
            if sample.pages is not None:
                at: Path = ("calls", resolved.name, "samples", name, "pages")
                hint = "add paginate to the call, or leave pages out"
                yield self.say(
                    "bad-value", "a call without paginate has no pages", at, hint, key=True
                )

    def _keys(self, how: Paginate, path: Path) -> Iterator[Diagnostic]:
        assert how.type is not None
        missing = [key for key in _NEEDED[how.type] if not how.given(key)]
        if missing:
            message = f"pages of type {how.type} need {' and '.join(missing)}"
            yield self.say("missing-key", message, path, key=True)
        for key, types in _TYPES.items():
            if how.given(key) and how.type not in types:
                message = f"{key} has no effect on pages of type {how.type}"
                hint = f"it goes with type {', '.join(types)}"
                yield self.say("bad-value", message, (*self._at(path, key), key), hint, key=True)

    def _at(self, path: Path, key: str) -> Path:
        """Where a key of a call's pagination is written: in the call, or at the top level."""
        own = self.connector.document.calls[str(path[1])].paginate
        return path if isinstance(own, Paginate) and own.given(key) else ("paginate",)

    def _response(self, resolved: ResolvedCall, how: Paginate, path: Path) -> Iterator[Diagnostic]:
        response = resolved.call.response
        if response is not None and response.type not in ("json", "xml"):
            message = f"a response of type {response.type} has no items"
            yield self.say("bad-value", message, path, "leave paginate out", key=True)
        elif response is not None and response.given("select"):
            message = "items_path selects what the method returns"
            yield self.say(
                "bad-value",
                message,
                ("calls", resolved.name, "response", "select"),
                "leave select out",
                key=True,
            )
        if resolved.call.responses:
            message = "a call with paginate has one kind of response"
            hint = "describe it under response"
            yield self.say(
                "bad-value", message, ("calls", resolved.name, "responses"), hint, key=True
            )
        if how.items_path is not None and not parse_path(how.items_path).singular:
            message = "items_path leads to one list, so it has no [*]"
            yield self.say("bad-value", message, (*self._at(path, "items_path"), "items_path"))

    def _place(
        self, resolved: ResolvedCall, where: Send | PageSize, key: str
    ) -> Iterator[Diagnostic]:
        path = (*self._at(("calls", resolved.name, "paginate"), key), key)
        places = [p for p in ("query", "header", "body") if getattr(where, p) is not None]
        if isinstance(where, Send) and (where.cookie is not None or where.prefix):
            extra = "cookie" if where.cookie is not None else "prefix"
            hint = "write {query: name}, {header: Name} or {body: $.name}"
            yield self.say(
                "bad-value", "a cursor has no cookie and no prefix", (*path, extra), hint, key=True
            )
        elif len(places) != 1:
            hint = "write {query: name}, {header: Name} or {body: $.name}"
            yield self.say("bad-value", f"{key} goes to one place", path, hint)
        elif where.body is not None:
            yield from self._page_body(resolved, where.body, (*path, "body"))
        else:
            place = "query" if where.query is not None else "headers"
            name = where.query or where.header or ""
            same = name.lower() if place == "headers" else name
            fields = getattr(resolved.call, place)
            taken = [n for n in fields if (n.lower() if place == "headers" else n) == same]
            yield from self._taken(resolved, (place, *taken[:1]) if taken else None, key)

    def _page_body(self, resolved: ResolvedCall, text: str, path: Path) -> Iterator[Diagnostic]:
        body = resolved.call.body
        if body is None or body.type == "raw" or body.is_argument:
            hint = "describe the body with fields, or send it elsewhere"
            yield self.say("bad-value", "the call has no body with fields", path, hint)
            return
        names = body_names(text)
        if not names:
            yield self.say(
                "bad-value",
                "a place in the body is a path of names",
                path,
                "write it like $.page.after",
            )
            return
        fields: Mapping[str, Parameter | None] = body.fields
        at: tuple[str, ...] = ("body", "fields")
        for depth, name in enumerate(names, 1):
            here = fields.get(name)
            at = (*at, name)
            if here is None:
                return
            if depth == len(names) or not here.is_place:
                yield from self._taken(resolved, at, str(path[-2]))
                return
            fields, at = here.fields or {}, (*at, "fields")

    def _taken(
        self, resolved: ResolvedCall, at: tuple[str, ...] | None, key: str
    ) -> Iterator[Diagnostic]:
        if at is not None:
            argument = "cursor" if key == "send" else "page_size"
            yield self.say(
                "same-place",
                f"{at[-1]} is what paginate sends, as the argument {argument}",
                ("calls", resolved.name, *at),
                "leave it out here",
                key=True,
            )
