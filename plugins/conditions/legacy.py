"""The conditions of the first versions of If, Filter and Switch: operations over plain JavaScript values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from plugins import javascript_dates, patterns
from plugins.errors import NodeError
from plugins.items import Json
from plugins.javascript import (
    at_most,
    identical,
    instant,
    is_object,
    less,
    milliseconds,
    text,
    truth,
    type_of,
)
from plugins.stored import record, records
from plugins.values import UNDEFINED, JsDate, LuxonDateTime

Operation: TypeAlias = Callable[[Any, Any], bool]
KINDS: Final = ("dateTime", "boolean", "number", "string")
"""The order in which the groups of a condition collection are looked at."""


def passes(stored: Json, *, any_will_do: bool) -> bool:
    """Whether conditions grouped by type hold: `{string: [{value1, operation, value2}], number: […]}`.

    Raises `NodeError` for dates that are none, bad patterns, and text operations on what is no text.
    """
    conditions = record(stored)
    for kind in KINDS:
        for rule in records(conditions.get(kind)):
            left, right = rule.get("value1", EMPTY[kind]), rule.get("value2", EMPTY[kind])
            if holds(kind, rule.get("operation"), left, right) == any_will_do:
                return any_will_do
    return not any_will_do


def holds(kind: str, operation: Json, left: Json, right: Json) -> bool:
    """One condition. `operation` may be absent: each type has a first one."""
    if kind == "dateTime":
        left, right = _milliseconds(left), _milliseconds(right)
    found = OPERATIONS.get(text(operation or _FIRST[kind]))
    if found is None:
        raise NodeError(f"The operation '{text(operation)}' is not known", code="INVALID_PARAMETER", retryable=False)
    try:
        return found(left, right)
    except patterns.InvalidPattern as invalid:
        raise NodeError(str(invalid), name="SyntaxError", retryable=False) from None


def _milliseconds(value: Json) -> int | float:
    """A date as a number. Raises `NodeError` for what is no date."""
    if isinstance(value, JsDate | LuxonDateTime):
        return milliseconds(instant(value))
    if type_of(value) == "number" and value == value:  # noqa: PLR0124 - NaN
        return value  # type: ignore[no-any-return]
    moment = javascript_dates.parse(value) if isinstance(value, str) else None
    if moment is None:
        raise NodeError(f'The value "{text(value)}" is not a valid DateTime.', retryable=False)
    return milliseconds(moment)


def _or_zero(value: Json) -> Json:
    return value if truth(value) else 0


def _or_blank(value: Json) -> str:
    return text(value) if truth(value) else ""


def _empty(value: Json, _: Json) -> bool:
    """Nothing, NaN, blank text, and containers without members."""
    if value is None or value is UNDEFINED or value == "" or value != value:  # noqa: PLR0124
        return True
    return is_object(value) and not value


def _found(left: Json, right: Json) -> bool:
    return _or_blank(right) in _or_blank(left)


def _matched(left: Json, right: Json) -> bool:
    return patterns.slashed(_or_blank(right)).search(_or_blank(left)) is not None


def _method(name: str, call: Callable[[str, str], bool]) -> Operation:
    """A method of text; its absence from the value on the left is JavaScript's own complaint."""

    def operation(left: Json, right: Json) -> bool:
        if type(left) is str:
            return call(left, text(right))
        if left is None or left is UNDEFINED:
            message = f"Cannot read properties of {text(left)} (reading '{name}')"
        else:
            message = f"value1.{name} is not a function"
        raise NodeError(message, name="TypeError", retryable=False)

    return operation


def _not(operation: Operation) -> Operation:
    return lambda left, right: not operation(left, right)


_starts, _ends = _method("startsWith", str.startswith), _method("endsWith", str.endswith)
_FIRST: Final = {"dateTime": "after", "boolean": "equal", "number": "smaller", "string": "equal"}
EMPTY: Final[Mapping[str, Json]] = {"dateTime": "", "boolean": False, "number": 0, "string": ""}
"""The value of a side that was left as it is in the form."""
OPERATIONS: Final[Mapping[str, Operation]] = {
    "after": lambda left, right: left > right,
    "before": lambda left, right: left < right,
    "equal": identical,
    "notEqual": _not(identical),
    "larger": lambda left, right: less(_or_zero(right), _or_zero(left)),
    "largerEqual": lambda left, right: at_most(_or_zero(right), _or_zero(left)),
    "smaller": lambda left, right: less(_or_zero(left), _or_zero(right)),
    "smallerEqual": lambda left, right: at_most(_or_zero(left), _or_zero(right)),
    "contains": _found,
    "notContains": _not(_found),
    "startsWith": _starts,
    "notStartsWith": _not(_starts),
    "endsWith": _ends,
    "notEndsWith": _not(_ends),
    "regex": _matched,
    "notRegex": _not(_matched),
    "isEmpty": _empty,
    "isNotEmpty": _not(_empty),
}
