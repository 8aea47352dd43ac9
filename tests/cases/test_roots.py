"""The client generated for the case `roots`, asked over a socket: what is declared of answers that are no objects."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from tests.cases.conftest import Provider

CASE = "roots"
ANSWERS: list[tuple[str, str, object]] = [
    ("list_prices", "[1.10]", [Decimal("1.10")]),
    ("get_rates", '{"EUR": 1.10}', {"EUR": Decimal("1.10")}),
    ("get_time", "1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
    ("get_key", '"aGk="', b"hi"),
    ("get_notes", '{"a": "{\\"b\\": 1}"}', {"a": {"b": 1}}),
    ("list_days", '["2020-01-01T00:00:00"]', [datetime(2020, 1, 1, tzinfo=UTC)]),
]


@pytest.mark.parametrize(("call", "body", "value"), ANSWERS)
def test_declared_roots_are_read(
    package: Any, provider: Provider, call: str, body: str, value: object
) -> None:
    async def asked() -> object:
        async with package.AsyncRoots(base_url=provider.url) as client:
            return await getattr(client, call)()

    provider.body = body
    with package.Roots(base_url=provider.url) as client:
        assert getattr(client, call)() == value
    assert asyncio.run(asked()) == value
    assert "return" in get_type_hints(getattr(package.Roots, call))


def test_declared_roots_of_errors_are_read(package: Any, provider: Provider) -> None:
    provider.status, provider.body = 404, "[1700000000000]"
    caught = pytest.raises(package.NotFoundError)
    with package.Roots(base_url=provider.url) as client, caught as error:
        client.get_time()
    assert error.value.body == [datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)]


def test_nothing_of_pydantic_is_imported_before_an_answer(package: Any) -> None:
    code = "import sys; from generated import roots; roots.Roots(); assert 'pydantic' not in sys.modules"
    folder = Path(package.__file__).parents[2]
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=folder, check=True)


def test_preload_leaves_nothing_to_import(package: Any, provider: Provider) -> None:
    code = (
        "import sys; from generated import roots; client = roots.Roots(base_url=sys.argv[1]);"
        "client.preload(); before = set(sys.modules);"
        "client.{call}();"
        "print(sorted(m for m in set(sys.modules) - before if 'generated' in m or 'pydantic' in m))"
    )
    provider.body = "[]"
    call = "list_prices"
    folder = Path(package.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code.format(call=call), provider.url],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
