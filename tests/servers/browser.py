"""What a person does in a browser to log in: follow redirects, fill in the forms, press the button."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

ANSWERS = {"login": "ada", "password": "lovelace-1815"}
MOST_STEPS = 20


class _Form(HTMLParser):
    """The first form of a page: where it goes and what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = given.get("action", "")
        elif tag == "input" and "name" in given:
            self.fields[given["name"]] = given.get("value", "")


def browse(url: str, redirect_uri: str, answers: dict[str, str] | None = None) -> dict[str, str]:
    """Log in and agree; return the query the browser is sent back to `redirect_uri` with.

    Args:
        url: Where the application sends the browser.
        redirect_uri: Where the journey ends; it is not requested itself.
        answers: What is typed into the forms, by field; a name and a password when not given.
    """
    with httpx.Client(trust_env=False) as client:
        response = client.get(url)
        for _ in range(MOST_STEPS):
            if response.is_redirect:
                target = urljoin(str(response.url), response.headers["location"])
                if target.startswith(redirect_uri):
                    return {name: v[0] for name, v in parse_qs(urlsplit(target).query).items()}
                response = client.get(target)
            else:
                response = _submit(client, response, answers or ANSWERS)
    raise AssertionError(f"still at {response.url} after {MOST_STEPS} steps")


def _submit(
    client: httpx.Client, response: httpx.Response, answers: dict[str, str]
) -> httpx.Response:
    form = _Form()
    form.feed(response.text)
    if form.action is None:
        raise AssertionError(f"{response.status_code} without a form: {response.text[:500]}")
    filled = {name: answers.get(name, value) for name, value in form.fields.items()}
    return client.post(urljoin(str(response.url), form.action), data=filled)
