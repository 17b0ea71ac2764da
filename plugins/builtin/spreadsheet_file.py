"""Spreadsheet File: sheets out of items and items out of sheets, as it was done before the nodes for files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Final, Literal

from plugins import Context, Help, Item, Items, NodeError, node
from plugins.binary import binary_of
from plugins.builtin.extract_from_file import ExtractionOptions, csv_rows, sheet_rows
from plugins.files import sheet_file
from plugins.javascript import text
from plugins.running import link_to, one_by_one
from plugins.stored import chosen, record

_OPERATIONS: Final = ("fromFile", "toFile")
_FORMATS: Final = ("csv", "html", "ods", "rtf", "xls", "xlsx")
STRICT_CSV_SINCE: Final = 2


@dataclass(frozen=True, slots=True)
class SheetOptions(ExtractionOptions):
    compression: Annotated[bool, Help("Whether the workbook is compressed")] = False
    file_name: Annotated[str, Help("Name of the file")] = ""


@dataclass(frozen=True)
class SpreadsheetFileParameters:
    operation: Annotated[Literal["fromFile", "toFile"], Help("What to do")] = "fromFile"
    file_format: Annotated[Literal["autodetect", "csv", "html", "ods", "rtf", "xls", "xlsx"], Help("Kind of file")] = (
        "autodetect"
    )
    binary_property_name: Annotated[str, Help("Name of the binary data")] = "data"
    options: Annotated[SheetOptions, Help("More")] = field(default_factory=SheetOptions)


@node(
    "n8n-nodes-base.spreadsheetFile",
    version=(1, 2),
    display_name="Spreadsheet File",
    category="FILES",
    tags=("csv", "xlsx", "ods", "excel"),
    parameters=SpreadsheetFileParameters,
)
async def spreadsheet_file(ctx: Context[SpreadsheetFileParameters], items: Sequence[Item]) -> Items:
    """Read and write data from a spreadsheet file like CSV, XLS or ODS."""
    if not items:
        return []
    if chosen(ctx.parameter("operation"), _OPERATIONS, "fromFile") == "fromFile":
        return await one_by_one(ctx, items, partial(_read, ctx))
    name = text(ctx.parameter("binaryPropertyName", 0, "data"))
    kind = chosen(ctx.parameter("fileFormat"), _FORMATS, "xls")
    try:
        binary = sheet_file(
            [item.json for item in items], kind, record(ctx.parameter("options")), default_name="spreadsheet"
        )
    except NodeError as error:
        if ctx.continue_on_fail:
            return [Item({"error": str(error)}, link_to(0))]
        raise
    return [Item({}, [*map(link_to, range(len(items)))], {name: binary})]


def _read(ctx: Context[Any], item: Item, position: int) -> Items:
    options = record(ctx.parameter("options", position))
    binary = binary_of(item, text(ctx.parameter("binaryPropertyName", position, "data")), position)
    if ctx.node.type_version >= STRICT_CSV_SINCE:
        kind = ctx.parameter("fileFormat", position, "autodetect")
        if kind == "csv" or (kind == "autodetect" and binary.mime_type == "text/csv"):
            return csv_rows(binary, options)
    return sheet_rows(binary, options)
