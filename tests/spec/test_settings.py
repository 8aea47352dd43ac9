"""Project settings: where they are found, what is refused, and how that is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.errors import SpecError
from callwright.project.settings import Settings, load_settings


def told(folder: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load_settings(folder)
    assert str(folder) not in str(caught.value)  # no paths of one machine
    return str(caught.value)


def refused(tmp_path: Path, text: str) -> str:
    (tmp_path / "callwright.toml").write_text(text, encoding="utf-8")
    return told(tmp_path)


class TestWhere:
    def test_without_a_file(self, tmp_path: Path) -> None:
        assert load_settings(tmp_path) == Settings(
            root=tmp_path, specs=tmp_path / "specs", output=tmp_path / "generated"
        )
        found = load_settings(tmp_path)
        assert (found.http, found.layout, found.recorded) == ("httpx", "application", True)
        assert found.custom_auth == {}

    def test_callwright_toml(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_text(
            'specs = "api/specs"\noutput = "src/app/clients"\nhttp = "httpx2"\nlayout = "application"\n'
            'recorded = false\n[custom_auth]\nmycorp = "mypkg.auth:make_signer"\n'
        )
        assert load_settings(tmp_path) == Settings(
            root=tmp_path,
            specs=tmp_path / "api/specs",
            output=tmp_path / "src/app/clients",
            http="httpx2",
            recorded=False,
            custom_auth={"mycorp": "mypkg.auth:make_signer"},
        )

    def test_pyproject(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text(
            '[project]\nname = "x"\n[tool.callwright]\noutput = "clients"\n'
            '[tool.callwright.custom_auth]\na = "b:c"\n'
        )
        found = load_settings(tmp_path)
        assert found.output == tmp_path / "clients"
        assert found.custom_auth == {"a": "b:c"}

    def test_from_a_folder_below(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_text('output = "clients"\n')
        below = tmp_path / "specs" / "acme"
        below.mkdir(parents=True)
        assert load_settings(below) == load_settings(tmp_path)

    def test_a_pyproject_without_the_table_is_passed_by(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_text("")
        inner = tmp_path / "packages" / "a"
        inner.mkdir(parents=True)
        (inner / "pyproject.toml").write_text('[project]\nname = "a"\n[tool.black]\n')
        assert load_settings(inner).root == tmp_path

    def test_the_nearest_counts(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_text("")
        inner = tmp_path / "inner"
        inner.mkdir()
        (inner / "pyproject.toml").write_text("[tool.callwright]\n")
        assert load_settings(inner).root == inner

    def test_callwright_toml_counts_before_pyproject_beside_it(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_text('output = "a"\n')
        (tmp_path / "pyproject.toml").write_text('[tool.callwright]\noutput = "b"\n')
        assert load_settings(tmp_path).output == tmp_path / "a"

    def test_nothing_found_makes_the_start_the_root(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\n')
        inner = tmp_path / "inner"
        inner.mkdir()
        assert load_settings(inner).root == inner

    def test_a_relative_start(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert load_settings().root == tmp_path
        assert load_settings(".").specs.is_absolute()

    def test_no_such_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SpecError, match=r"^there is no folder nowhere$"):
            load_settings("nowhere")

    def test_a_byte_order_mark(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_bytes(b'\xef\xbb\xbfoutput = "a"\r\n')
        assert load_settings(tmp_path).output == tmp_path / "a"

    def test_folders_may_lie_in_each_other(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_text('output = "."\nlayout = "project"\n')
        assert load_settings(tmp_path).output == tmp_path

    def test_importing_it_is_cheap(self) -> None:
        code = (
            "import sys, callwright.project.settings as s; s.load_settings()\n"
            "print(sorted({'pydantic', 'click', 'httpx', 'yaml', 'jinja2'} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "[]\n"


class TestRefused:
    def test_unknown_settings(self, tmp_path: Path) -> None:
        message = refused(tmp_path, 'spec = "x"\nzebra = 1\n')
        assert message.splitlines() == [
            "callwright.toml:1: spec: unknown setting (did you mean specs?)",
            "callwright.toml:2: zebra: unknown setting; known: specs, output, http, layout, recorded, custom_auth",
        ]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("specs = 3", ":1: specs: expected text in quotes, found a number"),
            ("output = ['a']", ":1: output: expected text in quotes, found a list"),
            ("output = {}", ":1: output: expected text in quotes, found a table"),
            ("http = true", ":1: http: expected text in quotes, found true"),
            ("specs = 2024-01-01", ":1: specs: expected text in quotes, found a date or time"),
            ("recorded = 'no'", ":1: recorded: expected true or false, found 'no'"),
            ("custom_auth = 'a:b'", ":1: custom_auth: expected a table, found 'a:b'"),
            (
                "http = 'my http'",
                ":1: http: 'my http' is not an HTTP library that clients can use: httpx or httpx2",
            ),
            (
                "http = 'class'",
                ":1: http: 'class' is not an HTTP library that clients can use: httpx or httpx2",
            ),
            (
                "http = 'a..b'",
                ":1: http: 'a..b' is not an HTTP library that clients can use: httpx or httpx2",
            ),
            (
                "http = 'httpx as x; import os'",
                "is not an HTTP library that clients can use: httpx or httpx2",
            ),
            (
                "http = ''",
                ":1: http: '' is not an HTTP library that clients can use: httpx or httpx2",
            ),
            ("layout = 'flat'", ':1: layout: expected "application" or "project", found \'flat\''),
            (
                "layout = 'package'",
                ':1: layout: "package" is not a layout (did you mean "project"?)',
            ),
            ("output = 'my clients'", ":1: output: my clients cannot be imported as a package"),
            ("output = 'a/class'", ":1: output: a/class cannot be imported as a package"),
            ("specs = ''", ":1: specs: '' is not the name of a folder"),
            ('specs = "a\\u0000b"', ":1: specs: 'a\\x00b' is not the name of a folder"),
            ("specs = '../x'", ":1: specs: ../x is outside the project"),
            ("output = '/tmp'", ":1: output: /tmp is outside the project"),
            ("output = 'a/../../b'", ":1: output: a/../../b is outside the project"),
            ("output = 'specs'", ":1: output: specs and output are both specs"),
            ("\nspecs = './generated/'", ":2: specs: specs and output are both generated"),
            ("specs = 'a'\noutput = 'b/../a'", ":2: output: specs and output are both a"),
            ("[custom_auth]\nx = 'mypkg.auth'", ':2: custom_auth.x: expected "module:function"'),
            ("[custom_auth]\nx = 1", ':2: custom_auth.x: expected "module:function"'),
            ("[custom_auth]\nx = 'a b:c'", ':2: custom_auth.x: expected "module:function"'),
            ("[custom_auth]\nx = 'a:c()'", ':2: custom_auth.x: expected "module:function"'),
        ],
    )
    def test_values(self, tmp_path: Path, text: str, message: str) -> None:
        found = refused(tmp_path, text)
        assert found.startswith("callwright.toml:")
        assert message in found
        assert len(found.splitlines()) == 1

    @pytest.mark.parametrize(
        ("output", "file", "text"),
        [
            (".", "", ""),
            ("src", "", ""),
            ("lib", "pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["lib"]\n'),
            ("lib", "pyproject.toml", '[tool.setuptools.package-dir]\n"" = "lib"\n'),
            ("lib", "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["a", "lib/"]\n'),
            ("lib", "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "lib"\n'),
            ("lib", "pyproject.toml", '[tool.mypy]\nmypy_path = "a:./lib"\n'),
            ("lib", "pyproject.toml", '[tool.pyright]\nextraPaths = ["lib"]\n'),
            (
                "lib",
                "pyproject.toml",
                '[tool.poetry]\npackages = [{include = "x", from = "lib"}]\n',
            ),
            ("lib", "pyproject.toml", '[tool.hatch.build.targets.wheel]\npackages = ["lib/x"]\n'),
            ("lib", "pyproject.toml", '[tool.hatch.build.targets.wheel.sources]\n"lib" = ""\n'),
            ("lib", "setup.cfg", "[options.packages.find]\nwhere = lib\n"),
            ("lib", "setup.cfg", "[options]\npackage_dir =\n    = lib\n"),
            ("lib", "pytest.ini", "[pytest]\npythonpath = a lib\n"),
            ("lib", "mypy.ini", "[mypy]\nmypy_path = a, lib\n"),
        ],
    )
    def test_a_folder_on_the_path_holds_no_shared_runtime(
        self, tmp_path: Path, output: str, file: str, text: str
    ) -> None:
        if file:
            (tmp_path / file).write_text(text)
        found = refused(tmp_path, f'output = "{output}"\n')
        assert found.startswith(f"callwright.toml:1: output: {output} is ")
        below = "clients" if output == "." else f"{output}/clients"
        assert f'a folder below it, such as {below}, or set layout = "project"' in found
        assert file in found
        for rest in (f'output = "{below}"\n', f'output = "{output}"\nlayout = "project"\n'):
            (tmp_path / "callwright.toml").write_text(rest)
            load_settings(tmp_path)

    @pytest.mark.parametrize(
        "text", ["tool = 5\n", "[tool]\nmypy = 1\npoetry = {packages = [1]}\n", "=", "a = '\n"]
    )
    def test_other_configuration_is_read_as_far_as_it_goes(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "callwright.toml").write_text("")
        for file in ("pyproject.toml", "setup.cfg", "pytest.ini"):
            (tmp_path / file).write_text(text)
        load_settings(tmp_path)

    def test_everything_is_told_at_once(self, tmp_path: Path) -> None:
        found = refused(tmp_path, "http = 1\nlayout = 2\nrecorded = 3\noutput = 4\nother = 5\n")
        assert len(found.splitlines()) == 5

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("specs = \n", "callwright.toml:1:9: not TOML: Invalid value"),
            ("a = 1\na = 2\n", "callwright.toml:2:6: not TOML: Cannot overwrite a value"),
            ('specs = "x', "callwright.toml: not TOML: Unterminated string at the end of the file"),
            ("a = " + "[" * 100_000, "callwright.toml is not TOML that can be read"),
            ("a = " + "1" * 10_000, "callwright.toml is not TOML that can be read"),
        ],
    )
    def test_not_toml(self, tmp_path: Path, text: str, message: str) -> None:
        assert refused(tmp_path, text) == message

    def test_not_utf_8(self, tmp_path: Path) -> None:
        (tmp_path / "callwright.toml").write_bytes('output = "ä"'.encode("latin-1"))
        assert told(tmp_path) == "callwright.toml is not UTF-8; save it as UTF-8"

    def test_a_file_above_is_named_as_seen_from_here(self, tmp_path: Path) -> None:
        inner = tmp_path / "a" / "b"
        inner.mkdir(parents=True)
        (tmp_path / "pyproject.toml").write_text(
            "[tool.other]\nspecs = 1\n[tool.callwright]\nspecs = 2\n"
        )
        assert told(inner).startswith("../../pyproject.toml:4: specs: expected text")

    def test_a_table_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool]\ncallwright = 3\n")
        assert told(tmp_path) == "pyproject.toml: tool.callwright: expected a table, found a number"

    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.one_of(
            st.binary(max_size=30),
            st.lists(
                st.sampled_from(
                    [
                        *[
                            "specs",
                            "output",
                            "http",
                            "custom_auth",
                            " = ",
                            "'a'",
                            '"',
                            "[",
                            "]",
                            "\n",
                        ],
                        *["1979-05-27", "{", "}", ".", "0xffffffffffff", "true", "\\u0000", "a:b"],
                    ]
                ),
                max_size=12,
            ).map(lambda parts: "".join(parts).encode()),
        )
    )
    def test_any_file_gives_settings_or_a_spec_error(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "callwright.toml").write_bytes(data)
        try:
            found = load_settings(tmp_path)
        except SpecError as caught:
            message = str(caught)
        else:
            message = "callwright.toml"
            assert found.specs.is_relative_to(tmp_path)
            assert found.specs != found.output
        assert message.startswith("callwright.toml")
