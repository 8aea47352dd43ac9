"""What `paginate` says of a call: its own map over the connector's, and the arguments that it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from callwright.runtime.reading.paths import parse_path
from callwright.runtime.unset import UNSET
from callwright.specfile.model.calls import Call
from callwright.specfile.model.document import Document
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.model.policies import PageSize, Paginate, Send

CURSOR, PAGE_SIZE, MAX_PAGES = "cursor", "page_size", "max_pages"
"""The arguments of methods that return pages."""


def pagination(call: Call, document: Document) -> Paginate | None:
    """How a call's list continues; None if the call has no `paginate`.

    A call's own map is merged key by key over the connector's, unless it is of another type.
    """
    own: Paginate | bool | None = call.paginate
    if own is None or own is False:
        return None
    base = document.paginate
    if not isinstance(own, Paginate):
        return base
    if base is None or (own.type is not None and own.type != base.type):
        return own
    keys = [key for key in type(own).model_fields if own.given(key) or base.given(key)]
    values = {key: getattr(own if own.given(key) else base, key) for key in keys}
    merged = Paginate.model_construct(_fields_set=set(keys), **values)
    merged._node = own.node
    return merged


def paging_parameters(how: Paginate) -> Iterator[tuple[str, tuple[str, ...], Parameter]]:
    """The parameters that send the cursor and the page size: place, names from the outside in, and parameter."""
    if how.send is not None and how.type != "next_url":
        for place, names in _targets(how.send):
            yield place, names, _cursor(how, how.send, as_text=place != "body")
    if how.page_size is not None:
        for place, names in _targets(how.page_size):
            yield place, names, _page_size(how.page_size)


def _targets(where: Send | PageSize) -> Iterator[tuple[str, tuple[str, ...]]]:
    if where.query is not None:
        yield "query", (where.query,)
    if where.header is not None:
        yield "headers", (where.header,)
    if where.body is not None:
        yield "body", body_names(where.body)


def body_names(path: str) -> tuple[str, ...]:
    """The names on the way to a place in a body; none if the path has indexes."""
    steps = parse_path(path).steps
    names = tuple(step for step in steps if isinstance(step, str))
    return names if len(names) == len(steps) else ()


def _cursor(how: Paginate, send: Send, *, as_text: bool) -> Parameter:
    is_number = how.type in ("page", "offset")
    kind = "integer" if is_number else "string" if as_text else "any"
    text = "Where to begin: the `next_cursor` of a page."
    return _parameter(send, type=kind, arg=CURSOR, description=text)


def _page_size(size: PageSize) -> Parameter:
    given = {key: getattr(size, key) for key in type(size).model_fields if size.given(key)}
    default = given.pop("value", UNSET)
    for place in ("query", "header", "body"):
        given.pop(place, None)
    given = {"type": "integer", "arg": PAGE_SIZE, "description": "Items per page.", **given}
    return _parameter(size, **given, **({} if default is UNSET else {"default": default}))


def _parameter(written: Send | PageSize, **values: Any) -> Parameter:
    made = Parameter.model_construct(_fields_set=set(values), **values)
    made._node = written.node
    return made


def with_parameter(
    fields: Mapping[str, Parameter], names: tuple[str, ...], parameter: Parameter
) -> dict[str, Parameter]:
    """``fields`` with a parameter more, inside nested places where it has several names.

    What stands there already stays: that is an error of the spec, see ``checks.pages``.
    """
    if not names:
        return dict(fields)
    name, *rest = names
    here = fields.get(name)
    if not rest:
        return {**fields, name: parameter if here is None else here}
    if here is not None and not here.is_place:
        return dict(fields)
    inner = {
        n: p for n, p in (here.fields or {} if here is not None else {}).items() if p is not None
    }
    place = Parameter.model_construct(
        _fields_set={"fields"}, fields=with_parameter(inner, tuple(rest), parameter)
    )
    place._node = parameter.node if here is None else here.node
    return {**fields, name: place}
