"""Which changes of a package break its users."""

from __future__ import annotations

import pytest

from callwright.breaking_changes import breaking


def changes(old: str, new: str, file: str = "models.py") -> tuple[str, ...]:
    return breaking({file: old.encode()}, {file: new.encode()})


def test_nothing_breaks_when_things_are_added() -> None:
    old = "class A:\n    x: int\n"
    assert changes(old, "class A:\n    x: int\n    y: int\nclass B: ...\n") == ()
    assert changes("", old) == ()


def test_names_that_are_gone_or_changed() -> None:
    assert changes("class A:\n    x: int\n    y: int\n", "class A:\n    x: str\n") == (
        "models.A.x: int → str",
        "models.A.y is gone",
    )
    assert changes("class A: ...\n", "class B: ...\n") == ("models.A is gone",)


def test_arguments() -> None:
    old = "class C:\n    def get(self, id: str, *, a: int = 1, b: int) -> int: ...\n"
    new = "class C:\n    def get(self, id: str, *, b: int, c: int, d: int = 1) -> str: ...\n"
    assert changes(old, new, "client.py") == (
        "client.C.get: argument a is gone",
        "client.C.get: argument c is now required",
        "client.C.get returns int → str",
    )


def test_what_is_not_public_or_does_not_parse_has_no_surface() -> None:
    assert changes("class _A: ...\n_x: int\n", "") == ()
    assert changes("class A(:\n", "") == ()
    assert breaking({"_calls.py": b"X: int = 1\n"}, {}) == ()


def test_models_in_several_modules_are_one_surface() -> None:
    old = {"models/__init__.py": b"", "models/a.py": b"class A:\n    x: int\n"}
    assert breaking(old, {"models.py": b"class A:\n    x: int\n"}) == ()


def test_methods_that_stay_hide_none_that_change() -> None:
    same = "    def {}(self, a: int) -> int:\n        return 1\n\n"
    doc = '    """Doc.\n\n    def in_the_docstring(self): ...\n    """\n\n'
    first = f"class C:\n{doc}{same.format('f')}{same.format('g')}"
    second = f"class D:\n{same.format('f')}    @deprecated\n{same.format('g')}"
    assert changes(first + second, first + second + "x: int\n", "client.py") == ()
    moved = f"class C:\n{doc}{same.format('g')}" + second
    assert changes(first + second, moved, "client.py") == ("client.C.f is gone",)
    assert changes(first + second, first + "class D:\n" + same.format("g"), "client.py") == (
        "client.D.f is gone",
    )
    fewer = first.replace("a: int", "a: str", 1) + second.replace("a: int", "b: int", 1)
    assert changes(first + second, fewer, "client.py") == (
        "client.D.f: argument a is gone",
        "client.D.f: argument b is now required",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int | None", "int"),
        ("list[str] | None", "list[str]"),
        ("int | str | None", "str"),
        ("str | int", "int | str"),
    ],
)
def test_what_is_read_may_lose_possibilities(old: str, new: str) -> None:
    field = "class A:\n    x: {}\n"
    assert changes(field.format(old), field.format(new)) == ()
    # what is sent may not: here a TypedDict's key, there an argument's type that stays as it was compared
    assert changes(field.format(old), field.format(new), "types.py") == (
        f"types.A.x: {old} → {new}",
    )
    method = "class C:\n    def get(self) -> {}: ...\n"
    assert changes(method.format(old), method.format(new), "client.py") == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int", "int | None"),
        ("int", "str"),
        ("list[str | None]", "list[str]"),  # lists are invariant: a checker minds
        ("Any | None", "A | None"),
        ("int | None", "str"),
    ],
)
def test_what_is_read_may_not_gain_or_change(old: str, new: str) -> None:
    field = "class A:\n    x: {}\n"
    assert changes(field.format(old), field.format(new)) == (f"models.A.x: {old} → {new}",)
    method = "class C:\n    def get(self) -> {}: ...\n"
    told = (f"client.C.get returns {old} → {new}",)
    assert changes(method.format(old), method.format(new), "client.py") == told


def union(*classes: str) -> str:
    options = " | ".join(f'Annotated[{c}, Tag("{c}")]' for c in classes)
    return f'Event: TypeAlias = Annotated[{options} | Annotated[dict[str, Any], Tag("")], by_tag("kind", {{}})]\n'


def test_a_class_that_becomes_a_union() -> None:
    event = "class Event:\n    id: int\n    kind: str\n"
    assert changes(event, union("Created", "Renamed")) == (
        "models.Event: class → union of Created, Renamed",
    )
    assert changes(union("Created", "Renamed"), event) == (
        "models.Event: union of Created, Renamed → class",
    )


def test_a_union_with_another_class() -> None:
    assert changes(union("A", "B"), union("A", "B", "C")) == (
        "models.Event: union of A, B → union of A, B, C",
    )
    assert changes(union("A", "B", "C"), union("A", "C")) == ()


def test_aliases_of_requests_stay_as_they_are() -> None:
    units = "Units: TypeAlias = Literal[{}]\n"
    assert changes(units.format("'a', 'b'"), units.format("'a'"), "types.py") == ()
