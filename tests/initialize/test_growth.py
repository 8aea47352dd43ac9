"""Captures are evidence that grows: what says something new is kept beside the rest, what says nothing new is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from callwright.cli import cli
from tests.initialize.support import Answer, Project, Provider, answer

PING = "ping: {path: /ping, samples: {x: {}}}\n"
UNTYPED = "ping: {path: /ping, response: {untyped: true}, samples: {x: {}}}\n"
UNREAD = "ping: {path: /ping, response: {type: empty}, samples: {x: {}}}\n"
XML = "ping: {path: /ping, response: {type: xml}, samples: {x: {}}}\n"
TEXT = "ping: {path: /ping, response: {type: text}, samples: {x: {}}}\n"
MISSING = "ping: {path: /ping, response: {untyped: true}, samples: {x: {status: 404}}}\n"
ANY_ERROR = "ping: {path: /ping, samples: {x: {expect: error}}}\n"

Send = Callable[..., tuple[int, str]]


def xml(text: str) -> Answer:
    return 200, {"Content-Type": "application/xml"}, text.encode()


def text(body: str, media: str = "text/plain", status: int = 200) -> Answer:
    return status, {"Content-Type": media}, body.encode()


@pytest.fixture
def send(project: Project, provider: Provider) -> Send:
    """Initialize the sample with a response; gives the exit code and all that was printed."""

    def send(response: Any, *options: str, spec: str = "") -> tuple[int, str]:
        if spec or not (project.folder / "connector.yaml").exists():
            project.spec(spec or PING)
        provider.answers["GET /ping"] = (
            response if isinstance(response, tuple) else answer(response)
        )
        done = project.run("acme.ping.x", *options)
        return done.exit_code, done.output

    return send


def stored(project: Project) -> dict[str, bytes]:
    """All files of the call, by name."""
    folder = project.folder / "captures" / "ping"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def bodies(project: Project) -> dict[str, Any]:
    return {
        name: json.loads(body) if name.endswith("json") else body.decode("latin-1")
        for name, body in sorted(stored(project).items(), key=lambda file: len(file[0]))
        if not name.endswith("meta.yaml")
    }


def generates(*args: str) -> bool:
    result = CliRunner().invoke(cli, ["generate", *args])
    assert result.exit_code == 0, result.output
    return True


@pytest.mark.parametrize(
    ("spec", "before", "after"),
    [
        (PING, {"id": 1, "at": "2026-01-01T00:00:00Z"}, {"at": "2027-02-02T00:00:00Z", "id": 2}),
        (PING, {"tags": ["a"], "m": [{"k": 1}]}, {"tags": [], "m": []}),
        (PING, [{"id": 1}, {"id": 2, "x": 1}], [{"id": 3}, {"id": 4, "x": 1}, {"id": 5}]),
        (PING, [{"id": 1, "x": None}, {"id": 2, "x": "y"}], [{"x": "z", "id": 2}, {"x": None, "id": 2}]),
        (PING, {"rates": {"USD": 1.5, "EUR": 2.5, "GBP": 1.1, "CHF": 2.2}}, {"rates": {"NOK": 1.5, "SEK": 2.5, "DKK": 1.1, "JPY": 2.2}}),
        (PING, {"metadata": {"a": "b"}}, {"metadata": {}}),
        (PING, {"t": "free text"}, {"t": "2026-01-01"}),
        (PING, {"next": "c1", "items": [1]}, {"items": [2, 3], "next": "c2"}),
        (PING, {"c": [{"id": 1, "c": [{"id": 2, "c": [{"id": 3, "c": []}]}]}]}, {"c": [{"id": 1, "c": [{"id": 2, "c": []}]}]}),
        (PING, {"e": [{"type": "a", "x": 1, "y": 2}, {"type": "b", "p": 1, "q": 1}]}, {"e": [{"q": 3, "p": 3, "type": "b"}, {"type": "a", "y": 1, "x": 1}]}),
        (PING, 1, 2),
        (UNTYPED, {"a": 1, "b": [{"c": "x"}]}, {"b": [{"c": "y"}, {"c": "z"}], "a": 7}),
        (UNTYPED, b'{"a": 1, "a": 2}', b'{"a": 3, "a": 4}'),
        (UNREAD, text("free"), text("other")),
        (UNREAD, {"a": 1}, {"a": 2}),
        (XML, xml("<f><e n='1'>a</e><e n='2'>b</e></f>"), xml("<f><e n='3'>c</e><e n='4'>b</e><e n='5'>b</e></f>")),
        (TEXT, text("one"), text("two")),
        (MISSING, answer({"code": "a", "message": "x"}, 404), answer({"message": "y", "code": "b"}, 404)),
        (MISSING, text("<html>1</html>", "text/html", 404), text("<html>2</html>", "text/html", 404)),
        ("ping: {path: /ping, response: {type: empty}, samples: {x: {}}}\n", (204, {}, b""), (204, {}, b"")),
        ("ping: {path: /ping, response: {fields: {$.volatile: {ignore: true}}}, samples: {x: {}}}\n", {"a": 1, "volatile": 1}, {"a": 1, "volatile": {"x": [1]}}),
        ("ping: {path: /ping, response: {select: $.data}, samples: {x: {}}}\n", {"data": {"a": 1}, "took": 1}, {"data": {"a": 2}, "took": 1.5}),
    ],
)  # fmt: skip
def test_what_says_nothing_new_writes_nothing(
    project: Project, send: Send, spec: str, before: Any, after: Any
) -> None:
    assert send(before, spec=spec)[0] == 0
    files = stored(project)
    code, output = send(after)
    assert (code, stored(project)) == (0, files), output
    assert "unchanged" in output


@pytest.mark.parametrize(
    ("spec", "poor", "rich"),
    [
        (PING, {"tags": []}, {"tags": ["a"]}),
        (PING, [], [{"id": 1}]),
        (PING, {"at": "2026-01-01"}, {"at": "not known"}),
        (PING, [{"id": 1}], [{"id": 1, "x": 1}, {"id": 2}]),
        (XML, xml("<f><e>1</e></f>"), xml("<f><e>1</e><e>2</e></f>")),
        (MISSING, text("no", status=404), answer({"message": "no"}, 404)),
        (UNREAD, (200, {}, b""), {"a": 1}),
        (UNREAD, text("page"), {"a": 1}),
    ],
)
def test_what_says_all_that_is_known_and_more_replaces(
    project: Project, send: Send, spec: str, poor: Any, rich: Any
) -> None:
    assert send(poor, spec=spec)[0] == 0
    before = bodies(project)
    assert send(rich)[0] == 0
    after = bodies(project)
    assert len(after) == 1
    assert after != before
    assert [name for name in after if ".v2" in name] == []


@pytest.mark.parametrize("first", ["rich", "poor"])
@pytest.mark.parametrize(
    ("spec", "rich", "poor", "lacking"),
    [
        (PING, {"id": 1, "metrics": [{"k": 1}]}, {"id": 1}, "$.metrics"),
        (PING, {"id": 1, "in": {"x": 1, "y": 2}}, {"id": 1, "in": {"x": 1}}, "$.in.y"),
        (PING, [{"id": 1, "x": 1}], [{"id": 1}], "$[*].x"),
        (UNTYPED, {"id": 1, "more": 2}, {"id": 1}, "$.more"),
        (MISSING, answer({"code": "a", "detail": "b"}, 404), answer({"code": "a"}, 404), "$.detail"),
        (XML, xml("<f><a>1</a><b>2</b></f>"), xml("<f><a>1</a></f>"), "$.b"),
    ],
)  # fmt: skip
def test_what_makes_types_wider_is_kept_beside_the_richer_one(
    project: Project, send: Send, spec: str, rich: Any, poor: Any, lacking: str, first: str
) -> None:
    send(rich if first == "rich" else poor, spec=spec)
    (alone,) = bodies(project)
    code, output = send(poor if first == "rich" else rich)
    assert code == 0
    head, _, extension = alone.rpartition(".")
    assert list(bodies(project)) == [alone, f"{head}.v2.{extension}"]
    assert f"{head}.v2.{extension} lacks {lacking}\n" in output
    assert "--replace" in output
    assert len(stored(project)) == 4  # each has its meta file
    files = stored(project)
    for again in (rich, poor):
        assert send(again)[0] == 0
        assert stored(project) == files
    assert generates()
    project.captures()  # nothing of it is unusable


def test_types_that_differ_are_kept_side_by_side(project: Project, send: Send) -> None:
    send({"id": 1, "x": None})
    _, output = send({"id": "a", "x": "y"})
    assert bodies(project) == {
        "x.200.json": {"id": 1, "x": None},
        "x.200.v2.json": {"id": "a", "x": "y"},  # the older of as many keys has no number
    }
    assert "x.200.v2.json lacks null at $.x, int at $.id\n" in output
    assert "x.200.json lacks str at $.x, str at $.id\n" in output


def test_all_captures_of_a_sample_count_for_its_types(project: Project, send: Send) -> None:
    send({"id": 1, "note": "x"})
    send({"id": 2})
    assert generates()
    models = (project.root / "generated" / "acme" / "models.py").read_text()
    assert "note: str | None = None" in models
    shown = CliRunner().invoke(cli, ["explain", "acme", "Ping.note"]).output
    assert "in 1 of 2 responses" in shown


def test_replace_keeps_only_the_new_response(project: Project, send: Send) -> None:
    send({"id": 1, "note": "x"})
    send({"id": 2})
    send({"id": 3}, "--replace")
    assert bodies(project) == {"x.200.json": {"id": 3}}
    assert len(stored(project)) == 2


def test_refresh_stores_values_that_say_nothing_new(project: Project, send: Send) -> None:
    send({"id": 1, "note": "x"})
    send({"id": 2})
    send({"id": 3, "note": "y"}, "--refresh")
    send({"id": 4}, "--refresh")
    assert bodies(project) == {"x.200.json": {"id": 3, "note": "y"}, "x.200.v2.json": {"id": 4}}


def test_refresh_loses_no_evidence(project: Project, send: Send) -> None:
    send({"id": 1, "tags": ["a"]})
    send({"id": 2, "tags": []}, "--refresh")
    assert bodies(project) == {
        "x.200.json": {"id": 2, "tags": []},
        "x.200.v2.json": {"id": 1, "tags": ["a"]},
    }


def test_at_most_five_different_responses_are_kept(project: Project, send: Send) -> None:
    for key in "abcde":
        send({"id": 1, key: 1})
    assert len(bodies(project)) == 5
    code, output = send(dict.fromkeys("abcde", 1) | {"id": 1, "f": 1})
    assert code == 0
    kept = bodies(project)
    assert len(kept) == 5
    assert kept["x.200.json"] == {"id": 1, "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}
    assert "at most 5 responses are kept of a sample" in output
    assert "the others say the same together" in output
    assert generates()


def test_a_sixth_that_cannot_be_kept_is_told(project: Project, send: Send) -> None:
    for key in "abcde":
        send({"id": 1, key: 1})
    files = stored(project)
    code, output = send({"id": 1, "f": 1})
    assert (code, stored(project)) == (0, files)
    assert "this response is dropped; without it nothing shows $.f" in output


@pytest.mark.parametrize("source", ["docs", "import:openapi"])
def test_a_live_response_takes_over_from_claims(project: Project, send: Send, source: str) -> None:
    project.spec(PING)
    folder = project.folder / "captures" / "ping"
    folder.mkdir(parents=True)
    (folder / "x.200.json").write_text('{"id": 1, "claimed": true}')
    (folder / "x.200.meta.yaml").write_text(f"source: {source}\n")
    assert send({"id": 2})[0] == 0
    assert bodies(project) == {"x.200.json": {"id": 2}}
    assert yaml.safe_load(stored(project)["x.200.meta.yaml"])["source"] == "live"


def test_a_live_response_confirms_a_manual_one(project: Project, send: Send) -> None:
    project.spec(PING)
    folder = project.folder / "captures" / "ping"
    folder.mkdir(parents=True)
    (folder / "x.200.json").write_text('{"id": 1}')
    code, output = send({"id": 2})
    assert (code, bodies(project)) == (0, {"x.200.json": {"id": 1}})
    meta = yaml.safe_load(stored(project)["x.200.meta.yaml"])
    assert (meta["source"], meta["environment"]) == ("live", "live")
    assert "whose source is now live" in output
    files = stored(project)
    send({"id": 3})
    assert stored(project) == files


def test_a_stale_sample_is_replaced_with_all_its_captures(project: Project, send: Send) -> None:
    send({"id": 1, "note": "x"})
    send({"id": 2})
    code, _ = send(
        {"id": 3}, spec="ping: {path: /ping, headers: {X-Version: 2}, samples: {x: {}}}\n"
    )
    assert (code, bodies(project)) == (0, {"x.200.json": {"id": 3}})
    assert len(stored(project)) == 2


PAGE = "<!doctype html><html><title>404</title></html>"


@pytest.mark.parametrize(
    "media", ["text/html", "text/plain", "application/xhtml+xml", "application/json"]
)
@pytest.mark.parametrize(
    ("spec", "before", "status"),
    [
        (MISSING, answer({"code": "a"}, 404), 404),
        (ANY_ERROR, answer({"code": "a"}, 404), 502),
        (ANY_ERROR, (404, {"Content-Type": "application/xml"}, b"<e><code>a</code></e>"), 404),
    ],
)  # fmt: skip
def test_a_web_page_never_takes_the_place_of_structure(
    project: Project, send: Send, spec: str, before: Any, status: int, media: str
) -> None:
    send(before, spec=spec)
    files = stored(project)
    code, output = send((status, {"Content-Type": media}, PAGE.encode()))
    assert (code, stored(project)) == (3, files)
    assert "HTML page came instead" in output
    assert "<title>404</title>" in output
    # a typo in base_url makes the capture stale; that changes nothing
    changed = spec.replace("path: /ping", "path: /ping, headers: {X-A: b}")
    assert send((status, {"Content-Type": media}, PAGE.encode()), spec=changed)[0] == 3
    assert stored(project) == files


@pytest.mark.parametrize("media", ["text/html", "text/plain"])
def test_nor_where_nobody_reads_the_body(project: Project, send: Send, media: str) -> None:
    send({"a": 1}, spec=UNREAD)
    files = stored(project)
    code, output = send((200, {"Content-Type": media}, PAGE.encode()))
    assert (code, stored(project)) == (3, files)
    assert "HTML page came instead of JSON as in x.200.json: '<!doctype html>" in output


@pytest.mark.parametrize(
    ("body", "said"), [(b"", "an empty body came instead"), (b"\0\1", "octet-stream came instead")]
)
def test_no_other_body_without_structure_does_either(
    project: Project, send: Send, body: bytes, said: str
) -> None:
    send(answer({"code": "a"}, 404), spec=MISSING)
    files = stored(project)
    code, output = send((404, {"Content-Type": "application/octet-stream"}, body))
    assert (code, stored(project)) == (3, files)
    assert said in output
    assert send((404, {"Content-Type": "application/octet-stream"}, body), "--replace")[0] == 0
    assert stored(project) != files


def test_what_generate_would_refuse_beside_the_others_is_not_stored(
    project: Project, send: Send
) -> None:
    send({"id": 1}, spec="ping: {path: /ping, response: {fields: {$.id: {type: integer}}}, samples: {x: {}}}\n")  # fmt: skip
    files = stored(project)
    code, output = send({"id": "a"})
    assert (code, stored(project)) == (3, files)
    assert "generate would refuse it" in output


def test_control_characters_in_keys_do_not_reach_the_terminal(project: Project, send: Send) -> None:
    send({"id": 1, "\u001b[31m": 1})
    _, output = send({"id": 1})
    assert "\u001b" not in output
    assert "lacks $['\\u001b[31m']" in output
