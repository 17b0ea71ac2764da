"""The walk through a page that writes its Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from plugins.javascript import SPACE
from plugins.markup.from_html.rules import SHOWN_EMPTY, Options, Rule, RuleSets, rule_sets
from plugins.markup.from_html.tree import Element, Text, parsed
from plugins.markup.markdown.patterns import Clock, TooSlow

MOST_SECONDS: Final = 3.0
_CONTENTLESS: Final = ("BR", "HR", "IMG")
_LOOKED_BACK: Final = 10


@dataclass(slots=True)
class Table:
    caption: str = ""


@dataclass(slots=True)
class State:
    """What the elements around say about what is within. A list's own state counts its rows."""

    list_kind: str = ""
    number: int | None = None
    indent: int = -1
    verbatim: bool = False
    no_escape: bool = False
    rules: str | None = None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """An element where it stands, for the rule that is made for it."""

    node: Element
    state: State
    options: Options
    clock: Clock
    reference: Callable[[str], int]
    """The number of a link's address, where addresses stand at the end."""


def to_markdown(html: str, options: Options, *, seconds: float = MOST_SECONDS) -> str:
    """The page as Markdown. Raises `TooSlow`, for pages nested too deeply as well."""
    clock = Clock.of(seconds)
    try:
        return _Writer(options, clock).written(parsed(html, clock))
    except RecursionError:
        raise TooSlow from None


@dataclass(slots=True)
class _Writer:
    options: Options
    clock: Clock
    text: str = ""
    addresses: list[str] = field(default_factory=list)
    rules: RuleSets = field(init=False)

    def __post_init__(self) -> None:
        self.rules = rule_sets(self.options)

    def written(self, root: Element) -> str:
        self._mark(root)
        self._visit(root, False, State())
        result = self.text
        if self.options.link_references:
            result += "" if result[-1:] in ("", "\n", "\r") else "\n"
            result += "".join(f"\n[{number}]: {address}" for number, address in enumerate(self.addresses, start=1))
        if most := self.options.most_newlines:
            result = self.clock.sub(rf"(?:\r?\n\s*)+((?:\r?\n\s*){{{most}}})", "", lambda found: found.group(1), result)
        return result.strip("\n")

    def _mark(self, node: Element) -> bool:
        """Keep what has something to show."""
        shown = [self._mark(child) if isinstance(child, Element) else True for child in node.children]
        node.kept = node.tag in _CONTENTLESS or any(shown) or (not node.children and node.tag in SHOWN_EMPTY)
        return node.kept

    # -------------------------------------------------------------------------------------------- nodes

    def _visit(self, node: Element | Text, texts_only: bool, state: State) -> None:
        if isinstance(node, Text):
            self._text(node, state)
        elif node.kept and not texts_only:
            self._element(node, state)

    def _text(self, node: Text, state: State) -> None:
        if node.is_blank and not state.verbatim:
            if self.text and self.text[-1] not in SPACE:
                self.text += " "
            return
        self.text += self._escaped(node.text if state.verbatim else node.trimmed, state)

    def _element(self, node: Element, state: State) -> None:
        kind = state.rules
        found = self.rules.rule(kind, node.tag)
        state = _within(node, state)
        if found is None:
            for child in node.children:
                self._visit(child, False, state)
            return
        if isinstance(found, Rule):
            rule = found
        else:
            place = Place(node, state, self.options, self.clock, self._reference)
            rule = found(place, self.rules.base(kind, node.tag))
        if not rule.ignored:
            self._ruled(node, rule, state)

    def _ruled(self, node: Element, rule: Rule, state: State) -> None:
        if rule.no_escape and not state.no_escape:
            state = replace(state, no_escape=True)
        if rule.within is not None and rule.within != state.rules:
            state = replace(state, rules=rule.within)
        begin = len(self.text)
        self._newlines(rule.newlines)
        self.text += rule.prefix
        if rule.content is not None:
            self._append(rule.content, rule)
        elif not self._content(node, rule, state):
            self.text = self.text[:begin]
            return
        self.text += rule.postfix
        self._newlines(rule.newlines)

    def _content(self, node: Element, rule: Rule, state: State) -> bool:
        """What is within; false when it is to leave nothing."""
        begin = len(self.text)
        for child in node.children:
            self._visit(child, rule.texts_only, state)
        if rule.finish is None:
            return True
        finished = rule.finish(self.text[begin:])
        self.text = self.text[:begin]
        if finished is None:
            if node.tag == "LI" and state.number:
                state.number -= 1
            return False
        self._append(finished, rule)
        return True

    # -------------------------------------------------------------------------------------------- text

    def _append(self, piece: str, rule: Rule) -> None:
        if rule.space_if_repeating and piece and self.text[-1:] == piece[0]:
            self.text += " "
        self.text += piece

    def _newlines(self, count: int) -> None:
        """So many at least."""
        tail = self.text[-_LOOKED_BACK:]
        blanks = tail[len(tail.rstrip(SPACE)) :]
        self.text += "\n" * (count - blanks.count("\n") - blanks.count("\r"))

    def _escaped(self, piece: str, state: State) -> str:
        if not state.verbatim:
            piece = self.clock.sub(r"\s+", "", " ", piece)
        if state.no_escape:
            return piece
        if self.options.escape is None:
            piece = self.clock.sub(r"[\\`*_~\[\]]", "m", lambda found: "\\" + found.group(), piece)
        else:
            piece = piece.replace(*self.options.escape, 1)
        if self.options.line_escape is None:
            piece = self.clock.sub(
                r"^(\s*?)((?:\+\s)|(?:[=>-])|(?:#{1,6}\s))|(?:(\d+)(\.\s))", "m", _line_escaped, piece
            )
        else:
            piece = piece.replace(*self.options.line_escape, 1)
        for old, new in self.options.replacements:
            piece = piece.replace(old, new, 1)
        return self.clock.sub("^<!DOCTYPE.*>", "im", "", piece)

    def _reference(self, address: str) -> int:
        if address not in self.addresses:
            self.addresses.append(address)
        return self.addresses.index(address) + 1


def _within(node: Element, state: State) -> State:
    match node.tag:
        case "UL" | "OL":
            return replace(state, number=0, list_kind=node.tag, indent=state.indent + 1)
        case "LI" if state.list_kind == "OL":
            state.number = (state.number or 0) + 1
        case "PRE":
            return replace(state, verbatim=True)
        case "TABLE":
            return replace(state, table=Table())
    return state


def _line_escaped(found: Any) -> str:
    groups = [group or "" for group in found.groups()]
    return f"{groups[0]}{groups[2]}\\{groups[1]}{groups[3]}"
