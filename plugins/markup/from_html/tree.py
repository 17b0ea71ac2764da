"""HTML as a tree of tags and texts, forgiving in ways of its own: what stays open is dissolved into its parent."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from plugins.javascript import SPACE
from plugins.markup.markdown.patterns import Clock

_MARKUP: Final = (
    r"<!--[\s\S]*?-->|<(\/?)([a-zA-Z][-.:0-9_a-zA-Z]*)"
    r"""((?:\s+[^>]*?(?:(?:'[^']*')|(?:"[^"]*"))?)*)\s*(\/?)>"""
)
_ATTRIBUTE: Final = r"""([a-zA-Z()\[\]#@][a-zA-Z0-9\-_:()\[\]#]*)(?:\s*=\s*((?:'[^']*')|(?:"[^"]*")|\S+))?"""
_FRAME: Final = "documentfragmentcontainer"
_VOID: Final = frozenset(
    {
        "area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "embed", "param", "track", "wbr",
        "AREA", "BASE", "BR", "COL", "HR", "IMG", "INPUT", "LINK", "META", "SOURCE", "EMBED", "PARAM", "TRACK", "WBR",
    }
)  # fmt: skip
_UNREAD: Final = frozenset({"script", "noscript", "style"})
_CLOSED_BY_OPENING: Final = {
    "li": {"li"}, "p": {"p", "div"}, "b": {"div"}, "td": {"td", "th"}, "th": {"td", "th"},
    **{f"h{level}": {f"h{level}"} for level in range(1, 7)},
}  # fmt: skip
_CLOSED_BY_CLOSING: Final = {
    "li": {"ul", "ol"}, "a": {"div"}, "b": {"div"}, "i": {"div"}, "p": {"div"}, "td": {"tr", "table"},
    "th": {"tr", "table"},
}  # fmt: skip
_BLANK = re.compile(f"(?:[{SPACE}]|&nbsp;)*")


@dataclass(eq=False, slots=True)
class Text:
    raw: str
    kept: bool = True

    @property
    def text(self) -> str:
        return html.unescape(self.raw)

    @property
    def trimmed(self) -> str:
        """At most one blank is left at either side, and none where a line ends."""
        text = self.text
        inner = text.strip(SPACE)
        if not inner:
            return text
        begin = len(text) - len(text.lstrip(SPACE))
        before, after = text[max(begin - 1, 0) : begin], text[begin + len(inner) : begin + len(inner) + 1]
        return _blank(before) + inner + _blank(after)

    @property
    def is_blank(self) -> bool:
        return _BLANK.fullmatch(self.raw) is not None


@dataclass(eq=False, slots=True)
class Element:
    """`name` is as written; the root has none. `kept` is false for what has nothing to show."""

    name: str
    raw_attributes: str = ""
    parent: Element | None = None
    children: list[Element | Text] = field(default_factory=list)
    kept: bool = False

    @property
    def tag(self) -> str:
        return self.name.upper()

    @property
    def raw(self) -> str:
        return "".join(text.raw for text in self._texts())

    def attribute(self, name: str, clock: Clock) -> str:
        """Empty when it is not there."""
        value = ""
        for found in clock.matches(_ATTRIBUTE, "", self.raw_attributes):
            if found.group(1).lower() == name:
                value = found.group(2) or ""
        quoted = value[:1] in ("'", '"')
        return html.unescape(value[1:-1] if quoted else value)

    def _texts(self) -> Iterator[Text]:
        waiting: list[Element | Text] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, Text):
                yield node
            else:
                waiting += reversed(node.children)


def parsed(source: str, clock: Clock) -> Element:
    """The root of the tree. Raises `TooSlow`."""
    root = Element("")
    stack = _Stack([root])
    source += f"</{_FRAME}>"  # a tag that is cut off at the end takes it for its own
    at = position = 0
    while found := clock.search(_MARKUP, "", source, position):
        if at < found.start():
            stack.add(Text(source[at : found.start()]))
        at = position = found.end()
        closing, name, attributes, self_closing = found.groups()
        if name is None or name == _FRAME:
            continue
        if not closing:
            stack.open(name, attributes, self_closing=bool(self_closing))
            if name.lower() in _UNREAD:
                end = source.find(f"</{name}>", at)
                at = position = len(source) if end < 0 else end + len(name) + 3
                closing = "/" if end >= 0 else ""
        if closing or self_closing or name in _VOID:
            stack.close(name)
    stack.dissolve()
    return root


class _Stack:
    """The elements that are open."""

    def __init__(self, elements: list[Element]) -> None:
        self._elements = elements
        self._link: int | None = None
        """How many are open outside the link that is: links do not nest."""

    def add(self, node: Element | Text) -> None:
        self._elements[-1].children.append(node)

    def open(self, name: str, attributes: str, *, self_closing: bool) -> None:
        if not self_closing and name.lower() in _CLOSED_BY_OPENING.get(self._elements[-1].name.lower(), ()):
            self._elements.pop()
        if name in ("a", "A"):
            if self._link is not None:
                del self._elements[self._link :]
            self._link = len(self._elements)
        element = Element(name, attributes[1:], self._elements[-1])
        self.add(element)
        self._elements.append(element)

    def close(self, name: str) -> None:
        while True:
            if name in ("a", "A"):
                self._link = None
            last = self._elements[-1]
            if last.name and last.name == name:
                self._elements.pop()
                return
            if name.lower() not in _CLOSED_BY_CLOSING.get(last.name.lower(), ()):
                return
            self._elements.pop()

    def dissolve(self) -> None:
        """What nobody closed goes, and leaves its children to the one around it."""
        while len(self._elements) > 1:
            last = self._elements.pop()
            before = self._elements[-1]
            if last.parent is None or last.parent.parent is None:
                continue
            heir = before
            if last.parent is before and last.tag == before.tag:
                heir = before.parent or before
                self._elements.pop()
            before.children = [child for child in before.children if child is not last]
            for child in last.children:
                if isinstance(child, Element):
                    child.parent = heir
                heir.children.append(child)


def _blank(character: str) -> str:
    return " " if character and character in SPACE and character not in "\r\n" else ""
