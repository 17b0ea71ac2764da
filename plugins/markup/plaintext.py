"""HTML as plain text, laid out as the html-to-text library does it: 80 columns, links and images in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeAlias

from selectolax.lexbor import LexborNode

from plugins.javascript import SPACE, number, number_text
from plugins.markup.page import attributes, children

WIDTH: Final = 80
_LEAST_WIDTH: Final = 20
_BLANKS: Final = " \t\r\n\f\u200b"
_WORD = re.compile(f"[^{_BLANKS}]+")
_Step: TypeAlias = LexborNode | Callable[[], None]
"""What is still to be laid out: a node, or the end of one."""


def plain_text(node: LexborNode, *, skip: Collection[int] = (), skip_others: bool = False) -> str:
    """What is within the element, as text. `skip` holds the `mem_id`s of elements to leave out; `skip_others` leaves
    out all that have no layout of their own."""
    layout = _Layout(node.mem_id, skip, skip_others)
    body = node.css_first("body") if node.tag == "html" else None
    return layout.text([body] if body is not None else list(children(node)))


@dataclass(slots=True)
class _Words:
    """Words of running text, broken into lines."""

    width: int
    lines: list[list[str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    left: int = 0
    space_before: bool = False
    may_break: bool = False

    def __post_init__(self) -> None:
        self.left = self.width

    def push(self, word: str) -> None:
        if self.left <= 0:
            self.new_line()
        if self.words and _units(word) + 1 > self.left:
            self.new_line()
        self.left -= _units(word) + (1 if self.words else 0)
        self.words.append(word)

    def concat(self, word: str) -> None:
        """Append to the last word, unless the line may be broken here and has to be."""
        if self.may_break and _units(word) > self.left:
            self.push(word)
            self.may_break = False
            return
        last = self.words.pop() if self.words else ""
        if last:
            self.left += _units(last) + (1 if self.words else 0)
        self.push(last + word)

    def new_line(self, times: int = 1) -> None:
        self.lines += [self.words, *([] for _ in range(times - 1))]
        self.words, self.left = [], self.width

    def clear(self) -> None:
        self.lines, self.words, self.left = [], [], self.width

    def __str__(self) -> str:
        return "\n".join(" ".join(words) for words in (*self.lines, self.words))


@dataclass(slots=True)
class _Block:
    """A block of text under construction. `prefix` is what precedes a list item, `indent` how wide that is."""

    words: _Words
    leading: int = 1
    pre: bool = False
    raw: str = ""
    trailing: int = 0
    prefix: str = ""
    indent: int = 0

    def __str__(self) -> str:
        return self.raw + str(self.words) if self.words.lines or self.words.words else self.raw

    def add(self, text: str, leading: int, trailing: int) -> None:
        before, breaks = str(self), max(self.trailing, leading)
        self.words.clear()
        if before:
            self.raw = before + "\n" * breaks + text
        else:
            self.raw, self.leading = text, breaks
        self.trailing = trailing


class _Layout:
    """Walks a tree without recursion, however deep it is."""

    def __init__(self, container: int, skip: Collection[int], skip_others: bool) -> None:
        self._container = container
        self._skip = skip
        self._skip_others = skip_others
        self._blocks = [_Block(_Words(WIDTH))]
        self._transforms: list[Callable[[str], str]] = []

    def text(self, nodes: Sequence[LexborNode]) -> str:
        waiting: list[_Step] = list(reversed(nodes))
        while waiting:
            step = waiting.pop()
            if not isinstance(step, LexborNode):
                step()
            elif step.is_text_node:
                self._inline(step.text_content or "")
            elif step.is_element_node:
                waiting += reversed(list(self._opened(step)))
        return str(self._blocks[0])

    def _opened(self, node: LexborNode) -> Iterable[_Step]:
        """Begin an element; what is left of it."""
        if node.mem_id in self._skip or node.tag in ("script", "style"):
            return ()
        handler = _FORMATS.get(node.tag)
        if handler is not None:
            return handler(self, node)
        return () if self._skip_others else children(node)

    def _inline(self, text: str, *, as_is: bool = False) -> None:
        block = self._blocks[-1]
        if block.pre:
            block.raw += text
            return
        found = _WORD.findall(text)
        if not text or (block.trailing and not found):
            return
        words = block.words
        if block.trailing:
            words.new_line(block.trailing)
        before = words.space_before
        for position, word in enumerate(found):
            for transform in () if as_is else reversed(self._transforms):
                word = transform(word)  # noqa: PLW2901 - one after the other
            (words.push if position or before or text[0] in _BLANKS else words.concat)(word)
        words.space_before = (before and not found) or text[-1] in _BLANKS
        block.trailing = 0

    # -------------------------------------------------------------------------------------------- blocks

    def _open(self, leading: int, *, reserved: int = 0, pre: bool = False) -> None:
        outer = self._blocks[-1]
        width = max(_LEAST_WIDTH, outer.words.width - reserved)
        self._blocks.append(_Block(_Words(width), leading, pre or outer.pre))

    def _close(self, trailing: int, change: Callable[[str], str] = str) -> None:
        block = self._blocks.pop()
        self._blocks[-1].add(change(str(block)), block.leading, max(block.trailing, trailing))

    def _block(self, node: LexborNode, leading: int, trailing: int) -> Iterable[_Step]:
        self._open(leading)
        return *children(node), lambda: self._close(trailing)

    def _narrow_block(self, node: LexborNode) -> Iterable[_Step]:
        return self._block(node, 1, 1)

    def _wide_block(self, node: LexborNode) -> Iterable[_Step]:
        return self._block(node, 2, 2)

    def _preformatted(self, node: LexborNode) -> Iterable[_Step]:
        self._open(2, pre=True)
        return *children(node), lambda: self._close(2)

    def _heading(self, node: LexborNode) -> Iterable[_Step]:
        self._open(3 if node.tag in ("h1", "h2", "h3") else 2)
        self._transforms.append(str.upper)
        return *children(node), self._end_heading

    def _end_heading(self) -> None:
        self._transforms.pop()
        self._close(2)

    def _quote(self, node: LexborNode) -> Iterable[_Step]:
        self._open(2, reserved=2)
        return *children(node), lambda: self._close(2, _quoted)

    def _rule(self, _: LexborNode) -> Iterable[_Step]:
        self._open(2)
        self._inline("-" * WIDTH)
        self._close(2)
        return ()

    # -------------------------------------------------------------------------------------------- within a line

    def _break(self, _: LexborNode) -> Iterable[_Step]:
        block = self._blocks[-1]
        if block.pre:
            block.raw += "\n"
        else:
            block.words.new_line()
        return ()

    def _break_opportunity(self, _: LexborNode) -> Iterable[_Step]:
        self._blocks[-1].words.may_break = True
        return ()

    def _image(self, node: LexborNode) -> Iterable[_Step]:
        known = attributes(node)
        self._inline(" ".join(filter(None, (known.get("alt"), _bracketed(known.get("src", ""))))), as_is=True)
        return ()

    def _anchor(self, node: LexborNode) -> Iterable[_Step]:
        href = attributes(node).get("href", "").removeprefix("mailto:")
        if not href or href.startswith("#"):
            return children(node)
        said: list[str] = []

        def heard(word: str) -> str:
            said.append(word)
            return word

        def end() -> None:
            self._transforms.pop()
            self._inline(f" {_bracketed(href)}" if said else href, as_is=True)

        self._transforms.append(heard)
        return *children(node), end

    # -------------------------------------------------------------------------------------------- lists

    def _bullets(self, node: LexborNode) -> Iterable[_Step]:
        return self._list(node, lambda: " * ")

    def _numbers(self, node: LexborNode) -> Iterable[_Step]:
        known = attributes(node)
        start, spelled = number(known.get("start") or "1"), _NUMERALS.get(known.get("type", ""), number_text)
        numbers = count(start)
        return self._list(node, lambda: f" {spelled(next(numbers))}. ")

    def _list(self, node: LexborNode, prefix: Callable[[], str]) -> Iterable[_Step]:
        outer = node.parent
        nested = outer is not None and outer.tag == "li" and outer.mem_id != self._container
        rows = [child for child in children(node) if not _is_blank(child)]
        prefixes = [(prefix().lstrip() if nested else prefix()) if row.tag == "li" else "" for row in rows]
        if not rows:
            return ()
        self._open(1 if nested else 2)
        indent = max(map(len, prefixes))
        steps = [step for row, said in zip(rows, prefixes, strict=True) for step in self._row(row, said, indent)]
        return *steps, lambda: self._end_list(1 if nested else 2)

    def _row(self, row: LexborNode, prefix: str, indent: int) -> tuple[_Step, ...]:
        def begin() -> None:
            self._open(1, reserved=indent)
            self._blocks[-1].prefix, self._blocks[-1].indent = prefix, indent

        return begin, row, self._end_row

    def _end_row(self) -> None:
        block = self._blocks[-1]
        spacing = "\n" + " " * block.indent
        self._close(1, lambda text: block.prefix.ljust(block.indent) + text.replace("\n", spacing))

    def _end_list(self, trailing: int) -> None:
        block = self._blocks.pop()
        if text := str(block):
            self._blocks[-1].add(text, block.leading, trailing)


_Handler: TypeAlias = Callable[[_Layout, LexborNode], Iterable[_Step]]
_FORMATS: Final[dict[str | None, _Handler]] = {
    **dict.fromkeys(
        ("article", "aside", "div", "footer", "form", "header", "main", "nav", "section"), _Layout._narrow_block
    ),
    **dict.fromkeys(("p", "table"), _Layout._wide_block),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _Layout._heading),
    "a": _Layout._anchor,
    "blockquote": _Layout._quote,
    "br": _Layout._break,
    "hr": _Layout._rule,
    "img": _Layout._image,
    "ol": _Layout._numbers,
    "pre": _Layout._preformatted,
    "ul": _Layout._bullets,
    "wbr": _Layout._break_opportunity,
}


def _units(word: str) -> int:
    """Its length as JavaScript counts."""
    return len(word) if word.isascii() else len(word.encode("utf-16-le", "surrogatepass")) // 2


def _is_blank(node: LexborNode) -> bool:
    return bool(node.is_text_node) and not (node.text_content or "").strip(SPACE)


def _bracketed(address: str) -> str:
    return f"[{address}]" if address else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.strip("\n").split("\n"))


def _letters(value: int | float) -> str:
    """1 is a, 26 z, 27 aa."""
    letters, left = "", int(value) if value == value else 0  # noqa: PLR0124 - NaN
    while left > 0:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("a") + digit) + letters
    return letters or "`"


_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST_ROMAN: Final = 3999


def _roman(value: int | float) -> str:
    if not 0 <= value <= _LARGEST_ROMAN:
        return number_text(value)
    numeral, left = "", int(value)
    for worth, letters in _ROMAN:
        numeral += letters * (left // worth)
        left %= worth
    return numeral


_NUMERALS: Final[dict[str, Callable[[int | float], str]]] = {
    "a": _letters,
    "A": lambda value: _letters(value).upper(),
    "i": _roman,
    "I": lambda value: _roman(value).upper(),
}
