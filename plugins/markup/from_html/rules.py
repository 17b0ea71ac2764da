"""How each element of HTML is written in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from plugins.javascript import SPACE
from plugins.markup.from_html import text

if TYPE_CHECKING:
    from plugins.markup.from_html.writer import Place

_BLOCKS: Final = (
    "ADDRESS", "ARTICLE", "ASIDE", "AUDIO", "BLOCKQUOTE", "BODY", "CANVAS", "CENTER", "DD", "DIR", "DIV", "DL", "DT",
    "FIELDSET", "FIGCAPTION", "FIGURE", "FOOTER", "FORM", "FRAMESET", "H1", "H2", "H3", "H4", "H5", "H6", "HEADER",
    "HGROUP", "HR", "HTML", "ISINDEX", "LI", "MAIN", "MENU", "NAV", "NOFRAMES", "NOSCRIPT", "OL", "OUTPUT", "P", "PRE",
    "SECTION", "TABLE", "TBODY", "TD", "TFOOT", "TH", "THEAD", "TR", "UL",
)  # fmt: skip
_IGNORED: Final = (
    "AREA", "BASE", "COL", "COMMAND", "EMBED", "HEAD", "INPUT", "KEYGEN", "LINK", "META", "PARAM", "SCRIPT", "SOURCE",
    "STYLE", "TRACK", "WBR",
)  # fmt: skip
_INDENT: Final = "   "
_IN_URL: Final = str.maketrans({"(": "%28", ")": "%29", "_": "%5F", "*": "%2A"})


@dataclass(frozen=True, slots=True)
class Options:
    """As the library names them."""

    code_fence: str = "```"
    bullet: str = "*"
    code_style: str = "fenced"
    emphasis: str = "_"
    strong: str = "**"
    most_newlines: int = 3
    keep_data_images: bool = False
    link_references: bool = False
    ignored: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    escape: tuple[str, str] | None = None
    """What to escape everywhere, and how; None is the library's own choice. So is the next, for beginnings of lines."""
    line_escape: tuple[str, str] | None = None
    replacements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`content` stands for all that is within; otherwise that is written, and may be changed by `finish`, which
    answers None for an element that is to leave nothing at all."""

    newlines: int = 0
    prefix: str = ""
    postfix: str = ""
    content: str | None = None
    ignored: bool = False
    texts_only: bool = False
    no_escape: bool = False
    space_if_repeating: bool = False
    finish: Callable[[str], str | None] | None = None
    within: str | None = None
    """Which of the sets of rules holds for what is within."""


Make: TypeAlias = Callable[["Place", Rule], Rule]
Rules: TypeAlias = Mapping[str, Rule | Make]


@dataclass(frozen=True, slots=True)
class RuleSets:
    """`page` holds where no other does."""

    page: Rules
    others: Mapping[str, Rules] = field(default_factory=dict)

    def rule(self, kind: str | None, tag: str) -> Rule | Make | None:
        return (self.page if kind is None else self.others[kind]).get(tag)

    def base(self, kind: str | None, tag: str) -> Rule:
        found = self.others["base" if kind is None else f"base-{kind}"].get(tag)
        return found if isinstance(found, Rule) else Rule()


def rule_sets(options: Options) -> RuleSets:
    base: dict[str, Rule] = {tag.upper(): Rule(ignored=True, texts_only=True) for tag in (*options.ignored, *_IGNORED)}
    base.update({tag.upper(): Rule(newlines=2) for tag in (*options.blocks, *_BLOCKS)})
    return RuleSets(
        page=_over(base, _PAGE),
        others={
            "base": base,
            "base-code": base,
            **{f"base-{kind}": {} for kind in ("link", "table", "row", "cell")},
            "code": _over(base, _IN_CODE),
            "link": _IN_LINK,
            "table": _IN_TABLE,
            "row": {tag: _IN_TABLE[tag] for tag in ("TH", "TD")},
            "cell": {tag: _PAGE[tag] for tag in _IN_CELL},
        },
    )


def _over(base: Mapping[str, Rule], own: Rules) -> Rules:
    """Fixed rules are laid over the base's; those that are made see it when they are."""
    return {**base, **{tag: _laid(base.get(tag), rule) for tag, rule in own.items()}}


def _laid(base: Rule | None, rule: Rule | Make) -> Rule | Make:
    if base is None or not isinstance(rule, Rule):
        return rule
    return replace(
        rule,
        newlines=rule.newlines or base.newlines,
        ignored=rule.ignored or base.ignored,
        texts_only=rule.texts_only or base.texts_only,
    )


# ------------------------------------------------------------------------------------------------ text and headings


def _heading(place: Place, base: Rule) -> Rule:
    return replace(base, prefix="#" * int(place.node.name[1]) + " ")


def _surrounding(choose: Callable[[Options], str]) -> Make:
    def make(place: Place, base: Rule) -> Rule:
        mark = choose(place.options)
        return replace(
            base, space_if_repeating=True, finish=lambda content: text.surrounded(content, mark, place.clock)
        )

    return make


def _quote(place: Place, base: Rule) -> Rule:
    return replace(base, finish=lambda content: text.quoted(content, place.clock))


