"""Formatting in parts gives what black makes of the whole file."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright import format as formatting
from callwright.errors import FormatError

ROOT = Path(__file__).parents[1]
# files that black has formatted, squeezed so that there is something to do
FILES = sorted([*ROOT.glob("generated/*/client.py"), *ROOT.glob("generated/*/_definition.py")])


def squeezed(text: str) -> str:
    return text.replace("            returns=", "            returns  =  ").replace(
        'Param("', 'Param(  "'
    )


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_parts_are_formatted_as_the_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_NO_CACHE", "1")
    monkeypatch.setattr(formatting, "FEW_PARTS", 1)
    source = path.read_text()
    assert formatting._formatted(squeezed(source)) == source


def test_odd_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "# a comment\nX={ 'a':1 }\n\nY = [\n1,2]\nclass A( B ):\n  '''Doc.'''\n  x: int=1\n  @d( 1 )\n"
        "  def f( self ):\n    '''def g(): pass'''\n    return [ 1 ]\n\n\n\n  async def g(self): return 2\n"
        "  y = 3\nif X:\n  Z=1\n"
    )
    whole = formatting._formatted(source)
    monkeypatch.setattr(formatting, "FEW_PARTS", 1)
    assert formatting._formatted(source) == whole


def test_what_does_not_parse_is_told() -> None:
    with pytest.raises(FormatError, match=r"a\.py: the generated source is not valid Python"):
        formatting.format_files({"a.py": "def (:\n"})
