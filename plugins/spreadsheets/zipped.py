"""Zip archives: made so that the same parts give the same bytes, and opened without trust."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from plugins.binary import LARGEST

_LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END: Final = struct.Struct("<4sHHHHIIH")
_VERSION: Final = 20
_STORED, _DEFLATED = 0, 8
MOST_PARTS: Final = 10_000


class BadArchive(ValueError):
    """Not a zip archive, or one that had better not be opened. Its text says why."""


def zipped(parts: Mapping[str, bytes], *, compress: bool = False) -> bytes:
    """An archive of these parts, without any date."""
    body, directory = bytearray(), bytearray()
    for name, content in parts.items():
        method = _DEFLATED if compress else _STORED
        packed = _deflated(content) if compress else content
        told = (zlib.crc32(content), len(packed), len(content), len(name.encode()))
        directory += _CENTRAL.pack(b"PK\1\2", 0, _VERSION, 0, method, 0, 0, *told, 0, 0, 0, 0, 0, len(body))
        directory += name.encode()
        body += _LOCAL.pack(b"PK\3\4", _VERSION, 0, method, 0, 0, *told, 0) + name.encode() + packed
    count = len(parts)
    return bytes(body + directory + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0))


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def unzipped(content: bytes, *, most_bytes: int = LARGEST) -> dict[str, bytes]:
    """The parts of an archive, by name. Raises `BadArchive`, also for one that would be too large when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > most_bytes:
                raise BadArchive("The archive is too large when unpacked")
            # What is read of an entry never goes beyond the size that it declares.
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        raise BadArchive(f"The archive cannot be read: {error}") from None
