"""The hand-written package as its users' checkers see it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest
from handwritten import acme

from .conftest import assemble

CONSUMER = """
from typing import assert_type

from handwritten import acme
from handwritten.acme import models
from pydantic import JsonValue


def unlisted(client: acme.Acme) -> None:
    assert_type(client.request("GET", "/x"), JsonValue)
    assert_type(client.request("GET", "/x", returns=models.Customer), models.Customer)
    both = client.request("GET", "/x", returns=models.Customer | None)
    assert_type(both, models.Customer | None)
    many = client.raw(client.request, "GET", "/x", returns=list[models.Customer])
    assert_type(many.parse(), list[models.Customer])
    assert_type(client.raw(client.request, "GET", "/x").parse(), JsonValue)
    client.request("GET", "/{a}", path_params={"a": 1}, query={"b": [1, 2], "c": None})
    client.with_options(timeout=3).request("POST", "/x", json={"a": [1]}, use_as="data")


async def unlisted_async(client: acme.AsyncAcme) -> None:
    assert_type(await client.request("GET", "/x"), JsonValue)
    assert_type(await client.request("GET", "/x", returns=models.Customer), models.Customer)
    raw = await client.raw(client.request, "GET", "/x", returns=models.Customer)
    assert_type(raw.parse(), models.Customer)


def typed(client: acme.Acme) -> None:
    assert_type(client.get_customer("c1"), models.Customer)
    assert_type(client.list_customers(limit=1).data, list[models.Customer])
    assert_type(client.ping(), str)
    assert_type(client.customer_exists("c1"), bool)
    raw = client.raw(client.get_customer, "c1", lang="de")
    assert_type(raw.parse(), models.Customer)
    assert_type(client.with_options(timeout=3).get_customer("c1"), models.Customer)
    try:
        client.create_customer(name="x", address={"street": "s"})
    except acme.CardError as error:
        assert_type(error.body, models.ApiProblem | None)
    except acme.NotFoundError as error:
        assert_type(error.body, models.ApiProblem | None)


async def typed_async(client: acme.AsyncAcme) -> None:
    assert_type(await client.get_customer("c1"), models.Customer)
    raw = await client.raw(client.get_customer, "c1")
    assert_type(raw.parse(), models.Customer)


def wrong(client: acme.Acme) -> None:
    client.get_customer(5)  # wrong
    client.get_customer("c1", lang="fr")  # wrong
    client.raw(client.get_customer)  # wrong
    client.raw(client.get_customer, "c1", long="de")  # wrong
    client.create_customer(name="x", address={"streat": "s"})  # wrong
    client.nope()  # wrong
    client.request("GET")  # wrong
    client.request("GET", "/x", query={"a": {}})  # wrong
    client.request("GET", "/x", use_as="read")  # wrong
    acme.Nope  # wrong
    acme.Acme("key")  # wrong
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("consumer")
    assemble(folder)
    (folder / "consumer.py").write_text(CONSUMER)
    return folder


def wrong_lines() -> set[int]:
    return {n for n, line in enumerate(CONSUMER.splitlines(), 1) if line.endswith("# wrong")}


def run(project: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    return done.stdout + done.stderr


def found_lines(output: str, marker: str) -> set[int]:
    lines = [line for line in output.splitlines() if marker in line]
    assert all("consumer.py" in line for line in lines), output
    return {int(line.partition("consumer.py:")[2].split(":")[0]) for line in lines}


def test_mypy_strict_finds_exactly_the_wrong_lines(project: Path) -> None:
    output = run(
        project, sys.executable, "-m", "mypy", "--strict", "--no-incremental",
        "--hide-error-context", "consumer.py", "handwritten",
    )  # fmt: skip
    assert found_lines(output, ": error:") == wrong_lines()


def test_pyright_strict_finds_exactly_the_wrong_lines(project: Path) -> None:
    (project / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    pyright = str(Path(sys.executable).parent / "pyright")
    output = run(project, pyright, "--pythonpath", sys.executable)
    assert found_lines(output, " - error:") >= wrong_lines()
    assert found_lines(output, " - error:") - wrong_lines() == set(), output


def test_type_hints_can_be_resolved_at_run_time() -> None:
    for name in ("get_customer", "create_customer", "list_customers"):
        for kind in (acme.Acme, acme.AsyncAcme):
            hints = get_type_hints(getattr(kind, name))
            assert hints["return"].__module__.endswith("acme.models")


def test_models_are_imported_at_their_first_use() -> None:
    code = (
        "import sys; from handwritten import acme; acme.Acme(api_key='k');"
        "assert 'pydantic' not in sys.modules;"
        "assert 'handwritten.acme.models' not in sys.modules; acme.models.Customer;"
        "from handwritten.acme import *; assert Drift.__module__ == 'handwritten._runtime.reading.drift';"
        "assert 'handwritten.acme.models' in sys.modules"
    )
    folder = Path(acme.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
