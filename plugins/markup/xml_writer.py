"""JSON as XML, as xml2js builds it: keys are elements, lists repeat them, two spaces a level."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from plugins.items import Json
from plugins.javascript import is_object, text
from plugins.markup.xml_reader import MOST_LEVELS
from plugins.values import UNDEFINED

DEFAULT_ROOT: Final = "root"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NAME = re.compile(
    "[:A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff]"
    "[-.0-:A-Z_a-z\xb7\xc0-\xd6\xd8-\xf6\xf8-\u037d\u037f-\u1fff\u200c\u200d\u203f\u2040\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff]*"
)
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class Unwritable(ValueError):
    """JSON that XML cannot hold. Its text says why."""


@dataclass(frozen=True, slots=True)
class Style:
    attribute_key: str = "$"
    text_key: str = "_"
    root: str = DEFAULT_ROOT
    headless: bool = False
    cdata: bool = False
    """Text with markup characters is wrapped rather than escaped."""


def built(json: dict[str, Json], style: Style) -> str:
    """The document. An object with a single key is the root itself, unless another name is asked for.

    Raises `Unwritable`.
    """
    name, value = style.root, _plain(json)
    if len(json) == 1 and style.root == DEFAULT_ROOT:
        [(name, value)] = json.items()
    body = _Writer(style).element(name, value, 0).rstrip("\n")
    return body if style.headless else _DECLARATION + body


@dataclass(frozen=True, slots=True)
class _Writer:
    style: Style

    def element(self, name: str, value: Json, level: int) -> str:
        if level > MOST_LEVELS:
            raise Unwritable(f"Objects are nested deeper than {MOST_LEVELS} levels")
        margin = "  " * level
        begin = f"{margin}<{_named(name)}{''.join(self._attributes(value))}"
        children = list(self._children(name, value, level + 1))
        if all(written == "" for _, written in children):
            return f"{begin}/>\n"
        if len(children) == 1 and children[0][0]:
            return f"{begin}>{children[0][1]}</{name}>\n"
        inner = "".join(f"{margin}  {written}\n" if is_text else written for is_text, written in children)
        return f"{begin}>\n{inner}{margin}</{name}>\n"

    def _attributes(self, value: Json) -> Iterator[str]:
        given = value.get(self.style.attribute_key) if isinstance(value, dict) else None
        for name, one in given.items() if isinstance(given, dict) else ():
            if one is not None and one is not UNDEFINED:
                yield f' {_named(name)}="{_legal(text(one).translate(_IN_ATTRIBUTE))}"'

    def _children(self, parent: str, value: Json, level: int) -> Iterator[tuple[bool, str]]:
        """Text (as True) and elements within, written."""
        if isinstance(value, dict):
            yield from self._members(parent, value, level)
        elif isinstance(value, list):
            for row in value:
                for name, inner in _entries(row):
                    yield False, self.element(name, inner, level)
        elif value is not None:
            yield True, self._text(value)

    def _members(self, parent: str, value: dict[str, Json], level: int) -> Iterator[tuple[bool, str]]:
        for name, inner in value.items():
            if name == self.style.attribute_key or inner is UNDEFINED:
                continue
            if name == self.style.text_key:
                if inner is None:
                    raise Unwritable(f"Missing element text. parent: <{parent}>")
                yield True, self._text(inner)
            else:
                for one in inner if isinstance(inner, list) else [inner]:
                    yield False, self.element(name, _plain(one), level)

    def _text(self, value: Json) -> str:
        if self.style.cdata and isinstance(value, str) and any(sign in value for sign in "&<>"):
            return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>', 1)}]]>"
        return _legal(text(value).translate(_IN_TEXT))


def _plain(value: Json) -> Json:
    """Dates are objects without fields to JavaScript."""
    return {} if is_object(value) and isinstance(value, str) else value


def _entries(row: Json) -> Iterator[tuple[str, Any]]:
    """What JavaScript's `for … in` walks."""
    if isinstance(row, dict):
        yield from row.items()
    elif isinstance(row, list | str):
        yield from ((str(index), one) for index, one in enumerate(row))


def _named(name: str) -> str:
    _legal(name)
    if not _NAME.fullmatch(name):
        raise Unwritable("Invalid character in name")
    return name


def _legal(written: str) -> str:
    if found := _ILLEGAL.search(written):
        raise Unwritable(f"Invalid character in string: {written} at index {found.start()}")
    return written
