"""XML as JSON, in the shape that xml2js gives it, and with the complaints of the parser underneath, sax.

Entities are those of HTML and character references: what a document type declares is passed over, so nothing can be
fetched and nothing can expand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import Final, NoReturn

from plugins.items import Json
from plugins.javascript import SPACE

MOST_LEVELS: Final = 256
_START: Final = (
    ":_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_BODY: Final = _START + "\u00b7\u0300-\u036f\u203f\u2040.\\d-"
_NAME = re.compile(f"[{_START}][{_BODY}]*")
_ENTITY = re.compile(f"[#{_START}][#{_BODY}]*")
_BLANK: Final = " \n\r\t"
_BLANKS = re.compile(r"[ \n\r\t]*")
_NOT_TEXT = re.compile(r"[<&]")
_RUNS_OF_SPACE = re.compile(f"[{SPACE}]{{2,}}")
_ENTITIES: Final = {name: chr(code) for name, code in name2codepoint.items()} | {"apos": "'"}
_CDATA: Final = "[CDATA["


class Malformed(ValueError):
    """Not well-formed. Its text says what is wrong, and at which line and column, as sax does."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How elements become JSON."""

    attribute_key: str = "$"
    text_key: str = "_"
    merge_attributes: bool = False
    lists_always: bool = False
    with_root: bool = True
    ignore_attributes: bool = False
    trim: bool = False
    normalize: bool = False
    lower_names: bool = False


def parsed(text: str, shape: Shape) -> Json:
    """The first element of the document, as JSON; None when there is none. Raises `Malformed`."""
    return _Reader(text, shape).document()


@dataclass(slots=True)
class _Element:
    """An element that is open. Its name as written is what has to close it."""

    name: str
    key: str
    json: dict[str, Json]
    text: list[str]
    has_cdata: bool = False


