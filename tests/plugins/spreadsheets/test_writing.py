"""Sheets as files, byte by byte as SheetJS makes them."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
import xlrd

from plugins.spreadsheets.grid import flattened, grid_of, letters, reference, shown
from plugins.spreadsheets.writing import Style, Unwritable, written
from plugins.spreadsheets.zipped import BadArchive, unzipped, zipped

ROWS = [{"a": 1, "b": "x,y", "c": True}, {"a": 2, "b": 'q"t', "c": None}]
MORE = [*ROWS, {"a": 3, "d": {"e": 1}}]


def test_columns_come_in_the_order_in_which_they_first_occur() -> None:
    assert written(grid_of(MORE), "csv", Style()).decode() == '\ufeffa,b,c,d.e\n1,"x,y",TRUE,\n2,"q""t",,\n3,,,1'
    bare = written(grid_of(MORE, header=False), "csv", Style(separator=";")).decode()
    assert bare == '\ufeff1;x,y;TRUE;\n2;"q""t";;\n3;;;1'


def test_workbooks_are_the_same_bytes() -> None:
    files = {"xlsx": written(grid_of(MORE), "xlsx", Style()), "ods": written(grid_of(ROWS), "ods", Style())}
    assert {kind: hashlib.sha256(file).hexdigest() for kind, file in files.items()} == {
        "xlsx": "b19ace39d03a63844c52fa2ef6bbded9b645643c7202a4b00e2c0a1431c4bf46",
        "ods": "de8d48477b820496662fd550f48a912ee2eee9db5ab2afa9b584f71e4d1e57a7",
    }


def test_html_tells_types_and_places() -> None:
    file = written(grid_of([{"a": "<b>\n", "n": 1.5}, {"a": None}]), "html", Style()).decode()
    assert '<td data-t="s" data-v="<b>\n" id="sjs-A2">&lt;b&gt;<br/></td>' in file
    assert '<td data-t="n" data-v="1.5" id="sjs-B2">1.5</td>' in file
    assert '<tr><td data-t="z" id="sjs-A3"></td><td id="sjs-B3"></td></tr>' in file


def test_rtf_has_a_cell_for_each_value() -> None:
    file = written(grid_of([{"a": 1, "b": "x"}]), "rtf", Style()).decode()
    row = "\\trowd\\trautofit1\\cellx1\\cellx2\\pard\\intbl"
    assert file == f"{{\\rtf1\\ansi{row} a\\cell b\\cell\\pard\\intbl\\row{row} 1\\cell x\\cell\\pard\\intbl\\row}}"


def test_xls_can_be_read_by_others() -> None:
    book = xlrd.open_workbook(file_contents=written(grid_of(ROWS), "xls", Style(sheet="Mine")))
    assert book.sheet_names() == ["Mine"]
    assert book.sheet_by_index(0).row_values(2) == [2.0, 'q"t', ""]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-3, "-3"), (1.5, "1.5"), (0.1 + 0.2, "0.3"), (2**40, "1.09951E+12"), (12345678901, "12345678901"),
        (1234567.891234, "1234567.891"), (-1e21, "-1E+21"), (1e-7, "0.0000001"), (1.234e-9, "1.234E-09"),
        (float("inf"), "INFINITY"), (True, "TRUE"), (None, ""), ("x", "x"),
    ],
)  # fmt: skip
def test_cells_show_eleven_characters_of_a_number(value: Any, text: str) -> None:
    assert shown(value) == text


def test_nested_values_get_dotted_names() -> None:
    assert flattened({"a": {"b": [1, {"c": 2}]}, "d": [], "e": None}) == {"a.b.0": 1, "a.b.1.c": 2, "e": None}


def test_places_are_named_as_in_spreadsheets() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert reference(grid_of(MORE)) == "A1:D4"
    assert reference(grid_of([], header=False)) == "A1"


@pytest.mark.parametrize(
    ("rows", "kind", "style", "complaint"),
    [
        (ROWS, "xlsx", Style(sheet="x" * 32), "cannot exceed 31"),
        (ROWS, "ods", Style(sheet="a/b"), "cannot contain"),
        ([{"a": "x" * 40_000}], "xlsx", Style(), "32767"),
        ([{"a": "x" * 40_000}], "xls", Style(), "32767"),
        ([{str(n): n for n in range(300)}], "xls", Style(), "256 columns"),
        ([{str(n): n for n in range(20_000)}], "csv", Style(), "16384 columns"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(rows: Any, kind: str, style: Style, complaint: str) -> None:
    with pytest.raises(Unwritable, match=complaint):
        written(grid_of(rows), kind, style)


def test_archives_are_read_back_compressed_or_not() -> None:
    parts = {"a.txt": b"hello" * 100, "d/b": b""}
    assert unzipped(zipped(parts)) == parts
    compressed = zipped(parts, compress=True)
    assert unzipped(compressed) == parts
    assert len(compressed) < len(zipped(parts))


def test_bombs_and_rubbish_are_not_opened() -> None:
    bomb = zipped({"bomb": b"\0" * 1_000_000}, compress=True)
    with pytest.raises(BadArchive, match="too large"):
        unzipped(bomb, most_bytes=1000)
    lying = bytearray(bomb)
    size = (1_000_000).to_bytes(4, "little")
    while size in lying:
        lying[lying.index(size) : lying.index(size) + 4] = (10).to_bytes(4, "little")
    with pytest.raises(BadArchive):
        unzipped(bytes(lying))
    with pytest.raises(BadArchive):
        unzipped(b"PK\3\4" + io.BytesIO(b"rubbish").getvalue())
