"""The rows of a sheet, out of a file in whichever format its content shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import xlrd

from plugins import javascript_dates
from plugins.charsets import decoded
from plugins.items import Json
from plugins.javascript import SPACE, number, plain
from plugins.spreadsheets import opened
from plugins.spreadsheets.grid import Cell, shown
from plugins.spreadsheets.opened import Sheet, Unreadable
from plugins.spreadsheets.zipped import BadArchive, unzipped

MOST_CELLS: Final = 10_000_000
_EPOCH: Final = datetime(1899, 12, 30, tzinfo=UTC)
_DAY_S: Final = 86_400
_TABLE = re.compile(r"<table.*?(?=</table|\Z)", re.IGNORECASE | re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]>", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]", re.IGNORECASE)
_SPAN = re.compile(r"""\bcolspan\s*=\s*["']?(\d{1,4})""", re.IGNORECASE)
_IS_TEXT = re.compile(r"""\s(?:data-)?t\s*=\s*["']?s\b""", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_BREAK = re.compile(r"<\s*br\s*/?>", re.IGNORECASE)
_LEADING_TAGS = re.compile(r"(?:<[^>]*>)+")
_ENTITIES: Final = (
    ("nbsp", " "), ("middot", "·"), ("quot", '"'), ("apos", "'"), ("gt", ">"), ("lt", "<"), ("amp", "&"),
)  # fmt: skip
_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})?\$?(\d{1,7})?(?::\$?([A-Za-z]{1,3})?\$?(\d{1,7})?)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`range` is n8n's: `A2:D9`, or the number of rows to pass over. `empty` fills missing cells with that."""

    sheet: str = ""
    range: Json = None
    header: bool = True
    empty: Json = None
    as_text: bool = False


def rows(content: bytes, wanted: Wanted) -> Iterator[Json]:
    """An object for each row, or a list where there is no header. Raises `Unreadable`."""
    try:
        sheet = _sheet(content, wanted)
    except BadArchive as error:
        raise Unreadable(str(error)) from None
    area = _area(sheet, wanted.range)
    if area is None:
        return iter(())
    if (area[1] - area[0] + 1) * (area[3] - area[2] + 1) > MOST_CELLS:
        raise Unreadable(f"The sheet is larger than {MOST_CELLS} cells")
    return _named(sheet, area, wanted) if wanted.header else _listed(sheet, area, wanted)


def _sheet(content: bytes, wanted: Wanted) -> Sheet:
    if wanted.as_text:
        return _text_sheet(decoded(content), wanted.sheet)
    if content.startswith(b"PK\x03\x04"):
        parts = unzipped(content)
        return opened.ods(parts, wanted.sheet) if "content.xml" in parts else opened.xlsx(parts, wanted.sheet)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _xls(content, wanted.sheet)
    if content.startswith(b"{\\rtf"):
        return _rtf(decoded(content, "latin1"))
    return _text_sheet(decoded(content), wanted.sheet)


def _text_sheet(text: str, name: str) -> Sheet:
    opened.check_name(["Sheet1"], name)
    if re.search(r"<table|<html", text[:10_000], re.IGNORECASE):
        return _html(text)
    return _separated(text)


def _xls(content: bytes, name: str) -> Sheet:
    try:
        with xlrd.open_workbook(file_contents=content, ragged_rows=True, on_demand=True) as book:
            sheet = book.sheet_by_name(opened.check_name(book.sheet_names(), name))
            return {row: dict(_xls_row(sheet, row)) for row in range(sheet.nrows)}
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - the library checks little of what it reads, and fails in any way
        raise Unreadable(f"The file cannot be read as a spreadsheet ({type(error).__name__})") from None


def _xls_row(sheet: Any, row: int) -> Iterator[tuple[int, Cell]]:
    for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
        match kind:
            case xlrd.XL_CELL_TEXT:
                yield column, str(value)
            case xlrd.XL_CELL_NUMBER | xlrd.XL_CELL_DATE:
                yield column, plain(float(value))
            case xlrd.XL_CELL_BOOLEAN:
                yield column, bool(value)


# ------------------------------------------------------------------------------------------------ rows as items


