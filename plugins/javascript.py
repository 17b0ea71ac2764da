"""JavaScript's conversions and comparisons, for values as they come from JSON and from expressions.

Objects are dicts, arrays are lists; `UNDEFINED`, `JsDate` and `LuxonDateTime` stand for what JSON cannot carry.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from functools import cmp_to_key
from typing import Any, Final

from plugins.items import Json
from plugins.values import UNDEFINED, JsDate, LuxonDateTime, Undefined

NAN: Final = float("nan")
SPACE: Final = (
    " \t\n\r\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript's `trim` removes."""
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_LEADING_NUMBER = re.compile(rf"[{SPACE}]*({_DECIMAL.pattern}|[+-]?Infinity)")
_RADIX = {"0x": 16, "0X": 16, "0o": 8, "0O": 8, "0b": 2, "0B": 2}
_INFINITIES = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def is_object(value: Json) -> bool:
    """Whether `typeof` would say "object" of something other than null."""
    return isinstance(value, dict | list | JsDate | LuxonDateTime)


def type_of(value: Json) -> str:
    """`typeof value`."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if value is UNDEFINED:
        return "undefined"
    return "string" if isinstance(value, str) and not is_object(value) else "object"


def truth(value: Json) -> bool:
    """`Boolean(value)`."""
    if isinstance(value, dict | list):
        return True
    return bool(value) and value == value  # noqa: PLR0124 - NaN is the one value unequal to itself


def text(value: Json) -> str:
    """`String(value)`."""
    if type(value) is str:
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if element is None or element is UNDEFINED else text(element) for element in value)
    if isinstance(value, JsDate):
        return date_text(instant(value))
    if isinstance(value, Undefined):
        return "undefined"
    return str(value) if isinstance(value, str) else "[object Object]"


def date_text(date: datetime) -> str:
    """What `String(date)` gives in a process whose zone is UTC."""
    return f"{date:%a %b %d} {date.year:04} {date:%H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def number_text(value: int | float) -> str:
    """A number as JavaScript prints it: shortest digits, exponents from 1e21 and below 1e-6."""
    if isinstance(value, int):
        if -(10**15) < value < 10**15:
            return str(value)
        value = float(value) if abs(value) < 10**308 else math.copysign(math.inf, value)
    if value != value:  # noqa: PLR0124
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return sign + _placed(digits.rstrip("0"), point)


def _placed(digits: str, point: int) -> str:
    """Significant digits with the decimal point after the first `point` of them."""
    if point > 21 or point < -5:
        exponent = f"e{point - 1:+d}"
        return f"{digits[0]}.{digits[1:]}{exponent}" if len(digits) > 1 else digits + exponent
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return digits.ljust(point, "0")
    return f"{digits[:point]}.{digits[point:]}"


def number(value: Json) -> int | float:
    """`Number(value)`: NaN for what is no number. Whole results are ints as long as JavaScript is exact."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if value is None:
        return 0
    if isinstance(value, JsDate | LuxonDateTime):
        return milliseconds(instant(value))
    if isinstance(value, str):
        return _parsed(value.strip(SPACE))
    if isinstance(value, list):
        return _parsed(text(value).strip(SPACE))
    return NAN


def _parsed(stripped: str) -> int | float:
    if _WHOLE.fullmatch(stripped):
        return int(stripped)
    if not stripped:
        return 0
    if _DECIMAL.fullmatch(stripped):
        return plain(float(stripped))
    if radix := _RADIX.get(stripped[:2]):
        try:
            return int(stripped[2:], radix) if stripped[2:].isalnum() else NAN
        except ValueError:
            return NAN
    return _INFINITIES.get(stripped, NAN)


def leading_number(value: Json) -> int | float:
    """`parseFloat(value)`: the number that the text begins with, else NaN."""
    found = _LEADING_NUMBER.match(text(value))
    return plain(float(found.group(1))) if found else NAN


def plain(value: float) -> int | float:
    """A float as JSON would print it: an int where it is whole and exact."""
    return int(value) if value.is_integer() and abs(value) <= 2**53 else value


def instant(date: JsDate | LuxonDateTime) -> datetime:
    """The moment of a date, with its offset."""
    return datetime.fromisoformat(date)


def milliseconds(moment: datetime) -> int:
    """`date.valueOf()`: milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


def identical(left: Json, right: Json) -> bool:
    """`left === right`. Objects and arrays are equal to nothing but themselves."""
    if is_object(left) or is_object(right):
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def loosely_equal(left: Json, right: Json) -> bool:
    """`left == right`."""
    if left is None or left is UNDEFINED or right is None or right is UNDEFINED:
        return left in (None, UNDEFINED) and right in (None, UNDEFINED)
    if is_object(left) and is_object(right):
        return left is right
    if is_object(left) or is_object(right):
        left, right = primitive(left), primitive(right)
    if type_of(left) == type_of(right):
        return identical(left, right)
    return number(left) == number(right)


def less(left: Json, right: Json) -> bool:
    """`left < right`: texts by code unit, anything else as numbers, false with NaN."""
    left, right = primitive(left, hint="number"), primitive(right, hint="number")
    if isinstance(left, str) and isinstance(right, str):
        return code_units(left) < code_units(right)
    return number(left) < number(right)


def at_most(left: Json, right: Json) -> bool:
    """`left <= right`."""
    left, right = primitive(left, hint="number"), primitive(right, hint="number")
    if isinstance(left, str) and isinstance(right, str):
        return code_units(left) <= code_units(right)
    return number(left) <= number(right)


def primitive(value: Json, *, hint: str = "default") -> Json:
    """What an object is worth where JavaScript needs a plain value: its number for dates, else its text."""
    if isinstance(value, LuxonDateTime) or (isinstance(value, JsDate) and hint == "number"):
        return milliseconds(instant(value))
    return text(value) if is_object(value) else value


def code_units(value: str) -> str:
    """A key that orders texts as JavaScript does: by UTF-16 code unit."""
    return value if value.isascii() else _ASTRAL.sub(_surrogates, value)


def _surrogates(character: re.Match[str]) -> str:
    high, low = divmod(ord(character.group()) - 0x10000, 0x400)
    return chr(0xD800 + high) + chr(0xDC00 + low)


def in_default_order(values: list[Any]) -> list[Any]:
    """`[...values].sort()`: by text, undefined last."""
    defined = sorted((v for v in values if v is not UNDEFINED), key=lambda v: code_units(text(v)))
    return defined + [UNDEFINED] * (len(values) - len(defined))


BY_LESS: Final = cmp_to_key(lambda left, right: -1 if less(left, right) else int(less(right, left)))
"""A sorting key for `(a, b) => a < b ? -1 : a > b ? 1 : 0`."""
