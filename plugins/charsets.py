"""Character sets by the names that Node.js programs use, read and written."""

from __future__ import annotations

import codecs
import re
from typing import Final

from plugins.errors import NodeError

_WINDOWS = re.compile(r"(?:win|windows)[-_]?(\d{3,4})")
_ISO = re.compile(r"iso[-_]?8859[-_]?(\d{1,2})")
_ALIASES: Final = {
    "binary": "latin-1",
    "ucs2": "utf-16-le",
    "ucs-2": "utf-16-le",
    "utf16": "utf-16",
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "utf32le": "utf-32-le",
    "utf32be": "utf-32-be",
    "macintosh": "mac_roman",
    "macroman": "mac_roman",
    "macgreek": "mac_greek",
    "macturkish": "mac_turkish",
    "macce": "mac_latin2",
    "maccyrillic": "mac_cyrillic",
    "cp936": "gbk",
    "cp949": "cp949",
    "cp950": "big5",
    "eucjp": "euc_jp",
    "tis620": "tis-620",
}
_MARKS: Final = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-16": codecs.BOM_UTF16_LE,
}


def decoded(content: bytes, name: str = "utf8", *, keep_mark: bool = False) -> str:
    """The text, without a byte order mark unless that is to be kept. What cannot be read becomes U+FFFD.

    Raises `NodeError` for an unknown set.
    """
    text = content.decode(_codec(name), errors="replace")
    return text if keep_mark else text.removeprefix("\ufeff")


def encoded(text: str, name: str = "utf8", *, mark: bool = False) -> bytes:
    """The bytes, with a byte order mark where asked for. What the set lacks becomes a question mark."""
    codec = _codec(name)
    content = text.encode("utf-16-le" if codec == "utf-16" else codec, errors="replace")
    return (_MARKS.get(codec, b"") if mark or codec == "utf-16" else b"") + content


def _codec(name: str) -> str:
    known = name.strip().lower()
    if found := _WINDOWS.fullmatch(known):
        known = f"cp{found.group(1)}"
    elif found := _ISO.fullmatch(known):
        known = f"iso8859-{found.group(1)}"
    known = _ALIASES.get(known, known)
    try:
        found_codec = codecs.lookup(known)
    except (LookupError, ValueError):
        raise NodeError(f"Encoding not recognized: '{name}'", name="Error", retryable=False) from None
    # Some codecs turn bytes into bytes: those are no character sets.
    if not found_codec._is_text_encoding:
        raise NodeError(f"Encoding not recognized: '{name}'", name="Error", retryable=False)
    return found_codec.name
