"""Commands as a POSIX shell reads them: words, with variables as marks; nothing is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from callwright.importers.marks import mark

_BLANKS = " \t\u00a0\u1680\u2002\u2003\u2009\u202f\u3000"
_OPENING = {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"}
_ENDS = ("&&", "||", "|&", ";", "|", "&")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?:[:?+=-][^}]*)?\}|([A-Za-z_]\w*))")
_PLACEHOLDER = re.compile(r"<[A-Za-z_][\w .-]*>")
_PROMPT = re.compile(r"(?:[$%>#]|PS>|C:\\>)[ \t]+(?=\S)")
_HEREDOC = re.compile(r"<<(-?)[ \t]*(['\"]?)(\w+)\2")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b"}  # fmt: skip
_CODE = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})")
SUBSTITUTION = "command"
"""The name of the mark that stands for the output of a command."""


@dataclass(slots=True)
class Command:
    """One command of a shell: its ``words``, the ``line`` it begins at, and what it reads from standard input."""

    line: int
    words: list[str] = field(default_factory=list[str])
    standard_input: str | None = None
    has_smart_quotes: bool = False


def commands(text: str) -> list[Command]:
    """The commands of a script or a paste. Never raises: a quote that is not closed ends with the text."""
    return [c for c in _Lexer(text.replace("\r\n", "\n")).commands() if c.words]


class _Lexer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._command = Command(line=1)
        self._heredocs: list[tuple[str, bool, bool, Command]] = []

    def commands(self) -> Iterator[Command]:
        """The commands one by one; those without a word too."""
        self._skip_prompt()
        while self._at < len(self._text):
            if self._ends_command():
                yield self._command
                self._command = Command(line=self._text.count("\n", 0, self._at) + 1)
            elif not self._skip():
                self._word_or_redirection()
        yield self._command

    def _ends_command(self) -> bool:
        if self._peek("\n"):
            self._at += 1
            self._read_heredocs()
            self._skip_prompt()
            return True
        for end in _ENDS:
            if self._peek(end):
                self._at += len(end)
                return True
        return False

    def _skip(self) -> bool:
        """Skip blanks, comments and joined lines; whether there was any."""
        start = self._at
        while self._at < len(self._text):
            if self._text[self._at] in _BLANKS:
                self._at += 1
            elif self._joined() is not None:
                self._at = self._joined() or self._at
            elif self._peek("#") and (self._at == 0 or self._text[self._at - 1] in f"{_BLANKS}\n"):
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                break
        return self._at > start

    def _joined(self) -> int | None:
        """Where a line that ends in a backslash goes on: blanks after it and an empty line are forgiven."""
        match = re.compile(r"\\[ \t]*\n(?:[ \t]*\n)?").match(self._text, self._at)
        return match.end() if match else None

    def _skip_prompt(self) -> None:
        match = _PROMPT.match(self._text, self._at)
        if match and not (match[0].startswith("#")):
            self._at = match.end()

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _word_or_redirection(self) -> None:
        heredoc = _HEREDOC.match(self._text, self._at)
        if self._peek("<<<"):
            self._at += 3
            self._skip()
            self._command.standard_input = self._word() + "\n"
        elif heredoc:
            self._at = heredoc.end()
            self._heredocs.append((heredoc[3], bool(heredoc[1]), not heredoc[2], self._command))
        elif self._is_redirection():
            match = re.compile(r"\d?(?:>>|>&|<&|>\||>|<)").match(self._text, self._at)
            self._at = match.end() if match else self._at + 1
            self._skip()
            self._word()
        elif self._text[self._at] in "()":
            self._at += 1
        else:
            self._command.words.append(self._word())

    def _is_redirection(self) -> bool:
        if self._peek("<") and _PLACEHOLDER.match(self._text, self._at):
            return False
        return bool(re.compile(r"\d?[<>]").match(self._text, self._at))

    def _read_heredocs(self) -> None:
        for end, strips, expands, command in self._heredocs:
            lines: list[str] = []
            while self._at < len(self._text):
                line, _, _ = self._text[self._at :].partition("\n")
                self._at += len(line) + 1
                line = line.lstrip("\t") if strips else line
                if line == end:
                    break
                lines.append(line + "\n")
            text = "".join(lines)
            command.standard_input = _expanded(text) if expands else text
        self._heredocs.clear()

    def _word(self) -> str:
        pieces: list[str] = []
        while self._at < len(self._text):
            letter = self._text[self._at]
            joined = self._joined() if letter == "\\" else None
            if joined is not None:
                self._at = joined
            elif letter in f"{_BLANKS}\n;|&()" or self._at_redirection():
                break
            elif letter == "\\":
                pieces.append(self._text[self._at + 1 : self._at + 2])
                self._at += 2
            else:
                pieces.append(self._piece(letter))
        return "".join(pieces)

    def _at_redirection(self) -> bool:
        return self._text[self._at] in "<>" and not _PLACEHOLDER.match(self._text, self._at)

    def _piece(self, letter: str) -> str:
        if letter == "<":
            match = _PLACEHOLDER.match(self._text, self._at)
            assert match is not None
            self._at = match.end()
            return match[0]
        if letter in _OPENING:
            self._command.has_smart_quotes = True
            return self._smart(_OPENING[letter])
        if letter == "'":
            return self._single()
        if letter == '"':
            return self._double()
        if letter == "$":
            return self._dollar()
        if letter == "`":
            end = self._text.find("`", self._at + 1)
            self._at = len(self._text) if end < 0 else end + 1
            return mark(SUBSTITUTION)
        self._at += 1
        return letter

    def _smart(self, kind: str) -> str:
        closing = "\u201c\u201d" if kind == '"' else "\u2018\u2019"
        match = re.compile(f"[^{closing}]*").match(self._text, self._at + 1)
        end = match.end() if match else self._at + 1
        text = self._text[self._at + 1 : end]
        self._at = end + 1
        return text

    def _single(self) -> str:
        end = self._text.find("'", self._at + 1)
        end = len(self._text) if end < 0 else end
        text = self._text[self._at + 1 : end]
        self._at = end + 1
        return text

    def _double(self) -> str:
        self._at += 1
        pieces: list[str] = []
        while self._at < len(self._text) and not self._peek('"'):
            letter = self._text[self._at]
            following = self._text[self._at + 1 : self._at + 2]
            if letter == "\\" and following == "\n":
                self._at += 2
            elif letter == "\\" and following and following in '\\"$`':
                pieces.append(following)
                self._at += 2
            elif letter == "$":
                pieces.append(self._dollar(quoted=True))
            elif letter == "`":
                pieces.append(self._piece("`"))
            else:
                pieces.append(letter)
                self._at += 1
        self._at += 1
        return "".join(pieces)

    def _dollar(self, *, quoted: bool = False) -> str:
        variable = _VARIABLE.match(self._text, self._at)
        if variable:
            self._at = variable.end()
            return mark(variable[1] or variable[2])
        if self._peek("$("):
            self._at = _closing(self._text, self._at + 1)
            return mark(SUBSTITUTION)
        if self._peek("$'") and not quoted:
            self._at += 2
            return self._ansi()
        if self._peek('$"') and not quoted:
            self._at += 1
            return self._double()
        self._at += 1
        return "$"

    def _ansi(self) -> str:
        pieces: list[str] = []
        while self._at < len(self._text) and not self._peek("'"):
            letter = self._text[self._at]
            self._at += 1
            pieces.append(self._ansi_escape() if letter == "\\" else letter)
        self._at += 1
        return "".join(pieces)

    def _ansi_escape(self) -> str:
        code = _CODE.match(self._text, self._at)
        if code:
            self._at = code.end()
            number = int(code[4], 8) if code[4] else int(code[1] or code[2] or code[3], 16)
            return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
        letter = self._text[self._at : self._at + 1]
        self._at += 1
        return _ESCAPES.get(letter, letter if letter in "\\'\"?" else f"\\{letter}")


def _closing(text: str, at: int) -> int:
    """The index after the parenthesis that closes the one at ``at``."""
    depth = 0
    for index in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    return len(text)


def _expanded(text: str) -> str:
    """The text of a here-document: variables are read in it, and backslashes before $ and ` go."""
    text = re.sub(r"\\\n", "", text)
    text = re.sub(
        r"(?<!\\)\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", lambda m: mark(m[1] or m[2]), text
    )
    return re.sub(r"\\([$`\\])", r"\1", text)
