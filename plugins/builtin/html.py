"""HTML: documents from templates, tables of items, and what selectors find in pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Final, Literal

from plugins import Context, Help, Item, Items, Json, node
from plugins.builtin.html_extract import ExtractedValue, ExtractionOptions, extracted
from plugins.javascript import text, truth
from plugins.replacement import replaced
from plugins.running import link_to, one_by_one
from plugins.stored import chosen, record
from plugins.templates import blocks
from plugins.values import UNDEFINED

_OPERATIONS: Final = ("generateHtmlTemplate", "extractHtmlContent", "convertToHtmlTable")
_EXTRACTING: Final[Mapping[str, tuple[Json, ...]]] = {"operation": ("extractHtmlContent",)}
_TABLE_STYLE: Final = "style='border-spacing:0; font-family:helvetica,arial,sans-serif'"
_HEADER_STYLE: Final = (
    "style='margin:0; padding:7px 20px 7px 0px; border-bottom:1px solid #eee; text-align:left; color:#888; "
    "font-weight:normal'"
)
_CELL_STYLE: Final = "style='margin:0; padding:7px 20px 7px 0px; border-bottom:1px solid #eee'"
PLAIN_TEXT_SINCE: Final = 1.2


@dataclass(frozen=True, slots=True)
class HtmlOptions(ExtractionOptions):
    capitalize: Annotated[bool, Help("Whether words in headers begin with a capital letter")] = False
    custom_styling: Annotated[bool, Help("Whether the table comes without a style of its own")] = False
    caption: Annotated[str, Help("Caption of the table")] = ""
    table_attributes: Annotated[str, Help("Attributes of the table")] = ""
    header_attributes: Annotated[str, Help("Attributes of its head")] = ""
    row_attributes: Annotated[str, Help("Attributes of its rows")] = ""
    cell_attributes: Annotated[str, Help("Attributes of its cells")] = ""


@dataclass(frozen=True)
class HtmlParameters:
    operation: Annotated[
        Literal["generateHtmlTemplate", "extractHtmlContent", "convertToHtmlTable"], Help("What to do")
    ] = "generateHtmlTemplate"
    html: Annotated[str, Help("Template with expressions in it", when={"operation": ("generateHtmlTemplate",)})] = (
        '<!DOCTYPE html>\n\n<html>\n<head>\n  <meta charset="UTF-8" />\n  <title>My HTML document</title>\n</head>\n'
        "<body>\n</body>\n</html>\n"
    )
    source_data: Annotated[Literal["json", "binary"], Help("Where the HTML is", when=_EXTRACTING)] = "json"
    data_property_name: Annotated[str, Help("Name of the field or of the binary data", when=_EXTRACTING)] = "data"
    extraction_values: Annotated[
        tuple[ExtractedValue, ...], Help("What to extract", group="values", when=_EXTRACTING)
    ] = ()
    options: Annotated[HtmlOptions, Help("More")] = field(default_factory=HtmlOptions)


@node(
    "n8n-nodes-base.html",
    version=(1, 1.1, 1.2),
    display_name="HTML",
    category="TRANSFORM",
    tags=("template", "extract", "table", "scrape", "css"),
    parameters=HtmlParameters,
)
async def html(ctx: Context[HtmlParameters], items: Sequence[Item]) -> Items:
    """Work with HTML."""
    match chosen(ctx.parameter("operation"), _OPERATIONS, _OPERATIONS[0]) if items else None:
        case "generateHtmlTemplate":
            return await one_by_one(ctx, items, partial(_generated, ctx))
        case "extractHtmlContent":
            return await extracted(ctx, items, plain=ctx.node.type_version >= PLAIN_TEXT_SINCE)
        case "convertToHtmlTable":
            return [
                Item({"table": _table(items, record(ctx.parameter("options")))}, [*map(link_to, range(len(items)))])
            ]
    return []


async def _generated(ctx: Context[Any], item: Item, position: int) -> Item:  # noqa: ARG001 - expressions see it
    """The template with the text of each block's value in the block's place."""
    parts = blocks("=" + text(ctx.parameter("html", position, HtmlParameters.html)))
    written: list[str] = []
    for index, part in enumerate(parts):
        if index % 2:
            value = text(await ctx.evaluate(f"={part}", position))
            part = replaced(re.compile(re.escape(part)), part, value)  # noqa: PLW2901 - the block's value
        written.append(part)
    return Item({"html": "".join(written)})


# ------------------------------------------------------------------------------------------------ tables


def _table(items: Sequence[Item], options: Mapping[str, Json]) -> str:
    columns = list(dict.fromkeys(key for item in items for key in item.json))
    plain = truth(options.get("customStyling", False))
    table_style, header_style, cell_style = ("", "", "") if plain else (_TABLE_STYLE, _HEADER_STYLE, _CELL_STYLE)
    caption, attributes = text(options.get("caption") or ""), partial(_attributes, options)
    capital = truth(options.get("capitalize", False))
    head = "".join(f"<th>{_capitalized(column) if capital else column}</th>" for column in columns)
    cell = f"<td {cell_style} {attributes('cellAttributes')}>"
    rows = ("".join(f"{cell}{_cell(item.json.get(column, UNDEFINED))}</td>" for column in columns) for item in items)
    body = "".join(f"<tr  {attributes('rowAttributes')}>{row}</tr>" for row in rows)
    return (
        f"<table {table_style} {attributes('tableAttributes')}>"
        + (f"<caption>{caption}</caption>" if caption else "")
        + f"<thead {header_style} {attributes('headerAttributes')}><tr>{head}</tr></thead>"
        + f"<tbody>{body}</tbody></table>"
    )


def _attributes(options: Mapping[str, Json], key: str) -> str:
    return text(options.get(key) or "")


def _capitalized(column: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in column.split("_") if word)


def _cell(value: Json) -> str:
    if isinstance(value, bool):
        return f'<input type="checkbox" {"checked=" + chr(34) + "checked" + chr(34) if value else ""}/>'
    return text(value)
