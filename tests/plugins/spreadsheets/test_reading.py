"""Sheets out of files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.spreadsheets.grid import grid_of
from plugins.spreadsheets.opened import Unreadable
from plugins.spreadsheets.reading import Wanted, rows, typed
from plugins.spreadsheets.writing import Style, written
from plugins.spreadsheets.zipped import unzipped, zipped

ROWS = [{"a": 1, "b": "x,y ", "c": True}, {"a": 2.5, "b": "l1\nl2", "d": -3}]


def read(content: bytes, **wanted: Any) -> list[Any]:
    return list(rows(content, Wanted(**wanted)))


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_workbooks_are_read_back(kind: str) -> None:
    assert read(written(grid_of(ROWS), kind, Style())) == ROWS


def test_compressed_workbooks_too() -> None:
    assert read(written(grid_of(ROWS), "xlsx", Style(compress=True))) == ROWS


def test_texts_are_typed_again() -> None:
    simple = [{"a": 1, "b": "x", "c": False}]
    assert read(written(grid_of(simple), "html", Style())) == simple
    assert read(written(grid_of(simple), "csv", Style())) == simple
    assert read(written(grid_of(simple), "rtf", Style())) == [{"a": "1", "b": "x", "c": "FALSE"}]


def test_rows_may_come_as_lists_with_gaps_filled_or_from_a_part_of_the_sheet() -> None:
    file = written(grid_of(ROWS), "xlsx", Style())
    assert read(file, header=False)[2] == [2.5, "l1\nl2", None, -3]
    assert read(file, empty="")[0] == {"a": 1, "b": "x,y ", "c": True, "d": ""}
    assert read(file, range="B1:C2") == [{"b": "x,y ", "c": True}]
    assert read(file, range=1) == [{"1": 2.5, "x,y ": "l1\nl2", "__EMPTY": -3}]


def test_columns_without_or_with_the_same_title_are_told_apart() -> None:
    assert read(b"<table><tr><td>a<td>a</td><td></td><td>a</td></tr><tr><td>1</td><td>2</td><td>3</td></table>") == [
        {"aa": 1, "__EMPTY": 2, "a": 3}
    ]


def test_a_sheet_is_found_by_its_name() -> None:
    file = written(grid_of(ROWS), "ods", Style(sheet="Mine"))
    assert read(file, sheet="Mine") == ROWS
    with pytest.raises(Unreadable, match='does not contain sheet called "Other"'):
        read(file, sheet="Other")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("TRUE", True), ("1e3", 1000), ("1,234.5", 1234.5), ("$3", 3), ("50%", 0.5), ("(7)", -7), ("2020-01-02", 43832),
        ("Jan 5 2020", 43835), ("may be", "may be"), ("12 apples", "12 apples"), (" ", " "), ("0x10", 16),
    ],
)  # fmt: skip
def test_text_is_taken_for_what_it_looks_like(text: str, value: Any) -> None:
    assert typed(text) == value


def test_shared_rich_and_inline_text_dates_and_errors() -> None:
    parts = unzipped(written(grid_of([{"x": 1}]), "xlsx", Style()))
    sheet = parts["xl/worksheets/sheet1.xml"]
    begin, end = sheet.index(b"<sheetData>"), sheet.index(b"</sheetData>")
    parts["xl/worksheets/sheet1.xml"] = (
        sheet[:begin]
        + b'<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c t="inlineStr"><is><t>in_x0041_</t></is></c></row>'
        + b'<row><c r="B3" t="d"><v>2020-01-02T12:00:00</v></c><c r="C3" t="e"><v>#N/A</v></c><c r="D3"/></row>'
        + sheet[end:]
    )
    parts["xl/sharedStrings.xml"] = b"<sst><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no</t></rPh></si></sst>"
    relations = parts["xl/_rels/workbook.xml.rels"]
    shared = b'<Relationship Id="rId9" Target="sharedStrings.xml" Type="x/sharedStrings"/></Relationships>'
    parts["xl/_rels/workbook.xml.rels"] = relations.replace(b"</Relationships>", shared)
    assert read(zipped(parts)) == [{"rich": 43832.5}]
    assert read(zipped(parts), header=False)[0] == ["rich", "inA"]


def test_ods_repeats_cells_and_rows_and_keeps_spaces() -> None:
    parts = unzipped(written(grid_of([{"x": 1}]), "ods", Style()))
    content = parts["content.xml"]
    begin, end = content.index(b"<table:table-row>"), content.index(b"</table:table>")
    parts["content.xml"] = (
        content[:begin]
        + b'<table:table-row><table:table-cell table:number-columns-repeated="2" office:value-type="string">'
        + b'<text:p>a<text:s text:c="2"/>b<text:tab/><text:span>c</text:span></text:p></table:table-cell>'
        + b'<table:table-cell office:value-type="date" office:date-value="2020-01-02"/>'
        + b'<table:table-cell office:value-type="time" office:time-value="PT12H00M00S"/></table:table-row>'
        + b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        + content[end:]
    )
    assert read(zipped(parts), header=False) == [["a  b\tc", "a  b\tc", 43832, 0.5]]


def test_what_a_stranger_may_send_is_refused() -> None:
    parts = unzipped(written(grid_of([{"x": 1}]), "xlsx", Style()))
    bomb = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
    for spoiled in (bomb, b"<worksheet", b"<worksheet><row><c t='s'><v>5</v></c></row></worksheet>"):
        with pytest.raises(Unreadable, match="cannot be read"):
            read(zipped({**parts, "xl/worksheets/sheet1.xml": spoiled}))
    last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    far = b'<worksheet><row r="1"><c r="A1"><v>1</v></c></row>' + last + b"</worksheet>"
    with pytest.raises(Unreadable, match="larger than"):
        read(zipped({**parts, "xl/worksheets/sheet1.xml": far}))
    for rubbish in (b"PK\3\4rubbish", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rubbish", b"<html>no table"):
        with pytest.raises(Unreadable):
            read(rubbish)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sheet_or_are_refused(content: bytes) -> None:
    try:
        read(content)
    except Unreadable as refusal:
        assert str(refusal)  # noqa: PT017 - any reason will do
