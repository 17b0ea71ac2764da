"""HTML within Markdown: put aside before the rules run, and brought back after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from plugins.markup.markdown.state import State, encoded_code

_BLOCK_TAGS: Final = (
    "pre", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "dl", "ol", "ul", "script", "noscript",
    "form", "fieldset", "iframe", "math", "style", "section", "header", "footer", "nav", "article", "aside", "address",
    "audio", "canvas", "figure", "hgroup", "output", "video", "p",
)  # fmt: skip
_MOST_NESTED_SPANS: Final = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """An opening delimiter, its closing one, and what is between: positions in a text."""

    start: int
    inner_start: int
    inner_end: int
    end: int


def _pairs(text: str, left: str, right: str, flags: str, state: State) -> Iterator[Pair]:
    """Outermost balanced pairs, from left to right. An opening without end is passed over."""
    either, at = f"{left}|{right}", 0
    while True:
        depth = start = inner = 0
        while found := state.clock.search(either, flags, text, at):
            at = found.end()
            if state.clock.search(left, flags, found.group()):
                if depth == 0:
                    start, inner = found.start(), found.end()
                depth += 1
            elif depth:
                depth -= 1
                if depth == 0:
                    yield Pair(start, inner, found.start(), found.end())
        if not depth:
            return
        at = inner


def _replaced(text: str, pairs: Iterator[Pair], replacement: Callable[[str, str, str], str]) -> str:
    """`replacement(opening, between, closing)` in place of every pair."""
    parts: list[str] = []
    at = 0
    for pair in pairs:
        opening, between = text[pair.start : pair.inner_start], text[pair.inner_start : pair.inner_end]
        parts += [text[at : pair.start], replacement(opening, between, text[pair.inner_end : pair.end])]
        at = pair.end
    return "".join([*parts, text[at:]])


def hash_preformatted(text: str, state: State) -> str:
    pairs = _pairs(text, r"^ {0,3}<pre\b[^>]*>\s*<code\b[^>]*>", r"^ {0,3}</code>\s*</pre>", "im", state)
    return _replaced(
        text,
        pairs,
        lambda left, code, right: state.fence(left + code + right, left + encoded_code(code, state) + right),
    )


def hash_code(text: str, state: State) -> str:
    pairs = _pairs(text, r"<code\b[^>]*>", "</code>", "im", state)
    return _replaced(text, pairs, lambda left, code, right: state.span(left + encoded_code(code, state) + right))


def hash_blocks(text: str, state: State) -> str:
    """Blocks of HTML, rules, comments and processing instructions. Blocks marked as Markdown are converted."""
    if state.on("backslashEscapesHTMLTags"):
        text = state.clock.sub(r"\\<(\/?[^>]+?)>", "", lambda found: f"&lt;{found.group(1)}&gt;", text)

    def kept(left: str, inner: str, right: str) -> str:
        marked = state.clock.search(r"\bmarkdown\b", "", left) is not None
        return state.block_as_is(left + (state.convert(inner, state) if marked else inner) + right)

    for tag in _BLOCK_TAGS:
        text = _hash_tag(tag, text, state, kept)
    text = state.clock.sub(
        r"(\n {0,3}(<(hr)\b([^<>])*?\/?>)[ \t]*(?=\n{2,}))", "", lambda found: _element(found, state), text
    )
    comments = _pairs(text, "^ {0,3}<!--", "-->", "m", state)
    text = _replaced(text, comments, lambda left, inner, right: state.block_as_is(left + inner + right))
    return state.clock.sub(
        r"(?:\n\n)( {0,3}(?:<([?%])[^\r]*?\2>)[ \t]*(?=\n{2,}))", "", lambda found: _element(found, state), text
    )


def _hash_tag(tag: str, text: str, state: State, kept: Callable[[str, str, str], str]) -> str:
    while found := state.clock.search(rf"^ {{0,3}}(<{tag}\b[^>]*>)", "im", text):
        before, after = text[: found.start()], text[found.start() :]
        pair = next(_pairs(after, rf"<{tag}\b[^>]*>", f"</{tag}>", "im", state), None)
        if pair is None:
            break
        text = before + _replaced(after, iter((pair,)), kept)
    return text


def _element(found: Any, state: State) -> str:
    block = found.group(1).replace("\n\n", "\n").removeprefix("\n").rstrip("\n")
    return state.block_as_is(block)


def hash_spans(text: str, state: State) -> str:
    """Every tag that is left, with what it holds."""
    for source, flags in (
        (r"<[^>]+?\/>", "i"),
        (r"<([^>]+?)>[\s\S]*?<\/\1>", ""),
        (r"<([^>]+?)\s[^>]+?>[\s\S]*?<\/\1>", ""),
        (r"<[^>]+?>", "i"),
    ):
        text = state.clock.sub(source, flags, lambda found: state.span(found.group()), text)
    return text


def unhash_spans(text: str, state: State) -> str:
    """The text with its spans back, and theirs."""
    for _ in range(_MOST_NESTED_SPANS):
        if "¨C" not in text:
            break
        text = state.clock.sub(r"¨C(\d+)C", "", lambda found: state.spans[int(found.group(1))], text)
    return text
