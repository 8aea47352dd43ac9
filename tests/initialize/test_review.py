"""What `callwright initialize` shows of an answer: what is known of each place and why, and all that changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from callwright.cli import cli
from tests.initialize.support import Project, Provider, answer, at_a_terminal

PING = "ping: {path: /ping, samples: {x: {}}}\n"
TWO = "ping: {path: /ping, query: {n: {}}, samples: {x: {args: {n: '1'}}, y: {args: {n: '2'}}}}\n"


def review(project: Project, provider: Provider, *bodies: Any) -> list[str]:
    """The lines about the last of several responses to one sample, each replacing the one before; columns closed up."""
    project.spec(PING)
    for body in bodies:
        provider.answers["GET /ping"] = body if isinstance(body, tuple) else answer(body)
        result = project.run("--all", "--replace")
    assert result.exit_code == 0, result.output
    return closed_up(result.stdout)


def closed_up(text: str) -> list[str]:
    lines = text.partition("\n\n")[2].splitlines()
    return [re.sub(r"(?<=\S) {2,}", "  ", line) for line in lines]


def of_both(project: Project, provider: Provider, x: object, y: object) -> list[str]:
    """The lines about the answers to two samples of one call."""
    provider.answers |= {"GET /ping?n=1": answer(x), "GET /ping?n=2": answer(y)}
    result = project.run("--all", "--replace")
    assert result.exit_code == 0, result.output
    return closed_up(result.stdout)


EVENTS = {"ev": [{"type": "a", "x": 1, "p": 1}, {"type": "b", "y": 1, "q": 1}]}


def test_the_variants_of_a_union_are_shown_with_their_fields(
    project: Project, provider: Provider
) -> None:
    assert review(project, provider, EVENTS)[1:] == [
        "  Ping  from 1 response: weak evidence",
        "    ev: list[Ev]",
        '      AEv, type "a"  in 1 of 2 items',
        '        type: str  "a"',
        "        x: int  1",
        "        p: int  1",
        '      BEv, type "b"  in 1 of 2 items',
        '        type: str  "b"',
        "        y: int  1",
        "        q: int  1",
    ]


def test_changes_inside_a_union_are_told(project: Project, provider: Provider) -> None:
    now = {"ev": [{"type": "a", "x": "CHANGED", "p": 1}, {"type": "c", "z": 1}]}
    assert review(project, provider, EVENTS, now)[1:4] == [
        '  ~ $.ev[*][type="a"].x  int → str  breaking for callers',
        '  + $.ev[*][type="c"]  CEv  new variant: breaking for callers',
        '  - $.ev[*][type="b"]  BEv  gone: breaking for callers',
    ]


def test_a_union_that_is_one_class_now_hides_no_field(project: Project, provider: Provider) -> None:
    now = {"ev": [{"type": "a", "x": "CHANGED", "p": 1}]}
    assert review(project, provider, EVENTS, now)[1:5] == [
        "  ~ $.ev[*]  AEv | BEv → Ev  breaking for callers",
        "  ~ $.ev[*].x  int → str  breaking for callers",
        "  - $.ev[*].y  int  gone: breaking for callers",
        "  - $.ev[*].q  int  gone: breaking for callers",
    ]


def test_what_several_texts_tell_is_one_line(project: Project, provider: Provider) -> None:
    def events(**more: int) -> dict[str, object]:
        alike = [{"type": t, "x": 1, "p": 1, **more} for t in ("a", "b")]
        return {"ev": [*alike, {"type": "z", "other": 1, "things": 2}]}

    lines = review(project, provider, events(), events(new=1))
    assert [line for line in lines if line[2] == "+"] == [
        '  + $.ev[*][type="a"|"b"].new  int  new field'
    ]


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (answer(b""), "  ~ $  Ping → None (no body)  breaking for callers"),
        (answer([1]), "  ~ $  Ping → list[int]  breaking for callers"),
    ],
)
def test_another_body_altogether_is_a_change(
    project: Project, provider: Provider, now: object, line: str
) -> None:
    assert line in review(project, provider, {"a": 1}, now)


def test_a_body_where_none_was_is_a_change(project: Project, provider: Provider) -> None:
    lines = review(project, provider, answer(b""), {"a": 1})
    assert "  ~ $  None (no body) → Ping  breaking for callers" in lines


def test_no_body_beside_other_samples_leaves_the_type(project: Project, provider: Provider) -> None:
    project.spec(TWO)
    of_both(project, provider, {"a": 1}, {"a": 1})
    provider.answers["GET /ping?n=2"] = answer(b"")
    lines = closed_up(project.run("acme.ping.y", "--replace").stdout)
    assert lines[1] == "  ~ $  Ping → None (no body)  in this answer; the types stay"


def test_keys_that_act_on_a_terminal_are_told_and_escaped_alike(
    project: Project, provider: Provider
) -> None:
    lines = review(
        project, provider, {"a": 1, "\u001b[31mz": 1}, {"a": 1, "\u202eb[0].c": "\u009b"}
    )
    assert lines[1:] == [
        "  + $['\\u202eb[0].c']  str  new field",
        "  - $['\\u001b[31mz']  int  gone: breaking for callers",
        "  Ping  from 1 response: weak evidence",
        "    a: int  1",
        '    "\\u202eb[0].c": str  "\\u009b"',
    ]


def test_a_raw_answer_does_not_act_on_the_terminal(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = (
        200,
        {"Content-Type": "text/plain"},
        b"red: \x1b[31m\xc2\xa0ok",
    )
    project.spec("ping: {path: /ping, response: {type: text}, samples: {x: {}}}\n")
    assert "  red: \\u001b[31m\\u00a0ok\n" in project.run("--raw").stdout


def test_items_are_told_from_responses(project: Project, provider: Provider) -> None:
    project.spec(TWO)
    first = {"n": 1, "data": [{"id": 1, "name": "A"}, {"id": None}]}
    second = {"data": [{"id": 3, "name": "C"}]}
    lines = of_both(project, provider, first, second)
    assert lines[-6:] == [
        "  ~ $.n  int → int | None  breaking for callers: now in 1 of 2 responses",
        "  Ping  from 2 responses: weak evidence",
        "    n: int | None  1  optional: in 1 of 2 responses",
        "    data: list[PingData]",
        "      id: int | None  1  null in 1 of 3 items (2 responses)",
        '      name: str | None  "A"  optional: in 2 of 3 items (2 responses)',
    ]


def test_three_responses_are_no_weak_evidence(project: Project, provider: Provider) -> None:
    samples = ", ".join(f"s{n}: {{args: {{n: '{n}'}}}}" for n in range(3))
    project.spec(f"ping: {{path: /ping, query: {{n: {{}}}}, samples: {{{samples}}}}}\n")
    for n in range(3):
        provider.answers[f"GET /ping?n={n}"] = answer({"a": n})
    lines = closed_up(project.run().stdout)
    assert [line for line in lines if "from" in line] == [
        "  Ping  from 1 response: weak evidence",
        "  Ping  from 2 responses: weak evidence",
        "  Ping  from 3 responses",
    ]


def test_a_field_is_optional_where_the_spec_wants_more_responses(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer({"a": 1})
    project.spec(PING, "auth: none\ninference: {required_after: 2}\n")
    lines = closed_up(project.run().stdout)
    assert lines[-1] == "    a: int | None  1  optional: required only after 2 responses"


def test_why_a_date_is_optional_is_told(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": "2020-01-01"})
    project.spec(PING, "auth: none\ninference: {required_after: 2}\n")
    lines = closed_up(project.run().stdout)
    assert lines[-1].endswith('"2020-01-01"  optional: required only after 2 responses')


def test_what_the_spec_declares_is_told_as_the_reason(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": 1, "b": 2})
    project.spec(
        "ping: {path: /ping, response: {fields: {$.a: {required: false}, $.b: {nullable: true}}},"
        " samples: {x: {}}}\n"
    )
    assert closed_up(project.run().stdout)[-2:] == [
        "    a: int | None  1  optional: declared in the spec",
        "    b: int | None  2  may be null: declared in the spec",
    ]


def test_null_deeper_in_a_recursive_class_is_told(project: Project, provider: Provider) -> None:
    lines = review(project, provider, {"n": {"v": 1, "child": {"v": 2, "child": None}}})
    assert lines[-1].startswith("      child: N | None")
    assert lines[-1].endswith("may be null: is so in another place of its class")


def test_each_answer_is_compared_with_what_the_run_knows_already(
    project: Project, provider: Provider
) -> None:
    project.spec(TWO)
    of_both(project, provider, {"a": 1, "b": 2}, {"a": 1, "b": 2})
    lines = of_both(project, provider, {"b": 3}, {"b": 4})
    assert [line for line in lines if line[2] in "+-~"] == [
        "  ~ $.a  int → int | None  breaking for callers: now in 1 of 2 responses",
        "  - $.a  int | None  gone: breaking for callers",
    ]


def test_a_change_that_other_samples_had_already_leaves_the_types(
    project: Project, provider: Provider
) -> None:
    project.spec(TWO)
    mixed = {"l": [{"a": 1}, {"a": None}]}
    of_both(project, provider, mixed, {"l": [{"a": 1}]})
    lines = of_both(project, provider, mixed, {"l": [{"a": None}]})
    assert [line for line in lines if line[2] in "+-~"] == [
        "  ~ $.l[*].a  int → Any  in this answer; the types stay"
    ]


def test_a_failure_of_the_same_status_is_another_type(project: Project, provider: Provider) -> None:
    project.spec(
        "ping: {path: /ping, query: {n: {}}, samples:"
        " {x: {args: {n: '1'}}, y: {args: {n: '2'}, expect: error}}}\n"
    )
    spec = project.folder / "connector.yaml"
    rule = "errors: {failed_when: [{path: $.ok, is: false}], "
    spec.write_text(spec.read_text().replace("errors: {", rule))
    lines = of_both(project, provider, {"ok": True, "a": 1}, {"ok": False, "why": "so"})
    assert [line for line in lines if line.startswith(" ")] == [
        "  Ping  from 1 response: weak evidence",
        "    ok: bool  true",
        "    a: int  1",
        "  StatusErrorBody  from 1 response: weak evidence",
        "    ok: bool  false",
        '    why: str  "so"',
    ]


def test_what_was_never_seen_and_now_is(project: Project, provider: Provider) -> None:
    lines = review(project, provider, {"a": [], "b": {}}, {"a": [{"x": 1}], "b": {"y": 1}})
    assert "  ~ $.a[*]  Any → A  breaking for callers" in lines
    assert not any(line[2] == "+" for line in lines)


def test_maps_are_compared_by_their_values(project: Project, provider: Provider) -> None:
    def files(*names: str, **more: object) -> dict[str, object]:
        return {"files": {name: {"size": 1, "raw": "r", "id": 1, **more} for name in names}}

    lines = review(project, provider, files("a.txt", "b.txt"), files("c.txt", "d.txt", new=1))
    assert [line for line in lines if line[2] in "+-~"] == ["  + $.files[*].new  int  new field"]


def columns(line: str, mark: str) -> int:
    return cell_len(line[: line.index(mark)])


def test_columns_are_straight_beside_wide_characters(project: Project, provider: Provider) -> None:
    project.spec(PING)
    body = {"日本語": 1.5, "k": 1.5, "😀": 1.5, "e\u0301": 1.5}
    provider.answers["GET /ping"] = answer({"k": 1.5})
    project.run()
    provider.answers["GET /ping"] = answer(body)
    lines = project.run("--all", "--replace").stdout.splitlines()
    tree = [line for line in lines if line.endswith("1.5")]
    assert len(tree) == 4
    assert len({columns(line, "1.5") for line in tree}) == 1
    added = [line for line in lines if line.startswith("  +")]
    assert len(added) == 3
    assert len({columns(line, "new field") for line in added}) == 1


def test_lines_are_whole_where_there_is_no_terminal(project: Project, provider: Provider) -> None:
    project.spec(PING)
    deep: object = 1
    for _ in range(150):
        deep = [deep]
    wide = {"日本" * 30: 1, "deep": deep, "a" * 200: {"b" * 200: 1}}
    for body in ({"k": 1}, wide, {"k": [wide]}):
        provider.answers["GET /ping"] = answer(body)
        lines = closed_up(project.run("--all", "--replace").stdout)
        assert "…" not in "".join(lines)
    assert "  - $." + "a" * 200 in "\n".join(lines)
    assert "deep: " + "list[" * 40 in "\n".join(lines)


def widths(text: str) -> list[int]:
    return [cell_len(line) for line in text.splitlines()]


def test_at_a_terminal_lines_end_at_its_margin(
    project: Project, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep: object = 1
    for _ in range(150):
        deep = [deep]
    project.spec(PING)
    for columns in (60, 200):
        provider.answers["GET /ping"] = answer({"deep": deep, "text": "語" * columns})
        monkeypatch.setenv("COLUMNS", str(columns))
        code, shown = at_a_terminal("never asked", "", "--all", "--replace")
        assert code == 0, shown
        assert max(widths(shown)) == columns


def test_at_a_terminal_a_change_keeps_its_mark(
    project: Project, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.spec(PING)
    monkeypatch.setenv("COLUMNS", "60")
    for body in ({"a": 1}, {"b" * 80: 1}):
        provider.answers["GET /ping"] = answer(body)
        _, shown = at_a_terminal("never asked", "", "--all", "--replace")
    assert re.search(r"^  \+ …b+  int +new field\r?$", shown, re.MULTILINE), shown
    assert re.search(r"^  - \$\.a +int +gone", shown, re.MULTILINE), shown


def test_at_a_terminal_deep_trees_end_before_the_margin(
    project: Project, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    body: dict[str, object] = {"leaf": 1}
    for level in range(50):
        body = {f"k{level}": body, f"only{level}": level}
    project.spec(PING)
    provider.answers["GET /ping"] = answer(body)
    monkeypatch.setenv("COLUMNS", "120")
    _, shown = at_a_terminal("never asked", "")
    lines = shown.splitlines()
    assert [line.strip() for line in lines if "…" in line] == ["…  more levels"]
    assert max(line.index(line.strip()) for line in lines) <= 62


SELECTED = """
get_run: {path: /run, response: {select: $.run, model: Run}, samples: {x: {}}}
list_runs: {path: /runs, response: {select: $.data, model: Run}, samples: {x: {}}}
make_run: {path: /make, samples: {x: {}}}
"""


def run_of(**more: object) -> dict[str, object]:
    tags = [{"key": "a", "value": "b"}]
    return {
        "info": {"id": "1", "state": "on", **more},
        "data": {"tags": tags, "metrics": [{"v": 1.5}]},
    }


def package_names(project: Project) -> set[str]:
    """The classes of the generated package."""
    done = CliRunner(env=project.environ).invoke(cli, ["generate"])
    assert done.exit_code == 0, done.output
    texts = [path.read_text() for path in (project.root / "generated").rglob("models*.py")]
    return set(re.findall(r"^class (\w+)", "\n".join(texts), re.MULTILINE))


def classes_in(review: str) -> set[str]:
    return set(re.findall(r"\b[A-Z]\w+", re.sub(r'".*?"', "", review))) - {"None"}


def test_changes_have_paths_from_the_root_of_the_body(project: Project, provider: Provider) -> None:
    project.spec(SELECTED)
    for more in ({}, {"new": 5}):
        provider.answers |= {
            "GET /run": answer({"run": run_of(**more)}),
            "GET /runs": answer({"data": [run_of(**more)]}),
            "GET /make": answer(run_of()),
        }
        shown = project.run("--all", "--replace").stdout
    assert re.search(r"^  \+ \$\.run\.info\.new +int +new field$", shown, re.MULTILINE)
    assert re.search(r"^  \+ \$\.data\[\*\]\.info\.new +int +new field$", shown, re.MULTILINE)


@pytest.mark.parametrize("locked", [False, True])
def test_classes_are_called_as_in_the_package(
    project: Project, provider: Provider, locked: bool
) -> None:
    provider.answers |= {
        "GET /run": answer({"run": run_of()}),
        "GET /runs": answer({"data": [run_of(), run_of()]}),
        "GET /make": answer(run_of()),
    }
    project.spec(SELECTED)
    first = project.run().stdout.partition("\n\n")[2]
    names = package_names(project)
    assert classes_in(first) <= names
    if locked:
        lock = project.folder / "names.lock"
        lock.write_text(re.sub(r'"(\w+Tag|Tag)"', '"Label"', lock.read_text()))
        names = package_names(project)
        assert "Label" in names
    provider.answers["GET /run"] = answer({"run": run_of(new={"a": 1})})
    shown = project.run("acme.get_run", "--all").stdout.partition("\n\n")[2]
    assert classes_in(shown)
    assert classes_in(shown) <= package_names(project)
    assert len(names) > 3


def test_an_answer_of_an_earlier_status_is_told(project: Project, provider: Provider) -> None:
    lines = review(project, provider, {"id": 1}, answer({"job": "x"}, 202))
    assert re.fullmatch(
        r"  also stored: its answer 200 of \d{4}-\d\d-\d\d, which the client still expects;"
        r" if it never comes again, delete specs/acme/captures/ping/x\.200\.\*",
        lines[-1],
    )
    again = review(project, provider, answer({"job": "y"}, 202))
    assert again[-1] == lines[-1]
    for path in (project.folder / "captures/ping").glob("x.200.*"):
        path.unlink()
    assert "also stored" not in review(project, provider, answer({"job": "y"}, 202))[-1]


def test_an_error_kept_beside_the_answer_is_not_called_old(
    project: Project, provider: Provider
) -> None:
    project.spec(PING)
    (project.root / "e.json").write_text('{"message":"no"}')
    project.run("acme.ping.x", "--response", "e.json", "--status", "404")
    assert not any("also stored" in line for line in review(project, provider, {"a": 1}))
