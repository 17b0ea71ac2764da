"""Workbooks in XML, XLSX and ODS: their cells, read with an eye on what the files of strangers may hold."""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from plugins.javascript import plain
from plugins.spreadsheets.grid import MOST_COLUMNS, Cell

Sheet: TypeAlias = Mapping[int, Mapping[int, Cell]]
"""Cells by row and column, from 0. Only those that hold something."""
MOST_ROWS: Final = 1_048_576
MOST_CELLS: Final = 5_000_000
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EPOCH: Final = datetime(1899, 12, 30, tzinfo=UTC)
_DAY_S: Final = 86_400
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")


class Unreadable(ValueError):
    """A file that is no spreadsheet, or lacks what is asked of it. Its text says why."""


def check_name(names: Sequence[str], wanted: str) -> str:
    """The sheet that is meant: the first, unless one is named. Raises `Unreadable` when it is not there."""
    if not names:
        raise Unreadable("Spreadsheet does not have any sheets!")
    if wanted and wanted not in names:
        raise Unreadable(f'Spreadsheet does not contain sheet called "{wanted}"!')
    return wanted or names[0]


def xlsx(parts: Mapping[str, bytes], wanted: str) -> Sheet:
    """The cells of a sheet, dates as serial numbers. Raises `Unreadable`."""
    try:
        book = _target(parts, "_rels/.rels", "officeDocument") or "xl/workbook.xml"
        sheets = {one.get("name", ""): _id(one) for one in _parsed(parts, book).iter() if _name(one) == "sheet"}
        relation = sheets[check_name(list(sheets), wanted)]
        folder = posixpath.dirname(book)
        relations = f"{folder}/_rels/{posixpath.basename(book)}.rels"
        path = _target(parts, relations, relation) or f"{folder}/worksheets/sheet1.xml"
        strings = _strings(parts, _target(parts, relations, "sharedStrings"))
        return _bounded(_xlsx_rows(parts[path], strings))
    except (ParseError, DefusedXmlException, KeyError, ValueError, IndexError) as error:
        raise _unreadable(error) from None


def ods(parts: Mapping[str, bytes], wanted: str) -> Sheet:
    """The cells of a sheet, dates as serial numbers. Raises `Unreadable`."""
    try:
        names = [_attribute(one, "name") for one in _parsed(parts, "content.xml").iter() if _name(one) == "table"]
        return _bounded(_ods_rows(parts["content.xml"], check_name(names, wanted)))
    except (ParseError, DefusedXmlException, KeyError, ValueError, IndexError) as error:
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> Unreadable:
    return error if isinstance(error, Unreadable) else Unreadable("The file cannot be read as a spreadsheet")


def _bounded(rows: Iterator[tuple[int, dict[int, Cell]]]) -> Sheet:
    sheet: dict[int, dict[int, Cell]] = {}
    count = 0
    for number, cells in rows:
        count += len(cells)
        if count > MOST_CELLS or number >= MOST_ROWS:
            raise Unreadable(f"The sheet has more than {MOST_CELLS} cells or {MOST_ROWS} rows")
        if cells:
            sheet[number] = cells
    return sheet


# ------------------------------------------------------------------------------------------------ XLSX


def _target(parts: Mapping[str, bytes], relations: str, wanted: str) -> str | None:
    """The part that a relation leads to, by its id or by the end of its type."""
    if relations not in parts:
        return None
    folder = posixpath.dirname(posixpath.dirname(relations))
    for relation in _parsed(parts, relations):
        if relation.get("Id") == wanted or relation.get("Type", "").endswith(f"/{wanted}"):
            target = relation.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
    return None


def _strings(parts: Mapping[str, bytes], path: str | None) -> list[str]:
    if path is None or path not in parts:
        return []
    found: list[str] = []
    for _, element in iterparse(io.BytesIO(parts[path]), events=("end",), forbid_dtd=True):
        if _name(element) == "si":
            found.append(_rich_text(element))
            element.clear()
    return found


def _rich_text(element: Element) -> str:
    """All its runs together, without what tells the pronunciation."""
    parts = []
    for child in element:
        if _name(child) == "t":
            parts.append(child.text or "")
        elif _name(child) == "r":
            parts += [inner.text or "" for inner in child if _name(inner) == "t"]
    return _decoded("".join(parts))


