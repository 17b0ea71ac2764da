"""Compression."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from plugins.binary import LARGEST, content_of, made
from plugins.builtin.compression import compression
from plugins.errors import NodeError
from plugins.items import Item
from plugins.spreadsheets.zipped import zipped
from plugins.testing import NodeBench

FILES = {"a": made(b"hello" * 50, name="a.txt"), "b": made(b"<p>", name="b.html")}


async def run(parameters: dict[str, Any], item: Item) -> Item:
    [made_] = (await NodeBench(compression).run(parameters, [item])).items()
    return made_


async def test_a_zip_archive_holds_the_files_and_gives_them_back() -> None:
    packing = {
        "operation": "compress",
        "binaryPropertyName": "a, b",
        "fileName": "all.zip",
        "binaryPropertyOutput": "z",
    }
    packed = await run(packing, Item({"k": 1}, None, FILES))
    assert packed.json == {"k": 1}
    assert packed.binary is not None
    assert (packed.binary["z"].file_name, packed.binary["z"].mime_type) == ("all.zip", "application/zip")
    unpacked = await run({"binaryPropertyName": "z"}, packed)
    assert unpacked.binary == {"file_0": FILES["a"], "file_1": FILES["b"]}


async def test_gzip_packs_every_file_by_itself() -> None:
    packed = await run(
        {"operation": "compress", "outputFormat": "gzip", "binaryPropertyName": "a,b"}, Item({}, None, FILES)
    )
    assert packed.binary is not None
    assert [file.file_name for file in packed.binary.values()] == ["a.gz", "b.gz"]
    unpacked = await run({"binaryPropertyName": "file_0", "outputPrefix": "out"}, packed)
    assert unpacked.binary is not None
    assert content_of(unpacked.binary["out0"]) == b"hello" * 50
    assert unpacked.binary["out0"].file_name == "a.txt"


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (made(b"x", name="x"), "File extension not found"),
        (made(b"x", name="x.rar"), '"rar" is not supported'),
        (made(b"x", name="x.zip"), "cannot be read"),
        (made(b"x", name="x.gz"), "cannot be read"),
        (made(gzip.compress(b"\0" * (LARGEST + 1)), name="bomb.gz"), "larger than"),
        (made(zipped({"bomb": b"\0" * (LARGEST + 1)}, compress=True), name="bomb.zip"), "too large"),
    ],
)
async def test_what_cannot_be_unpacked_is_refused(file: Any, complaint: str) -> None:
    with pytest.raises(NodeError, match=complaint):
        await run({}, Item({}, None, {"data": file}))
