"""Every test that takes `face` runs twice: with the synchronous client and with the asynchronous one."""

from __future__ import annotations

import pytest

from tests.connectors.harness import ASYNCHRONOUS, SYNCHRONOUS, Face


@pytest.fixture(params=[SYNCHRONOUS, ASYNCHRONOUS], ids=["sync", "async"])
def face(request: pytest.FixtureRequest) -> Face:
    chosen: Face = request.param
    return chosen


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
