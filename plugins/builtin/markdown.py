"""Markdown: to HTML and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from plugins import Context, Help, Item, Json, NodeError, node, paths
from plugins.javascript import leading_number, text, truth
from plugins.markup.from_html.rules import Options
from plugins.markup.from_html.writer import to_markdown
from plugins.markup.markdown.converter import to_html
from plugins.markup.markdown.patterns import TooSlow
from plugins.stored import chosen, record, records

_MODES: Final = ("markdownToHtml", "htmlToMarkdown")
_DEFAULTS: Final = Options()


@dataclass(frozen=True, slots=True)
class Replacement:
    pattern: Annotated[str, Help("Text to look for")] = ""
    replacement: Annotated[str, Help("What stands in its place")] = ""


@dataclass(frozen=True)
class MarkdownOptions:
    """Options of both directions. Those for HTML are showdown's, which are many; here are the ones most in use."""

    bullet_marker: Annotated[str, Help("Sign of list items")] = "*"
    code_block_style: Annotated[Literal["fence", "fenced", "indented"], Help("How blocks of code are set off")] = (
        "fence"
    )
    code_fence: Annotated[str, Help("Fence around blocks of code")] = "```"
    em_delimiter: Annotated[str, Help("Sign of emphasis")] = "_"
    strong_delimiter: Annotated[str, Help("Sign of strong emphasis")] = "**"
    ignore: Annotated[str, Help("Elements to leave out, separated by commas")] = ""
    block_elements: Annotated[str, Help("More elements to treat as blocks, separated by commas")] = ""
    keep_data_images: Annotated[bool, Help("Whether images within the page are kept")] = False
    max_consecutive_newlines: Annotated[int, Help("How many line ends may follow each other")] = 3
    use_link_reference_definitions: Annotated[bool, Help("Whether addresses stand at the end")] = False
    global_escape: Annotated[Replacement | None, Help("What is escaped", group="value")] = None
    line_start_escape: Annotated[Replacement | None, Help("What is escaped where lines begin", group="value")] = None
    text_replace: Annotated[tuple[Replacement, ...], Help("Texts to replace", group="values")] = ()
    complete_html_document: Annotated[bool, Help("Whether a whole document is made", name="completeHTMLDocument")] = (
        False
    )
    emoji: Annotated[bool, Help("Whether :names: become emoji")] = False
    header_level_start: Annotated[int, Help("Level of the highest headers")] = 1
    no_header_id: Annotated[bool, Help("Whether headers come without ids")] = False
    open_links_in_new_window: Annotated[bool, Help("Whether links open in a new window")] = False
    simple_line_breaks: Annotated[bool, Help("Whether line ends become line breaks")] = False
    simplified_auto_link: Annotated[bool, Help("Whether bare addresses become links")] = False
    strikethrough: Annotated[bool, Help("Whether ~~text~~ is struck through")] = False
    tables: Annotated[bool, Help("Whether tables are understood")] = False
    tasklists: Annotated[bool, Help("Whether task lists are understood")] = False
    underline: Annotated[bool, Help("Whether __text__ is underlined")] = False


@dataclass(frozen=True)
class MarkdownParameters:
    mode: Annotated[Literal["markdownToHtml", "htmlToMarkdown"], Help("From what to what")] = "htmlToMarkdown"
    html: Annotated[str, Help("HTML to convert", required=True, when={"mode": ("htmlToMarkdown",)})] = ""
    markdown: Annotated[str, Help("Markdown to convert", required=True, when={"mode": ("markdownToHtml",)})] = ""
    destination_key: Annotated[str, Help("Field for the result; dots reach into objects")] = "data"
    options: Annotated[MarkdownOptions, Help("More")] = field(default_factory=MarkdownOptions)


@node(
    "n8n-nodes-base.markdown",
    display_name="Markdown",
    category="TRANSFORM",
    tags=("html", "text", "convert"),
    parameters=MarkdownParameters,
    each=True,
)
def markdown(ctx: Context[MarkdownParameters], item: Item, position: int) -> Item:
    """Convert data between Markdown and HTML."""
    forth = chosen(ctx.parameter("mode"), _MODES, "htmlToMarkdown") == "markdownToHtml"
    given = text(ctx.parameter("markdown" if forth else "html", position, ""))
    options = record(ctx.parameter("options", position))
    try:
        made = to_html(given, options) if forth else to_markdown(given, _writing(options))
    except TooSlow:
        raise NodeError(
            "The text is too large or too deeply nested to be converted",
            code="TIMEOUT",
            item_index=position,
            retryable=False,
        ) from None
    name = text(ctx.parameter("destinationKey", position, "data"))
    return item.with_json(paths.with_value(item.json, name, made))


def _writing(options: Mapping[str, Json]) -> Options:
    def said(name: str, default: str) -> str:
        return text(options.get(name) or default)

    newlines = leading_number(options.get("maxConsecutiveNewlines", _DEFAULTS.most_newlines))
    return Options(
        code_fence=said("codeFence", _DEFAULTS.code_fence),
        bullet=said("bulletMarker", _DEFAULTS.bullet),
        code_style="indented" if options.get("codeBlockStyle") == "indented" else "fenced",
        emphasis=said("emDelimiter", _DEFAULTS.emphasis),
        strong=said("strongDelimiter", _DEFAULTS.strong),
        most_newlines=int(newlines) if 0 <= newlines <= _MOST_NEWLINES else _DEFAULTS.most_newlines,
        keep_data_images=truth(options.get("keepDataImages", False)),
        link_references=truth(options.get("useLinkReferenceDefinitions", False)),
        ignored=_names(options.get("ignore")),
        blocks=_names(options.get("blockElements")),
        escape=_replacement(record(options.get("globalEscape")).get("value")),
        line_escape=_replacement(record(options.get("lineStartEscape")).get("value")),
        replacements=tuple(
            found for row in records(record(options.get("textReplace")).get("values")) if (found := _replacement(row))
        ),
    )


_MOST_NEWLINES: Final = 1000


def _names(listed: Json) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text(listed or "").split(","))))


def _replacement(row: Json) -> tuple[str, str] | None:
    """Patterns are texts, not regular expressions; `$&` in a replacement stands for what was found."""
    known: Mapping[str, Any] = record(row)
    if not known:
        return None
    pattern = text(known.get("pattern") or "")
    return pattern, text(known.get("replacement") or "").replace("$&", pattern)
