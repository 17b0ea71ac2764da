"""Whether two values are the same: strictly, and as people who type data mean it."""

from __future__ import annotations

import typing
from collections.abc import Callable, Hashable
from typing import TypeAlias

import orjson

from plugins.items import Json
from plugins.javascript import number_text, type_of
from plugins.values import UNDEFINED

Equal: TypeAlias = Callable[[Json, Json], bool]


def same(left: Json, right: Json) -> bool:
    """Deep equality as JavaScript has it: true is not 1, and the order of keys does not matter."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def fingerprint(value: Json) -> Hashable:
    """A key that two values share exactly when they are the `same`."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, dict):
        return dict, frozenset((key, fingerprint(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return list, tuple(map(fingerprint, value))
    return typing.cast(Hashable, value)


def alike(left: Json, right: Json) -> bool:
    """Equality across types: nothing equals nothing however it is written, and text equals what it spells.

    Null, empty text, an empty list and a missing value are alike; so are 1, "1" and true, and JSON text and its value.
    """
    if left is not None and right is not None and type_of(left) == type_of(right):
        return same(left, right)
    if _is_nothing(left) and _is_nothing(right):
        return True
    return _spells(left, right) or _spells(right, left) or same(left, right)


def alike_with_zero(left: Json, right: Json) -> bool:
    """As `alike`; null and zero are the same too."""
    return alike(left, right) or _is_null_and_zero(left, right) or _is_null_and_zero(right, left)


def _is_nothing(value: Json) -> bool:
    return value is None or value is UNDEFINED or value in ("", [])


def _is_null_and_zero(left: Json, right: Json) -> bool:
    return left is None and not isinstance(right, bool) and right in (0, "0")


def _spells(value: Json, other: Json) -> bool:
    """Whether `other` is another way to write `value`."""
    match value, other:
        case bool(), str():
            return other.lower() in (("true", "1") if value else ("false", "0"))
        case bool(), int() | float():
            return other == int(value)
        case int() | float(), str():
            return number_text(value) == other
        case dict() | list(), str():
            return _parsed_is(other, value)
        case _:
            return False


def _parsed_is(text: str, value: Json) -> bool:
    try:
        return same(orjson.loads(text), value)
    except ValueError:
        return False
