"""Where tokens are kept: keys, files that several processes share, the keyring, stores of one's own."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from callwright.runtime.auth import token_cache
from callwright.runtime.auth.token_store import (
    FileTokenStore,
    KeyringTokenStore,
    MemoryTokenStore,
    Token,
)
from callwright.runtime.definition import OAuth2
from callwright.runtime.errors import ArgumentError, AuthError
from tests.auth.harness import Caller
from tests.auth.provider import Provider, Reply, serving

ROOT = Path(__file__).parents[2]
TOKEN = Token("acc", 2e9, "ref", 1e9, {"instance_url": "https://x.test"}, {"id": "7"})


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def caller(provider: Provider, store: Any, **settings: Any) -> Caller:
    definition = OAuth2("password", f"{provider.url}/token", client_auth="none")
    given = {"client_id": "app", "username": "ann", "password": "pw", "token_store": store}
    return Caller(definition, provider.url, **{**given, **settings})


def test_a_token_survives_json_and_shows_nothing() -> None:
    assert Token.from_json(TOKEN.to_json()) == TOKEN
    assert "acc" not in repr(TOKEN)
    assert "ref" not in repr(TOKEN).replace("refresh", "")
    for text in ("", "[]", "{}", "null", '{"access_token": 5}', "[" * 100_000):
        with pytest.raises(ValueError, match="not a stored token"):
            Token.from_json(text)


def test_files_are_private_and_replaced_in_one_step(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    store.set("acme/live/default/-/1", TOKEN)
    store.set("acme/live/default/-/1", Token("new"))
    store.set("acme/live/default/-/2", TOKEN)
    assert [k for k, _ in store.items()] == ["acme/live/default/-/1", "acme/live/default/-/2"]
    found = store.get("acme/live/default/-/1")
    assert found is not None
    assert found.access_token == "new"
    files = list((tmp_path / "tokens").iterdir())
    assert len(files) == 2  # nothing temporary is left
    if os.name == "posix":
        assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o700
    store.delete("acme/live/default/-/1")
    store.delete("acme/live/default/-/1")
    assert store.get("acme/live/default/-/1") is None


def test_a_damaged_file_counts_as_absent(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path)
    store.set("k", TOKEN)
    (file,) = tmp_path.glob("*.json")
    for text in ("", "{", "[]", json.dumps({"key": "k", "token": "{}"}), "\udc80"):
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        assert store.get("k") is None
        assert store.items() == []
    file.write_text(json.dumps({"key": "another", "token": TOKEN.to_json()}))
    assert store.get("k") is None


def test_a_file_lock_excludes_others(tmp_path: Path) -> None:
    one, two = FileTokenStore(tmp_path), FileTokenStore(tmp_path)
    unlock = one.try_lock("k")
    assert unlock is not None
    assert two.try_lock("k") is None
    assert two.try_lock("other") is not None
    unlock()
    assert two.try_lock("k") is not None


def test_clients_with_one_store_share_one_request(provider: Provider, tmp_path: Path) -> None:
    provider.delay = 0.3
    for store in (MemoryTokenStore(), FileTokenStore(tmp_path)):
        provider.token_requests.clear()
        callers = [caller(provider, store) for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda c: c.call().status, callers)) == {200}
        assert len(provider.token_requests) == 1


SCRIPT = """
import sys
from callwright.runtime.definition import OAuth2
from callwright.runtime.auth.token_store import FileTokenStore
from tests.auth.harness import Caller

url, folder = sys.argv[1:]
definition = OAuth2("password", url + "/token", client_auth="none")
c = Caller(definition, url, client_id="app", username="ann", password="pw",
           token_store=FileTokenStore(folder))
