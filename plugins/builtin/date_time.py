"""Date & Time, since version 2: dates made, formatted, rounded, taken apart and compared, by luxon."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, moment, node
from plugins.javascript import instant, number, number_text, plain, text, truth
from plugins.luxon import arithmetic, zone
from plugins.luxon.formatting import iso, to_format
from plugins.luxon.reading import from_format
from plugins.running import link_to
from plugins.stored import chosen
from plugins.values import UNDEFINED, LuxonDateTime

_PARTS: Final = ("year", "month", "week", "day", "hour", "minute", "second")
SHORTEST_MILLISECONDS: Final = 12
"""Digits of a timestamp in milliseconds; shorter ones are seconds."""


@dataclass(frozen=True)
class DateTimeOptions:
    include_input_fields: Annotated[bool, Help("Whether the fields of the input are kept")] = False
    from_format: Annotated[str, Help("Form of the given date, in luxon's tokens")] = ""
    timezone: Annotated[Json, Help("Zone of the current date; or whether to format in the workflow's zone")] = ""
    iso_string: Annotated[bool, Help("Whether the time between is ISO 8601 text")] = False


@dataclass(frozen=True)
class DateTimeParameters:
    operation: Annotated[
        Literal[
            "addToDate",
            "extractDate",
            "formatDate",
            "getCurrentDate",
            "getTimeBetweenDates",
            "roundDate",
            "subtractFromDate",
        ],
        Help("What to do"),
    ] = "getCurrentDate"
    date: Annotated[Json, Help("The date")] = ""
    magnitude: Annotated[Json, Help("The date to add to or subtract from")] = ""
    time_unit: Annotated[str, Help("Unit of the duration")] = "days"
    duration: Annotated[float, Help("How much to add or subtract")] = 0
    format: Annotated[str, Help("Format of the result: luxon's tokens, or custom")] = "MM/dd/yyyy"
    custom_format: Annotated[str, Help("luxon's tokens", when={"format": ("custom",)})] = ""
    include_time: Annotated[bool, Help("Whether the current date has a time")] = True
    mode: Annotated[Literal["roundDown", "roundUp"], Help("Direction of rounding")] = "roundDown"
    to_nearest: Annotated[str, Help("Unit to round down to")] = "month"
    to: Annotated[str, Help("Unit to round up to")] = "month"
    start_date: Annotated[Json, Help("Begin of the time between")] = ""
    end_date: Annotated[Json, Help("End of the time between")] = ""
    units: Annotated[tuple[str, ...], Help("Units of the time between")] = ("day",)
    part: Annotated[str, Help("Part to extract")] = "month"
    output_field_name: Annotated[str, Help("Field for the result")] = ""
    options: Annotated[DateTimeOptions, Help("More")] = field(default_factory=DateTimeOptions)


@node(
    "n8n-nodes-base.dateTime",
    version=2,
    display_name="Date & Time",
    category="DATA",
    tags=("date", "time", "format", "duration"),
    parameters=DateTimeParameters,
)
async def date_time(ctx: Context[DateTimeParameters], items: Sequence[Item]) -> Items:
    """Manipulate dates and times."""
    made: Items = []
    for position, item in enumerate(items):
        try:
            made.append(_made(ctx, item, position))
        except NodeError as error:
            if not ctx.continue_on_fail:
                raise (error if error.failure.item_index is not None else error.at(position)) from None
            made.append(Item({"error": str(error)}))  # n8n leaves out where it came from
    return made


def _made(ctx: Context[DateTimeParameters], item: Item, position: int) -> Item:
    operation = chosen(ctx.parameter("operation", position), _OPERATIONS, "getCurrentDate")
    default_name, compute = _OPERATIONS[operation]
    name = text(ctx.parameter("outputFieldName", position, default_name))
    try:
        value = compute(ctx, position)
    except (ValueError, OverflowError) as error:
        raise NodeError(str(error), retryable=False) from None
    keep = truth(ctx.parameter("options.includeInputFields", position, False))
    return Item({**item.json, name: value} if keep else {name: value}, link_to(position))


def _current(ctx: Context[Any], position: int) -> Json:
    named = ctx.parameter("options.timezone", position, "")
    place = zone(text(named)) if named else zone(ctx.workflow.timezone)
    if place is None:
        raise NodeError(f"The timezone {text(named)} is not valid. Please check the timezone.", retryable=False)
    now = ctx.now.astimezone(place)
    return iso(now if truth(ctx.parameter("includeTime", position, True)) else arithmetic.start_of(now, "day"))


def _added(ctx: Context[Any], position: int) -> Json:
    return _moved(ctx, position, arithmetic.plus)


def _subtracted(ctx: Context[Any], position: int) -> Json:
    return _moved(ctx, position, arithmetic.minus)


def _moved(ctx: Context[Any], position: int, move: Callable[[datetime, arithmetic.Duration], datetime]) -> Json:
    date = _local(ctx, ctx.parameter("magnitude", position, UNDEFINED))
    unit = arithmetic.unit(text(ctx.parameter("timeUnit", position, "days")))
    amount = number(ctx.parameter("duration", position, 0))
    return iso(move(date, {unit: amount})) if math.isfinite(amount) else None


def _formatted(ctx: Context[Any], position: int) -> Json:
    """The date as text; null and undefined stay what they are."""
    value = ctx.parameter("date", position, UNDEFINED)
    if value is None or value is UNDEFINED:
        return None
    local = truth(ctx.parameter("options.timezone", position, False))
    form = text(ctx.parameter("options.fromFormat", position) or "") or None
    date = parse(ctx, value, timezone=ctx.workflow.timezone if local else None, form=form)
    template = text(ctx.parameter("format", position, "MM/dd/yyyy"))
    return to_format(date, text(ctx.parameter("customFormat", position, "")) if template == "custom" else template)


def _rounded(ctx: Context[Any], position: int) -> Json:
    date = _local(ctx, ctx.parameter("date", position, UNDEFINED))
    if ctx.parameter("mode", position, "roundDown") == "roundDown":
        return iso(arithmetic.start_of(date, text(ctx.parameter("toNearest", position, "month"))))
    unit = arithmetic.unit(text(ctx.parameter("to", position, "month")))
    return iso(arithmetic.start_of(arithmetic.plus(date, {unit: 1}), unit))


def _between(ctx: Context[Any], position: int) -> Json:
    start = _local(ctx, ctx.parameter("startDate", position, UNDEFINED))
    end = _local(ctx, ctx.parameter("endDate", position, UNDEFINED))
    units = ctx.parameter("units", position, ["day"])
    found = arithmetic.difference(end, start, [text(unit) for unit in (units if isinstance(units, list) else [units])])
    if truth(ctx.parameter("options.isoString", position, False)):
        return arithmetic.iso_duration(found, number_text)
    return found


def _extracted(ctx: Context[Any], position: int) -> Json:
    date = _local(ctx, ctx.parameter("date", position, UNDEFINED))
    part = text(ctx.parameter("part", position, "month"))
    if part not in _PARTS:
        raise ValueError(f"Invalid unit {part}")
    return date.isocalendar().week if part == "week" else getattr(date, part)


_OPERATIONS: Final[Mapping[str, tuple[str, Callable[[Context[Any], int], Json]]]] = {
    "getCurrentDate": ("currentDate", _current),
    "addToDate": ("newDate", _added),
    "subtractFromDate": ("newDate", _subtracted),
    "formatDate": ("formattedDate", _formatted),
    "roundDate": ("roundedDate", _rounded),
    "getTimeBetweenDates": ("timeDifference", _between),
    "extractDate": ("datePart", _extracted),
}


# ------------------------------------------------------------------------------------------------ reading dates


def _local(ctx: Context[Any], value: Json) -> datetime:
    return parse(ctx, value, timezone=ctx.workflow.timezone)


def parse(ctx: Context[Any], value: Json, *, timezone: str | None, form: str | None = None) -> datetime:
    """The date that was given, in that zone; without one, in the zone of the offset that it names, or UTC.

    Numbers, and texts of digits, are timestamps in seconds or milliseconds. Raises `NodeError`.
    """
    if isinstance(value, LuxonDateTime):
        return instant(value)
    timestamp = number(value)
    if timestamp == timestamp and not form:  # noqa: PLR0124 - NaN
        date = from_timestamp(timestamp)
    else:
        written = _text(value)
        if not timezone and "+" in written:
            timezone = _zone_of_offset(written)
        date = _read(ctx, written, form)
    place = zone(timezone or "Etc/UTC")
    if date is None or place is None:
        raise NodeError("Invalid date format", retryable=False)
    return date.astimezone(place)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is UNDEFINED:
        message = f"Cannot read properties of {text(value)} (reading 'includes')"
    else:
        message = "date.includes is not a function"
    raise NodeError(message, name="TypeError", retryable=False)


def _read(ctx: Context[Any], written: str, form: str | None) -> datetime | None:
    if form:
        return from_format(written, form, zone(ctx.workflow.timezone) or UTC, ctx.now)
    return moment.parse(written)


def _zone_of_offset(written: str) -> str:
    """Whole hours only: minutes of an offset are lost, as in n8n."""
    hours = number(written.split("+")[1][:2])
    return f"Etc/GMT-{number_text(hours)}" if hours else "Etc/GMT-0"


def from_timestamp(timestamp: float) -> datetime | None:
    """A moment out of seconds or milliseconds since 1970; fractions are of seconds."""
    whole = float(timestamp).is_integer()
    value = plain(float(timestamp if whole else timestamp * 1000))
    milliseconds = value * 1000 if len(number_text(value)) < SHORTEST_MILLISECONDS else value
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
