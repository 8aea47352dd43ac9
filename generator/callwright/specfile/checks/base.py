"""What every part of the checks of a spec has: the connector, and a way to say what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from callwright.diagnostics import Diagnostic, did_you_mean
from callwright.runtime.request import headers
from callwright.specfile.messages import error
from callwright.specfile.resolve import VARIABLE, ResolvedConnector, names_in
from callwright.specfile.source import dotted, plain

Path = tuple[str | int, ...]
_PASSWORD = re.compile(r"[^:@]+:[^@]+@")
_URL = re.compile(r"(https?)://([^/?#]+)([/?#].*)?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Checking:
    """Base of the parts; each yields diagnostics."""

    connector: ResolvedConnector

    def say(
        self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False
    ) -> Diagnostic:
        """An error at a path of the spec; ``key``: at the key rather than its value."""
        node, _, key_node = self.connector.source.walk(path)
        at = key_node if key and key_node is not None else node
        return error(code, message, at.span(), dotted(path), hint)

    def headers(self, fields: Mapping[str, object], path: Path) -> Iterator[Diagnostic]:
        """Headers that no request can have, and those that the HTTP library writes."""
        for name, field in fields.items():
            problem = headers.name_problem(name)
            if problem is not None:
                yield self.say("bad-name", f"{name!r} {problem}", (*path, name), key=True)
            value = plain(getattr(field, "value", field))
            for text in value if isinstance(value, list) else [value]:
                problem = headers.value_problem(text) if isinstance(text, str) else None
                if problem is not None:
                    yield self.say("bad-value", f"the value {problem}", (*path, name))

    def cookie_names(self, names: Iterable[str], path: Path) -> Iterator[Diagnostic]:
        """Cookies that no request can have."""
        for name in names:
            if not headers.is_cookie_name(name):
                yield self.say(
                    "bad-name", f"{name!r} is not a legal cookie name", (*path, name), key=True
                )

    def url(self, url: str, path: Path) -> Iterator[Diagnostic]:
        yield from self.names(url, path)
        bare = VARIABLE.sub("x", url)
        match = _URL.match(bare)
        if match is None and not re.match(r"\$\{[^}]*\}", url):
            yield self.say(
                "bad-url",
                f"{url!r} is not an http(s) URL",
                path,
                "write it like https://api.example.com",
            )
        elif match is not None and (match[3] or "").find("?") >= 0:
            yield self.say(
                "bad-url",
                "a base URL has no query",
                path,
                "shared: {query: …} adds one to every call",
            )
        elif match is not None and "@" in match[2] and not _PASSWORD.search(match[2]):
            # with a password it is a secret, whose line is not shown (see check_secrets.py)
            yield self.say("bad-url", "no credentials in a URL", path, "auth: {type: basic}")

    def names(self, value: object, path: Path) -> Iterator[Diagnostic]:
        document = self.connector.document
        known = {*document.variables, *self.connector.credentials, *self.connector.saved}
        for name in dict.fromkeys(names_in(value)):
            if name not in known:
                yield self.say(
                    "unknown-name",
                    f"${{{name}}} is neither a variable nor a credential{did_you_mean(name, known)}",
                    path,
                    "declare it under variables or credentials; a literal ${ is written $${",
                )
