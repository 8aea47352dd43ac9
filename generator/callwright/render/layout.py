"""Statements of generated models laid out as black lays them out, so that formatting them again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 88
INDENT = 4  # fields stand inside a class


def call_statement(head: str, value: str | None, arguments: Sequence[str]) -> list[str]:
    """``head``, ``head = value`` or ``head = value(arguments)``, broken over lines when too long for a class body."""
    room = WIDTH - INDENT
    text = head if value is None else f"{head} = {value}"
    if arguments:
        text += f"({', '.join(arguments)})"
    if len(text) <= room:
        return [text]
    if not arguments:
        return _broken_annotation(head, value, room)
    inner = ", ".join(arguments)
    if len(f"{head} = {value}(") <= room:
        if len(inner) + 4 <= room:
            return [f"{head} = {value}(", f"    {inner}", ")"]
        return [f"{head} = {value}(", *(f"    {a}," for a in arguments), ")"]
    return [text]


def _broken_annotation(head: str, value: str | None, room: int) -> list[str]:
    return [head if value is None else f"{head} = {value}"]


def text_literal(text: str) -> str:
    """A text as a literal, in double quotes as black prefers them."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain
