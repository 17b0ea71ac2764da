"""Extract from File: items out of binary data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Final, Literal

from plugins import Binary, Context, Help, Item, Items, Json, NodeError, jsontext, node, paths
from plugins.binary import binary_of, content_of
from plugins.charsets import decoded
from plugins.files import text_of, without_binary
from plugins.javascript import number, text, truth
from plugins.pdf import read_pdf
from plugins.running import one_by_one
from plugins.spreadsheets import csv_reading
from plugins.spreadsheets.csv_reading import Dialect
from plugins.spreadsheets.opened import Unreadable
from plugins.spreadsheets.reading import Wanted, rows
from plugins.stored import chosen, record
from plugins.values import UNDEFINED

_SHEETS: Final = ("html", "ods", "rtf", "xls", "xlsx")
_TEXTS: Final = ("binaryToPropery", "fromJson", "text", "xml", "fromIcs")
_OPERATIONS: Final = ("csv", *_SHEETS, *_TEXTS, "pdf")


@dataclass(frozen=True, slots=True)
class ExtractionOptions:
    delimiter: Annotated[str, Help("What separates the fields of CSV")] = ","
    encoding: Annotated[str, Help("Character set")] = "utf8"
    enable_bom: Annotated[bool, Help("Whether a byte order mark is expected", name="enableBOM")] = False
    relax_quotes: Annotated[bool, Help("Whether quotes may stand within fields of CSV")] = False
    from_line: Annotated[int, Help("Line to begin at")] = 0
    max_row_count: Annotated[int, Help("How many rows to read; -1 for all")] = -1
    header_row: Annotated[bool, Help("Whether the first row holds the names of the fields")] = True
    include_empty_cells: Annotated[bool, Help("Whether empty cells come as empty text")] = False
    raw_data: Annotated[bool, Help("Whether values are taken as they are")] = False
    read_as_string: Annotated[bool, Help("Whether the file is read as text")] = False
    range: Annotated[str, Help("Part of the sheet to read, as A2:D9")] = ""
    sheet_name: Annotated[str, Help("Sheet to read")] = ""
    strip_bom: Annotated[bool, Help("Whether a byte order mark goes", name="stripBOM")] = True
    keep_source: Annotated[Literal["json", "binary", "both"], Help("What of the source is kept")] = "json"
    join_pages: Annotated[bool, Help("Whether the pages of a PDF come as one text")] = True
    max_pages: Annotated[int, Help("How many pages of a PDF to read; 0 for all")] = 0
    password: Annotated[str, Help("Password of the PDF")] = ""


@dataclass(frozen=True)
class ExtractFromFileParameters:
    operation: Annotated[
        Literal[
            "binaryToPropery", "csv", "fromIcs", "fromJson", "html", "ods", "pdf", "rtf", "text", "xls", "xlsx", "xml"
        ],
        Help("Kind of file"),
    ] = "csv"
    binary_property_name: Annotated[str, Help("Name of the binary data")] = "data"
    destination_key: Annotated[str, Help("Field for the result", when={"operation": _TEXTS})] = "data"
    options: Annotated[ExtractionOptions, Help("More")] = field(default_factory=ExtractionOptions)


@node(
    "n8n-nodes-base.extractFromFile",
    version=(1, 1.1),
    display_name="Extract from File",
    category="FILES",
    tags=("csv", "spreadsheet", "json", "text", "pdf", "base64"),
    parameters=ExtractFromFileParameters,
)
async def extract_from_file(ctx: Context[ExtractFromFileParameters], items: Sequence[Item]) -> Items:
    """Convert binary data to JSON."""
    operation = chosen(ctx.parameter("operation"), _OPERATIONS, "csv") if items else ""
    return await one_by_one(ctx, items, partial(_extracted, ctx, operation))


def _extracted(ctx: Context[Any], operation: str, item: Item, position: int) -> Items:
    options = record(ctx.parameter("options", position))
    name = text(ctx.parameter("binaryPropertyName", position, "data"))
    binary = binary_of(item, name, position)
    if operation == "csv":
        return csv_rows(binary, options)
    if operation in _SHEETS:
        return sheet_rows(binary, options)
    if operation == "pdf":
        return [Item(read_pdf(content_of(binary), options), None, _kept_binary(item, name, options))]
    key = text(ctx.parameter("destinationKey", position, "data"))
    return [_with_value(item, name, key, _value(operation, binary, options, name), options)]


# ------------------------------------------------------------------------------------------------ rows


def csv_rows(binary: Binary, options: Mapping[str, Json]) -> Items:
    """An item for each row of CSV. Raises `NodeError`."""
    header, keep_empty = options.get("headerRow") is not False, truth(options.get("includeEmptyCells", False))
    most = number(options.get("maxRowCount", -1))
    dialect = Dialect(
        delimiter=text(options.get("delimiter") or ","),
        header=header,
        from_line=int(number(options.get("fromLine") or 1)),
        most=int(most) if most >= 0 else None,
        relaxed_quotes=truth(options.get("relaxQuotes", False)),
        skip_bad=truth(options.get("skipRecordsWithErrors", False)),
    )
    keep_mark = not truth(options.get("enableBOM", False))
    content = decoded(content_of(binary), text(options.get("encoding") or "utf8"), keep_mark=keep_mark)
    try:
        found = csv_reading.records(content, dialect)
        kept = [row if keep_empty else {key: cell for key, cell in row.items() if cell != ""} for row in found]
    except csv_reading.Malformed as error:
        raise NodeError(str(error), retryable=False) from None
    return [Item(row if header else {"row": row}) for row in kept]


def sheet_rows(binary: Binary, options: Mapping[str, Json]) -> Items:
    """An item for each row of a sheet. Raises `NodeError`."""
    header = options.get("headerRow") is not False
    wanted = Wanted(
        sheet=text(options.get("sheetName") or ""),
        range=options.get("range"),
        header=header,
        empty="" if truth(options.get("includeEmptyCells", False)) else None,
        as_text=truth(options.get("readAsString", False)),
    )
    try:
        found = list(rows(content_of(binary), wanted))
    except Unreadable as error:
        raise NodeError(str(error), retryable=False) from None
    return [Item(row if header else {"row": row}) for row in found]


# ------------------------------------------------------------------------------------------------ single values


def _value(operation: str, binary: Binary, options: Mapping[str, Json], name: str) -> Json:
    if operation == "binaryToPropery":
        content_of(binary)
        return binary.data
    content = text_of(binary, options)
    if operation == "fromIcs":
        raise NodeError("Calendar files cannot be read on this server yet", code="NODE_NOT_ALLOWED", retryable=False)
    if operation != "fromJson":
        return content
    try:
        return jsontext.parse(content) if content else {}
    except ValueError:
        raise NodeError(
            "The file selected in 'Input Binary Field' is not in JSON format",
            description=f"Try to change the operation or select a JSON file in '{name}'",
            retryable=False,
        ) from None


def _with_value(item: Item, name: str, key: str, value: Json, options: Mapping[str, Json]) -> Item:
    kept = options.get("keepSource", UNDEFINED)
    json = item.json if kept in ("json", "both") else {}
    return Item(paths.with_value(json, key, value), None, _kept_binary(item, name, options))


def _kept_binary(item: Item, name: str, options: Mapping[str, Json]) -> dict[str, Binary] | None:
    """All of it where that is asked for, else all but what was extracted."""
    return item.binary if options.get("keepSource") in ("binary", "both") else without_binary(item, name)
