"""What every part of the checks of a spec has: the connector, and a way to say what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from callwright.diagnostics import Diagnostic
from callwright.spec.messages import did_you_mean, error
from callwright.spec.resolve import VARIABLE, ResolvedConnector, names_in
from callwright.spec.source import dotted

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

    def url(self, url: str, path: Path) -> Iterator[Diagnostic]:
        yield from self.names(url, path)
        bare = VARIABLE.sub("x", url)
        match = _URL.match(bare)
        if match is None and not re.match(r"\$\{[^}]*\}", url):
            yield self.say("bad-url", f"{url!r} is not an http(s) URL", path)
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
