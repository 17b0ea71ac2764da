"""Compression: files into zip and gzip archives, and out of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec

from plugins import Binary, Context, Help, Item, Items, NodeError, node
from plugins.binary import LARGEST, binary_of, content_of, made, too_large
from plugins.filetypes import extension_of
from plugins.javascript import text
from plugins.running import one_by_one
from plugins.spreadsheets.zipped import BadArchive, unzipped, zipped
from plugins.stored import chosen

_OPERATIONS: Final = ("compress", "decompress")
_GZIP: Final = 16 + zlib.MAX_WBITS
_RESOURCES_OF_MACS: Final = "__MACOSX"


@dataclass(frozen=True)
class CompressionParameters:
    operation: Annotated[Literal["compress", "decompress"], Help("What to do")] = "decompress"
    binary_property_name: Annotated[str, Help("Names of the binary data, separated by commas")] = "data"
    output_format: Annotated[Literal["zip", "gzip"], Help("Kind of archive", when={"operation": ("compress",)})] = "zip"
    file_name: Annotated[str, Help("Name of the archive", when={"operation": ("compress",)})] = ""
    binary_property_output: Annotated[str, Help("Name of the archive's binary data")] = "data"
    output_prefix: Annotated[str, Help("What the names of the files' binary data begin with")] = "file_"


@node(
    "n8n-nodes-base.compression",
    version=(1, 1.1),
    display_name="Compression",
    category="FILES",
    tags=("zip", "gzip", "archive"),
    parameters=CompressionParameters,
)
async def compression(ctx: Context[CompressionParameters], items: Sequence[Item]) -> Items:
    """Compress and decompress files."""
    packs = bool(items) and chosen(ctx.parameter("operation"), _OPERATIONS, "decompress") == "compress"
    return await one_by_one(ctx, items, partial(_packed if packs else _unpacked, ctx))


def _names(ctx: Context[Any], position: int) -> list[str]:
    listed = text(ctx.parameter("binaryPropertyName", position, "data"))
    return [name for part in listed.split(",") if (name := part.strip())]


def _prefix(ctx: Context[Any], position: int) -> str:
    return text(ctx.parameter("outputPrefix", position, "file_"))


def _packed(ctx: Context[Any], item: Item, position: int) -> Item:
    files = [binary_of(item, name, position) for name in _names(ctx, position)]
    if chosen(ctx.parameter("outputFormat", position), ("zip", "gzip"), "zip") == "gzip":
        return Item(item.json, None, {f"{_prefix(ctx, position)}{n}": _gzipped(file) for n, file in enumerate(files)})
    parts = {file.file_name or f"file_{n}": content_of(file) for n, file in enumerate(files)}
    archive = made(zipped(parts, compress=True), name=text(ctx.parameter("fileName", position, "")))
    return Item(item.json, None, {text(ctx.parameter("binaryPropertyOutput", position, "data")): archive})


def _gzipped(file: Binary) -> Binary:
    # Without a date, so that the same file gives the same archive.
    packer = zlib.compressobj(wbits=_GZIP)
    content = packer.compress(content_of(file)) + packer.flush()
    return made(content, name=f"{(file.file_name or 'file').partition('.')[0]}.gz")


def _unpacked(ctx: Context[Any], item: Item, position: int) -> Item:
    prefix = _prefix(ctx, position)
    found = [file for name in _names(ctx, position) for file in _files(binary_of(item, name, position), name)]
    return Item(item.json, None, {f"{prefix}{number}": file for number, file in enumerate(found)})


def _files(archive: Binary, name: str) -> list[Binary]:
    extension = (archive.file_extension or "").lower()
    if not extension:
        raise NodeError(f'File extension not found for binary data under "{name}"', retryable=False)
    if extension == "zip":
        try:
            parts = unzipped(content_of(archive))
        except BadArchive as error:
            raise NodeError(str(error), retryable=False) from None
        return [made(content, name=path) for path, content in parts.items() if _RESOURCES_OF_MACS not in path]
    if extension in ("gz", "gzip"):
        return [_gunzipped(archive)]
    raise NodeError(
        f'The file extension "{extension}" is not supported: only zip and gzip can be decompressed', retryable=False
    )


def _gunzipped(archive: Binary) -> Binary:
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        content = unpacker.decompress(content_of(archive), LARGEST)
    except zlib.error as error:
        raise NodeError(f"The archive cannot be read: {error}", retryable=False) from None
    if unpacker.unconsumed_tail:
        raise too_large()
    if not unpacker.eof:
        raise NodeError("The archive cannot be read: it ends too early", retryable=False)
    file = made(content, name=(archive.file_name or "file").partition(".")[0])
    extension = extension_of(file.mime_type)
    return msgspec.structs.replace(file, file_name=f"{file.file_name}.{extension}", file_extension=extension)
