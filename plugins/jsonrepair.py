"""JSON out of text that is nearly JSON, as people and models write it.

Forgiven are: keys and texts without quotes or with other quotes, missing and trailing commas, missing closing
brackets and quotes, comments, Python's constants, `undefined`, an ellipsis, texts joined by `+`, calls such as
`NumberLong(2)` or `callback({})`, fenced code, escaped JSON, and one value a line (which makes a list).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from plugins import jsontext
from plugins.items import Json

DEEPEST: Final = 200
_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "“": "”", "”": "”", "‘": "’", "’": "’", "´": "´"}
_BLANK = re.compile(r"(?:[\s\u00a0\u2000-\u200a\u202f\u205f\u3000\ufeff]|/\*.*?(?:\*/|\Z)|//[^\n]*)*", re.DOTALL)
_FENCE = re.compile(r"\s*```[A-Za-z0-9_]*\s*\n?(.*?)(?:```)?\s*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d*)?([eE][+-]?\d*)?(?=[,:\[\]{}/\s()+]|\Z)")
_CUT_NUMBER = re.compile(r"-\Z")
_BARE = re.compile(r"[^,:\[\]{}/()\n+\"]+")
_BARE_VALUE = re.compile(r"(?:https?://[^\s,\]}\"]*|[^,\[\]{}()\n+\":/]|:(?=//)|/(?![/*]))+")
_ESCAPED = re.compile(r"[{\[]?\s*\\\"")
_UNCLOSED = re.compile(r"[^,:\[\]{}\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CODE_POINT = re.compile(r"[0-9a-fA-F]{4}")
_CALL = re.compile(r"[A-Za-z_$][\w$]*\s*\(")
_CONSTANTS: Final[dict[str, Json]] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "None": None, "undefined": None,
}  # fmt: skip
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def parse(text: str) -> Json:
    """The value that the text most likely means. Raises `ValueError` for what cannot be mended."""
    fenced = _FENCE.fullmatch(text)
    return _Reader(fenced.group(1) if fenced else text).document()


@dataclass
class _Reader:
    text: str
    position: int = 0
    depth: int = 0

    def document(self) -> Json:
        self._blank()
        if _ESCAPED.match(self.text, self.position):
            return _Reader(self.text.replace('\\"', '"')).document()
        values = [self._value()]
        while not self._at_end():
            self._skip(",")
            self._blank()
            while self._skip("}") or self._skip("]"):
                self._blank()
            if self._at_end():
                break
            if not isinstance(values[-1], dict | list):
                raise self._unexpected()
            values.append(self._value())
        return values[0] if len(values) == 1 else values

    # -------------------------------------------------------------------------------------------- values

    def _value(self) -> Json:
        self._blank()
        character = self._peek()
        if character == "{":
            return self._nested(self._object)
        if character == "[":
            return self._nested(self._array)
        if character in _QUOTES:
            return self._joined()
        return self._number_or_bare()

    def _nested(self, read: Callable[[], Json]) -> Json:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError("nested too deeply")
        found = read()
        self.depth -= 1
        return found

    def _object(self) -> Json:
        self.position += 1
        made: dict[str, Json] = {}
        while not self._closed("}"):
            if self._skip("..."):
                continue
            key = self._key()
            self._blank()
            if not self._skip(":") and not self._at_end() and self._peek() in ",}":
                raise self._unexpected()
            self._blank()
            made[key] = None if self._at_end() or self._peek() in ",}" else self._value()
        return made

    def _array(self) -> Json:
        self.position += 1
        made: list[Json] = []
        while not self._closed("]"):
            if not self._skip("..."):
                made.append(self._value())
        return made

    def _closed(self, bracket: str) -> bool:
        """Whether the container ends here: by its bracket, by that of one around it, or with the text."""
        self._blank()
        while self._skip(","):
            self._blank()
        return self._at_end() or self._skip(bracket) or self._peek() in "}]"

    def _key(self) -> str:
        if self._peek() in _QUOTES:
            return self._quoted()
        found = _BARE.match(self.text, self.position)
        if not found:
            raise self._unexpected()
        self.position = found.end()
        return found.group().strip()

    # -------------------------------------------------------------------------------------------- leaves

    def _number_or_bare(self) -> Json:
        if found := _NUMBER.match(self.text, self.position):
            self.position = found.end()
            digits = found.group().rstrip("eE+-") if not found.group()[-1].isdigit() else found.group()
            return jsontext.parse(digits + "0" if digits.endswith(".") else digits)
        if found := _CUT_NUMBER.match(self.text, self.position):
            self.position = found.end()
            return 0
        if found := _CALL.match(self.text, self.position):
            return self._called(found.end())
        found = _BARE_VALUE.match(self.text, self.position)
        if not found or not found.group().strip():
            raise self._unexpected()
        self.position = found.end()
        self._skip('"')
        word = found.group().strip()
        return _CONSTANTS.get(word, word)

    def _called(self, start: int) -> Json:
        """The argument of `NumberLong("2")` or `callback({…});`."""
        self.position = start
        value = self._value()
        self._blank()
        self._skip(")")
        self._skip(";")
        return value

    def _joined(self) -> str:
        """A text, and those joined to it by `+`."""
        made = self._quoted()
        while True:
            start = self.position
            self._blank()
            plus = self._skip("+")
            self._blank()
            if not plus or self._peek() not in _QUOTES:
                self.position = start
                return made
            made += self._quoted()

    def _quoted(self) -> str:
        """A text in quotes. One that is not closed ends before the next delimiter on its line."""
        start = self.position
        closing = _QUOTES[self._peek()]
        self.position += 1
        parts: list[str] = []
        while character := self._peek():
            self.position += 1
            if character == "\\":
                parts.append(self._escaped())
            elif character == closing or (closing == "”" and character == '"'):
                if self._ends_text():
                    return _whole("".join(parts))
                parts.append(character)
            else:
                parts.append(character)
        return self._unclosed(start)

    def _ends_text(self) -> bool:
        """Whether a quote was the closing one: what follows it may follow a text."""
        following = _BLANK.match(self.text, self.position)
        after = self.text[following.end() if following else self.position :][:1]
        return not after or after in ",:}])+" or after in _QUOTES or "\n" in (following.group() if following else "")

    def _unclosed(self, start: int) -> str:
        found = _UNCLOSED.match(self.text, start + 1)
        assert found
        self.position = found.end()
        return found.group().rstrip()

    def _escaped(self) -> str:
        letter = self._peek()
        self.position += 1
        if letter == "u" and (code := _CODE_POINT.match(self.text, self.position)):
            self.position = code.end()
            return chr(int(code.group(), 16))
        return _ESCAPES.get(letter, letter)

    # -------------------------------------------------------------------------------------------- reading

    def _peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def _at_end(self) -> bool:
        self._blank()
        return self.position >= len(self.text)

    def _skip(self, symbol: str) -> bool:
        found = self.text.startswith(symbol, self.position)
        self.position += len(symbol) * found
        return found

    def _blank(self) -> None:
        found = _BLANK.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def _unexpected(self) -> ValueError:
        return ValueError(f"unexpected {self._peek() or 'end'!r} at {self.position}")


def _whole(text: str) -> str:
    """Pairs of escaped surrogates as the characters they are."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