class _Reader:
    def __init__(self, text: str, shape: Shape) -> None:
        self._text = text.removeprefix("\ufeff")
        self._shape = shape
        self._at = 0
        self._open: list[_Element] = []
        self._result: Json = None
        self._done = False

    def document(self) -> Json:
        if not self._text.strip(SPACE):
            return None
        self._at = 1 if self._text.startswith("\ufeff") else 0
        self._skip_blanks()
        if self._at < len(self._text) and self._text[self._at] != "<":
            self._fail("Non-whitespace before first tag.")
        while not self._done and self._at < len(self._text):
            self._content()
        if self._open and not self._done:
            self._fail("Unclosed root tag", at_end=True)
        return self._result

    # -------------------------------------------------------------------------------------------- content

    def _content(self) -> None:
        """Text up to the next tag, and the tag."""
        found = _NOT_TEXT.search(self._text, self._at)
        end = found.start() if found else len(self._text)
        if self._open:
            self._open[-1].text.append(self._text[self._at : end])
            self._at = end
        else:
            self._skip_blanks()
            if self._at < end:
                self._fail("Text data outside of root node.")
        if not found:
            return
        if self._text[self._at] == "&":
            if not self._open:
                self._fail("Text data outside of root node.")
            self._open[-1].text.append(self._entity())
        else:
            self._tag()

    def _tag(self) -> None:
        self._at += 1
        self._skip_blanks()
        match self._text[self._at : self._at + 1]:
            case "":
                self._unfinished()
            case "!":
                self._at += 1
                self._declaration()
            case "?":
                self._at = self._past("?>")
            case "/":
                self._at += 1
                self._end_tag()
            case _:
                self._start_tag()

    def _declaration(self) -> None:
        if self._text.startswith("--", self._at):
            end = self._text.find("--", self._at + 2)
            if end < 0:
                self._unfinished()
            self._at = end + 2
            if self._next() != ">":
                self._fail("Malformed comment")
            self._at += 1
        elif self._text[self._at : self._at + len(_CDATA)].upper() == _CDATA:
            end = self._past("]]>")
            if self._open and end - 3 > self._at + len(_CDATA):
                self._open[-1].text.append(self._text[self._at + len(_CDATA) : end - 3])
                self._open[-1].has_cdata = True
            self._at = end
        else:
            self._document_type()

    def _document_type(self) -> None:
        """Passed over, with all that it declares."""
        if self._open and self._text[self._at : self._at + 7].upper() == "DOCTYPE":
            self._fail("Inappropriately located doctype declaration", self._at + 6)
        level = 0
        while self._at < len(self._text):
            character = self._text[self._at]
            if character in "\"'":
                self._at = self._past(character, self._at + 1) - 1
            elif self._text.startswith("<!--", self._at):
                self._at = self._past("-->", self._at + 4) - 1
            level += {"[": 1, "<": 1, "]": -1}.get(character, 0) - (character == ">" and level > 0)
            self._at += 1
            if character == ">" and level <= 0:
                return
        self._unfinished()

    # -------------------------------------------------------------------------------------------- tags

    def _start_tag(self) -> None:
        found = _NAME.match(self._text, self._at)
        if found is None:
            self._fail("Unencoded <")
        if len(self._open) >= MOST_LEVELS:
            raise Malformed(f"Elements are nested deeper than {MOST_LEVELS} levels")
        name, self._at = found.group(), found.end()
        attributes: dict[str, str] = {}
        if self._next() not in ">/" + _BLANK:
            self._fail("Invalid character in tag name")
        while True:
            self._skip_blanks()
            match self._next():
                case ">":
                    self._at += 1
                    self._opened(name, attributes)
                    return
                case "/":
                    self._at += 1
                    if self._next() != ">":
                        self._fail("Forward-slash in opening tag not followed by >")
                    self._at += 1
                    self._opened(name, attributes)
                    self._closed()
                    return
            self._attribute(attributes)

    def _attribute(self, attributes: dict[str, str]) -> None:
        found = _NAME.match(self._text, self._at)
        if found is None:
            self._fail("Invalid attribute name")
        self._at = found.end()
        if self._next() not in "=>" + _BLANK:
            self._fail("Invalid attribute name")
        self._skip_blanks()
        if self._next() != "=":
            self._fail("Attribute without value")
        self._at += 1
        self._skip_blanks()
        quote = self._next()
        if quote not in "\"'":
            self._fail("Unquoted attribute value")
        self._at += 1
        attributes.setdefault(found.group(), self._value(quote))
        after = self._next()
        if after not in ">/" + _BLANK:
            self._fail("No whitespace between attributes" if _NAME.match(after) else "Invalid attribute name")

    def _value(self, quote: str) -> str:
        parts: list[str] = []
        end = self._text.find(quote, self._at)
        stop = end if end >= 0 else len(self._text)
        while (ampersand := self._text.find("&", self._at, stop)) >= 0:
            parts.append(self._text[self._at : ampersand])
            self._at = ampersand
            parts.append(self._entity())
        if end < 0:
            self._unfinished()
        parts.append(self._text[self._at : end])
        self._at = end + 1
        return "".join(parts)

    def _end_tag(self) -> None:
        self._skip_blanks()
        found = _NAME.match(self._text, self._at)
        if found is None:
            self._next()
            self._fail("Invalid tagname in closing tag.")
        self._at = found.end()
        if self._next() not in ">" + _BLANK:
            self._fail("Invalid tagname in closing tag")
        self._skip_blanks()
        if self._next() != ">":
            self._fail("Invalid characters in closing tag")
        if not self._open:
            self._fail(f"Unmatched closing tag: {found.group()}")
        if self._open[-1].name != found.group():
            self._fail("Unexpected close tag")
        self._at += 1
        self._closed()

    def _entity(self) -> str:
        begin = self._at + 1
        found = _ENTITY.match(self._text, begin)
        end = found.end() if found else begin
        if self._text[end : end + 1] != ";" or found is None:
            if end >= len(self._text):
                self._unfinished()
            self._fail("Invalid character in entity name", end)
        name = found.group()
        self._at = end + 1
        value = _ENTITIES.get(name) or _ENTITIES.get(name.lower()) or _character(name.lower())
        if value is None:
            self._fail("Invalid character entity", end)
        return value

    # -------------------------------------------------------------------------------------------- elements as JSON

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        shape = self._shape
        json: dict[str, Json] = {shape.text_key: ""}
        if attributes and not shape.ignore_attributes:
            if shape.merge_attributes:
                for key, value in attributes.items():
                    self._assign(json, key, value)
            else:
                json[shape.attribute_key] = attributes
        self._open.append(_Element(name, name.lower() if shape.lower_names else name, json, []))

    def _closed(self) -> None:
        element = self._open.pop()
        value = self._valued(element)
        if self._open:
            self._assign(self._open[-1].json, element.key, value)
            return
        self._result = {element.key: value} if self._shape.with_root else value
        self._done = True

    def _valued(self, element: _Element) -> Json:
        shape, json, text = self._shape, element.json, "".join(element.text)
        if not element.has_cdata and not text.strip(SPACE):
            json.pop(shape.text_key)
            return json or text
        if shape.trim:
            text = text.strip(SPACE)
        if shape.normalize:
            text = _RUNS_OF_SPACE.sub(" ", text).strip(SPACE)
        if len(json) == 1:
            return text
        json[shape.text_key] = text
        return json

    def _assign(self, json: dict[str, Json], key: str, value: Json) -> None:
        if key not in json:
            json[key] = [value] if self._shape.lists_always else value
        elif isinstance(json[key], list):
            json[key].append(value)
        else:
            json[key] = [json[key], value]

    # -------------------------------------------------------------------------------------------- places

    def _next(self) -> str:
        """The character here. At the end of the text, what is open will never be closed."""
        if self._at >= len(self._text):
            self._unfinished()
        return self._text[self._at]

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _past(self, end: str, start: int | None = None) -> int:
        found = self._text.find(end, self._at if start is None else start)
        if found < 0:
            self._unfinished()
        return found + len(end)

    def _unfinished(self) -> NoReturn:
        self._fail("Unclosed root tag" if self._open else "Unexpected end", at_end=True)

    def _fail(self, message: str, at: int | None = None, *, at_end: bool = False) -> NoReturn:
        """Raises `Malformed` at a character, by default the one here."""
        place = len(self._text) if at_end else self._at if at is None else at
        before = self._text[: place + 1]
        line, column = before.count("\n"), _units(before[before.rfind("\n") + 1 :])
        column -= not at_end and before[-1:] > "\uffff"  # of two halves the first is complained of
        raise Malformed(f"{message}\nLine: {line}\nColumn: {column}\nChar: {self._text[place : place + 1]}")


def _units(text: str) -> int:
    """How long JavaScript finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _character(name: str) -> str | None:
    """What `#65` or `#x41` stands for; None when it stands for nothing."""
    base = 16 if name.startswith("#x") else 10
    digits = name.removeprefix("#x") if base == 16 else name[1:]
    if not name.startswith("#") or not re.fullmatch(r"[0-9a-f]{1,8}" if base == 16 else r"\d{1,9}", digits, re.ASCII):
        return None
    code = int(digits, base)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else None
