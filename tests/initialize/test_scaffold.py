"""New connectors, and calls added to specs as people really write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.errors import SpecError
from callwright.project.scaffold import NewCall, add_call, new_connector
from callwright.specfile.load import load_text

HEAD = "callwright: 1\nname: acme\nbase_url: https://acme.test  # the host\n"
CALL = NewCall(name="ping", path="/ping")


def calls_of(text: str) -> list[str]:
    document, _ = load_text(text)
    return list(document.calls)


def test_a_new_connector_is_valid_and_says_what_goes_where() -> None:
    text = new_connector("acme_mail", "https://api.acme.com/v1")
    document, _ = load_text(text)
    assert (document.name, document.title) == ("acme_mail", "Acme Mail")
    assert "ACME_MAIL_TOKEN" in text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_title_and_description_survive(words: str) -> None:
    text = new_connector("acme", "https://acme.test", title=words)
    text = add_call(text, NewCall(name="ping", path="/ping", description=words))
    import yaml

    read = yaml.safe_load(text)
    assert read["title"] == words
    assert read["calls"]["ping"]["description"] == words


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Acme", "acme would do"), ("my-api", "my_api would do"), ("1x", "beginning")],
)
def test_a_bad_name_is_told_with_a_better_one(name: str, hint: str) -> None:
    with pytest.raises(SpecError, match=hint):
        new_connector(name, "https://acme.test")


@pytest.mark.parametrize("url", ["acme.com", "ftp://x", "https://", "https://a b", "https://a?x=1"])
def test_a_bad_base_url_is_told(url: str) -> None:
    with pytest.raises(SpecError, match="no base URL"):
        new_connector("acme", url)


@pytest.mark.parametrize(
    "calls",
    [
        "",
        "calls:\n",
        "calls: {}\n",
        "calls: {} # none yet\n",
        "calls:   # none yet\n\n",
        "calls: null\ntimeout: {read: 5}\n",
        "calls: {\n}\ntimeout: {read: 5}\n",
        "calls:\n  a: {path: /a}\n",
        "calls:\n  a: {path: /a}",
        "calls:\n    a:\n        path: /a\n        # about a\n\n# the end\n",
        "calls:\n  a:\n    path: /a\n    description: |\n      long\n\n      text\n\ntimeout: {read: 5}\n",
        "calls:\n  a: {path: /a}\n  b: {path: /b}\n# end\n",
        "calls:\r\n  a: {path: /a}\r\ntimeout: {read: 5}\r\n",
    ],
)
def test_a_call_is_added_and_nothing_else_changes(calls: str) -> None:
    head = HEAD.replace("\n", "\r\n") if "\r" in calls else HEAD
    text = head + calls
    before = [name for name in ("a", "b") if f" {name}:" in calls]
    changed = add_call(text, CALL)
    assert calls_of(changed) == [*before, "ping"]
    kept = [line for line in text.splitlines() if line.strip()]
    shrunk = [line for line in kept if "calls:" not in line and line != "}"]
    assert [line for line in changed.splitlines() if line in shrunk] == shrunk
    assert ("\r\n" in changed) == ("\r" in calls)
    assert changed.count("# none yet") == text.count("# none yet")


def test_comments_of_the_last_call_stay_with_it() -> None:
    text = (
        HEAD
        + "calls:\n  a:\n    path: /a\n    # about a\n\n# about the timeout\ntimeout: {read: 5}\n"
    )
    assert add_call(text, CALL).partition("calls:\n")[2] == (
        "  a:\n    path: /a\n    # about a\n\n  ping:\n    path: /ping\n    # query:\n"
        "    #   limit: {type: integer, description: How many at most.}\n    samples:\n"
        "      example: {}    # what callwright initialize sends\n\n# about the timeout\ntimeout: {read: 5}\n"
    )


def test_placeholders_become_parameters_and_arguments() -> None:
    call = NewCall(name="put", method="PUT", path="/u/{userId}/x", arguments={"userId": "user_id"})
    document, _ = load_text(add_call(HEAD, call))
    assert document.calls["put"].path == "/u/{userId}/x"
    assert document.calls["put"].method == "PUT"
    assert list(document.calls["put"].samples["example"].args) == ["user_id"]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (NewCall(name="Ping", path="/"), "ping would do"),
        (NewCall(name="ping", path="ping"), "begins with a slash"),
        (NewCall(name="ping", path="/a?b=1"), "queries under query:"),
        (NewCall(name="ping", path="/{a"), "names in braces"),
        (NewCall(name="ping", path="/{}"), "names in braces"),
        (NewCall(name="ping", path="/{a}/{a}"), "twice"),
        (NewCall(name="ping", path="/u/[id]/x"), "in braces: /u/{id}/x"),
        (NewCall(name="ping", path="/u/<user-id>"), "in braces: /u/{user_id}"),
        (NewCall(name="ping", path="/:org/:repo"), "in braces: /{org}/{repo}"),
        (NewCall(name="ping", path="/", method="FETCH"), "no method"),
        (NewCall(name="a", path="/"), "calls.a exists already"),
    ],
)
def test_a_call_that_cannot_be_added_is_told(call: NewCall, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        add_call(HEAD + "calls:\n  a: {path: /a}\n", call)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("calls: [", "connector.yaml:.*not valid YAML"),
        ("- 1", "a map was expected"),
        (HEAD + "calls: {a: {path: /a}}\n", "connector.yaml:4: calls is written within"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_told(text: str, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        add_call(text, CALL)