def _area(sheet: Sheet, range_: Json) -> tuple[int, int, int, int] | None:
    """First and last row, first and last column; None when nothing is there."""
    used = {row: cells for row, cells in sheet.items() if cells}
    if not used:
        return None
    left, right = min(map(min, used.values())), max(map(max, used.values()))
    first, last = min(used), max(used)
    if isinstance(range_, str) and range_.strip():
        range_ = int(range_) if range_.strip().isdigit() else _decoded(range_.strip())
    if isinstance(range_, tuple):
        return range_
    if isinstance(range_, int | float) and 0 <= range_ < opened.MOST_ROWS:
        first = int(range_)
    return first, last, left, right


def _decoded(range_: str) -> tuple[int, int, int, int]:
    found = _RANGE.fullmatch(range_)
    if found is None or not found.group(1) or not found.group(2):
        raise Unreadable(f"The range '{range_}' is not of the form A1:B2")
    left, first = _column(found.group(1)), int(found.group(2)) - 1
    right = _column(found.group(3)) if found.group(3) else left
    last = int(found.group(4)) - 1 if found.group(4) else first
    return max(min(first, last), 0), max(first, last), min(left, right), max(left, right)


def _column(name: str) -> int:
    value = 0
    for letter in name.upper():
        value = value * 26 + ord(letter) - ord("A") + 1
    return value - 1


def _named(sheet: Sheet, area: tuple[int, int, int, int], wanted: Wanted) -> Iterator[dict[str, Json]]:
    first, last, left, right = area
    names = _names([shown(sheet.get(first, {}).get(column)) for column in range(left, right + 1)])
    for number_ in range(first + 1, last + 1):
        cells = sheet.get(number_, {})
        row = {name: cells[column] for column, name in enumerate(names, start=left) if column in cells}
        if not row:
            continue
        if wanted.empty is not None:
            row = {name: row.get(name, wanted.empty) for name in names}
        yield row


def _names(titles: Sequence[str]) -> list[str]:
    """Columns without a title are called `__EMPTY`; those called alike are numbered."""
    taken: dict[str, int] = {}
    names: list[str] = []
    for title in titles:
        title = title or "__EMPTY"  # noqa: PLW2901 - as it is called
        name, count = title, taken.get(title, 0)
        while count and name in taken:
            name, count = f"{title}_{count}", count + 1
        taken[title] = count or 1
        taken.setdefault(name, 1)
        names.append(name)
    return names


def _listed(sheet: Sheet, area: tuple[int, int, int, int], wanted: Wanted) -> Iterator[list[Json]]:
    first, last, left, right = area
    for number_ in range(first, last + 1):
        cells = sheet.get(number_, {})
        end = right if wanted.empty is not None else max((c for c in cells if c <= right), default=left - 1)
        yield [cells.get(column, wanted.empty) for column in range(left, end + 1)]


# ------------------------------------------------------------------------------------------------ formats made of text


def _html(text: str) -> Sheet:
    found = _TABLE.search(_without_comments(text))
    if found is None:
        raise Unreadable("Invalid HTML: could not find <table>")
    return {row: dict(_html_row(written)) for row, written in enumerate(_ROW.split(found.group())[1:])}


def _html_row(row: str) -> Iterator[tuple[int, Cell]]:
    column = 0
    for written in _CELL_END.split(row):
        begin = _CELL.search(written)
        if begin is None:
            continue
        cell = written[begin.start() :].strip(SPACE)
        tag = cell[: cell.find(">")]
        leading = _LEADING_TAGS.match(cell)
        content = _html_text(cell[leading.end() :] if leading else cell)
        if content:
            yield column, content if _IS_TEXT.search(tag) else typed(content)
        span = _SPAN.search(tag)
        column += int(span.group(1)) if span else 1


def _html_text(markup: str) -> str:
    text = _SPACES.sub(_condensed, markup.strip("\t\n\r "))
    text = re.sub(r"<[^<>]*>", lambda tag: "\n" if _BREAK.fullmatch(tag.group()) else "", text)
    for name, sign in _ENTITIES:
        text = re.sub(f"&{name};", sign, text, flags=re.IGNORECASE)
    return text


