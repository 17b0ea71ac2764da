"""What one conversion of Markdown knows: its options, and the pieces of HTML that it has put aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from plugins.items import Json
from plugins.javascript import truth
from plugins.markup.markdown.patterns import Clock

DEFAULTS: Final[Mapping[str, Json]] = {"ghCodeBlocks": True, "encodeEmails": True, "ellipsis": True}
_SPECIAL: Final = "([*_:~])"


@dataclass(slots=True)
class State:
    """`options` are showdown's, by its names. Letters name what is put aside: K blocks, G fenced code, C spans."""

    options: Mapping[str, Json]
    clock: Clock
    convert: Callable[[str, State], str]
    """Converts Markdown that stands within HTML, on its own."""
    blocks: list[str] = field(default_factory=list)
    fences: list[tuple[str, str]] = field(default_factory=list)
    """As written, and as HTML."""
    spans: list[str] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, tuple[str, str]] = field(default_factory=dict)
    header_ids: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    list_level: int = 0

    def on(self, option: str) -> bool:
        return truth(self.options.get(option, DEFAULTS.get(option, False)))

    def block(self, html: str) -> str:
        """Put a block aside; what stands for it."""
        self.blocks.append(html.strip("\n"))
        return f"\n\n¨K{len(self.blocks) - 1}K\n\n"

    def block_as_is(self, html: str) -> str:
        self.blocks.append(html)
        return f"\n\n¨K{len(self.blocks) - 1}K\n\n"

    def fence(self, written: str, html: str) -> str:
        self.fences.append((written, html))
        return f"\n\n¨G{len(self.fences) - 1}G\n\n"

    def span(self, html: str) -> str:
        self.spans.append(html)
        return f"¨C{len(self.spans) - 1}C"


def escaped(characters: str, text: str, state: State) -> str:
    """The text with these characters (a group in a regular expression) hidden from all further rules."""
    return state.clock.sub(characters, "", lambda found: hidden(found.group(1)), text)


def hidden(character: str) -> str:
    return f"¨E{ord(character)}E"


def harmless(text: str, state: State) -> str:
    """Without the characters that would be taken for emphasis or an emoji."""
    return escaped(_SPECIAL, text, state)


def revealed(text: str, state: State) -> str:
    return state.clock.sub(r"¨E(\d+)E", "", lambda found: chr(int(found.group(1)) & 0xFFFF), text)


def encoded_code(text: str, state: State) -> str:
    """Code, in which nothing is Markdown."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped(r"([*_{}\[\]\\=~-])", text, state)


def without_tabs(text: str, state: State) -> str:
    """Tabs as the spaces that they stand for."""
    text = state.clock.sub(r"\t(?=\t)", "", "    ", text).replace("\t", "¨A¨B")
    text = state.clock.sub(r"¨B(.+?)¨A", "", lambda found: _to_stop(found.group(1)), text)
    return text.replace("¨A", "    ").replace("¨B", "")


def _to_stop(text: str) -> str:
    return text + " " * (4 - len(text) % 4)


def outdented(text: str, state: State) -> str:
    return state.clock.sub(r"^(\t|[ ]{1,4})", "m", "", text)
