"""Equality of values as nodes that match items judge it: deep, and on request forgiving about types."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeAlias

from plugins import jsontext
from plugins.items import Json
from plugins.javascript import number_text, type_of
from plugins.values import UNDEFINED

Equality: TypeAlias = Callable[[Json, Json], bool]


def identity(value: Json) -> Hashable:
    """A key that is equal for values that are deeply equal, and for no others."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or value is UNDEFINED:
        return (type_of(value), value)
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return ("array", tuple(identity(inner) for inner in value))
    return ("number", value if value == value else "NaN")  # noqa: PLR0124


def same(left: Json, right: Json) -> bool:
    """Deep equality. 1 is neither true nor "1"; NaN equals itself."""
    if type(left) is str or type(right) is str:
        return type(left) is type(right) and bool(left == right)
    return identity(left) == identity(right)


def fuzzily_same(left: Json, right: Json) -> bool:
    """Equality that forgives types: "1" is 1 and true, "TRUE" is true, JSON text is what it says, empty is empty."""
    return _forgiving(left, right)


def fuzzily_same_or_zero(left: Json, right: Json) -> bool:
    """The same, and nothing is also 0 and "0"."""
    zero = (left is None and _zero(right)) or (right is None and _zero(left))
    return zero or _forgiving(left, right)


def _zero(value: Json) -> bool:
    return not isinstance(value, bool) and value in (0, "0")


def _forgiving(left: Json, right: Json) -> bool:
    if left is not None and right is not None and type_of(left) == type_of(right):
        return same(left, right) or (_empty(left) and _empty(right))
    if _empty(left) and _empty(right):
        return True
    for one, other in ((left, right), (right, left)):
        if isinstance(one, bool):
            return _means(other, one)
        if isinstance(one, int | float) and isinstance(other, str):
            return number_text(one) == other
        if isinstance(one, dict | list) and isinstance(other, str):
            return _says(other, one)
    return False


def _empty(value: Json) -> bool:
    return value is None or value is UNDEFINED or value in ("", [])


def _means(value: Json, truth: bool) -> bool:
    """Whether text or a number stands for that truth value."""
    if isinstance(value, str):
        return value.lower() in (("true", "1") if truth else ("false", "0"))
    return isinstance(value, int | float) and value == int(truth)


def _says(text: str, value: Json) -> bool:
    """Whether text is the JSON of that value."""
    try:
        return same(jsontext.parse(text), value)
    except ValueError:
        return False