def _condensed(spaces: re.Match[str]) -> str:
    """None beside a tag, else one."""
    text, begin, end = spaces.string, spaces.start(), spaces.end()
    if text[begin - 1 : begin] == ">" or text[end : end + 1] == "<":
        return ""
    return re.sub(r"[\t\n\r ]+", " ", spaces.group())


def _without_comments(text: str) -> str:
    """Those on a single line, as SheetJS does."""
    parts: list[str] = []
    at = 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin)) >= 0:
        one_line = text.find("\n", begin, end) < 0
        parts.append(text[at : begin if one_line else end])
        at = end + 3 if one_line else end
    return "".join([*parts, text[at:]])


def _rtf(text: str) -> Sheet:
    written = re.sub(r"\\cellx\d+", "", text).split("\\trowd")[1:]
    rows_ = [row.partition("\\row")[0].split("\\cell")[:-1] for row in written]
    return {row: dict(_rtf_row(cells)) for row, cells in enumerate(rows_)}


def _rtf_row(cells: Sequence[str]) -> Iterator[tuple[int, Cell]]:
    for column, cell in enumerate(cells):
        if content := cell.rpartition("\\intbl")[2].removeprefix(" "):
            yield column, content


def _separated(text: str) -> Sheet:
    separator = max(",\t;|", key=lambda sign: (text[:1024].count(sign), -",\t;|".index(sign)))
    sheet: dict[int, dict[int, Cell]] = {}
    for row, fields in enumerate(_fields(text, separator)):
        sheet[row] = {column: typed(field) for column, field in enumerate(fields) if field}
    return sheet


def _fields(text: str, separator: str) -> Iterator[list[str]]:
    """Fields by rows, as forgiving as a spreadsheet program."""
    pattern = re.compile(
        rf'(?:"((?:[^"]|"")*)"|([^{re.escape(separator)}\r\n]*))({re.escape(separator)}|\r\n|\n|\r|\Z)'
    )
    row: list[str] = []
    at = 0
    while at < len(text):
        found = pattern.match(text, at) or re.compile(r"([^\r\n]*)()(\r\n|\n|\r|\Z)").match(text, at)
        assert found is not None
        row.append(found.group(1).replace('""', '"') if found.group(1) is not None else found.group(2))
        at = found.end()
        if found.group(3) != separator:
            yield row
            row = []
    if row:
        yield [*row, ""]


def typed(text: str) -> Cell:
    """What a spreadsheet program takes a text for: a truth value, a number, a date (as its serial number), or text."""
    if not text.strip(SPACE):
        return text
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    value = _fuzzy_number(text)
    if value == value:  # noqa: PLR0124 - NaN
        return value
    serial = _fuzzy_date(text)
    return text if serial is None else serial


def _fuzzy_number(text: str) -> int | float:
    value = number(text)
    if value == value or not re.search(r"\d", text):  # noqa: PLR0124 - NaN
        return value if abs(value) != float("inf") else float("nan")
    bare = re.sub(r"(\d),(\d)", r"\1\2", text).replace("$", "")
    weight = 100 ** bare.count("%")
    bare = bare.replace("%", "")
    for written, sign in ((bare, 1), (re.sub(r"\((.*)\)", r"\1", bare), -1)):
        value = number(written)
        if value == value:  # noqa: PLR0124 - NaN
            return plain(value / weight * sign) if weight * sign != 1 else value
    return float("nan")


def _fuzzy_date(text: str) -> int | float | None:
    date = javascript_dates.parse(text)
    if date is None:
        return None
    lower = text.lower()
    if _MONTH.search(lower):
        word = re.sub("[^a-z]", "", lower)
        if len(word) > 3 and word not in _MONTHS:
            return None
    elif re.search("[a-z]", lower):
        return None
    if not 1900 <= date.year <= 1900 + 8099:
        return None
    is_vague = (date.month == 1 and date.day == 1) or date.year == 2001
    if is_vague and re.search(r"[^-0-9:,/\\]", text):
        return None
    return plain((date - _EPOCH).total_seconds() / _DAY_S)
