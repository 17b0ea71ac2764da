"""A sheet as a file: CSV, HTML, RTF, XLSX, ODS, XLS."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import xlwt

from plugins.javascript import number_text
from plugins.spreadsheets.grid import MOST_COLUMNS, Cell, Grid, letters, reference, shown
from plugins.spreadsheets.zipped import zipped
from plugins.values import UNDEFINED

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_OFFICE: Final = "http://schemas.openxmlformats.org"
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_CONTROL_IN_HTML = re.compile(r"[\x00-\x1f]")
_KEEPS_SPACE = re.compile(r"^\s|\s$|\n")
_BAD_IN_SHEET_NAME: Final = "][*?/\\:"
LONGEST_SHEET_NAME: Final = 31
LONGEST_TEXT: Final = 32_767
MOST_XLS_ROWS: Final = 65_536
MOST_XLS_COLUMNS: Final = 256
_XLSX_ORDER: Final = (
    "xl/_rels/workbook.xml.rels", "xl/theme/theme1.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/metadata.xml",
    "xl/workbook.xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml", "[Content_Types].xml",
)  # fmt: skip
_ODS_ORDER: Final = (
    "META-INF/manifest.xml", "meta.xml", "mimetype", "styles.xml", "content.xml", "manifest.rdf",
)  # fmt: skip


class Unwritable(ValueError):
    """A sheet that the format cannot hold. Its text says why."""


@dataclass(frozen=True, slots=True)
class Style:
    """`separator` is for CSV, `sheet` names the sheet where the format has names, `compress` is for XLSX and ODS."""

    separator: str = ","
    sheet: str = "Sheet"
    compress: bool = False


def written(grid: Grid, kind: str, style: Style) -> bytes:
    """The file. Raises `Unwritable`."""
    _check_name(style.sheet)
    if grid.width > MOST_COLUMNS:
        raise Unwritable(f"The sheet has more than {MOST_COLUMNS} columns")
    return WRITERS[kind](grid, style)


def _check_name(name: str) -> None:
    if len(name) > LONGEST_SHEET_NAME:
        raise Unwritable("Sheet names cannot exceed 31 chars")
    if any(sign in name for sign in _BAD_IN_SHEET_NAME):
        raise Unwritable("Sheet name cannot contain : \\ / ? * [ ]")


# ------------------------------------------------------------------------------------------------ plain text


def _csv(grid: Grid, style: Style) -> bytes:
    special = (style.separator[0], "\n", '"')
    lines = (style.separator.join(_field(cell, special) for cell in row) for row in grid.rows)
    return ("\ufeff" + "\n".join(lines)).encode(errors="replace")


def _field(cell: Cell, special: tuple[str, ...]) -> str:
    field = shown(cell)
    if any(sign in field for sign in special):
        return '"' + field.replace('"', '""') + '"'
    return '"ID"' if field == "ID" else field


def _html(grid: Grid, _: Style) -> bytes:
    rows = "".join(f"<tr>{_html_row(row, number)}</tr>" for number, row in enumerate(grid.rows, start=1))
    head = '<html><head><meta charset="utf-8"/><title>SheetJS Table Export</title></head>'
    return f"{head}<body><table>{rows}</table></body></html>".encode(errors="replace")


def _html_row(row: Sequence[Cell], number: int) -> str:
    return "".join(_html_cell(cell, f"{letters(column)}{number}") for column, cell in enumerate(row))


def _html_cell(cell: Cell, place: str) -> str:
    content = shown(cell).translate(_ENTITIES).replace("\n", "<br/>")
    content = _CONTROL_IN_HTML.sub(lambda found: f"&#x{ord(found.group()):04x};", content)
    told = ""
    if cell is not UNDEFINED:
        told = f' data-t="{_kind(cell)}"' + ("" if cell is None else f' data-v="{_plain(cell)}"')
    return f'<td{told} id="sjs-{place}"{_space(content)}>{content}</td>'


def _kind(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "b"
    if isinstance(cell, int | float):
        return "n"
    return "z" if cell is None else "s"


def _plain(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return number_text(cell) if isinstance(cell, int | float) else str(cell)


def _space(content: str) -> str:
    return ' xml:space="preserve"' if _KEEPS_SPACE.search(content) else ""


def _rtf(grid: Grid, _: Style) -> bytes:
    widths = "".join(f"\\cellx{column + 1}" for column in range(grid.width))
    rows = (
        f"\\trowd\\trautofit1{widths}\\pard\\intbl"
        + "".join("" if cell is None or cell is UNDEFINED else f" {shown(cell)}\\cell" for cell in row)
        + "\\pard\\intbl\\row"
        for row in grid.rows
    )
    return ("{\\rtf1\\ansi" + "".join(rows) + "}").encode(errors="replace")


# ------------------------------------------------------------------------------------------------ workbooks


def _escaped(content: str) -> str:
    return _CONTROL.sub(lambda found: f"_x{ord(found.group()):04x}_", content.translate(_ENTITIES))


def _xlsx(grid: Grid, style: Style) -> bytes:
    sheet = _escaped(style.sheet)
    parts = {
        **_constant("xlsx"),
        "xl/worksheets/sheet1.xml": _worksheet(grid).encode(errors="replace"),
        "xl/workbook.xml": (
            f'{_XML}<workbook xmlns="{_OFFICE}/spreadsheetml/2006/main" '
            f'xmlns:r="{_OFFICE}/officeDocument/2006/relationships"><workbookPr codeName="ThisWorkbook"/>'
            f'<sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "docProps/app.xml": (
            f'{_XML}<Properties xmlns="{_OFFICE}/officeDocument/2006/extended-properties" '
            f'xmlns:vt="{_OFFICE}/officeDocument/2006/docPropsVTypes"><Application>SheetJS</Application><HeadingPairs>'
            '<vt:vector size="2" baseType="variant"><vt:variant><vt:lpstr>Worksheets</vt:lpstr></vt:variant>'
            "<vt:variant><vt:i4>1</vt:i4></vt:variant></vt:vector></HeadingPairs><TitlesOfParts>"
            f'<vt:vector size="1" baseType="lpstr"><vt:lpstr>{sheet}</vt:lpstr></vt:vector></TitlesOfParts>'
            "</Properties>"
        ).encode(),
    }
    return zipped({name: parts[name] for name in _XLSX_ORDER}, compress=style.compress)


def _worksheet(grid: Grid) -> str:
    used = reference(grid)
    rows = "".join(filter(None, (_worksheet_row(row, number) for number, row in enumerate(grid.rows, start=1))))
    return (
        f'{_XML}<worksheet xmlns="{_OFFICE}/spreadsheetml/2006/main" '
        f'xmlns:r="{_OFFICE}/officeDocument/2006/relationships"><dimension ref="{used}"/>'
        '<sheetViews><sheetView workbookViewId="0"/></sheetViews>'
        + (f"<sheetData>{rows}</sheetData>" if rows else "<sheetData/>")
        + f'<ignoredErrors><ignoredError numberStoredAsText="1" sqref="{used}"/></ignoredErrors></worksheet>'
    )


def _worksheet_row(row: Sequence[Cell], number: int) -> str:
    if all(cell is UNDEFINED for cell in row):
        return ""
    content = "".join(_worksheet_cell(cell, f"{letters(column)}{number}") for column, cell in enumerate(row))
    return f'<row r="{number}"{_space(content)}>{content}</row>'


def _worksheet_cell(cell: Cell, place: str) -> str:
    if cell is None or cell is UNDEFINED:
        return ""
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{number_text(cell)}</v></c>'
    if len(cell) > LONGEST_TEXT:
        raise Unwritable("Text length must not exceed 32767 characters")
    content = _escaped(cell)
    value = f"<v{_space(content)}>{content}</v>"
    return f'<c r="{place}" t="str"{_space(value)}>{value}</c>'


def _ods(grid: Grid, style: Style) -> bytes:
    rows = "".join(
        f"        <table:table-row>\n{''.join(map(_ods_cell, row))}        </table:table-row>\n" for row in grid.rows
    )
    name = _escaped(style.sheet)
    table = f'      <table:table table:name="{name}" table:style-name="ta1">\n{rows}      </table:table>\n'
    parts = dict(_constant("ods"))
    parts["content.xml"] = parts["content.xml"].replace(b"{table}", table.encode(errors="replace"))
    return zipped({name: parts[name] for name in _ODS_ORDER}, compress=style.compress)


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell is UNDEFINED:
        return "          <table:table-cell />\n"
    if isinstance(cell, bool):
        told, content = f'boolean" office:boolean-value="{_plain(cell)}', shown(cell)
    elif isinstance(cell, int | float):
        told, content = f'float" office:value="{number_text(cell)}', number_text(cell)
    else:
        told, content = "string", str(cell)
    paragraph = _ods_paragraph(content)
    inner = f"<text:p{_space(paragraph)}>{paragraph}</text:p>"
    return f'          <table:table-cell office:value-type="{told}"{_space(inner)}>{inner}</table:table-cell>\n'


def _ods_paragraph(content: str) -> str:
    content = re.sub("  +", lambda found: f'<text:s text:c="{len(found.group())}"/>', _escaped(content))
    content = content.replace("\t", "<text:tab/>").replace("\n", "</text:p><text:p>")
    content = f"<text:s/>{content[1:]}" if content.startswith(" ") else content
    return f"{content[:-1]}<text:s/>" if content.endswith(" ") else content


@cache
def _constant(kind: str) -> Mapping[str, bytes]:
    """The parts of a workbook that are always the same."""
    folder = files("plugins.spreadsheets") / "parts" / kind
    order = _XLSX_ORDER if kind == "xlsx" else _ODS_ORDER
    found = {name: folder.joinpath(*name.split("/")) for name in order}
    return {name: part.read_bytes() for name, part in found.items() if part.is_file()}


def _xls(grid: Grid, style: Style) -> bytes:
    if len(grid.rows) > MOST_XLS_ROWS or grid.width > MOST_XLS_COLUMNS:
        raise Unwritable(f"An XLS sheet has at most {MOST_XLS_ROWS} rows and {MOST_XLS_COLUMNS} columns")
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet(style.sheet)
    for number, row in enumerate(grid.rows):
        for column, cell in enumerate(row):
            if cell is None or cell is UNDEFINED:
                continue
            if isinstance(cell, str) and len(cell) > LONGEST_TEXT:
                raise Unwritable("Text length must not exceed 32767 characters")
            sheet.write(number, column, cell)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


WRITERS: Final[Mapping[str, Callable[[Grid, Style], bytes]]] = {
    "csv": _csv,
    "html": _html,
    "ods": _ods,
    "rtf": _rtf,
    "xls": _xls,
    "xlsx": _xlsx,
}
"""By the name of the format."""
