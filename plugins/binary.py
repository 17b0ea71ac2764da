"""Binary data of items: made and read in this one place, wherever the bytes are kept."""

from __future__ import annotations

import base64
import math
from typing import Final

from plugins import filetypes
from plugins.errors import NodeError
from plugins.items import Binary, Item
from plugins.javascript import number_text, plain

LARGEST: Final = 64 * 1024 * 1024
"""How many bytes a file may have that a node reads or makes as a whole."""
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def made(content: bytes, *, name: str | None = None, mime_type: str | None = None) -> Binary:
    """Binary data with everything that n8n tells about it. Without a MIME type the name decides, then the content.

    Raises `NodeError` when it is too large.
    """
    if len(content) > LARGEST:
        raise too_large()
    path = (name or "").partition("?")[0].replace("\\", "/")
    directory, _, file_name = path.rpartition("/")
    stem, dot, suffix = file_name.rpartition(".")
    extension = suffix if dot and stem else ""
    if not mime_type:
        mime_type, recognised = _guessed(extension, content)
        extension = extension or recognised
    else:
        extension = extension or filetypes.extension_of(mime_type) or ""
    return Binary(
        mime_type=mime_type,
        data=base64.b64encode(content).decode(),
        file_name=file_name or None,
        file_extension=extension or None,
        file_size=size_text(len(content)),
        file_type=filetypes.family_of(mime_type),
        directory=directory or None,
    )


def _guessed(extension: str, content: bytes) -> tuple[str, str]:
    """A MIME type, and the extension that the content tells where its name had none."""
    known = filetypes.type_of(extension) if extension else None
    if known:
        return known, ""
    return filetypes.recognised(content) or (filetypes.DEFAULT, "")


def content_of(binary: Binary) -> bytes:
    """The bytes. Raises `NodeError` when they cannot be had."""
    if binary.data is None:
        raise NodeError("This binary data is stored outside the item and cannot be read yet", retryable=False)
    if len(binary.data) > LARGEST * 4 // 3 + 4:
        raise too_large()
    return from_base64(binary.data)


def from_base64(text: str) -> bytes:
    """The bytes that base64 stands for, read as Node.js does: in either alphabet, passing over what is not base64."""
    kept = text.translate(_URL_SAFE)
    try:
        return base64.b64decode(kept, validate=True)
    except ValueError:
        kept = "".join(character for character in kept.partition("=")[0] if character in _ALPHABET)
        return base64.b64decode(kept[: len(kept) - (len(kept) % 4 == 1)] + "=" * (-len(kept) % 4 % 3))


_URL_SAFE: Final = str.maketrans("-_", "+/")
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def binary_of(item: Item, field: str, position: int | None = None) -> Binary:
    """The item's binary data in that field. Raises `NodeError` naming the field when there is none."""
    binary = (item.binary or {}).get(field)
    if binary is None:
        where = "" if position is None else f" [item {position}]"
        raise NodeError(
            "This operation expects the node's input data to contain a binary file "
            f"'{field}', but none was found{where}",
            description="Make sure that the previous node outputs a binary file",
            item_index=position,
            retryable=False,
        )
    return binary


def size_text(size: int) -> str:
    """Three significant digits and a decimal unit: `16.2 kB`."""
    power = min(int(math.log10(size)) // 3, len(_UNITS) - 1) if size else 0
    return f"{number_text(plain(float(f'{size / 1000**power:.3g}')))} {_UNITS[power]}"


def too_large() -> NodeError:
    return NodeError(
        f"The file is larger than {size_text(LARGEST)}, the most that a node may handle as a whole",
        code="PAYLOAD_TOO_LARGE",
        retryable=False,
    )
