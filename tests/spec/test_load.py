"""Files and folders: encodings, line ends, sizes, and the calls of calls/*.yaml."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callwright.errors import SpecError
from callwright.specfile import yaml_text
from callwright.specfile.load import load_connector, load_text

HEAD = "callwright: 1\nname: acme\nbase_url: https://api.acme.example\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "specs" / "acme"
    made.mkdir(parents=True)
    return made


def write(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def problems(folder: Path) -> str:
    """What is told about a connector that does not load."""
    with pytest.raises(SpecError) as caught:
        load_connector(folder, folder.parents[1])
    return "\n".join(d.render() for d in caught.value.diagnostics)


class TestFiles:
    def test_a_missing_file(self, folder: Path) -> None:
        told = problems(folder)
        assert "no-spec" in told
        assert "there is no specs/acme/connector.yaml" in told
        assert "callwright new" in told

    def test_a_folder_in_its_place(self, folder: Path) -> None:
        (folder / "connector.yaml").mkdir()
        assert "specs/acme/connector.yaml is a folder, not a file" in problems(folder)

    @pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="root reads everything")
    def test_a_file_that_may_not_be_read(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD)
        (folder / "connector.yaml").chmod(0)
        assert "cannot read specs/acme/connector.yaml: Permission denied" in problems(folder)

    def test_a_loop_of_links(self, folder: Path) -> None:
        (folder / "connector.yaml").symlink_to("connector.yaml")
        assert "cannot read specs/acme/connector.yaml" in problems(folder)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_with_its_mark(self, folder: Path, encoding: str) -> None:
        mark = "" if encoding == "utf-16" else "\ufeff"
        write(folder, "connector.yaml", (mark + HEAD).encode(encoding))
        told = problems(folder)
        assert "specs/acme/connector.yaml is UTF-16" in told
        assert "save it as UTF-8" in told

    def test_latin_1(self, folder: Path) -> None:
        write(folder, "connector.yaml", (HEAD + "title: Café\n").encode("latin-1"))
        assert "is not UTF-8: byte 0xe9 in line 4" in problems(folder)

    def test_a_byte_order_mark_is_no_part_of_the_text(self, folder: Path) -> None:
        write(folder, "connector.yaml", b"\xef\xbb\xbf" + HEAD.encode())
        document, source = load_connector(folder, folder.parents[1])
        assert document.name == "acme"
        assert source.span("callwright").column == len("callwright: ") + 1

    @pytest.mark.parametrize("newline", ["\r\n", "\r"])
    def test_other_line_ends_count_as_lines(self, folder: Path, newline: str) -> None:
        write(folder, "connector.yaml", (HEAD + "nme: x\n").replace("\n", newline))
        told = problems(folder)
        assert "specs/acme/connector.yaml:4:1: error[unknown-key]" in told
        assert "\r" not in told

    def test_places_are_characters_not_bytes(self) -> None:
        text = HEAD + "description: {'ä€😀': 1}\n"
        with pytest.raises(SpecError) as caught:
            load_text(text)
        (found,) = caught.value.diagnostics
        assert found.span
        assert (found.span.line, found.span.column) == (4, 14)

    def test_a_huge_file(self, folder: Path) -> None:
        write(folder, "connector.yaml", b"#" * (yaml_text.MAX_BYTES + 1))
        assert "specs/acme/connector.yaml is larger than 8_000_000 bytes" in problems(folder)

    def test_an_empty_file(self, folder: Path) -> None:
        write(folder, "connector.yaml", "")
        told = problems(folder)
        assert "specs/acme/connector.yaml is empty" in told
        assert "a spec begins with: callwright: 1" in told

    def test_a_connector_outside_the_root_is_still_named(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD + "nme: x\n")
        other = folder / "elsewhere"
        other.mkdir()
        with pytest.raises(SpecError) as caught:
            load_connector(folder, other)
        assert "connector.yaml:4:1" in caught.value.diagnostics[0].render()


class TestBounds:
    """Texts made to exhaust the reader end in a message, quickly."""

    def told(self, text: str) -> str:
        with pytest.raises(SpecError) as caught:
            load_text(text)
        return "\n".join(d.render() for d in caught.value.diagnostics)

    def test_billion_laughs(self) -> None:
        lines = ["x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
        lines += [
            f"x-{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)
        ]  # 10 to the power of 10
        assert "its aliases expand to more than 1000000 values" in self.told("\n".join(lines))

    @pytest.mark.parametrize("opening", ["[", "{a: "])
    def test_deep_nesting(self, opening: str) -> None:
        assert "nested more than 64 levels deep" in self.told(HEAD + "x-a: " + opening * 100_000)

    def test_deep_nesting_in_lines(self) -> None:
        lines = [" " * depth + "a:" for depth in range(200)]
        assert "nested more than 64 levels deep" in self.told("\n".join(lines))

    def test_deep_nesting_by_aliases(self) -> None:
        lines = ["x-0: &a0 [1]", *(f"x-{i}: &a{i} [*a{i - 1}]" for i in range(1, 100))]
        assert "its aliases nest more than 64 levels deep" in self.told("\n".join(lines))

    def test_too_many_values(self) -> None:
        text = HEAD + f"x-a: [{'1,' * yaml_text.MAX_NODES}]\n"
        assert "more than 400000 values" in self.told(text)

    @pytest.mark.parametrize("digits", [5_000, 200_000])
    def test_numbers_without_end(self, digits: int) -> None:
        told = self.told(HEAD + f"retry: {{attempts: {'9' * digits}}}\n")
        assert "retry.attempts: expected a" in told

    def test_a_number_too_large_for_its_key(self) -> None:
        assert "expected at most 20" in self.told(HEAD + f"retry: {{attempts: {'9' * 300}}}\n")


class TestCallFiles:
    """calls/*.yaml are merged in; each file is a group."""

    def test_calls_are_merged_in_the_order_of_file_names(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD + "calls:\n  first: {path: /1}\n")
        write(folder, "calls/users.yaml", "list_users: {path: /users}\nget_user: {path: /user}\n")
        write(folder, "calls/billing.yaml", "list_invoices: {path: /invoices}\n")
        document, source = load_connector(folder, folder.parents[1])
        assert list(document.calls) == ["first", "list_invoices", "list_users", "get_user"]
        groups = {name: call.group for name, call in document.calls.items()}
        assert groups == {
            "first": None, "list_invoices": "billing", "list_users": "users", "get_user": "users",
        }  # fmt: skip
        assert source.span("calls", "get_user", "path").file == "specs/acme/calls/users.yaml"
        assert source.span("calls", "get_user", "path").line == 2

    def test_connector_yaml_needs_no_calls_of_its_own(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD)
        write(folder, "calls/users.yaml", "list_users: {path: /users}\n")
        document, _ = load_connector(folder, folder.parents[1])
        assert list(document.calls) == ["list_users"]

    def test_a_group_that_is_written_wins(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD)
        write(folder, "calls/users.yaml", "ping: {path: /ping, group: misc}\n")
        document, _ = load_connector(folder, folder.parents[1])
        assert document.calls["ping"].group == "misc"

    def test_the_same_name_twice(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD + "calls:\n  ping: {path: /1}\n")
        write(folder, "calls/a.yaml", "ping: {path: /2}\npong: {path: /3}\n")
        write(folder, "calls/b.yaml", "pong: {path: /4}\n")
        told = problems(folder)
        assert "specs/acme/calls/a.yaml:1:1: error[duplicate-call]: calls.ping:" in told
        assert "stands in specs/acme/connector.yaml:5:3 too" in told
        assert "specs/acme/calls/b.yaml:1:1: error[duplicate-call]: calls.pong:" in told
        assert "stands in specs/acme/calls/a.yaml:2:1 too" in told

    def test_problems_name_the_file_they_are_in(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD + "titel: Acme\n")
        write(folder, "calls/users.yaml", "# a comment\nlist_users: {pth: /users}\n")
        told = problems(folder)
        assert "specs/acme/connector.yaml:4:1: error[unknown-key]: titel:" in told
        assert "specs/acme/calls/users.yaml:2:14: error[unknown-key]: calls.list_users.pth:" in told

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("- list_users\n", "users.yaml:1:1: error[wrong-type]: expected a mapping of calls"),
            ("", "specs/acme/calls/users.yaml is empty"),
            ("a: {path: /x/{id}}\n", "users.yaml:1:14: error[syntax]"),
            ("list_users: GET /users\n", "calls.list_users: expected a mapping"),
            ("ListUsers: {path: /users}\n", "error[bad-name]: calls.ListUsers"),
        ],
    )
    def test_files_that_are_no_calls(self, folder: Path, text: str, expected: str) -> None:
        write(folder, "connector.yaml", HEAD)
        write(folder, "calls/users.yaml", text)
        assert expected in problems(folder)

    def test_notes_beside_calls(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD + "calls: {x-note: 1, a: {path: /a}}\n")
        write(
            folder,
            "calls/users.yaml",
            "x-page: &page {limit: {type: integer}}\nb: {query: *page}\n",
        )
        document, _ = load_connector(folder, folder.parents[1])
        assert list(document.calls) == ["a", "b"]
        assert list(document.calls["b"].query) == ["limit"]

    def test_yml_is_not_silently_left_out(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD)
        write(folder, "calls/users.yml", "list_users: {path: /users}\n")
        assert "specs/acme/calls/users.yml: files of calls end in .yaml" in problems(folder)

    def test_calls_that_are_no_mapping_give_one_message(self, folder: Path) -> None:
        write(folder, "connector.yaml", HEAD + "calls: [a]\n")
        write(folder, "calls/users.yaml", "list_users: {path: /users}\n")
        assert problems(folder).count("error[") == 1
