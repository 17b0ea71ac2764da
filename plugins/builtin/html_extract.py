"""What CSS selectors find in HTML, and HTML Extract, the node that did this before HTML could."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from selectolax.lexbor import LexborNode

from plugins import Context, Help, Item, Items, Json, NodeError, node
from plugins.binary import binary_of, content_of
from plugins.javascript import SPACE, text, truth
from plugins.markup.page import Page, attributes, form_value
from plugins.markup.page import text as text_of
from plugins.markup.plaintext import plain_text
from plugins.markup.selectors import InvalidSelector
from plugins.running import one_by_one
from plugins.stored import chosen, record, records
from plugins.values import UNDEFINED

_BLANKS = re.compile(f"[{SPACE}]+")
_NEWLINES = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class ExtractedValue:
    key: Annotated[str, Help("Field for the result")] = ""
    css_selector: Annotated[str, Help("Which elements")] = ""
    return_value: Annotated[Literal["attribute", "html", "text", "value"], Help("What of them")] = "text"
    attribute: Annotated[str, Help("Name of the attribute", when={"returnValue": ("attribute",)})] = ""
    skip_selectors: Annotated[str, Help("Elements to leave out of the text, separated by commas")] = ""
    return_array: Annotated[bool, Help("Whether all matches come back, as a list")] = False


@dataclass(frozen=True, slots=True)
class ExtractionOptions:
    trim_values: Annotated[bool, Help("Whether blanks around values go")] = False
    clean_up_text: Annotated[bool, Help("Whether line breaks go and blanks are condensed")] = False


@dataclass(frozen=True)
class HtmlExtractParameters:
    source_data: Annotated[Literal["json", "binary"], Help("Where the HTML is")] = "json"
    data_property_name: Annotated[str, Help("Name of the field or of the binary data")] = "data"
    extraction_values: Annotated[tuple[ExtractedValue, ...], Help("What to extract", group="values")] = ()
    options: Annotated[ExtractionOptions, Help("More")] = ExtractionOptions()


@node(
    "n8n-nodes-base.htmlExtract",
    display_name="HTML Extract",
    category="TRANSFORM",
    tags=("html", "scrape", "css"),
    parameters=HtmlExtractParameters,
)
async def html_extract(ctx: Context[HtmlExtractParameters], items: Sequence[Item]) -> Items:
    """Extract data from HTML."""
    return await extracted(ctx, items, plain=False)


async def extracted(ctx: Context[Any], items: Sequence[Item], *, plain: bool) -> Items:
    """One item for each document. `plain` says that text is laid out, and that of the first match only."""
    return await one_by_one(
        ctx, items, lambda item, position: [_values(ctx, page, position, plain) for page in _pages(ctx, item, position)]
    )


def _pages(ctx: Context[Any], item: Item, position: int) -> list[Page]:
    name = text(ctx.parameter("dataPropertyName", position, "data"))
    if chosen(ctx.parameter("sourceData", position), ("json", "binary"), "json") == "binary":
        return [Page(content_of(binary_of(item, name, position)).decode(errors="replace"))]
    found = item.json.get(name, UNDEFINED)
    if found is UNDEFINED:
        raise NodeError(f'No property named "{name}" exists!', item_index=position, retryable=False)
    return [_page(document) for document in (found if isinstance(found, list) else [found])]


def _page(document: Json) -> Page:
    if not isinstance(document, str):
        raise NodeError("cheerio.load() expects a string", name="Error", retryable=False)
    return Page(document)


def _values(ctx: Context[Any], page: Page, position: int, plain: bool) -> Item:
    options = record(ctx.parameter("options", position))
    made: dict[str, Json] = {}
    for wanted in records(ctx.parameter("extractionValues.values", position)):
        read = _reader(page, wanted, plain)
        found = _selected(page, text(wanted.get("cssSelector", "")))
        value: Json
        if truth(wanted.get("returnArray", False)):
            value = [_tidied(read([element]), options) for element in found]
        else:
            value = _tidied(read(found), options)
        if value is not UNDEFINED:
            made[text(wanted.get("key", ""))] = value
    return Item(made)


def _selected(page: Page, selector: str) -> list[LexborNode]:
    try:
        return page.select(selector)
    except InvalidSelector as error:
        raise NodeError(str(error), name="Error", retryable=False) from None


def _tidied(value: Json, options: Mapping[str, Json]) -> Json:
    if not isinstance(value, str):
        return value
    if truth(options.get("trimValues", False)):
        value = value.strip(SPACE)
    if truth(options.get("cleanUpText", False)):
        value = _BLANKS.sub(" ", _NEWLINES.sub("", value.strip(SPACE)))
    return value


# ------------------------------------------------------------------------------------------------ what of an element


def _reader(page: Page, wanted: Mapping[str, Json], plain: bool) -> Callable[[Sequence[LexborNode]], Json]:
    match chosen(wanted.get("returnValue"), ("attribute", "html", "value"), "text"):
        case "attribute":
            name = text(wanted.get("attribute", ""))
            return lambda found: _attribute(found[0], name) if found else UNDEFINED
        case "html":
            return lambda found: (found[0].inner_html or UNDEFINED) if found else UNDEFINED
        case "value":
            return lambda found: form_value(found[0]) if found else UNDEFINED
    if not plain:
        return lambda found: text_of(found) or UNDEFINED
    skipped = [part.strip() for part in text(wanted.get("skipSelectors") or "").split(",")]
    skip = frozenset(one.mem_id for part in skipped if part != _ANYTHING for one in _selected(page, part))
    others = _ANYTHING in skipped
    return lambda found: plain_text(found[0], skip=skip, skip_others=others) if found else ""


_ANYTHING: Final = "*"


def _attribute(element: LexborNode, name: str) -> Json:
    """All of them when none is named."""
    known = attributes(element)
    return known.get(name, UNDEFINED) if name else known
