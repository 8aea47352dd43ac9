"""Text in the charset that a response declares, from a fixed list: the server never chooses the codec.

Python's registry also holds codecs that are no charsets, and some of them raise what nobody expects (``undefined``), take
quadratic time (``idna``) or unpack (``zlib``). Whatever is not listed here is read as UTF-8.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST = 200  # characters of a Content-Type that are read
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
_CODECS = frozenset(
    {
        "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "latin_1", "iso8859_2", "iso8859_3",
        "iso8859_4", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_9", "iso8859_10", "iso8859_11",
        "iso8859_13", "iso8859_14", "iso8859_15", "iso8859_16", "cp437", "cp850", "cp852", "cp855", "cp858", "cp866",
        "cp874", "cp932", "cp949", "cp950", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256",
        "cp1257", "cp1258", "koi8_r", "koi8_u", "koi8_t", "mac_roman", "mac_cyrillic", "tis_620", "kz1048", "ptcp154",
        "shift_jis", "shift_jisx0213", "euc_jp", "iso2022_jp", "euc_kr", "johab", "gb2312", "gbk", "gb18030", "big5",
        "big5hkscs",
    }
)  # fmt: skip
# names that Python does not know
_NUMBERED = re.compile(r"iso_?8859_?([0-9]{1,2})(?:_[ei])?|(?:windows|win|dos|cp)_?([0-9]{3,4})")
_NAMES = {
    "windows_31j": "cp932",
    "ksc_5601": "cp949",
    "ks_c_5601_1989": "cp949",
    "gb_2312": "gb2312",
    "gb_2312_80": "gb2312",
    "cn_big5": "big5",
    "koi8": "koi8_r",
    "koi8_ru": "koi8_u",
    "mac_ukrainian": "mac_cyrillic",
}
_MARKS = (
    (b"\xef\xbb\xbf", "utf_8"),
    (b"\xff\xfe\0\0", "utf_32_le"),
    (b"\0\0\xfe\xff", "utf_32_be"),
    (b"\xff\xfe", "utf_16_le"),
    (b"\xfe\xff", "utf_16_be"),
)


def declared_codec(content_type: str | None) -> str | None:
    """The codec of the charset that a Content-Type names; None for UTF-8, ASCII, an unknown charset and for none."""
    return None if content_type is None else _declared(content_type[:_LONGEST])


@lru_cache(maxsize=64)
def _declared(content_type: str) -> str | None:
    match = _CHARSET.search(content_type)
    if match is None or match[1].lower() in ("utf-8", "utf8", "us-ascii"):
        return None
    return codec_named(match[1])


def codec_named(charset: str) -> str | None:
    """The codec of a charset, by any name that the web has for it; None for UTF-8, ASCII and what is not listed."""
    from encodings import normalize_encoding
    from encodings.aliases import aliases

    name = normalize_encoding(charset.lower()).removeprefix("x_")
    if numbered := _NUMBERED.fullmatch(name):
        iso, code_page = numbered.groups()
        name = f"iso8859_{iso}" if iso else f"cp{code_page}"
    name = _NAMES.get(name, name)
    codec = aliases.get(name, name)
    return codec if codec in _CODECS else None


def text_of(content: bytes, content_type: str | None) -> str:
    """A body as text: by its byte order mark, else by its declared charset, else as UTF-8; never an error."""
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec, "replace")
    declared = declared_codec(content_type)
    if declared is None:
        return content.decode("utf-8", "replace")
    if declared in ("utf_16", "utf_32"):
        declared += "_le"  # without a mark; Python would take the machine's own order
    for codec in (declared, "utf-8"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            pass
    return content.decode(declared, "replace")


def json_utf8(content: bytes, content_type: str | None) -> bytes:
    """A JSON body in UTF-8 and without a byte order mark; as it came where it is not in its declared charset."""
    codec = declared_codec(content_type)
    if codec is None or codec.startswith("utf"):
        # JSON tells by its first bytes which Unicode encoding it is in
        if content[:1] not in b"\xef\xff\xfe\0" and content[1:2] != b"\0":
            return content
        from json import detect_encoding

        codec = detect_encoding(content)
        if codec == "utf-8":
            return content
    try:
        return content.decode(codec).encode()
    except UnicodeError:
        return content
