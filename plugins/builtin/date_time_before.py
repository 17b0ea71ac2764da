"""Date & Time, version 1: dates formatted or moved, by moment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, moment, node
from plugins.builtin.date_time import from_timestamp
from plugins.javascript import instant, number, text
from plugins.luxon import arithmetic, zone
from plugins.luxon.formatting import iso
from plugins.running import error_item, link_to
from plugins.values import UNDEFINED, JsDate, LuxonDateTime


@dataclass(frozen=True)
class FirstDateTimeOptions:
    from_format: Annotated[str, Help("Form of the given date, in moment's tokens")] = ""
    from_timezone: Annotated[str, Help("Zone of the given date")] = ""
    to_timezone: Annotated[str, Help("Zone of the result")] = ""


@dataclass(frozen=True)
class FirstDateTimeParameters:
    action: Annotated[Literal["format", "calculate"], Help("What to do")] = "format"
    value: Annotated[Json, Help("The date")] = ""
    data_property_name: Annotated[str, Help("Field for the result")] = "data"
    to_format: Annotated[str, Help("Format of the result, in moment's tokens")] = "MM/DD/YYYY"
    operation: Annotated[Literal["add", "subtract"], Help("Whether to go on or back")] = "add"
    duration: Annotated[float, Help("By how much")] = 0
    time_unit: Annotated[str, Help("Unit of the duration")] = "days"
    options: Annotated[FirstDateTimeOptions, Help("More")] = field(default_factory=FirstDateTimeOptions)


@node(
    "n8n-nodes-base.dateTime",
    version=1,
    display_name="Date & Time",
    category="DATA",
    tags=("date", "time", "format"),
    parameters=FirstDateTimeParameters,
)
async def first_date_time(ctx: Context[FirstDateTimeParameters], items: Sequence[Item]) -> Items:
    """Format dates, or add to them. Items without a date are left out."""
    made: Items = []
    for position, item in enumerate(items):
        try:
            value = ctx.parameter("value", position, UNDEFINED)
            if value is UNDEFINED:
                continue
            formats = ctx.parameter("action", position, "format") == "format"
            written = _formatted(ctx, value, position) if formats else _moved(ctx, value, position)
            name = text(ctx.parameter("dataPropertyName", position, "data"))
            made.append(Item({**item.json, name: written}, link_to(position), item.binary))
        except NodeError as error:
            if not ctx.continue_on_fail:
                raise
            made.append(error_item(error, position))
    return made


def _formatted(ctx: Context[Any], value: Json, position: int) -> str:
    source, target = (ctx.parameter(f"options.{name}", position, "") for name in ("fromTimezone", "toTimezone"))
    place = _zone(source or (ctx.workflow.timezone if target else "UTC"))
    date = _read(ctx, value, position, place)
    if date is None:
        message = 'The date input format could not be recognized. Please set the "From Format" field'
        raise NodeError(message, item_index=position, retryable=False)
    if source or target:
        date = date.astimezone(_zone(target or ctx.workflow.timezone))
    return moment.format(date, text(ctx.parameter("toFormat", position, "MM/DD/YYYY")))


def _moved(ctx: Context[Any], value: Json, position: int) -> str:
    date = _read(ctx, value, position, UTC)
    if date is None:
        message = (
            'Date input cannot be parsed. Please recheck the value and the "From Format" field.'
            if ctx.parameter("options.fromFormat", position, "")
            else 'Unrecognized date input. Please specify a format in the "From Format" field.'
        )
        raise NodeError(message, item_index=position, retryable=False)
    amount = number(ctx.parameter("duration", position, 0))
    move = arithmetic.plus if ctx.parameter("operation", position, "add") == "add" else arithmetic.minus
    try:
        unit = arithmetic.unit(text(ctx.parameter("timeUnit", position, "days")))
        return iso(move(date.astimezone(UTC), {unit: amount if math.isfinite(amount) else 0}))
    except (ValueError, OverflowError) as error:
        raise NodeError(str(error), item_index=position, retryable=False) from None


def _read(ctx: Context[Any], value: Json, position: int, place: tzinfo) -> datetime | None:
    """The date that was given: in the named format, a timestamp, or in any form that moment knows."""
    if isinstance(value, JsDate | LuxonDateTime):
        return instant(value).astimezone(place)
    if form := ctx.parameter("options.fromFormat", position, ""):
        return moment.from_format(text(value), text(form), place, ctx.now)
    timestamp = number(value)
    if value is not None and value != "" and timestamp == timestamp:  # noqa: PLR0124 - NaN
        date = from_timestamp(timestamp)
        return date and date.astimezone(place)
    date = moment.parse(value, place) if isinstance(value, str) else None
    return date and date.astimezone(place)


def _zone(name: Json) -> tzinfo:
    return zone(text(name)) or UTC
