"""names.lock: what is written can be read, and what a merge damaged is refused with its key."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.errors import CaptureError
from callwright.infer import Inference, Observation, infer
from callwright.infer.names.lock import lock_text, read_lock
from callwright.project.connectors import LOCK
from tests.infer.test_models import COLLIDING, VALUES

NOT_A_NAME = "is not a class's name, like Customer"


def inferred(answers: dict[str, list[Any]]) -> Inference:
    return infer(
        [
            Observation(key=call, call=call, bodies=[json.dumps(v).encode() for v in values])
            for call, values in answers.items()
        ]
    )


def read_back(inference: Inference) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / LOCK).write_bytes(lock_text(inference.names))
        return read_lock(Path(folder))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(VALUES | COLLIDING, min_size=1, max_size=3), min_size=1, max_size=3))
def test_what_is_written_can_be_read(answers: list[list[Any]]) -> None:
    made = inferred({f"get_{n}": values for n, values in enumerate(answers)})
    assert read_back(made) == made.names


def test_names_of_words_that_begin_with_digits_are_names() -> None:
    same = {"id": 1, "alpha": 2, "beta": "x"}
    made = inferred({"get_ids_3pid": [same], "get_apis_3pid": [same]})
    assert [cls.name for cls in made.classes] == ["Pid"]
    assert read_back(made) == made.names


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"g:$": "a b"}', f"'g:$': 'a b' {NOT_A_NAME}"),
        ('{"f:$": "F", "g:$": "class"}', f"'g:$': 'class' {NOT_A_NAME}"),
        ('{"g:$": "str"}', f"'g:$': 'str' {NOT_A_NAME}"),
        ('{"g:$": "g"}', f"'g:$': 'g' {NOT_A_NAME}"),
        ('{"g:$": ""}', f"'g:$': '' {NOT_A_NAME}"),
        ('{"g:$": "None"}', f"'g:$': 'None' {NOT_A_NAME}"),
        ('{"g:$": "Größe"}', f"'g:$': 'Größe' {NOT_A_NAME}"),
        ('{"g:$": "G\\n"}', f"'g:$': 'G\\n' {NOT_A_NAME}"),
        ('{"g:$": "Model"}', "'g:$': the models need the name Model themselves"),
        ('{"g:$": "A", "g:$": "B"}', "'g:$' has two names, 'A' and 'B'"),
    ],
)
def test_what_names_no_class_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / LOCK).write_text(text, encoding="utf-8")
    with pytest.raises(CaptureError) as caught:
        read_lock(tmp_path)
    way_out = "correct the name, or delete the line to have the class named anew"
    assert caught.value.message == f"{problem}; {way_out}"
    assert caught.value.path == tmp_path / LOCK


@pytest.mark.parametrize("text", ["[]", "1", '{"g:$": 1}', '{"g:$": {"a": "B"}}', '{"g:$": null}'])
def test_what_is_no_map_of_names_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK).write_text(text)
    with pytest.raises(CaptureError, match="is not a map of names"):
        read_lock(tmp_path)


def test_a_line_that_a_merge_left_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text('{"g:$": "A", "g:$": "A"}')
    assert read_lock(tmp_path) == {"g:$": "A"}
