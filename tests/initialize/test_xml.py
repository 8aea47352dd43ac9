"""`callwright initialize` with answers in XML: shown as a tree, stored byte for byte, redacted, refused when they are none."""

from __future__ import annotations

import re

import pytest

from tests.initialize.support import Answer, Project, Provider

KEYED = "auth: {type: api_key, send: {header: X-Api-Key}}\n"
SECRET = "s3cr3t-k3y&of-the-test"
FEED = "feed: {path: /feed, response: {type: xml}, samples: {many: {}, one: {}}}\n"


def xml(body: str | bytes, status: int = 200, kind: str = "application/xml") -> Answer:
    return status, {"Content-Type": kind}, body.encode() if isinstance(body, str) else body


def test_a_tree_is_shown_and_the_body_stored_byte_for_byte(
    project: Project, provider: Provider
) -> None:
    body = "<?xml version='1.0' encoding='ISO-8859-1'?>\r\n<!-- é -->\r\n<feed n='2'>\r\n <e><t>Köln</t>x<b/></e><e/></feed>\r\n"
    provider.answers["GET /feed"] = xml(body.encode("iso-8859-1"))
    project.spec(FEED)
    result = project.run("acme.feed.many")
    assert result.exit_code == 0, result.output
    shown = [re.sub(" {2,}", "  ", line.strip()) for line in result.stdout.splitlines()]
    root = "Feed  from 1 response: weak evidence"
    assert shown[shown.index(root) :] == [
        root,
        '@n: str  "2"',
        "e: list[E | None]",
        't: str  "Köln"',
        "b: Any  only null so far",
        '#text: str  "x"',
        '#markup: str  "<t>Köln</t>x<b/>"',
    ]
    assert project.captures()["feed/many.200.xml"].body == body.encode("iso-8859-1")
    raw = project.run("acme.feed.many", "--all", "--raw").stdout
    assert "<e><t>Köln</t>x<b/></e><e/></feed>" in raw


def test_one_element_is_a_list_where_another_sample_has_two(
    project: Project, provider: Provider
) -> None:
    project.spec(FEED)
    provider.answers["GET /feed"] = xml("<feed><e>1</e><e>2</e></feed>")
    project.run("acme.feed.many")
    provider.answers["GET /feed"] = xml("<feed><e>1</e></feed>")
    assert re.search(
        r"\n    e: list\[str\] +\[\"1\", \"2\"\]\n", project.run("acme.feed.one").stdout
    )
    provider.answers["GET /feed"] = xml("<feed><e>1</e><f/></feed>")
    changed = project.run("acme.feed.many", "--all").stdout
    assert "+ $.f" in changed
    assert "$.e" not in changed  # one element now, and still a list


def test_the_credential_is_taken_out_in_every_spelling(
    project: Project, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_API_KEY", SECRET)
    escaped = SECRET.replace("&", "&amp;")
    numbered = "".join(f"&#{ord(c)};" for c in SECRET)
    provider.answers["GET /feed"] = xml(
        f'<feed k="{escaped}"><a>{escaped}</a><b><![CDATA[{SECRET}]]></b><c>{numbered}</c>'
        "<email>ann@corp.com</email><name>Ann</name></feed>"
    )
    project.spec(
        "feed: {path: /feed, response: {type: xml, fields: {$.name: {redact: true}}}, samples: {x: {}}}\n",
        KEYED,
    )
    result = project.run()
    assert result.exit_code == 0, result.output
    assert project.captures()["feed/x.200.xml"].body.decode() == (
        '<feed k="redacted_api_key"><a>redacted_api_key</a><b><![CDATA[redacted_api_key]]></b>'
        "<c>redacted_api_key</c><email>user1@example.com</email><name>redacted_1</name></feed>"
    )
    assert "s3cr3t" not in result.output


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("<feed>", "text/xml", "XML was promised, the response is text/xml (not well-formed XML (line 1, column 7))"),
        ('{"a": 1}', "application/json", "XML was promised, the response is application/json"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "text/xml", "(a DOCTYPE is refused: it could name files and entities)"),
        (b"<a>\xff</a>", "text/xml", "(not UTF-8 at byte 4)"),
    ],
)  # fmt: skip
def test_what_is_no_xml_is_not_stored(
    project: Project, provider: Provider, body: str | bytes, kind: str, message: str
) -> None:
    provider.answers["GET /feed"] = xml(body, kind=kind)
    project.spec("feed: {path: /feed, response: {type: xml}, samples: {x: {}}}\n")
    result = project.run()
    assert result.exit_code == 3
    assert message in result.stderr
    assert project.captures() == {}


