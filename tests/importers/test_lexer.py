"""Words as the shell makes them: compared with the shell itself."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from callwright.importers.curl.lexer import commands
from callwright.importers.curl.windows import cmd_commands
from callwright.importers.marks import mark, shown

BASH = shutil.which("bash")
LETTERS = st.sampled_from(
    [*"ab1 '\"\\-=:{}[]é,.", "\n", "\t", "\\\n", "$'a\\n\\x41\\u00e9'", '"a\\"b"', "'c d'"]
)


def words(text: str) -> list[str]:
    return [shown(word) for command in commands(text) for word in command.words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl a 'b c' \"d e\"", ["curl", "a", "b c", "d e"]),
        ("curl a\\\n  b", ["curl", "a", "b"]),
        ("curl a \\  \n\n b", ["curl", "a", "b"]),
        ("curl 'it'\\''s'", ["curl", "it's"]),
        ("curl $'a\\'b\\n\\u00e9'", ["curl", "a'b\né"]),
        ('curl "a $B ${C:-d} \\$E"', ["curl", "a ${B} ${C} $E"]),
        ("curl '$B'", ["curl", "$B"]),
        ("curl $(cat x | y) `z`", ["curl", "${command}", "${command}"]),
        ("curl <token> a<b c>", ["curl", "<token>", "a<b c>"]),
        ("curl a > out 2>&1 < in", ["curl", "a"]),
        ("curl a # a comment", ["curl", "a"]),
        ("curl a#b", ["curl", "a#b"]),
        ("curl\u00a0a\u2002b", ["curl", "a", "b"]),
        ("curl \u201ca b\u201d \u2018c d\u2019", ["curl", "a b", "c d"]),
        ("curl 'never closed", ["curl", "never closed"]),
        ('curl "never closed', ["curl", "never closed"]),
        ("curl a\\", ["curl", "a"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_commands_end_where_the_shell_ends_them() -> None:
    found = commands("$ curl a | jq .; curl b && curl c\n> curl d\r\ncurl e &")
    assert [c.words[1] for c in found if c.words[0] == "curl"] == ["a", "b", "c", "d", "e"]
    assert [c.line for c in found if c.words[0] == "curl"] == [1, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl -d @- <<EOF\na $B \\$c\nEOF\n", f"a {mark('B')} $c\n"),
        ("curl -d @- <<'EOF'\na $B\nEOF\n", "a $B\n"),
        ("curl -d @- <<-EOF\n\t\ta\n\tEOF\n", "a\n"),
        ("curl -d @- <<< 'a b'\n", "a b\n"),
    ],
)
def test_here_documents(text: str, expected: str) -> None:
    (command,) = commands(text)
    assert command.words == ["curl", "-d", "@-"]
    assert command.standard_input == expected


@pytest.mark.skipif(BASH is None, reason="no bash here")
@settings(max_examples=100, deadline=None)
@given(st.lists(LETTERS, max_size=12).map("".join))
def test_words_are_those_of_bash(text: str) -> None:
    assume(
        not text.endswith("\\")
    )  # a paste that was cut after a joined line; bash keeps the backslash
    script = f"printf '%s\\0' x {text}"
    assert BASH is not None
    run = subprocess.run(
        [BASH, "--noprofile", "--norc", "-c", script], capture_output=True, check=False
    )
    # what bash refuses, or takes for several commands or a pattern, is not compared
    if run.returncode or "\n" in text.replace("\\\n", "") or set(text) & set("{[") or run.stderr:
        return
    expected = run.stdout.decode("utf-8", "replace").split("\0")[:-1]
    found = commands(f"x {text}")
    assert found[0].words == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('curl "a b" c', ["curl", "a b", "c"]),
        ('curl "a ""b"" c"', ["curl", 'a "b" c']),
        ('curl "a \\"b\\""', ["curl", 'a "b"']),
        ('curl "a\\\\" b', ["curl", "a\\", "b"]),
        ('curl ^"a^&b^" ^\n c', ["curl", "a&b", "c"]),
        ("curl %TOKEN%", ["curl", mark("TOKEN")]),
        ('curl ""', ["curl", ""]),
    ],
)
def test_words_of_cmd(text: str, expected: list[str]) -> None:
    assert [word for command in cmd_commands(text) for word in command.words] == expected
