"""Move Binary Data: between fields of items and their binary data, as it was done before the nodes for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from plugins import Binary, Context, Help, Item, Items, Json, NodeError, jsontext, node, paths
from plugins.binary import content_of, from_base64, made
from plugins.charsets import encoded
from plugins.files import text_of, without_binary
from plugins.javascript import is_object, text, truth
from plugins.running import error_item, link_to
from plugins.stored import chosen, record
from plugins.values import UNDEFINED

_MODES: Final = ("binaryToJson", "jsonToBinary")
_TO_JSON: Final[Mapping[str, tuple[Json, ...]]] = {"mode": ("binaryToJson",)}
_TO_BINARY: Final[Mapping[str, tuple[Json, ...]]] = {"mode": ("jsonToBinary",)}


@dataclass(frozen=True, slots=True)
class MoveOptions:
    encoding: Annotated[str, Help("Character set")] = "utf8"
    strip_bom: Annotated[bool, Help("Whether a byte order mark goes", name="stripBOM")] = True
    add_bom: Annotated[bool, Help("Whether a byte order mark is added", name="addBOM")] = False
    data_is_base64: Annotated[bool, Help("Whether the value is base64", name="dataIsBase64")] = False
    file_name: Annotated[str, Help("Name of the file")] = ""
    json_parse: Annotated[bool, Help("Whether the text is parsed as JSON", name="jsonParse")] = False
    keep_source: Annotated[bool, Help("Whether the source is kept")] = False
    keep_as_base64: Annotated[bool, Help("Whether the data stays base64", name="keepAsBase64")] = False
    mime_type: Annotated[str, Help("MIME type of the file")] = "application/json"
    use_raw_data: Annotated[bool, Help("Whether the value is taken as it is, and not as JSON")] = False


@dataclass(frozen=True)
class MoveBinaryDataParameters:
    mode: Annotated[Literal["binaryToJson", "jsonToBinary"], Help("From where to where")] = "binaryToJson"
    set_all_data: Annotated[bool, Help("Whether the file holds all of the item's data", when=_TO_JSON)] = True
    source_key: Annotated[str, Help("Binary data or field to move")] = "data"
    destination_key: Annotated[str, Help("Where it goes")] = "data"
    convert_all_data: Annotated[bool, Help("Whether all of the item's data goes into the file", when=_TO_BINARY)] = True
    options: Annotated[MoveOptions, Help("More")] = field(default_factory=MoveOptions)


@node(
    "n8n-nodes-base.moveBinaryData",
    version=(1, 1.1),
    display_name="Move Binary Data",
    category="FILES",
    tags=("json", "file", "base64"),
    parameters=MoveBinaryDataParameters,
)
def move_binary_data(ctx: Context[MoveBinaryDataParameters], items: Sequence[Item]) -> Items:
    """Move data between binary and JSON properties."""
    back = chosen(ctx.parameter("mode"), _MODES, _MODES[0]) == "jsonToBinary"
    made_: Items = []
    for position, item in enumerate(items):
        try:
            moved = _to_binary(ctx, item, position) if back else _to_json(ctx, item, position)
        except NodeError as error:
            if not ctx.continue_on_fail:
                raise error.at(position) from None
            moved = error_item(error, position)
        if moved is not None:
            made_.append(moved.paired_with(link_to(position)))
    return made_


def _to_json(ctx: Context[Any], item: Item, position: int) -> Item | None:
    """None for an item without that binary data: it is passed over."""
    options = record(ctx.parameter("options", position))
    source = text(ctx.parameter("sourceKey", position, "data"))
    binary = (item.binary or {}).get(source)
    if binary is None:
        return None
    kept = truth(options.get("keepSource", False))
    rest = item.binary if kept else without_binary(item, source)
    if truth(ctx.parameter("setAllData", position, True)):
        json = _parsed(text_of(binary, options))
        if not isinstance(json, dict):
            raise NodeError("The binary data does not hold a JSON object", retryable=False)
        return Item(json, None, rest)
    value: Json = None
    if truth(options.get("keepAsBase64", False)):
        content_of(binary)
        value = binary.data
    else:
        value = text_of(binary, options)
        value = _parsed(value) if truth(options.get("jsonParse", False)) else value
    key = text(ctx.parameter("destinationKey", position, ""))
    return Item(paths.with_value(item.json if kept else {}, key, value), None, rest)


def _parsed(written: str) -> Json:
    try:
        return jsontext.parse(written)
    except ValueError as error:
        raise NodeError(f"The binary data is not JSON: {error}", name="SyntaxError", retryable=False) from None


def _to_binary(ctx: Context[Any], item: Item, position: int) -> Item:
    options = record(ctx.parameter("options", position))
    json: dict[str, Json] = item.json
    kept = truth(options.get("keepSource", False))
    value: Json = json
    if truth(ctx.parameter("convertAllData", position, True)):
        json = json if kept else {}
    else:
        source = text(ctx.parameter("sourceKey", position, "data"))
        value = paths.get(json, source)
        json = json if kept else paths.without(json, source)
    if value is UNDEFINED:
        return Item(json, None, item.binary)
    name = text(ctx.parameter("destinationKey", position, "data"))
    return Item(json, None, {**(item.binary or {}), name: _file(value, options)})


def _file(value: Json, options: Mapping[str, Json]) -> Binary:
    raw = truth(options.get("useRawData", False))
    mime_type = text(options.get("mimeType") or ("" if raw and not is_object(value) else "application/json"))
    if truth(options.get("dataIsBase64", False)):
        content = from_base64(text(value))
    else:
        written = text(value) if raw and not is_object(value) else jsontext.stringify(value)
        content = encoded(written, text(options.get("encoding") or "utf8"), mark=truth(options.get("addBOM", False)))
    return made(content, name=text(options.get("fileName") or ""), mime_type=mime_type)
