"""Values of items as files, and files as values: what the nodes for files have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from plugins import filetypes, jsontext
from plugins.binary import content_of, from_base64, made
from plugins.charsets import decoded, encoded
from plugins.errors import NodeError
from plugins.items import Binary, Item, Json
from plugins.javascript import is_object, text, truth, type_of
from plugins.paths import get
from plugins.spreadsheets.grid import grid_of
from plugins.spreadsheets.writing import Style, Unwritable, written
from plugins.values import UNDEFINED


@dataclass(frozen=True, slots=True)
class Making:
    """How a value becomes a file. Without a name it is called `file`, with the extension of its type."""

    name: str = ""
    mime_type: str = ""
    encoding: str = "utf8"
    mark: bool = False
    base64: bool = False
    pretty: bool = False


def field(json: Mapping[str, Json], path: str, *, dots: bool = True) -> Json:
    """The value at the path. Raises `NodeError` when there is none."""
    value = get(json, path) if dots else json.get(path, UNDEFINED)
    if value is UNDEFINED:
        raise NodeError(f'The value in "{path}" is not set', retryable=False)
    return value


def file_of(value: Json, making: Making) -> Binary:
    """The value as a file: objects as JSON, the rest as text. Raises `NodeError`."""
    mime_type = making.mime_type
    if making.base64:
        if not isinstance(value, str):
            raise NodeError(
                "The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an "
                f"Array-like Object. Received type {type_of(value)} ({text(value)})",
                name="TypeError",
                retryable=False,
            )
        content = from_base64(value)
    else:
        if value is None or is_object(value):
            mime_type = mime_type or "application/json"
            value = jsontext.stringify(value, 2 if making.pretty else 0)
        content = encoded(text(value) if truth(value) else "", making.encoding, mark=making.mark)
    binary = made(content, name=making.name, mime_type=mime_type)
    if binary.file_name:
        return binary
    extension = filetypes.extension_of(mime_type) if mime_type else None
    return msgspec.structs.replace(binary, file_name=f"file.{extension}" if extension else "file")


def sheet_file(rows: list[dict[str, Json]], kind: str, options: Mapping[str, Json], *, default_name: str) -> Binary:
    """Rows as a spreadsheet of that kind. Raises `NodeError`."""
    style = Style(
        separator=text(options.get("delimiter") or ","),
        sheet=text(options.get("sheetName") or "Sheet"),
        compress=truth(options.get("compression", False)),
    )
    grid = grid_of(rows, header=options.get("headerRow") is not False)
    try:
        content = written(grid, kind, style)
    except Unwritable as error:
        raise NodeError(str(error), name="Error", retryable=False) from None
    name = options.get("fileName", UNDEFINED)
    return made(content, name=f"{default_name}.{kind}" if name is UNDEFINED else text(name))


def text_of(binary: Binary, options: Mapping[str, Json]) -> str:
    """The file as text, in the character set of the options."""
    keep_mark = options.get("stripBOM") is False
    return decoded(content_of(binary), text(options.get("encoding") or "utf8"), keep_mark=keep_mark)


def without_binary(item: Item, name: str) -> dict[str, Binary] | None:
    """The item's binary data but for one."""
    return {key: binary for key, binary in (item.binary or {}).items() if key != name} or None
