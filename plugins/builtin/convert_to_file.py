"""Convert to File: binary data out of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Final, Literal

from plugins import Binary, Context, Help, Item, Items, Json, NodeError, files, node
from plugins.files import Making, file_of, sheet_file
from plugins.javascript import text, truth
from plugins.running import link_to, one_by_one
from plugins.stored import chosen, record

_SHEETS: Final = ("csv", "html", "ods", "rtf", "xls", "xlsx")
_VALUES: Final = ("toJson", "toText", "toBinary")
_OPERATIONS: Final = (*_SHEETS, *_VALUES, "iCal")


@dataclass(frozen=True, slots=True)
class FileOptions:
    file_name: Annotated[str, Help("Name of the file")] = ""
    delimiter: Annotated[str, Help("What separates the fields of CSV")] = ","
    header_row: Annotated[bool, Help("Whether the first row holds the names of the fields")] = True
    sheet_name: Annotated[str, Help("Name of the sheet")] = "Sheet"
    compression: Annotated[bool, Help("Whether the workbook is compressed")] = False
    encoding: Annotated[str, Help("Character set")] = "utf8"
    add_bom: Annotated[bool, Help("Whether the file begins with a byte order mark", name="addBOM")] = False
    format: Annotated[bool, Help("Whether JSON is laid out for reading")] = False
    data_is_base64: Annotated[bool, Help("Whether the value is base64 (version 1)", name="dataIsBase64")] = True
    mime_type: Annotated[str, Help("MIME type of the file")] = ""
    dot_notation: Annotated[bool, Help("Whether dots in the field's name reach into objects")] = True


@dataclass(frozen=True)
class ConvertToFileParameters:
    operation: Annotated[
        Literal["csv", "html", "iCal", "ods", "rtf", "toBinary", "toJson", "toText", "xls", "xlsx"],
        Help("Kind of file"),
    ] = "csv"
    mode: Annotated[
        Literal["once", "each"], Help("One file for all items, or one each", when={"operation": ("toJson",)})
    ] = "once"
    source_property: Annotated[
        str, Help("Field with the data", required=True, when={"operation": ("toBinary", "toText")})
    ] = ""
    binary_property_name: Annotated[str, Help("Name of the binary data that is made")] = "data"
    options: Annotated[FileOptions, Help("More")] = field(default_factory=FileOptions)


@node(
    "n8n-nodes-base.convertToFile",
    version=(1, 1.1),
    display_name="Convert to File",
    category="FILES",
    tags=("csv", "spreadsheet", "json", "text", "base64"),
    parameters=ConvertToFileParameters,
)
async def convert_to_file(ctx: Context[ConvertToFileParameters], items: Sequence[Item]) -> Items:
    """Convert data to binary data."""
    operation = chosen(ctx.parameter("operation"), _OPERATIONS, "csv") if items else ""
    if operation in _SHEETS or (operation == "toJson" and ctx.parameter("mode", 0, "once") != "each"):
        return _together(ctx, items, operation)
    if operation in _VALUES:
        return await one_by_one(ctx, items, partial(_one, ctx, operation))
    if operation == "iCal":
        raise NodeError("Calendar files cannot be made on this server yet", code="NODE_NOT_ALLOWED", retryable=False)
    return []


def _together(ctx: Context[Any], items: Sequence[Item], operation: str) -> Items:
    rows, options = [item.json for item in items], record(ctx.parameter("options"))
    try:
        if operation == "toJson":
            binary = file_of(rows, _json_making(options))
        else:
            binary = sheet_file(rows, operation, options, default_name="File")
    except NodeError as error:
        if ctx.continue_on_fail:
            return [Item({"error": str(error)}, link_to(0))]
        raise
    return [Item({}, [*map(link_to, range(len(items)))], _named(ctx, binary, 0))]


def _one(ctx: Context[Any], operation: str, item: Item, position: int) -> Item:
    options = record(ctx.parameter("options", position))
    if operation == "toJson":
        return Item({}, None, _named(ctx, file_of(item.json, _json_making(options)), position))
    path = text(ctx.parameter("sourceProperty", position, ""))
    value = files.field(item.json, path, dots=options.get("dotNotation") is not False)
    is_text = operation == "toText"
    making = Making(
        name=text(options.get("fileName") or ""),
        mime_type=text(options.get("mimeType") or ("text/plain" if is_text else "")),
        encoding=text(options.get("encoding") or "utf8"),
        mark=truth(options.get("addBOM", False)),
        base64=not is_text and (ctx.node.type_version > 1 or options.get("dataIsBase64") is not False),
    )
    return Item({}, None, _named(ctx, file_of(value, making), position))


def _json_making(options: Mapping[str, Json]) -> Making:
    return Making(
        name=text(options.get("fileName") or ""),
        mime_type="application/json",
        encoding=text(options.get("encoding") or "utf8"),
        mark=truth(options.get("addBOM", False)),
        pretty=truth(options.get("format", False)),
    )


def _named(ctx: Context[Any], binary: Binary, position: int) -> dict[str, Binary]:
    return {text(ctx.parameter("binaryPropertyName", position, "data")): binary}
