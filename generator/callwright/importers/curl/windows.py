"""Commands as cmd.exe and PowerShell read them."""

from __future__ import annotations

import re

from callwright.importers.curl.lexer import Command
from callwright.importers.marks import mark

_CMD = re.compile(r"\^[ \t]*\r?$|^\s*curl\.exe\b|\^\"|\^\\\^", re.MULTILINE)
_POWERSHELL = re.compile(r"`[ \t]*\r?$", re.MULTILINE)
_PIECES = re.compile(r'\\+"|""|"|[ \t]+|[^\\" \t]+|\\+')
_VARIABLE = re.compile(r"%([A-Za-z_]\w*)%")


def is_cmd(text: str) -> bool:
    """Whether a paste is for cmd.exe: lines joined or letters escaped by carets, or doubled double quotes."""
    return bool(_CMD.search(text)) or bool(re.search(r'"\{?""[^"]', text))


def is_powershell(text: str) -> bool:
    """Whether a paste is for PowerShell: lines joined by backticks."""
    return bool(_POWERSHELL.search(text))


def cmd_commands(text: str) -> list[Command]:
    """The commands of a batch file or a paste for cmd.exe, one for each line that begins one."""
    text = text.replace("\r\n", "\n")
    joined = re.sub(r"\^[ \t]*\n", " ", text)
    # Chrome once wrote carets inside quotes too, which were meant as escapes everywhere
    plain = re.sub(r"\^(.)", r"\1", joined, flags=re.DOTALL)
    found = [Command(line=1, words=_arguments(line)) for line in plain.split("\n")]
    return [command for command in found if command.words]


def powershell_as_posix(text: str) -> str:
    """A paste for PowerShell with the lines joined as a POSIX shell has it."""
    return re.sub(r"`[ \t]*(\r?)$", r"\\\1", text, flags=re.MULTILINE).replace('`"', '\\"')


def _arguments(line: str) -> list[str]:
    """The arguments of a line as a C program of Windows gets them: \\\" and \"\" inside quotes are a quote."""
    arguments: list[str] = []
    current: list[str] = []
    is_quoted = is_begun = False
    for piece in _PIECES.findall(line):
        if piece.startswith("\\") and piece.endswith('"'):
            count = len(piece) - 1
            current.append("\\" * (count // 2) + '"' * (count % 2))
            is_quoted = is_quoted if count % 2 else not is_quoted
        elif piece == '""' and is_quoted:
            current.append('"')
        elif piece in ('"', '""'):
            is_quoted = is_quoted if piece == '""' else not is_quoted
        elif piece.isspace() and not is_quoted:
            if is_begun:
                arguments.append("".join(current))
            current, is_begun = [], False
            continue
        else:
            current.append(piece)
        is_begun = True
    if is_begun:
        arguments.append("".join(current))
    return [_VARIABLE.sub(lambda m: mark(m[1]), argument) for argument in arguments]
