"""JavaScript's regular expressions, run by RE2: linear time whatever the pattern and the text.

What RE2 cannot do (looking around, back references) is refused by name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import re2

_SLASHED = re.compile(r"^/(.*?)/([gimusy]*)$")
_SPACE = r"\s\x0b\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_ESCAPES = {"s": f"[{_SPACE}]", "S": f"[^{_SPACE}]", "0": r"\x00", "v": r"\x0b"}
_ESCAPES_IN_CLASS = {"s": _SPACE, "b": r"\x08", "0": r"\x00", "v": r"\x0b", "-": r"\-"}
_SAME = frozenset("dDwWbBnrtfpP")
_CODE = re.compile(r"u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})")
_UNSUPPORTED: Final = "looking around and back references are not supported"
_COMPLAINTS: Final = (
    ("missing ]", "Unterminated character class"),
    ("missing )", "Unterminated group"),
    ("unexpected )", "Unmatched ')'"),
    ("no argument for repetition", "Nothing to repeat"),
    ("bad repetition operator", "Nothing to repeat"),
    ("trailing \\", "\\ at end of pattern"),
    ("invalid character class range", "Range out of order in character class"),
    ("invalid repetition size", "numbers out of order in {} quantifier"),
    ("invalid perl operator: (?=", _UNSUPPORTED),
    ("invalid perl operator: (?!", _UNSUPPORTED),
    ("invalid perl operator: (?<", _UNSUPPORTED),
    ("invalid perl operator", "Invalid group"),
    ("invalid named capture", "Invalid capture group name"),
)
"""What RE2 complains of, and how V8 puts it."""


class InvalidPattern(ValueError):
    """A regular expression that cannot be run. Its text is V8's message."""

    def __init__(self, source: str, flags: str, complaint: str) -> None:
        super().__init__(f"Invalid regular expression: /{source}/{flags}: {complaint}")


def slashed(pattern: str) -> Any:
    """The RE2 pattern for `/source/flags`, or for bare source. Raises `InvalidPattern`."""
    found = _SLASHED.match(pattern)
    return compiled(found.group(1), found.group(2)) if found else compiled(pattern)


@lru_cache(maxsize=512)
def compiled(source: str, flags: str = "") -> Any:
    """The RE2 pattern for `new RegExp(source, flags)`. Raises `InvalidPattern`."""
    options = re2.Options()
    options.log_errors = False
    prefix = "".join(flag for flag in "ims" if flag in flags)
    try:
        return re2.compile((f"(?{prefix})" if prefix else "") + _translated(source, flags), options)
    except re2.error as error:
        complaint = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise InvalidPattern(source, flags, _as_v8_says(complaint)) from None


def _as_v8_says(complaint: str) -> str:
    return next((said for prefix, said in _COMPLAINTS if complaint.startswith(prefix)), complaint)


def _translated(source: str, flags: str) -> str:
    """JavaScript's syntax as RE2's."""
    parts: list[str] = []
    position, in_class = 0, False
    while position < len(source):
        character = source[position]
        if character == "\\":
            part, position = _escape(source, flags, position + 1, in_class)
        elif in_class:
            part, position = "\\[" if character == "[" else character, position + 1
            in_class = character != "]"
        elif source.startswith(("[^]", "[]"), position):
            negated = source[position + 1] == "^"
            part, position = (r"[\s\S]", position + 3) if negated else (r"[^\x00-\x{10ffff}]", position + 2)
        elif character == "[":
            part = "[^" if source.startswith("[^", position) else "["
            position, in_class = position + len(part), True
        else:
            part, position = character, position + 1
        parts.append(part)
    return "".join(parts)


def _escape(source: str, flags: str, position: int, in_class: bool) -> tuple[str, int]:
    """The escape whose letter is at `position`, and where the source goes on."""
    letter = source[position : position + 1]
    if not letter:
        return "\\", position
    if found := _CODE.match(source, position):
        return f"\\x{{{found.group(1) or found.group(2) or found.group(3)}}}", found.end()
    if letter == "c" and source[position + 1 : position + 2].isalpha():
        return f"\\x{ord(source[position + 1]) % 32:02x}", position + 2
    if letter in "123456789" or (letter == "k" and source.startswith("k<", position)):
        raise InvalidPattern(source, flags, _UNSUPPORTED)
    if letter in "pP" and "u" not in flags:
        return letter, position + 1
    if own := (_ESCAPES_IN_CLASS if in_class else _ESCAPES).get(letter):
        return own, position + 1
    if letter in _SAME or (not letter.isalnum() and letter.isascii()):
        return "\\" + letter, position + 1
    return letter, position + 1