def _decoded(text: str) -> str:
    """With the control characters that XML cannot hold."""
    return _CODE.sub(lambda code: chr(int(code.group(1), 16)), text)


def _xlsx_rows(content: bytes, strings: Sequence[str]) -> Iterator[tuple[int, dict[int, Cell]]]:
    number = -1
    for _, row in iterparse(io.BytesIO(content), events=("end",), forbid_dtd=True):
        if _name(row) != "row":
            continue
        number = int(row.get("r", number + 2)) - 1
        cells: dict[int, Cell] = {}
        column = -1
        for cell in row:
            column = _column(cell.get("r"), column + 1)
            value = _xlsx_value(cell, strings)
            if value is not None:
                cells[column] = value
        row.clear()
        yield number, cells


def _column(reference: str | None, following: int) -> int:
    found = _REFERENCE.fullmatch(reference or "")
    if found is None:
        return following
    column = 0
    for letter in found.group(1):
        column = column * 26 + ord(letter) - ord("A") + 1
    return min(column - 1, MOST_COLUMNS)


def _xlsx_value(cell: Element, strings: Sequence[str]) -> Cell:
    """None for an empty cell, and for one whose formula failed."""
    kind = cell.get("t", "n")
    children = {_name(child): child for child in cell}
    if kind == "inlineStr":
        return _rich_text(children["is"]) if "is" in children else None
    if "v" not in children or kind == "e":
        return None
    written = children["v"].text or ""
    if not written:
        return "" if kind == "str" else None
    match kind:
        case "s":
            return strings[int(written)]
        case "b":
            return written.strip() in ("1", "true")
        case "d":
            return _serial(written)
        case "n":
            return plain(float(written))
    return _decoded(written)


# ------------------------------------------------------------------------------------------------ ODS


def _ods_rows(content: bytes, wanted: str) -> Iterator[tuple[int, dict[int, Cell]]]:
    number, inside = 0, False
    for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
        name = _name(element)
        if name == "table":
            if inside and event == "end":
                return
            inside = event == "start" and _attribute(element, "name") == wanted
        elif event == "end" and name == "table-row" and inside:
            cells = _ods_cells(element)
            times = _times(element, "number-rows-repeated", MOST_ROWS)
            for repeat in range(times if cells else 1):
                yield number + repeat, cells
            number += times
            element.clear()


def _ods_cells(row: Element) -> dict[int, Cell]:
    cells: dict[int, Cell] = {}
    column = 0
    for cell in row:
        times = _times(cell, "number-columns-repeated", MOST_COLUMNS)
        value = _ods_value(cell)
        if value is not None:
            cells.update(dict.fromkeys(range(column, min(column + times, MOST_COLUMNS)), value))
        column += times
    return cells


def _ods_value(cell: Element) -> Cell:
    match _attribute(cell, "value-type"):
        case "float" | "percentage" | "currency":
            return plain(float(_attribute(cell, "value")))
        case "boolean":
            return _attribute(cell, "boolean-value") == "true"
        case "date":
            return _serial(_attribute(cell, "date-value"))
        case "time":
            found = _DURATION.fullmatch(_attribute(cell, "time-value"))
            hours, minutes, seconds = found.groups(default="0") if found else ("0", "0", "0")
            return plain((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) / _DAY_S)
        case "":
            return None
    return _decoded("\n".join(_paragraph(child) for child in cell if _name(child) == "p"))


def _paragraph(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        match _name(child):
            case "s":
                parts.append(" " * min(int(_attribute(child, "c") or 1), 1000))
            case "tab":
                parts.append("\t")
            case "line-break":
                parts.append("\n")
            case _:
                parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _times(element: Element, attribute: str, most: int) -> int:
    written = _attribute(element, attribute)
    return min(int(written), most) if written.isdigit() else 1


# ------------------------------------------------------------------------------------------------ XML


def _parsed(parts: Mapping[str, bytes], path: str) -> Element:
    root: Element = fromstring(parts[path], forbid_dtd=True)
    return root


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: Element, name: str) -> str:
    """Whatever its namespace; empty when it is not there."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _id(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def _serial(written: str) -> Cell:
    """The day number of a date, as spreadsheets count: 1 is the last day of 1899."""
    date = datetime.fromisoformat(written)
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return plain((date - _EPOCH).total_seconds() / _DAY_S)
