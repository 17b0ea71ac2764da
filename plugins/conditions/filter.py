"""The filter parameter: typed conditions joined by `and` or `or`, with n8n's complaints about wrong types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from plugins import fieldtypes, patterns
from plugins.conditions.operators import OPERATORS
from plugins.errors import NodeError
from plugins.fieldtypes import Unfit
from plugins.items import Json
from plugins.javascript import text, truth, type_of
from plugins.stored import record, records
from plugins.values import UNDEFINED

_EXACT: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
"""Python types of the values that need no conversion."""
_PATTERNS: Final = frozenset(("regex", "notRegex"))
_STRICT_ADVICE: Final = (
    "Try changing the type of comparison. Alternatively you can enable 'Convert types where required'."
)
_LOOSE_ADVICE: Final = "Try changing the type of the comparison."
_REMEDIES: Final = {"number": "toNumber", "boolean": "toBoolean", "string": "toString"}


@dataclass(frozen=True, slots=True)
class Options:
    """How values are compared. `strict` refuses to convert types; `version` is the filter's own; `zone` is that of
    dates without one."""

    ignore_case: bool
    strict: bool
    version: float
    zone: tzinfo


def passes(stored: Json, *, item: int, zone: tzinfo = UTC) -> bool:
    """Whether a resolved filter parameter holds. Raises `NodeError` for types that do not fit and bad patterns.

    Conditions after the deciding one are not looked at, so their types do not matter.
    """
    conditions = record(stored)
    stored_options = record(conditions.get("options"))
    options = Options(
        ignore_case=not truth(stored_options.get("caseSensitive")),
        strict=stored_options.get("typeValidation") == "strict",
        version=_version(stored_options.get("version")),
        zone=zone,
    )
    any_will_do: bool = conditions.get("combinator", "and") == "or"
    for index, condition in enumerate(records(conditions.get("conditions"))):
        if _holds(condition, options, index, item) == any_will_do:
            return any_will_do
    return not any_will_do


def _version(value: Json) -> float:
    return value if isinstance(value, int | float) else 1


def _holds(condition: Mapping[str, Json], options: Options, index: int, item: int) -> bool:
    operator = record(condition.get("operator"))
    kind, operation = operator.get("type", "string"), operator.get("operation", "equals")
    if type(kind) is not str or type(operation) is not str:
        return False
    given_left, given_right = condition.get("leftValue", UNDEFINED), condition.get("rightValue", UNDEFINED)
    try:
        left = _fitted(given_left, kind, options)
        right = given_right
        if not truth(operator.get("singleValue")):
            right = _fitted(given_right, text(operator.get("rightType") or kind), options)
    except Unfit:
        raise _complaint(condition, options, index, item) from None
    if options.version >= 3 and kind == "number" and given_left in ("", []) and operation in ("empty", "notEmpty"):
        left = None
    if options.ignore_case and operation not in _PATTERNS:
        left = left.lower() if type(left) is str else left
        right = right.lower() if type(right) is str else right
    holds = OPERATORS.get((kind, operation))
    try:
        return holds is not None and holds(left, right)
    except patterns.InvalidPattern as invalid:
        raise _error(str(invalid), _STRICT_ADVICE if options.strict else _LOOSE_ADVICE, item) from None


def _fitted(value: Json, kind: str, options: Options) -> Json:
    """The value as the operator needs it. Raises `Unfit`."""
    exact = _EXACT.get(kind)
    if (exact is not None and type(value) in exact) or value is None or value is UNDEFINED or kind == "any":
        return value
    if kind == "dateTime":
        return fieldtypes.to_date(value, options.zone)
    if options.strict:
        raise Unfit
    if kind == "boolean":
        return _loose_boolean(value, options.version)
    return fieldtypes.convert(value, kind)


def _loose_boolean(value: Json, version: float) -> bool:
    """Since version 2 the texts "false" and "0" are false."""
    try:
        return fieldtypes.to_boolean(value) if version >= 2 else truth(value)
    except Unfit:
        return truth(value)


def _fits(value: Json, kind: str, options: Options) -> bool:
    try:
        _fitted(value, kind, options)
    except Unfit:
        return False
    return True


# ------------------------------------------------------------------------------------------------ complaints


def _complaint(condition: Mapping[str, Json], options: Options, index: int, item: int) -> NodeError:
    """The error for a condition of which a side does not fit its type."""
    operator = record(condition.get("operator"))
    left, right = condition.get("leftValue", UNDEFINED), condition.get("rightValue", UNDEFINED)
    kind = operator.get("type", "string")
    right_kind = text(operator.get("rightType") or kind)
    left_fits = _fits(left, kind, options)
    right_fits = truth(operator.get("singleValue")) or _fits(right, right_kind, options)
    if not left_fits and not right_fits:
        return _error(_neither(left, right, kind), _STRICT_ADVICE if options.strict else _LOOSE_ADVICE, item)
    value, wanted = (right, right_kind) if left_fits else (left, kind)
    where = f"[condition {index}, item {item}]"
    if options.strict:
        message = f"Wrong type: '{text(value)}' is {_a(type_of(value))} but was expecting {_a(wanted)} {where}"
        return _error(message, _strict_advice(wanted, "second" if left_fits else "first"), item)
    message = f"Conversion error: the {type_of(value)} '{text(value)}' can't be converted to {_a(wanted)} {where}"
    return _error(message, _LOOSE_ADVICE, item)


def _neither(left: Json, right: Json, kind: str) -> str:
    kinds = type_of(left), type_of(right)
    fields = (
        f"both fields are {_a(kinds[0])}"
        if kinds[0] == kinds[1]
        else (f"the first field is {_a(kinds[0])} and the second field is {_a(kinds[1])}")
    )
    return f"Comparison type expects {_a(kind)} but {fields}"


def _strict_advice(kind: str, position: str) -> str:
    remedy = _REMEDIES.get(kind)
    if remedy is None:
        return _STRICT_ADVICE
    return (
        "\n<p>Try either:</p>\n<ol>\n  <li>Enabling 'Convert types where required'</li>\n"
        f"  <li>Converting the {position} field to {_a(kind)} by adding <code>.{remedy}()</code></li>\n</ol>\n\t\t\t"
    )


def _a(kind: str) -> str:
    return f"an {kind}" if kind in ("array", "object") else f"a {kind}"


def _error(message: str, description: str, item: int) -> NodeError:
    return NodeError(message, description=description, item_index=item, retryable=False)
