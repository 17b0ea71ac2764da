"""Convert to File, Extract from File, Move Binary Data, Spreadsheet File."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from plugins.binary import content_of, made
from plugins.builtin.convert_to_file import convert_to_file
from plugins.builtin.extract_from_file import extract_from_file
from plugins.builtin.move_binary_data import move_binary_data
from plugins.builtin.spreadsheet_file import spreadsheet_file
from plugins.errors import NodeError
from plugins.items import Binary, Item, Link
from plugins.testing import NodeBench

ROWS = [{"a": 1, "b": "x,y"}, {"a": 2, "b": "z"}]
STREAM = b"BT /F1 12 Tf 10 100 Td (Hello PDF) Tj ET"
OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(STREAM), STREAM),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    b"<</Title(T)>>",
)


def pdf() -> bytes:
    """One page that says hello."""
    body, table = b"%PDF-1.4\n", b"xref\n0 7\n0000000000 65535 f \n"
    for number, content in enumerate(OBJECTS, start=1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj%sendobj\n" % (number, content)
    return body + table + b"trailer<</Root 1 0 R/Info 6 0 R/Size 7>>\nstartxref\n%d\n%%%%EOF" % len(body)


def holding(content: bytes, json: dict[str, Any] | None = None, **named: Any) -> Item:
    other = {"other": Binary("text/plain", "")}
    return Item(json or {}, None, {"data": made(content, **named), **other})


async def convert(parameters: dict[str, Any], items: Any, **options: Any) -> list[Item]:
    return (
        await NodeBench(convert_to_file, version=options.pop("version", None)).run(parameters, items, **options)
    ).items()


async def extract(content: bytes, parameters: dict[str, Any], **json: Any) -> list[Item]:
    return (await NodeBench(extract_from_file).run(parameters, [holding(content, json)])).items()


# ------------------------------------------------------------------------------------------------ Convert to File


async def test_all_items_become_one_sheet_that_descends_from_them_all() -> None:
    [item] = await convert({"options": {"fileName": "r.csv", "delimiter": ";"}, "binaryPropertyName": "f"}, ROWS)
    assert (item.json, item.paired) == ({}, [Link(0), Link(1)])
    assert item.binary is not None
    assert (item.binary["f"].file_name, item.binary["f"].mime_type) == ("r.csv", "text/csv")
    assert content_of(item.binary["f"]).decode() == "\ufeffa;b\n1;x,y\n2;z"


async def test_json_is_written_once_or_for_each_item() -> None:
    [item] = await convert({"operation": "toJson", "options": {"format": True}}, ROWS[:1])
    assert item.binary is not None
    assert content_of(item.binary["data"]).decode() == '[\n  {\n    "a": 1,\n    "b": "x,y"\n  }\n]'
    each = await convert({"operation": "toJson", "mode": "each"}, ROWS)
    assert [content_of(one.binary["data"]) for one in each if one.binary] == [b'{"a":1,"b":"x,y"}', b'{"a":2,"b":"z"}']
    assert [one.paired for one in each] == [Link(0), Link(1)]


@pytest.mark.parametrize(
    ("value", "content", "mime_type"),
    [
        ("text", "text", "text/plain"),
        (5, "5", "text/plain"),
        (0, "", "text/plain"),
        ({"a": [1]}, '{"a":[1]}', "text/plain"),
    ],
)
async def test_values_become_text_files(value: Any, content: str, mime_type: str) -> None:
    [item] = await convert({"operation": "toText", "sourceProperty": "deep.v"}, [{"deep": {"v": value}}])
    assert item.binary is not None
    binary = item.binary["data"]
    assert (content_of(binary).decode(), binary.mime_type, binary.file_name) == (content, mime_type, "file.txt")


async def test_base64_becomes_a_file_whose_content_tells_its_type() -> None:
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    [item] = await convert({"operation": "toBinary", "sourceProperty": "p"}, [{"p": picture}])
    assert item.binary is not None
    assert (item.binary["data"].mime_type, item.binary["data"].file_name) == ("image/png", "file")
    plain = {"operation": "toBinary", "sourceProperty": "p", "options": {"dataIsBase64": False}}
    [item] = await convert(plain, [{"p": "text"}], version=1)
    assert item.binary is not None
    assert content_of(item.binary["data"]) == b"text"
    with pytest.raises(NodeError, match=r"Received type number \(5\)"):
        await convert({"operation": "toBinary", "sourceProperty": "p"}, [{"p": 5}])


async def test_a_missing_field_is_named_and_may_be_gone_past() -> None:
    parameters = {"operation": "toText", "sourceProperty": "zz"}
    with pytest.raises(NodeError, match='The value in "zz" is not set') as refusal:
        await convert(parameters, ROWS)
    assert refusal.value.failure.item_index == 0
    items = await convert(parameters, [{}, {"zz": 1}], continue_on_fail=True)
    assert items[0].json == {"error": 'The value in "zz" is not set'}
    assert items[1].binary


async def test_what_a_sheet_cannot_hold_is_refused_or_told() -> None:
    parameters = {"operation": "xlsx", "options": {"sheetName": "a/b"}}
    with pytest.raises(NodeError, match="Sheet name cannot contain"):
        await convert(parameters, ROWS)
    [item] = await convert(parameters, ROWS, continue_on_fail=True)
    assert item.json["error"].startswith("Sheet name cannot contain")


# ------------------------------------------------------------------------------------------------ Extract from File


async def test_rows_of_csv_leave_empty_cells_out_unless_they_are_wanted() -> None:
    content = b"\xef\xbb\xbfa,b\n1,\n"
    assert (await extract(content, {"options": {"enableBOM": True}}))[0].json == {"a": "1"}
    options = {"includeEmptyCells": True}
    assert (await extract(content, {"options": options}))[0].json == {"\ufeffa": "1", "b": ""}
    rows = await extract(b"1,2", {"options": {"headerRow": False}})
    assert rows[0].json == {"row": {"0": "1", "1": "2"}}
    with pytest.raises(NodeError, match="Invalid Record Length"):
        await extract(b"a,b\n1\n", {})


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls", "html"])
async def test_sheets_are_read_back(kind: str) -> None:
    [file] = await convert({"operation": kind}, ROWS)
    result = await NodeBench(extract_from_file).run({"operation": kind}, [file])
    assert result.json() == ROWS
    assert [item.paired for item in result.items()] == [Link(0), Link(0)]


async def test_text_json_and_base64_go_where_their_path_says() -> None:
    [item] = await extract(
        "ü".encode("latin-1"), {"operation": "text", "destinationKey": "a.b", "options": {"encoding": "latin1"}}
    )
    assert item.json == {"a": {"b": "ü"}}
    [item] = await extract(b'{"x": 1}', {"operation": "fromJson"})
    assert item.json == {"data": {"x": 1}}
    [item] = await extract(b"hi", {"operation": "binaryToPropery"})
    assert item.json == {"data": "aGk="}
    with pytest.raises(NodeError, match="is not in JSON format"):
        await extract(b"{", {"operation": "fromJson"})


@pytest.mark.parametrize(
    ("kept", "json", "binary"),
    [
        (None, {"data": "t"}, {"other"}),
        ("json", {"k": 1, "data": "t"}, {"other"}),
        ("binary", {"data": "t"}, {"data", "other"}),
        ("both", {"k": 1, "data": "t"}, {"data", "other"}),
    ],
)
async def test_as_much_of_the_source_is_kept_as_is_wanted(kept: str | None, json: Any, binary: set[str]) -> None:
    options = {"keepSource": kept} if kept else {}
    [item] = await extract(b"t", {"operation": "text", "options": options}, k=1)
    assert (item.json, set(item.binary or {})) == (json, binary)


async def test_the_text_of_a_pdf_comes_with_what_it_says_of_itself() -> None:
    [item] = await extract(pdf(), {"operation": "pdf"})
    assert item.json["text"].strip() == "Hello PDF"
    assert (item.json["numpages"], item.json["info"], item.json["version"]) == (1, {"Title": "T"}, "1.4")
    [item] = await extract(pdf(), {"operation": "pdf", "options": {"joinPages": False, "maxPages": 1}})
    assert item.json["text"] == ["Hello PDF"]
    with pytest.raises(NodeError, match="cannot be read as a PDF"):
        await extract(b"rubbish", {"operation": "pdf"})


async def test_without_a_file_there_is_nothing_to_extract() -> None:
    with pytest.raises(NodeError, match=r"a binary file 'data', but none was found \[item 0\]"):
        await NodeBench(extract_from_file).run({}, [{}])


# ------------------------------------------------------------------------------------------------ the nodes before


async def move(parameters: dict[str, Any], item: Item, **options: Any) -> list[Item]:
    return (await NodeBench(move_binary_data).run(parameters, [item], **options)).items()


async def test_a_file_becomes_the_item_or_one_of_its_fields() -> None:
    [item] = await move({}, holding(b'{"x": 1}', {"k": 1}))
    assert (item.json, set(item.binary or {})) == ({"x": 1}, {"other"})
    into = {"setAllData": False, "destinationKey": "a.b"}
    [item] = await move({**into, "options": {"jsonParse": True, "keepSource": True}}, holding(b"[1]", {"k": 1}))
    assert (item.json, set(item.binary or {})) == ({"k": 1, "a": {"b": [1]}}, {"data", "other"})
    [item] = await move({**into, "options": {"keepAsBase64": True}}, holding(b"hi"))
    assert item.json == {"a": {"b": "aGk="}}
    assert await move({}, Item({})) == []
    with pytest.raises(NodeError, match="is not JSON"):
        await move({}, holding(b"{"))
    [item] = await move({}, holding(b"5"), continue_on_fail=True)
    assert item.json == {"error": "The binary data does not hold a JSON object"}


async def test_the_item_or_one_of_its_fields_becomes_a_file() -> None:
    back = {"mode": "jsonToBinary"}
    [item] = await move(back, Item({"a": 1}))
    assert item.json == {}
    assert item.binary is not None
    assert (content_of(item.binary["data"]), item.binary["data"].mime_type) == (b'{"a":1}', "application/json")
    one = {**back, "convertAllData": False, "sourceKey": "d.x", "destinationKey": "f"}
    [item] = await move({**one, "options": {"useRawData": True}}, Item({"d": {"x": "t", "y": 1}}))
    assert item.json == {"d": {"y": 1}}
    assert item.binary is not None
    assert (content_of(item.binary["f"]), item.binary["f"].mime_type) == (b"t", "text/plain")
    [item] = await move({**one, "options": {"dataIsBase64": True, "keepSource": True}}, Item({"d": {"x": "aGk="}}))
    assert item.binary is not None
    assert content_of(item.binary["f"]) == b"hi"
    assert item.json == {"d": {"x": "aGk="}}
    assert (await move(one, Item({"k": 1})))[0].binary is None


async def test_spreadsheet_files_are_written_and_read_by_the_node_before() -> None:
    written = await NodeBench(spreadsheet_file).run({"operation": "toFile", "fileFormat": "csv"}, ROWS)
    [file] = written.items()
    assert file.binary is not None
    assert file.binary["data"].file_name == "spreadsheet.csv"
    assert (await NodeBench(spreadsheet_file, version=1).run({}, [file])).json() == ROWS
    later = (await NodeBench(spreadsheet_file, version=2).run({}, [file])).json()
    assert later == [{"\ufeffa": "1", "b": "x,y"}, {"\ufeffa": "2", "b": "z"}]
    named = {"operation": "toFile", "fileFormat": "ods", "options": {"sheetName": "a:b"}}
    [item] = (await NodeBench(spreadsheet_file).run(named, ROWS, continue_on_fail=True)).items()
    assert "error" in item.json
