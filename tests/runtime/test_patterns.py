"""Patterns mean what they mean in ECMAScript, on an engine that never backtracks."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
from handwritten._runtime.patterns import PatternError, compiled, is_anchored, matches, whole
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^xoxb-", "xoxb-1", True),
        ("b", "abc", True),
        (r"^\d+$", "12", True),
        (r"^\d+$", "12\n", False),
        (r"^\d+$", "١", False),
        (r"^\w+$", "é", False),
        (r"\bfoo\b", "éfoo bar", True),
        (r"^\s$", "\u00a0", True),
        (r"^\S\D\W$", "a--", True),
        (r"^.$", "\u2028", False),
        (r"^.$", "é", True),
        (r"^[a-z\d_-]+$", "a-1_", True),
        (r"^[^\D]$", "1", True),
        (r"^[^\D]$", "a", False),
        (r"^[[&&~]$", "[", True),
        (r"^[a-\d]$", "-", True),
        (r"^[\-\]\b]+$", "]-\b", True),
        (r"^[]$", "", False),
        (r"^[^]$", "\n", True),
        (r"^a{,3}{$", "a{,3}{", True),
        (r"^a{2,3}$", "aaa", True),
        (r"^\/\.\$$", "/.$", True),
        (r"^\u00e9\x41\cA\0\t$", "éA\x01\0\t", True),
        (r"^\ud83d\ude00$", "😀", True),
        (r"^\p{Lu}\P{L}$", "É1", True),
        (r"^(?:a|b)(?<n>c)$", "bc", True),
        ("a|b$", "ac", True),
        ("^]}$", "]}", True),
        ("a", "\ud800a", False),
    ],
)
def test_meaning(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(?=a)", "look-around, such as (?=…), is not supported"),
        ("(?<!a)b", "look-around, such as (?=…), is not supported"),
        (r"(a)\1", "back references are not supported"),
        (r"(?<n>a)\k<n>", "back references are not supported"),
        (r"\Aa\Z", r"\A has no meaning: ^ is the beginning"),
        (r"a\z", r"\z has no meaning: $ is the end"),
        (r"\y", r"\y has no meaning"),
        ("[a", "a [ without its ]"),
        ("[a\\", "a backslash at its end"),
        ("a\\", "a backslash at its end"),
        ("[z-a]", "a range whose end comes before its start"),
        (r"\ud800", r"\ud800 is not a character"),
        ("(", "unclosed group"),
        (")", "unopened group"),
        ("*", "repetition operator missing expression"),
        ("a{1000}{1000}{1000}", "it is too large"),
    ],
)
def test_what_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError) as told:
        compiled(pattern)
    assert str(told.value) == problem


@given(st.text(max_size=12))
def test_any_text_is_a_pattern_or_refused(pattern: str) -> None:
    with suppress(PatternError):
        compiled(pattern)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=12))
def test_an_escaped_text_matches_itself(text: str) -> None:
    escaped = re.sub(r"([\\^$.*+?()\[\]{}|/-])", r"\\\1", text)
    assert matches(f"^{escaped}$", text)
    assert text == "" or matches("^[" + re.sub(r"([\\\]^-])", r"\\\1", text) + "]+$", text)


def test_time_is_linear() -> None:
    """Patterns on which backtracking takes for ever."""
    for pattern in (r"^(a+)+$", r"^(a|a)*$", r"(.*a){20}$"):
        times = []
        for size in (16_000, 256_000):
            text = "a" * size + "!"
            compiled(pattern)
            started = time.perf_counter()
            assert not matches(pattern, text)
            times.append(time.perf_counter() - started)
        assert times[1] < 100 * max(times[0], 1e-4)


def test_whole_and_anchored() -> None:
    assert whole("^[a-z]+$") == "^[a-z]+$"
    assert whole("a|b") == "^(?:a|b)$"
    assert whole("^a$|b") == "^(?:^a$|b)$"
    assert whole(r"^a\$") == r"^(?:^a\$)$"
    anchored = ["^a", "^a|^b", "^(a|b)", "^[|]", r"^\|"]
    assert [p for p in anchored if not is_anchored(p)] == []
    assert [p for p in ["a", "^a|b", "(^a)", r"\^a", "[^a]", ""] if is_anchored(p)] == []
