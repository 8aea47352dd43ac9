"""cURL commands → requests as curl would send them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_plus

from callwright.importers.curl import windows
from callwright.importers.curl.lexer import Command, commands
from callwright.importers.curl.options import Options, read_options
from callwright.importers.marks import marked_names, unmarked
from callwright.importers.written import (
    Loss,
    Part,
    Source,
    WrittenAuth,
    WrittenBody,
    WrittenRequest,
)

_DATA = ("data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json")
_TRANSPORT = ("proxy", "proxy-user", "resolve", "connect-to", "unix-socket", "abstract-unix-socket", "interface", "config", "preproxy", "socks5", "socks5-hostname", "socks4", "socks4a")  # fmt: skip
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_CUSTOM = {"aws-sigv4": "aws_sigv4", "negotiate": "negotiate", "ntlm": "ntlm"}
_GLOB = re.compile(r"\[(\d+)-\d+(?::\d+)?\]|\[([a-zA-Z])-[a-zA-Z](?::\d+)?\]|\{([^{}]*,[^{}]*)\}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PLAIN_HTTP = re.compile(
    r"(?:localhost|[\d.]+|\[[0-9a-fA-F:.]*\])(?:[:/?#]|$)|[^/?#]*:\d+(?:[/?#]|$)"
)
_JSON_HEADERS = (("Content-Type", "application/json"),)


def read_curl(text: str) -> Source:
    """The requests of a script, a paste or a line with curl commands. Commands of other programs are passed over."""
    losses: list[Loss] = []
    requests: list[WrittenRequest] = []
    for command in _commands(unmarked(text)):
        name = command.words[0].rpartition("/")[2].lower()
        if name not in ("curl", "curl.exe"):
            continue
        place = f"line {command.line}"
        if command.has_smart_quotes:
            losses.append(
                Loss(
                    place=place,
                    code="import-option",
                    text="typographic quotes were read as plain ones",
                )
            )
        for options in read_options(command.words[1:]):
            requests += _Reader(options, command, place, losses).requests()
    return Source(kind="curl", requests=tuple(requests), losses=tuple(losses))


def _commands(text: str) -> list[Command]:
    if windows.is_cmd(text):
        return windows.cmd_commands(text)
    if windows.is_powershell(text):
        text = windows.powershell_as_posix(text)
    found: list[Command] = []
    for command in commands(text):
        words = command.words
        # sudo curl, time curl, VARIABLE=x curl
        while words and (words[0] in ("sudo", "time", "exec") or re.match(r"\w+=", words[0])):
            words = words[1:]
        command.words = words
        found += [command] if words else []
    return found


@dataclass(slots=True)
class _Reader:
    options: Options
    command: Command
    place: str
    losses: list[Loss]
    method: str = field(default="", init=False)

    def lose(self, code: str, text: str) -> None:
        self.losses.append(Loss(place=self.place, code=code, text=text))

    def requests(self) -> Iterator[WrittenRequest]:
        """The requests of these options, one for each URL."""
        self._tell_losses()
        if not self.options.urls:
            self.lose("import-option", "the command has no URL")
        for url in self.options.urls:
            yield self._request(url)

    def _tell_losses(self) -> None:
        for option in self.options.unknown:
            self.lose("import-option", f"curl has no option {option}; it was left out")
        for option, value in self.options.all(*_TRANSPORT):
            if option == "proxy" and value.upper() in _METHODS:
                self.method = value.upper()
                self.lose(
                    "import-option",
                    f"-x is curl's option for a proxy; -X {self.method} was understood",
                )
            else:
                self.lose(
                    "import-option",
                    f"--{option} is not part of a spec: give the client a proxy or transport of its own",
                )
        if self.options.has("insecure"):
            self.lose(
                "import-option",
                "-k was left out: certificates are always verified; pass verify= for a private authority",
            )

    def _request(self, written_url: str) -> WrittenRequest:
        options = self.options
        url, auth = self._without_user(self._url(written_url))
        headers, removed = self._headers()
        body, headers = self._body(headers, removed)
        url = _with_query(url, [value for _, value in self._url_queries()])
        if options.has("get") and body is not None:
            url = _with_query(url, self._data_texts(into_url=True))
            body = None
        kept, cookies = self._cookies(headers)
        authorization, kept = self._auth(kept, auth)
        method = self._method(body)
        if body is not None and body.kind == "text" and not body.text:
            body = None  # -d '' only asks for a POST
        return WrittenRequest(
            place=self.place,
            method=method,
            url=url,
            headers=tuple(kept),
            cookies=tuple(cookies),
            body=body,
            auth=authorization,
        )

    def _method(self, body: WrittenBody | None) -> str:
        options = self.options
        method = options.last("request") or self.method
        if method:
            return method.upper()
        if options.has("head"):
            return "HEAD"
        if options.has("upload-file"):
            return "PUT"
        return "POST" if body is not None else "GET"

    def _url(self, url: str) -> str:
        glob = _GLOB.search(url)
        if glob and not self.options.has("globoff"):
            self.lose(
                "import-option",
                f"{glob[0]} makes curl send several requests; only the first was taken",
            )
            url = _GLOB.sub(lambda m: m[1] or m[2] or m[3].split(",")[0], url)
        if not _SCHEME.match(url):
            scheme = "http" if _PLAIN_HTTP.match(url) else "https"
            if scheme == "https":
                self.lose(
                    "import-host",
                    "the URL has no scheme: https was assumed (curl itself takes http)",
                )
            url = f"{scheme}://{url}"
        return re.sub(r"^(https?://)0(?=[:/?#]|$)", r"\g<1>0.0.0.0", url)

    def _without_user(self, url: str) -> tuple[str, WrittenAuth | None]:
        match = re.match(r"([A-Za-z][\w+.-]*://)([^/?#]*)@", url)
        if not match:
            return url, None
        user, _, password = match[2].partition(":")
        return match[1] + url[match.end() :], WrittenAuth(
            kind="basic", username=unquote_plus(user), password=unquote_plus(password)
        )

    def _headers(self) -> tuple[list[tuple[str, str]], set[str]]:
        """The headers given, and the names of those that are turned off."""
        headers: list[tuple[str, str]] = []
        removed: set[str] = set()
        for _, text in self.options.all("header"):
            if text.startswith("@"):
                self.lose(
                    "import-file", f"the headers in {text[1:]} were left out: add them to the spec"
                )
                continue
            name, colon, value = text.partition(":")
            if colon and value.strip():
                headers.append((name.strip(), value.strip()))
            elif colon:
                removed.add(name.strip().lower())
            elif text.endswith(";"):
                headers.append((text[:-1].strip(), ""))
        agent = self.options.last("user-agent")
        if agent:
            headers.append(("User-Agent", agent))
        return headers, removed

    def _url_queries(self) -> Iterator[tuple[str, str]]:
        for name, value in self.options.all("url-query"):
            yield name, value[1:] if value.startswith("+") else _encoded(value)

    def _data_texts(self, *, into_url: bool = False) -> list[str]:
        texts: list[str] = []
        for option, value in self.options.all(*_DATA):
            if option == "data-urlencode":
                texts.append(_encoded(value))
            elif option != "data-raw" and value.startswith("@"):
                texts.append(self._file_text(value[1:], keep=option in ("data-binary", "json")))
            else:
                texts.append(value)
        return [text for text in texts if text or not into_url]

    def _file_text(self, name: str, *, keep: bool) -> str:
        if name == "-" and self.command.standard_input is not None:
            text = self.command.standard_input
            return text if keep else re.sub(r"[\r\n]", "", text)
        self.lose("import-file", f"the content of {name} is not known: give it as the argument")
        return ""

    def _body(
        self, headers: list[tuple[str, str]], removed: set[str]
    ) -> tuple[WrittenBody | None, list[tuple[str, str]]]:
        options = self.options
        upload = options.last("upload-file")
        if upload is not None:
            return WrittenBody(kind="file", file=upload), headers
        if options.has("form", "form-string"):
            return WrittenBody(kind="multipart", parts=tuple(self._parts())), headers
        data = options.all(*_DATA)
        if not data:
            return None, headers
        if any(option == "json" for option, _ in data):
            given = {name.lower() for name, _ in headers}
            headers = [*headers, *(h for h in _JSON_HEADERS if h[0].lower() not in given)]
            return WrittenBody(kind="text", text="".join(self._data_texts())), headers
        files = [
            value[1:] for option, value in data if option != "data-raw" and value.startswith("@")
        ]
        if (
            len(data) == 1
            and files
            and not (files[0] == "-" and self.command.standard_input is not None)
        ):
            return WrittenBody(kind="file", file=files[0]), headers
        if (
            not any(name.lower() == "content-type" for name, _ in headers)
            and "content-type" not in removed
        ):
            headers = [*headers, ("Content-Type", "application/x-www-form-urlencoded")]
        return WrittenBody(kind="text", text="&".join(self._data_texts())), headers

    def _parts(self) -> Iterator[Part]:
        for option, text in self.options.all("form", "form-string"):
            name, _, value = text.partition("=")
            if option == "form-string" or not value.startswith(("@", "<")):
                value, content_type, _ = (
                    (value, None, None) if option == "form-string" else _part_options(value)
                )
                yield Part(name=name, value=value, content_type=content_type)
            elif value.startswith("<"):
                self.lose(
                    "import-file",
                    f"the content of {value[1:]} is not known: give it as the argument {name}",
                )
                yield Part(name=name)
            else:
                path, content_type, file_name = _part_options(value[1:])
                yield Part(name=name, file=path, content_type=content_type, file_name=file_name)

    def _cookies(
        self, headers: Sequence[tuple[str, str]]
    ) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """The other headers, and the cookies of ``-b`` and of a Cookie header."""
        texts = [value for name, value in headers if name.lower() == "cookie"]
        for _, value in self.options.all("cookie"):
            if "=" in value or marked_names(value):
                texts.append(value)
            else:
                self.lose(
                    "import-file",
                    f"the cookies in {value} were left out: a client takes none from files",
                )
        cookies = [
            (name.strip(), value.strip())
            for text in texts
            for name, _, value in (piece.partition("=") for piece in text.split(";"))
            if name.strip()
        ]
        return [h for h in headers if h[0].lower() != "cookie"], cookies

    def _auth(
        self, headers: Sequence[tuple[str, str]], from_url: WrittenAuth | None
    ) -> tuple[WrittenAuth | None, list[tuple[str, str]]]:
        options = self.options
        rest = [h for h in headers if h[0].lower() != "authorization"]
        bearer = options.last("oauth2-bearer")
        for option, name in _CUSTOM.items():
            if options.has(option):
                self.lose(
                    "import-auth",
                    f"--{option} is not built in: pass an httpx.Auth of your own as auth=",
                )
                return WrittenAuth(kind="custom", name=name), rest
        if bearer is not None:
            return WrittenAuth(kind="bearer", token=bearer), rest
        given = [value for name, value in headers if name.lower() == "authorization"]
        if given:
            return _authorization(given[-1]), rest
        user = options.last("user")
        if user is not None:
            name, _, password = user.partition(":")
            pair = WrittenAuth(kind="basic", username=name, password=password)
            return replace(pair, kind="digest") if options.has("digest") else pair, rest
        if options.has("cert"):
            return WrittenAuth(kind="client_certificate"), rest
        return from_url, rest


def _authorization(value: str) -> WrittenAuth:
    word, _, rest = value.partition(" ")
    if word.lower() == "bearer" and rest.strip():
        return WrittenAuth(kind="bearer", token=rest.strip())
    if word.lower() == "basic" and rest.strip():
        return WrittenAuth(kind="basic", token=rest.strip())
    return WrittenAuth(kind="header", token=value)


def _part_options(value: str) -> tuple[str, str | None, str | None]:
    """A part's value or path, its content type and file name, which follow after semicolons."""
    text, *options = re.split(r";(?=\s*(?:type|filename|headers|encoder)=)", value)
    found = {o.partition("=")[0].strip(): o.partition("=")[2].strip().strip('"') for o in options}
    return (
        text.strip('"') if text.startswith('"') else text,
        found.get("type"),
        found.get("filename"),
    )


def _encoded(value: str) -> str:
    """What ``--data-urlencode`` makes of its value: the text after the name is encoded."""
    match = re.match(r"([^=@]*)([=@])(.*)", value, re.DOTALL)
    if match is None:
        return _percent(value)
    name, kind, text = match.groups()
    if kind == "@":
        return f"{name}=" if name else ""
    return f"{name}={_percent(text)}" if name else _percent(text)


def _percent(text: str) -> str:
    """Percent-encoded but for marks, which keep their places."""
    return "".join(
        (
            c
            if c.isascii() and (c.isalnum() or c in "-._~\x02\x03")
            else "".join(f"%{b:02X}" for b in c.encode())
        )
        for c in text
    )


def _with_query(url: str, pieces: Sequence[str]) -> str:
    if not pieces:
        return url
    url, hash_, fragment = url.partition("#")
    joint = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return f"{url}{joint}{'&'.join(pieces)}{hash_}{fragment}"
