"""Which changes of a package break its users."""

from __future__ import annotations

from callwright.surface import breaking


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
    assert breaking({"_definition.py": b"X: int = 1\n"}, {}) == ()


def test_models_in_several_modules_are_one_surface() -> None:
    old = {"models/__init__.py": b"", "models/a.py": b"class A:\n    x: int\n"}
    assert breaking(old, {"models.py": b"class A:\n    x: int\n"}) == ()
