"""Recorded clients of a generated package, as the tests of an application use them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callwright import commands
from callwright.project.settings import load_settings
from tests.cases.test_cases import project
from tests.imported import imported

CASE = "acme"


def recordings_of(package: Any) -> Any:
    import importlib

    return importlib.import_module(f"{package.__name__}.testing")


def test_arguments_decide(package: Any) -> None:
    client = recordings_of(package).recorded_client()
    assert isinstance(client, package.Acme)
    assert client.get_customer("c_1").name
    with pytest.raises(package.NotFoundError):
        recordings_of(package).recorded_client(get_customer="unknown").get_customer("anybody")


def test_what_is_not_there_is_described(package: Any) -> None:
    client = recordings_of(package).recorded_client()
    with pytest.raises(Exception, match="get_customer: no response was captured for ") as caught:
        client.get_customer("c_99")
    text = str(caught.value)
    assert type(caught.value).__name__ == "NoRecordedResponseError"
    assert 'customer_id="c_99"' in text
    assert 'known (customer_id="c_1")' in text
    assert "recorded_client(get_customer='known')" in text
    with pytest.raises(Exception, match=r"there is no recorded response 'x'; there are: known, "):
        recordings_of(package).recorded_client(get_customer="x").get_customer("c_1")
    with pytest.raises(Exception, match="only calls of the spec have recorded responses"):
        client.request("GET", "/x")


def test_arguments_are_still_checked_and_copies_answer_too(package: Any) -> None:
    client = recordings_of(package).recorded_client()
    with pytest.raises(package.ArgumentError):
        client.get_customer("")
    assert client.with_options(timeout=3).get_customer("c_1").name
    assert client.raw(client.get_customer, "c_1").status_code == 200


def test_examples_of_models(package: Any) -> None:
    testing = recordings_of(package)
    customer = testing.example(package.models.Customer)
    assert type(customer) is package.models.Customer
    assert customer.model_extra == {}

    class Other(package.models.Customer):
        never: int

    with pytest.raises(Exception, match=r"no capture of .*acme holds a Other"):
        testing.example(Other)


def test_importing_the_package_reads_none_of_it(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    commands.generate(load_settings(root))
    code = (
        "import sys; from generated import acme; acme.Acme(api_key='k');"
        "assert not [m for m in sys.modules if 'recorded' in m or m.endswith('.testing')]"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_fixtures(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    commands.generate(load_settings(root))
    (root / "conftest.py").write_text(
        "from generated.acme.testing import acme_client, async_acme_client\n"
    )
    (root / "test_use.py").write_text(
        "def test_use(acme_client, async_acme_client):\n"
        "    assert acme_client.get_customer('c_1').id == 'c_1'\n"
        "    assert type(async_acme_client).__name__ == 'AsyncAcme'\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_package_without_its_captures_says_how_to_ship_them(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    commands.generate(load_settings(root))
    shutil.rmtree(root / "generated/acme/_recorded")
    with imported(root / "generated", "acme") as package:
        with pytest.raises(
            Exception, match=r'package-data\] ".*acme" = \["_recorded/\*\*"\]'
        ) as caught:
            recordings_of(package).recorded_client()
        assert type(caught.value).__name__ == "NoRecordedResponseError"


def test_they_can_be_left_out(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    (root / "callwright.toml").write_text("recorded = false\n")
    commands.generate(load_settings(root))
    assert not (root / "generated/acme/_recorded").exists()
    assert not (root / "generated/acme/testing.py").exists()
    (root / "callwright.toml").write_text("")
    commands.generate(load_settings(root))
    assert (root / "generated/acme/_recorded/index.json").exists()


def test_what_is_large_is_left_out_and_named(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    capture = root / "specs/acme/captures/get_customer/known.200.json"
    text = capture.read_text().rstrip()
    capture.write_text(text + " " * 300_000 + "\n")
    (result,) = commands.generate(load_settings(root)).connectors
    (told,) = [d for d in result.diagnostics if d.code == "not-recorded"]
    assert "larger than 256 KiB" in told.message
    assert told.message.endswith("specs/acme/captures/get_customer/known.200.json")
    assert commands.check(load_settings(root)).connectors[0].changes == ()
    with (
        imported(root / "generated", "acme") as package,
        pytest.raises(Exception, match="known: its body is too large to be shipped"),
    ):
        recordings_of(package).recorded_client().get_customer("c_1")


def test_checkers_know_the_samples(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    commands.generate(load_settings(root))
    (root / "use.py").write_text(
        "from generated.acme import Acme, models\n"
        "from generated.acme.testing import async_recorded_client, example, recorded_client\n"
        "client: Acme = recorded_client(get_customer='unknown')\n"
        "customer: models.Customer = example(models.Customer)\n"
        "print(client, customer, async_recorded_client())\n"
    )
    (root / "wrong.py").write_text(
        "from generated.acme.testing import recorded_client\nrecorded_client(get_customer='unknwon')\n"
    )
    for name, code in (("use.py", 0), ("wrong.py", 1)):
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", name],
            cwd=root,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout
