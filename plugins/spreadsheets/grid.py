"""A sheet: rows of cells, of which a column's first may be its name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, TypeAlias

from plugins.items import Json
from plugins.javascript import is_object, number_text, text
from plugins.values import UNDEFINED

Cell: TypeAlias = Json
"""Text, a number, a boolean, None, or UNDEFINED where there is none."""
MOST_COLUMNS: Final = 16_384
_ENDING_ZEROS = re.compile(r"(?:\.0*|(\.\d*[1-9])0+)$")
_ENDING_ZEROS_OF_MANTISSA = re.compile(r"(?:\.0*|(\.\d*[1-9])0+)E")
_ONE_DIGIT_EXPONENT = re.compile(r"(E[+-])(\d)$")
_INT_32: Final = 2**31


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of equal length, of one cell at least."""

    rows: Sequence[Sequence[Cell]]

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 1


def grid_of(records: Iterable[Mapping[str, Json]], *, header: bool = True) -> Grid:
    """One row for each record, its nested values under dotted names, and above them the names. Columns come in the
    order in which they first occur."""
    flat = [flattened(record) for record in records]
    columns = list(dict.fromkeys(name for record in flat for name in record))
    rows: list[Sequence[Cell]] = [columns] if header else []
    rows += [[record.get(column, UNDEFINED) for column in columns] for record in flat]
    return Grid(rows if columns else [[UNDEFINED]] * len(rows))


def flattened(value: Mapping[str, Json] | Sequence[Json]) -> dict[str, Cell]:
    """`{a: {b: [1]}}` as `{"a.b.0": 1}`. Empty objects and lists leave nothing."""
    flat: dict[str, Cell] = {}
    pairs = value.items() if isinstance(value, Mapping) else ((str(n), inner) for n, inner in enumerate(value))
    for name, inner in pairs:
        if isinstance(inner, dict | list):
            flat.update({f"{name}.{below}": cell for below, cell in flattened(inner).items()})
        elif inner is not UNDEFINED:
            flat[name] = text(inner) if is_object(inner) else inner
    return flat


def letters(column: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    name, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


def reference(grid: Grid) -> str:
    """The range that is in use: `A1:C3`."""
    first, last = "A1", f"{letters(grid.width - 1)}{max(len(grid.rows), 1)}"
    return first if first == last else f"{first}:{last}"


# ------------------------------------------------------------------------------------------------ what a cell shows


def shown(cell: Cell) -> str:
    """A cell's text in the format "General": numbers in at most eleven characters."""
    if cell is None or cell is UNDEFINED:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return _general(cell) if isinstance(cell, int | float) else text(cell)


def _general(value: int | float) -> str:
    if value == int(value) and -_INT_32 <= value < _INT_32 if math.isfinite(value) else False:
        return str(int(value))
    if not math.isfinite(value):
        return number_text(value).upper()
    power = math.floor(math.log10(abs(value)))
    if -4 <= power <= -1:
        written = _precise(value, 10 + power)
    elif abs(power) <= 9:
        written = _small(value)
    elif power == 10:
        written = _fixed(value, 10)[:12]
    else:
        written = _large(value)
    return _trimmed(_ONE_DIGIT_EXPONENT.sub(r"\g<1>0\2", _ENDING_ZEROS_OF_MANTISSA.sub(r"\1E", written.upper())))


def _small(value: int | float) -> str:
    room = 12 if value < 0 else 11
    for written in (_trimmed(_fixed(value, 12)), _precise(value, 10)):
        if len(written) <= room:
            return written
    return _exponential(value, 6)


def _large(value: int | float) -> str:
    written = _trimmed(_fixed(value, 11))
    return _precise(value, 6) if len(written) > (12 if value < 0 else 11) or written in ("0", "-0") else written


def _trimmed(written: str) -> str:
    return _ENDING_ZEROS.sub(r"\1", written) if "." in written else written


def _fixed(value: int | float, digits: int) -> str:
    """`value.toFixed(digits)`."""
    if abs(value) >= 1e21:
        return number_text(value)
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, Context(prec=60)):f}"


def _precise(value: int | float, digits: int) -> str:
    """`value.toPrecision(digits)`."""
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(Decimal(value))
    power = rounded.adjusted()
    if power < -6 or power >= digits:
        return _exponential(value, digits)
    return f"{rounded.quantize(Decimal(1).scaleb(power - digits + 1)):f}"


def _exponential(value: int | float, digits: int) -> str:
    """`value.toExponential(digits - 1)`."""
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(Decimal(value))
    sign, numerals, _ = rounded.as_tuple()
    mantissa = "".join(map(str, numerals)).ljust(digits, "0")
    point = f".{mantissa[1:]}" if digits > 1 else ""
    return f"{'-' if sign else ''}{mantissa[0]}{point}e{rounded.adjusted():+d}"
