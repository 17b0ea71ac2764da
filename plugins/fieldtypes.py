"""n8n's types of fields, and how a value of another type is made to fit them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final

from plugins import javascript, javascript_dates, jsontext
from plugins.items import Json
from plugins.javascript import is_object, number, text
from plugins.luxon import parsing
from plugins.values import UNDEFINED, JsDate, LuxonDateTime


class Unfit(ValueError):
    """The value cannot be of that type."""


def to_string(value: Json) -> str:
    """Any value as text: objects as JSON, luxon dates as ISO text."""
    if type(value) is str:
        return value
    if isinstance(value, LuxonDateTime):
        return str(value)
    return jsontext.stringify(value) if is_object(value) or value is None else text(value)


def to_number(value: Json) -> int | float:
    """A number by JavaScript's `Number`. Raises `Unfit` where that is NaN."""
    if type(value) is int:
        return value
    converted = number(value)
    if converted != converted:  # noqa: PLR0124 - NaN
        raise Unfit
    return converted


def to_boolean(value: Json) -> bool:
    """True, false, their names in any case, and what is 1 or 0 as a number. Raises `Unfit` for the rest."""
    if isinstance(value, bool):
        return value
    if type(value) is str:
        lower = value.lower()
        if lower in ("true", "false"):
            return lower == "true"
        if not value.strip(javascript.SPACE):
            raise Unfit
    converted = number(value)
    if converted not in (0, 1):
        raise Unfit
    return bool(converted)


def to_array(value: Json) -> list[Json]:
    """A list, or the JSON text of one; single quotes will do. Raises `Unfit`."""
    parsed = value if isinstance(value, list) else _parsed(value)
    if not isinstance(parsed, list):
        raise Unfit
    return parsed


def to_object(value: Json) -> Mapping[str, Json] | None:
    """An object, or the JSON text of one. Raises `Unfit`."""
    if isinstance(value, dict):
        return value
    parsed = _parsed(value)
    if parsed is not None and not isinstance(parsed, dict):
        raise Unfit
    return parsed


def to_date(value: Json, zone: tzinfo = UTC) -> datetime:
    """A moment out of a date or a text that luxon or `Date.parse` reads. Raises `Unfit`."""
    if isinstance(value, JsDate | LuxonDateTime):
        return javascript.instant(value)
    moment = _read_date(text(value).strip(javascript.SPACE), zone)
    if moment is None:
        raise Unfit
    return moment


@lru_cache(maxsize=1024)
def _read_date(written: str, zone: tzinfo) -> datetime | None:
    return parsing.parse(written, zone) or javascript_dates.parse(written)


def _parsed(value: Json) -> Json:
    written = text(value)
    for candidate in (written, written.replace("'", '"')):
        try:
            return jsontext.parse(candidate)
        except ValueError:
            continue
    raise Unfit


CONVERSIONS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "string": to_string,
    "number": to_number,
    "boolean": to_boolean,
    "array": to_array,
    "object": to_object,
    "dateTime": to_date,
}


def convert(value: Json, kind: str) -> Json:
    """The value as a field of that type. Null and undefined fit every type. Raises `Unfit`."""
    if value is None or value is UNDEFINED:
        return value
    conversion = CONVERSIONS.get(kind)
    return value if conversion is None else conversion(value)