def _code(place: Place, base: Rule) -> Rule:
    parent = place.node.parent
    if parent is None or parent.tag not in ("PRE", "WRAPPED-PRE") or len(parent.children) > 1:
        return replace(base, space_if_repeating=True, no_escape=True, finish=lambda code: text.coded(code, place.clock))
    if place.options.code_style != "fenced":
        return replace(base, no_escape=True, finish=text.indented, within="code")
    fence = place.options.code_fence
    found = place.clock.search(r"language-(\S+)", "", place.node.attribute("class", place.clock))
    language = found.group(1) if found else ""
    return replace(base, no_escape=True, prefix=f"{fence}{language}\n", postfix=f"\n{fence}", within="code")


# ------------------------------------------------------------------------------------------------ links and images


def _link(place: Place, base: Rule) -> Rule:
    href = place.node.attribute("href", place.clock)
    if not href:
        return base
    shown = href.translate(_IN_URL)
    if text.decoded(place.node.raw) == href:
        return replace(base, content=f"<{shown}>")
    title = place.node.attribute("title", place.clock)
    titled = f' "{title}"' if title else ""
    target = f"[{place.reference(shown)}]" if place.options.link_references else f"({shown}{titled})"
    return replace(
        base,
        prefix="[",
        postfix=f"]{target}",
        finish=lambda content: place.clock.sub(r"(?:\r?\n)+", "", " ", content),
        within="link",
    )


def _image(place: Place, base: Rule) -> Rule:
    source = place.node.attribute("src", place.clock)
    if not source or (source[:5].lower() == "data:" and not place.options.keep_data_images):
        return replace(base, ignored=True)
    title = place.node.attribute("title", place.clock)
    titled = f' "{title}"' if title else ""
    return replace(base, content=f"![{place.node.attribute('alt', place.clock)}]({source}{titled})", texts_only=True)


# ------------------------------------------------------------------------------------------------ lists


def _list(place: Place, base: Rule) -> Rule:
    return replace(base, newlines=1 if place.state.list_kind else 2)


def _row(place: Place, base: Rule) -> Rule:
    state = place.state
    margin = _INDENT * max(state.indent, 0)
    numbered = state.list_kind == "OL" and state.number is not None
    mark = f"{state.number}. " if numbered else f"{place.options.bullet} "
    return replace(
        base, prefix=margin + mark, newlines=1, finish=lambda content: text.list_row(content, margin, place.clock)
    )


# ------------------------------------------------------------------------------------------------ tables


def _table(place: Place, base: Rule) -> Rule:
    def finish(content: str) -> str | None:
        drawn = text.table(content, place.clock)
        caption = place.state.table.caption if place.state.table else ""
        return drawn and (f"{caption}\n{drawn}" if caption else drawn)

    return replace(base, newlines=2, finish=finish, within="table")


def _caption(place: Place, base: Rule) -> Rule:
    def finish(content: str) -> None:
        caption = place.clock.sub(r"(?:\r?\n)+", "", " ", content).strip(SPACE)
        if caption and place.state.table:
            place.state.table.caption = f"__{caption}__"

    return replace(base, finish=finish, within="cell")


def _table_row(place: Place, base: Rule) -> Rule:
    def finish(content: str) -> str | None:
        return content if place.clock.search(r" \|\s*$", "", content) else None

    return replace(base, prefix="| ", postfix="\n", finish=finish, within="row")


def _cell(place: Place, base: Rule) -> Rule:
    def finish(content: str) -> str:
        content = content.strip("\n").replace("|", "\\|", 1)
        return place.clock.sub(r"(?:\r?\n)+", "", " ", content).strip(SPACE)

    return replace(base, prefix=" ", postfix=" |", finish=finish, within="cell")


_HEADINGS: Final = ("H1", "H2", "H3", "H4", "H5", "H6")
_MARKED: Final[Rules] = {
    **dict.fromkeys(("STRONG", "B"), _surrounding(lambda options: options.strong)),
    **dict.fromkeys(("DEL", "S", "STRIKE"), _surrounding(lambda _: "~~")),
    **dict.fromkeys(("EM", "I"), _surrounding(lambda options: options.emphasis)),
}
_LISTED: Final[Rules] = {"OL": _list, "UL": _list, "LI": _row}
_PAGE: Final[Rules] = {
    "PRE": Rule(no_escape=True),
    "BR": Rule(content="  \n", texts_only=True),
    "HR": Rule(content="---", texts_only=True),
    **dict.fromkeys(_HEADINGS, _heading),
    **_MARKED,
    **_LISTED,
    "BLOCKQUOTE": _quote,
    "CODE": _code,
    "TABLE": _table,
    "A": _link,
    "IMG": _image,
}
SHOWN_EMPTY: Final = frozenset({*_HEADINGS, *_LISTED, "CODE", "TABLE", "A", "IMG"})
"""Elements that are there even with nothing within."""
_IN_TABLE: Final[Rules] = {"CAPTION": _caption, "TR": _table_row, "TH": _cell, "TD": _cell}
_IN_CELL: Final = ("A", *_MARKED, "IMG")
_IN_LINK: Final[Rules] = {
    "BR": Rule(content="\n", texts_only=True),
    "HR": Rule(content="\n", texts_only=True),
    "PRE": _PAGE["PRE"],
    **_MARKED,
    "IMG": _image,
}
_IN_CODE: Final[Rules] = {
    "BR": Rule(content="\n", texts_only=True),
    "HR": Rule(content="---", texts_only=True),
    **dict.fromkeys(_HEADINGS, Rule(prefix="[", postfix="]")),
    **_LISTED,
    "TR": Rule(newlines=1),
    "IMG": Rule(texts_only=True),
}
