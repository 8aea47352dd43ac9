"""The cache: never stale, never trusted, and one file for all that a connector needs."""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from callwright import cache
from callwright.infer.seen.shapes import Place, observe
from callwright.ir import nodes
from callwright.runtime import definition
from callwright.runtime.unset import UNSET


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    return tmp_path


def test_what_is_asked_for_together_is_one_file(folder: Path) -> None:
    with cache.together("acme"):
        cache.remember("kind", "1", "a", "A")
        cache.remember("kind", "1", "b", "")
    assert [p.parent.name for p in folder.rglob("*") if p.is_file()].count("together") == 1
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") == "A"
        assert cache.recall("kind", "1", "b") == ""
        assert cache.recall("kind", "2", "a") is None
    with cache.together("other"):
        assert cache.recall("kind", "1", "a") is None
    assert cache.recall("kind", "1", "a") is None


def test_a_block_inside_another_is_part_of_it(folder: Path) -> None:
    with cache.together("acme"):
        with cache.together("acme"):
            cache.remember("kind", "1", "a", "A")
        assert cache.recall("kind", "1", "a") == "A"
        assert not list(folder.iterdir())
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") == "A"


def test_what_has_no_owner_is_found_by_all() -> None:
    cache.remember("kind", "1", "a", "A")
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") == "A"


def test_what_is_not_asked_for_any_more_goes_in_time() -> None:
    with cache.together("acme"):
        cache.remember("kind", "1", "a", "A")
    for number in range(cache.KEPT_FOR):
        with cache.together("acme"):
            cache.remember("kind", "1", f"{number}", "")
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") == "A"
        cache.remember("kind", "1", "more", "")
    for number in range(cache.KEPT_FOR + 1):
        with cache.together("acme"):
            cache.remember("kind", "1", f"other {number}", "")
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") is None
        assert cache.recall("kind", "1", "other 0") == ""


def test_a_block_that_fails_leaves_what_was_there(folder: Path) -> None:
    with cache.together("acme"):
        cache.remember("kind", "1", "a", "A")
    (bundle,) = (folder / "together").iterdir()
    before = bundle.read_bytes()

    def fail() -> None:
        with cache.together("acme"):
            cache.remember("kind", "1", "b", "B")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert bundle.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"damaged", b"\n\n[]", b"0" * 64 + b"\n[[1]]\n"])
def test_damage_is_as_good_as_nothing(folder: Path, damage: bytes) -> None:
    with cache.together("acme"):
        cache.remember("kind", "1", "a", "A")
        cache.remember_object("kind", "a", ["A"])
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(damage)
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") is None
        assert cache.recall_object("kind", "a") is None
        cache.remember("kind", "1", "a", "A")
        assert cache.recall("kind", "1", "a") == "A"


@pytest.mark.parametrize("content", [b'[["kind/a", 1]]\nA', b'{"a": 1}', b"[1]", b"A"])
def test_what_another_version_wrote_is_as_good_as_nothing(folder: Path, content: bytes) -> None:
    with cache.together("acme"):
        cache.remember("kind", "1", "a", "A")
    (bundle,) = (folder / "together").iterdir()
    cache._store(bundle, content)
    with cache.together("acme"):
        assert cache.recall("kind", "1", "a") is None


def test_many_at_once_see_whole_entries() -> None:
    def work(number: int) -> None:
        for round_ in range(20):
            with cache.together("acme"):
                text = f"{round_ % 3}"
                assert cache.cached("kind", "1", text, lambda t: t * 5000) == text * 5000
                mine = f"{number}.{round_}"
                cache.remember("kind", "1", mine, mine)
                assert cache.recall("kind", "1", mine) == mine

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_values_come_back_as_they_were() -> None:
    place = Place()
    observe(place, {"a": [1, 2.5, None, "2026-01-01"], "b": {"c": True}}, 1)
    hint = nodes.FieldHint(path="$.a")
    call = definition.Call("x", "GET", "/x", data=True)
    cache.remember_object("kind", "x", (place, hint, call))
    found, same_hint, same_call = cache.recall_object("kind", "x")
    assert same_hint == hint
    assert same_call == call
    assert found.objects.keys() == place.objects.keys()
    assert repr(found) == repr(place)


