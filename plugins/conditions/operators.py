"""What the operators of the filter parameter mean, over values that already have the operator's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from plugins import patterns
from plugins.items import Json
from plugins.javascript import at_most, identical, less, text, truth
from plugins.values import UNDEFINED

Operator: TypeAlias = Callable[[Any, Any], bool]
"""(left, right) -> whether the condition holds. Either may be None or undefined."""


def exists(value: Json) -> bool:
    return value is not None and value is not UNDEFINED and value == value  # noqa: PLR0124 - NaN


def matches(left: Json, right: Json) -> bool:
    """Whether the pattern on the right is found on the left. Raises `patterns.InvalidPattern`."""
    return patterns.slashed(_text(right)).search(_text(left)) is not None


def _text(value: Json) -> str:
    return value if type(value) is str else "" if value is None or value is UNDEFINED else text(value)


def _searched(value: Json) -> str:
    return value if type(value) is str else text(value)


def _dated(compare: Callable[[datetime, datetime], bool]) -> Operator:
    """A comparison of moments; false where one of them is missing."""
    return lambda left, right: isinstance(left, datetime) and isinstance(right, datetime) and compare(left, right)


def _sized(compare: Callable[[Json, Json], bool]) -> Operator:
    """A comparison of a list's length, nothing being an empty list."""
    return lambda left, right: compare(len(left or ()), right)


def _contains(left: Json, right: Json) -> bool:
    return any(element is right or _same(element, right) for element in left or ())


def _same(left: Json, right: Json) -> bool:
    return identical(left, right) or (left != left and right != right)  # noqa: PLR0124 - includes() finds NaN


def _not(operator: Operator) -> Operator:
    return lambda left, right: not operator(left, right)


def _is_there(left: Json, _: Json) -> bool:
    return exists(left)


def _more(left: Json, right: Json) -> bool:
    return less(right, left)


def _at_least(left: Json, right: Json) -> bool:
    return at_most(right, left)


def _has_text(left: Json, _: Json) -> bool:
    return bool(_text(left))


def _includes(left: Json, right: Json) -> bool:
    return _searched(right) in _text(left)


def _starts(left: Json, right: Json) -> bool:
    return _text(left).startswith(_searched(right))


def _ends(left: Json, right: Json) -> bool:
    return _text(left).endswith(_searched(right))


def _is_true(left: Json, _: Json) -> bool:
    return truth(left)


def _has_members(left: Json, _: Json) -> bool:
    return bool(left)


STRING: Final[Mapping[str, Operator]] = {
    "empty": _not(_has_text),
    "notEmpty": _has_text,
    "equals": identical,
    "notEquals": _not(identical),
    "contains": _includes,
    "notContains": _not(_includes),
    "startsWith": _starts,
    "notStartsWith": _not(_starts),
    "endsWith": _ends,
    "notEndsWith": _not(_ends),
    "regex": matches,
    "notRegex": _not(matches),
}
NUMBER: Final[Mapping[str, Operator]] = {
    "empty": _not(_is_there),
    "notEmpty": _is_there,
    "equals": identical,
    "notEquals": _not(identical),
    "gt": _more,
    "lt": less,
    "gte": _at_least,
    "lte": at_most,
}
DATE_TIME: Final[Mapping[str, Operator]] = {
    "empty": _not(_is_there),
    "notEmpty": _is_there,
    "equals": _dated(lambda left, right: left == right),
    "notEquals": _dated(lambda left, right: left != right),
    "after": _dated(lambda left, right: left > right),
    "before": _dated(lambda left, right: left < right),
    "afterOrEquals": _dated(lambda left, right: left >= right),
    "beforeOrEquals": _dated(lambda left, right: left <= right),
}
BOOLEAN: Final[Mapping[str, Operator]] = {
    "empty": _not(_is_there),
    "notEmpty": _is_there,
    "true": _is_true,
    "false": _not(_is_true),
    "equals": identical,
    "notEquals": _not(identical),
}
ARRAY: Final[Mapping[str, Operator]] = {
    "empty": _not(_has_members),
    "notEmpty": _has_members,
    "contains": _contains,
    "notContains": _not(_contains),
    "lengthEquals": _sized(identical),
    "lengthNotEquals": _sized(lambda left, right: not identical(left, right)),
    "lengthGt": _sized(_more),
    "lengthLt": _sized(less),
    "lengthGte": _sized(_at_least),
    "lengthLte": _sized(at_most),
}
OBJECT: Final[Mapping[str, Operator]] = {"empty": _not(_has_members), "notEmpty": _has_members}

OPERATORS: Final[Mapping[tuple[str, str], Operator]] = {
    (kind, operation): operator
    for kind, operators in (
        ("string", STRING),
        ("number", NUMBER),
        ("dateTime", DATE_TIME),
        ("boolean", BOOLEAN),
        ("array", ARRAY),
        ("object", OBJECT),
    )
    for operation, operator in (*operators.items(), ("exists", _is_there), ("notExists", _not(_is_there)))
}