sys.stdin.readline()
print(c.call().status)
"""


def test_processes_with_one_folder_share_one_request(provider: Provider, tmp_path: Path) -> None:
    provider.delay = 0.5
    command = [sys.executable, "-c", SCRIPT, provider.url, str(tmp_path)]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) for _ in range(4)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [p.communicate()[0].strip() for p in running] == ["200"] * 4
    assert len(provider.token_requests) == 1


def test_logins_that_differ_never_share_a_token(provider: Provider) -> None:
    store = MemoryTokenStore()
    variants: list[dict[str, Any]] = [
        {},
        {"password": "other"},
        {"username": "bob"},
        {"client_id": "app2"},
        {"subject": "u1"},
        {"subject": "u2"},
        {"environment": "development"},
    ]
    for variant in variants:
        caller(provider, store, **variant).call()
        caller(provider, store, **variant).call()
    assert len(provider.token_requests) == len(variants)


def test_keys_hold_no_secret_and_are_safe_names(provider: Provider) -> None:
    c = caller(provider, MemoryTokenStore(), password="hunter2", subject="a/b ü@x.test" * 20)
    context = c.context()
    scheme: Any = c.scheme
    key = scheme.key(context, c.run(scheme.values(context)))
    assert "hunter2" not in key
    assert len(key) <= 255
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@+%")
    again = caller(provider, MemoryTokenStore(), password="hunter2", subject="a/b ü@x.test" * 20)
    assert key == token_cache.token_key(again.context(), c.run(scheme.values(context)))


def test_a_store_of_ones_own_may_be_asynchronous(provider: Provider) -> None:
    kept: dict[str, Token] = {}

    class Database:
        async def get(self, key: str, /) -> Token | None:
            await asyncio.sleep(0)
            return kept.get(key)

        async def set(self, key: str, token: Token, /) -> None:
            await asyncio.sleep(0)
            kept[key] = token

        async def delete(self, key: str, /) -> None:
            kept.pop(key, None)

    c = caller(provider, Database())

    async def main() -> list[int]:
        async with httpx.AsyncClient() as http:
            return [r.status for r in await asyncio.gather(*(c.acall(http) for _ in range(20)))]

    assert set(asyncio.run(main())) == {200}
    assert len(provider.token_requests) == len(kept) == 1
    with pytest.raises(ArgumentError, match="get: is asynchronous"):
        c.call()


def test_a_failing_store_is_one_auth_error_without_its_text(
    provider: Provider, tmp_path: Path
) -> None:
    class Broken(MemoryTokenStore):
        def set(self, key: str, token: Token, /) -> None:
            raise RuntimeError(f"could not store {token.access_token}")

    with pytest.raises(AuthError) as raised:
        caller(provider, Broken()).call()
    assert str(raised.value) == "acme: no token: the token store failed: RuntimeError"
    assert raised.value.__context__ is None
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(AuthError, match="the token store failed"):
        caller(provider, FileTokenStore(blocked / "tokens")).call()


def test_waiting_for_others_ends(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "LOCK_WAIT", 0.1)

    class Locked(MemoryTokenStore):
        def try_lock(self, key: str, /) -> None:
            return None

    with pytest.raises(AuthError, match=r"others have been requesting it for 0\.1 s"):
        caller(provider, Locked()).call()


def test_a_lock_is_given_back_after_a_failure(provider: Provider) -> None:
    store = MemoryTokenStore()
    c = caller(provider, store)
    provider.replies = [Reply(500, "down")]
    with pytest.raises(AuthError, match="500"):
        c.call()
    # the same key can be locked by the next one, on another thread
    done: list[int] = []
    thread = threading.Thread(target=lambda: done.append(c.call().status))
    thread.start()
    thread.join(10)
    assert done == [200]


def test_the_keyring_keeps_tokens(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    fake = types.ModuleType("keyring")
    fake.get_password = lambda service, key: kept.get((service, key))  # type: ignore[attr-defined]
    fake.set_password = lambda s, k, v: kept.__setitem__((s, k), v)  # type: ignore[attr-defined]
    fake.delete_password = lambda s, k: kept.__delitem__((s, k))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", fake)
    store = KeyringTokenStore("acme")
    assert caller(provider, store).call().status == 200
    assert caller(provider, store).call().status == 200
    assert len(provider.token_requests) == len(kept) == 1
    ((_, key),) = kept
    store.delete(key)
    store.delete(key)
    assert store.get(key) is None


def test_a_missing_keyring_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ImportError, match="pip install keyring"):
        KeyringTokenStore("acme")


def test_a_memory_store_drops_what_is_of_no_use_any_more() -> None:
    store = MemoryTokenStore()
    for number in range(5000):
        store.set(str(number), Token("t", expires_at=1.0))
    store.set("kept", Token("t", expires_at=1.0, refresh_token="r"))
    store.set("lasting", Token("t"))
    assert len(store._tokens) < 1100
    assert store.get("kept") is not None
    assert store.get("lasting") is not None
