"""curl's options: what each is called, and whether a value follows. Source: the manual of curl 8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_SHORT = {
    "0": "http1.0", "1": "tlsv1", "2": "sslv2", "3": "sslv3", "4": "ipv4", "6": "ipv6", "A": "user-agent",
    "B": "use-ascii", "C": "continue-at", "D": "dump-header", "E": "cert", "F": "form", "G": "get", "H": "header",
    "I": "head", "J": "remote-header-name", "K": "config", "L": "location", "M": "manual", "N": "no-buffer",
    "O": "remote-name", "P": "ftp-port", "Q": "quote", "R": "remote-time", "S": "show-error", "T": "upload-file",
    "U": "proxy-user", "V": "version", "X": "request", "Y": "speed-limit", "Z": "parallel", "a": "append",
    "b": "cookie", "c": "cookie-jar", "d": "data", "e": "referer", "f": "fail", "g": "globoff", "h": "help",
    "i": "include", "j": "junk-session-cookies", "k": "insecure", "l": "list-only", "m": "max-time", "n": "netrc",
    "o": "output", "p": "proxytunnel", "q": "disable", "r": "range", "s": "silent", "t": "telnet-option", "u": "user",
    "v": "verbose", "w": "write-out", "x": "proxy", "y": "speed-time", "z": "time-cond", "#": "progress-bar",
    ":": "next",
}  # fmt: skip
_WITH_VALUE = frozenset(["abstract-unix-socket", "alt-svc", "aws-sigv4", "cacert", "capath", "cert", "cert-type", "ciphers", "config", "connect-timeout", "connect-to", "continue-at", "cookie", "cookie-jar", "create-file-mode", "crlfile", "curves", "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "delegation", "dns-interface", "dns-ipv4-addr", "dns-ipv6-addr", "dns-servers", "doh-url", "dump-header", "ech", "egd-file", "engine", "etag-compare", "etag-save", "expect100-timeout", "form", "form-string", "ftp-account", "ftp-alternative-to-user", "ftp-method", "ftp-port", "ftp-ssl-ccc-mode", "happy-eyeballs-timeout-ms", "haproxy-clientip", "header", "help", "hostpubmd5", "hostpubsha256", "hsts", "interface", "ip-tos", "ipfs-gateway", "json", "keepalive-cnt", "keepalive-time", "key", "key-type", "krb", "libcurl", "limit-rate", "local-port", "login-options", "mail-auth", "mail-from", "mail-rcpt", "max-filesize", "max-redirs", "max-time", "netrc-file", "noproxy", "oauth2-bearer", "output", "output-dir", "parallel-max", "pass", "pinnedpubkey", "preproxy", "proto", "proto-default", "proto-redir", "proxy", "proxy-cacert", "proxy-capath", "proxy-cert", "proxy-cert-type", "proxy-ciphers", "proxy-crlfile", "proxy-header", "proxy-key", "proxy-key-type", "proxy-pass", "proxy-pinnedpubkey", "proxy-service-name", "proxy-tls13-ciphers", "proxy-tlsauthtype", "proxy-tlspassword", "proxy-tlsuser", "proxy-user", "proxy1.0", "pubkey", "quote", "random-file", "range", "rate", "referer", "request", "request-target", "resolve", "retry", "retry-delay", "retry-max-time", "sasl-authzid", "service-name", "socks4", "socks4a", "socks5", "socks5-gssapi-service", "socks5-hostname", "speed-limit", "speed-time", "stderr", "telnet-option", "tftp-blksize", "time-cond", "tls-max", "tls13-ciphers", "tlsauthtype", "tlspassword", "tlsuser", "trace", "trace-ascii", "trace-config", "unix-socket", "upload-file", "url", "url-query", "user", "user-agent", "variable", "vlan-priority", "write-out"])  # fmt: skip
_FLAGS = frozenset(["anyauth", "append", "basic", "ca-native", "cert-status", "compressed", "compressed-ssh", "create-dirs", "crlf", "digest", "disable", "disable-eprt", "disable-epsv", "disallow-username-in-url", "doh-cert-status", "doh-insecure", "fail", "fail-early", "fail-with-body", "false-start", "form-escape", "ftp-create-dirs", "ftp-pasv", "ftp-pret", "ftp-skip-pasv-ip", "ftp-ssl-ccc", "ftp-ssl-control", "get", "globoff", "haproxy-protocol", "head", "http0.9", "http1.0", "http1.1", "http2", "http2-prior-knowledge", "http3", "http3-only", "ignore-content-length", "include", "insecure", "ipv4", "ipv6", "junk-session-cookies", "list-only", "location", "location-trusted", "mail-rcpt-allowfails", "manual", "metalink", "mptcp", "negotiate", "netrc", "netrc-optional", "next", "no-alpn", "no-buffer", "no-clobber", "no-keepalive", "no-npn", "no-progress-meter", "no-sessionid", "ntlm", "ntlm-wb", "parallel", "parallel-immediate", "path-as-is", "post301", "post302", "post303", "progress-bar", "proxy-anyauth", "proxy-basic", "proxy-ca-native", "proxy-digest", "proxy-http2", "proxy-insecure", "proxy-negotiate", "proxy-ntlm", "proxy-ssl-allow-beast", "proxy-ssl-auto-client-cert", "proxy-tlsv1", "proxytunnel", "raw", "remote-header-name", "remote-name", "remote-name-all", "remote-time", "remove-on-error", "retry-all-errors", "retry-connrefused", "sasl-ir", "show-error", "show-headers", "silent", "skip-existing", "socks5-basic", "socks5-gssapi", "socks5-gssapi-nec", "ssl", "ssl-allow-beast", "ssl-auto-client-cert", "ssl-no-revoke", "ssl-reqd", "ssl-revoke-best-effort", "ssl-sessions", "sslv2", "sslv3", "styled-output", "suppress-connect-headers", "tcp-fastopen", "tcp-nodelay", "tftp-no-options", "tls-earlydata", "tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "tr-encoding", "trace-ids", "trace-time", "use-ascii", "verbose", "version", "xattr"])  # fmt: skip
_NAMES = sorted(_WITH_VALUE | _FLAGS)


@dataclass(slots=True)
class Options:
    """The options of one request, in order, by their long names; a flag's value is None. ``unknown``: as written."""

    given: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    urls: list[str] = field(default_factory=list[str])
    unknown: list[str] = field(default_factory=list[str])

    def last(self, name: str) -> str | None:
        """The value that counts: the last one; None when the option was not given."""
        return next((value for key, value in reversed(self.given) if key == name), None)

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(key in names for key, _ in self.given)

    def all(self, *names: str) -> list[tuple[str, str]]:
        """The given options of these names with their values, in order."""
        return [(key, value or "") for key, value in self.given if key in names]