@pytest.mark.parametrize(
    ("body", "kind", "file"),
    [
        ("<Error><Message>gone</Message></Error>", "application/xml", "feed/x.404.xml"),
        ("<Error><Message>", "application/xml", "feed/x.404.txt"),
        ("<!DOCTYPE html><html/>", "application/xhtml+xml", "feed/x.404.txt"),
        ("<html><body/></html>", "application/xhtml+xml", "feed/x.404.txt"),
        (b"<a>\xff</a>", "application/xml", "feed/x.404.bin"),
    ],
)
def test_errors_are_stored_as_what_they_are(
    project: Project, provider: Provider, body: str | bytes, kind: str, file: str
) -> None:
    provider.answers["GET /feed"] = xml(body, 404, kind)
    project.spec("feed: {path: /feed, response: {type: xml}, samples: {x: {status: 404}}}\n")
    result = project.run()
    assert result.exit_code == 0, result.output
    assert list(project.captures()) == [file]


def test_an_output_is_taken_from_xml(project: Project, provider: Provider) -> None:
    provider.answers["GET /feed"] = xml("<feed><e><id>7</id></e></feed>")
    provider.answers["GET /e/7"] = xml("<e/>")
    project.spec(
        "feed: {path: /feed, response: {type: xml, fields: {$.e: {type: array}}},"
        " samples: {x: {outputs: {id: '$.e[0].id'}}}}\n"
        "get: {path: '/e/{id}', path_params: {id: {}}, response: {type: xml},"
        " samples: {x: {args: {id: {from: feed.x, output: id}}}}}\n"
    )
    assert project.run().exit_code == 0
    assert provider.paths() == ["GET /feed", "GET /e/7"]


def test_a_response_by_hand(project: Project, provider: Provider) -> None:
    (project.root / "feed.xml").write_text("<feed><e>1</e></feed>")
    (project.root / "bad.xml").write_text("<feed><e>1</feed>")
    project.spec("feed: {path: /feed, response: {type: xml}, samples: {x: {source: docs}}}\n")
    assert project.run("acme.feed.x", "--response", "feed.xml").exit_code == 0
    assert project.captures()["feed/x.200.xml"].body == b"<feed><e>1</e></feed>"
    bad = project.run("acme.feed.x", "--response", "bad.xml")
    assert bad.exit_code == 2
    assert "bad.xml: XML was promised" in bad.stderr
    assert provider.seen == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<!doctype html><html><body/></html>", "text/xml"),
        ("\n <!DOCTYPE HTML>\n<html></html>", "application/xml"),
        ("\ufeff<html><body/></html>", "text/xml"),
        ("<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "text/xml"),
        ("<html><p>not well-formed</html>", "text/xml"),
        ("<div>Please sign in</div>", "text/html"),
        ("<HTML/>", "application/xhtml+xml"),
    ],
)  # fmt: skip
def test_a_page_is_no_xml(project: Project, provider: Provider, body: str, kind: str) -> None:
    provider.answers["GET /feed"] = xml(body, kind=kind)
    project.spec("feed: {path: /feed, response: {type: xml}, samples: {x: {}}}\n")
    result = project.run()
    assert result.exit_code == 3
    assert "feed.x: 200, but XML was promised, the response is an HTML page\n" in result.stderr
    assert project.captures() == {}


@pytest.mark.parametrize("body", ["<htmls><a>1</a></htmls>", "<feed><html>1</html></feed>"])
def test_xml_that_mentions_html_is_xml(project: Project, provider: Provider, body: str) -> None:
    provider.answers["GET /feed"] = xml(body)
    project.spec("feed: {path: /feed, response: {type: xml}, samples: {x: {}}}\n")
    assert project.run().exit_code == 0


def test_a_page_by_hand_is_no_xml(project: Project) -> None:
    project.spec("feed: {path: /feed, response: {type: xml}, samples: {x: {source: docs}}}\n")
    (project.root / "page.xml").write_text("<html><body/></html>")
    result = project.run("acme.feed.x", "--response", "page.xml")
    assert result.exit_code != 0
    assert "page.xml: XML was promised, the response is an HTML page" in result.stderr
