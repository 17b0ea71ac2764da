"""JavaScript's regular expressions on a clock: they backtrack, and hostile text could keep one busy for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import regex

from plugins.javascript import SPACE

_FLAGS: Final = {"i": regex.IGNORECASE, "m": regex.MULTILINE}
_CLASSES: Final = {r"[\s\S]": "(?s:.)", r"[^\S\r\n]": f"[{SPACE.translate({10: None, 13: None})}]"}
"""Classes that cannot be spelled out sign by sign."""
_LINE_ENDS: Final = "\\n\\r\u2028\u2029"
Replacement: TypeAlias = Callable[[Any], str] | str


class TooSlow(Exception):
    """The text could not be converted in time."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How long all the searches of one conversion may take together."""

    deadline_s: float

    @classmethod
    def of(cls, seconds: float) -> Clock:
        return cls(time.monotonic() + seconds)

    def left_s(self) -> float:
        """Raises `TooSlow` when there is none."""
        left = self.deadline_s - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left

    def sub(self, source: str, flags: str, replacement: Replacement, text: str, *, count: int = 0) -> str:
        """`text.replace(/source/g, replacement)`; a replacement text is put as it is. Raises `TooSlow`."""
        make: Callable[[Any], str] = (lambda _: replacement) if isinstance(replacement, str) else replacement

        def put(found: Any) -> str:
            self.left_s()
            return make(found)

        try:
            return str(compiled(source, flags).sub(put, text, count=count, timeout=self.left_s()))
        except TimeoutError:
            raise TooSlow from None

    def search(self, source: str, flags: str, text: str, start: int = 0) -> Any:
        """The first match from `start` on, or None. Raises `TooSlow`."""
        try:
            return compiled(source, flags).search(text, start, timeout=self.left_s())
        except TimeoutError:
            raise TooSlow from None

    def matches(self, source: str, flags: str, text: str) -> list[Any]:
        """All matches, in order. Raises `TooSlow`."""
        try:
            return list(compiled(source, flags).finditer(text, timeout=self.left_s()))
        except TimeoutError:
            raise TooSlow from None

    def split(self, source: str, text: str) -> list[str]:
        try:
            return list(compiled(source, "").split(text, timeout=self.left_s()))
        except TimeoutError:
            raise TooSlow from None


@lru_cache(maxsize=512)
def compiled(source: str, flags: str) -> Any:
    """JavaScript's `/source/flags` for the `regex` module: the same blanks, line ends, and ASCII letters and digits."""
    parts: list[str] = []
    position, in_class = 0, False
    while position < len(source):
        two = source[position : position + 2]
        special = next((known for known in _CLASSES if source.startswith(known, position)), None)
        if special:
            two, part = special, _CLASSES[special]
        elif two == "\\s":
            part = SPACE if in_class else f"[{SPACE}]"
        elif two == "\\S":
            part = f"[^{SPACE}]"
        elif two[0] == "\\":
            part = two
        else:
            two = two[0]
            part = _single(two, in_class, "m" in flags)
            in_class = two != "]" if in_class else two == "["
        parts.append(part)
        position += len(two)
    kinds = regex.ASCII
    for flag in flags:
        kinds |= _FLAGS[flag]
    return regex.compile("".join(parts), kinds)


def _single(character: str, in_class: bool, multiline: bool) -> str:
    if in_class:
        return "\\[" if character == "[" else character
    if character == ".":
        return f"[^{_LINE_ENDS}]"
    return "\\Z" if character == "$" and not multiline else character