@dataclasses.dataclass
class Trap:
    """What leaves a file behind when a pickle of it is read."""

    path: Path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_cache_names_nothing_that_is_run(folder: Path, tmp_path: Path) -> None:
    trap = Trap(tmp_path / "sprung")
    pickle.loads(pickle.dumps(trap))
    assert trap.path.exists()
    trap.path.unlink()
    for value in (trap, print, Path("x"), cache.cached):
        cache.remember_object("kind", "x", [value])
        assert cache.recall_object("kind", "x") is None
    assert not trap.path.exists()


def test_members_of_enumerations_are_read_as_every_python_writes_them() -> None:
    def written(kind: str, name: str) -> bytes:
        return f"cbuiltins\ngetattr\n(c{kind}\nV{name}\ntR.".encode()

    read = cache._Unpickler(io.BytesIO(written("callwright.runtime.unset\n_Unset", "UNSET")))
    assert read.load() is UNSET
    for kind, name in (
        ("callwright.infer.seen.shapes\nPlace", "seen"),
        ("posix\nsystem", "__call__"),
    ):
        with pytest.raises(pickle.UnpicklingError):
            cache._Unpickler(io.BytesIO(written(kind, name))).load()


def test_what_is_nested_too_deep_is_not_kept() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    cache.remember_object("kind", "x", deep)
    assert cache.recall_object("kind", "x") is None


def test_the_repr_of_a_package_shows_all_of_it() -> None:
    # the client's files are remembered by it; where in the spec something stands is printed nowhere, and compares with nothing
    for module in (nodes, definition):
        for record in vars(module).values():
            if isinstance(record, type) and dataclasses.is_dataclass(record):
                assert all(f.repr or not f.compare for f in dataclasses.fields(record)), record


def test_large_entries_have_a_file_of_their_own(folder: Path) -> None:
    large = "x" * (cache.LARGE + 1)
    with cache.together("one"):
        cache.remember("kind", "1", "large", large)
        cache.remember("kind", "1", "small", "y")
    assert len(list((folder / "kind").rglob("*/*"))) == 1
    (common,) = (folder / "together").iterdir()
    assert common.stat().st_size < cache.LARGE
    with cache.together("one"):
        assert cache.recall("kind", "1", "large") == large
        assert cache.recall("kind", "1", "small") == "y"


def test_what_is_not_used_for_long_goes_and_so_does_the_oldest_of_too_much(folder: Path) -> None:
    now = time.time()
    for name, days in (("new", 0), ("week", 7), ("weeks", 14), ("old", cache.UNUSED_DAYS + 1)):
        cache.remember("kind", "1", name, name * 100)
        (path,) = (p for p in folder.rglob("*/*/*") if name * 100 in p.read_text())
        os.utime(path, (now - days * 86_400, now - days * 86_400))
    assert cache.recall("kind", "1", "week") == "week" * 100  # it is used now
    cache.prune(folder, most=1_100)
    left = {name: cache.recall("kind", "1", name) for name in ("new", "week", "weeks", "old")}
    assert left == {"new": "new" * 100, "week": "week" * 100, "weeks": None, "old": None}


def test_pruning_happens_once_a_day(folder: Path) -> None:
    cache.remember("kind", "1", "one", "x")
    marker = folder / "pruned"
    first = marker.stat().st_mtime_ns
    (path,) = (folder / "kind").rglob("*/*")
    old = time.time() - (cache.UNUSED_DAYS + 1) * 86_400
    os.utime(path, (old, old))
    cache.remember("kind", "1", "two", "x")
    assert marker.stat().st_mtime_ns == first
    assert path.exists()
    os.utime(marker, (time.time() - 90_000,) * 2)
    cache.remember("kind", "1", "three", "x")
    assert not path.exists()