def read_options(words: Sequence[str]) -> list[Options]:
    """The options after ``curl``, one Options for each part between ``--next``."""
    parts = [Options()]
    queue = list(reversed(words))
    are_over = False
    while queue:
        word = queue.pop()
        if are_over or not word.startswith("-") or word == "-":
            parts[-1].urls.append(word)
        elif word == "--":
            are_over = True
        elif word.startswith("--"):
            _read_long(parts, word[2:], queue)
        else:
            _read_short(parts, word[1:], queue)
    return parts


def _read_long(parts: list[Options], text: str, queue: list[str]) -> None:
    # curl itself knows no --name=value, but people write it and mean it
    name, has_value, attached = text.partition("=")
    option = _long_name(name)
    if option is None:
        parts[-1].unknown.append(f"--{name}")
    elif option in _WITH_VALUE:
        _add(parts, option, attached if has_value else (queue.pop() if queue else ""))
    else:
        _add(parts, option, None)


def _long_name(name: str) -> str | None:
    """The option that a name or its beginning stands for; ``no-`` before a flag turns it off."""
    if name in _WITH_VALUE or name in _FLAGS:
        return name
    if name.startswith("no-") and name[3:] in _FLAGS:
        return name
    return next((option for option in _NAMES if name and option.startswith(name)), None)


def _read_short(parts: list[Options], letters: str, queue: list[str]) -> None:
    for index, letter in enumerate(letters):
        option = _SHORT.get(letter)
        if option is None:
            parts[-1].unknown.append(f"-{letter}")
        elif option in _WITH_VALUE:
            attached = letters[index + 1 :]
            _add(parts, option, attached or (queue.pop() if queue else ""))
            return
        else:
            _add(parts, option, None)


def _add(parts: list[Options], option: str, value: str | None) -> None:
    if option == "next":
        parts.append(Options())
    elif option == "url":
        parts[-1].urls.append(value or "")
    else:
        parts[-1].given.append((option, value))
