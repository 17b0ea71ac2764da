"""What a JavaScript property path finds in JSON, and how JavaScript writes a value: as far as there is no doubt."""

from __future__ import annotations

from typing import Final, TypeAlias

from plugins.items import Json
from plugins.values import UNDEFINED, Undefined

Keys: TypeAlias = tuple[tuple[str, int], ...]
"""Steps of a path: the property's name, and the same as an index of an array, or -1."""

DECLINED: Final = object()
"""In place of a value: only V8 knows."""
_INHERITED = frozenset(
    {"hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf"}
)
_LARGEST_INTEGER = 2**53
_SMALLEST_DECIMAL = 1e-4
"""Below it Python writes an exponent where JavaScript does not yet."""
_DEEPEST = 50


def at(value: Json, keys: Keys) -> Json:
    """What a JavaScript property path finds, as this engine's expressions answer it, or `DECLINED`."""
    for name, index in keys:
        kind = type(value)
        if kind is dict:
            value = value.get(name, UNDEFINED)
            if value is UNDEFINED and name in _INHERITED:
                return DECLINED
        elif kind is list:
            if index < 0:
                return DECLINED
            value = value[index] if index < len(value) else UNDEFINED
        elif value is None or value is UNDEFINED:
            return UNDEFINED  # a TypeError there, and so undefined
        else:
            return DECLINED
    kind = type(value)
    if kind is str or value is None or value is UNDEFINED or kind is bool:
        return value
    return value if _survives(value, _DEEPEST) else DECLINED


def _survives(value: Json, depth: int) -> bool:
    """True when the way to V8 and back would change nothing."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int or kind is float:
        return bool(-_LARGEST_INTEGER <= value <= _LARGEST_INTEGER)  # beyond, V8 answers other digits; NaN is neither
    if kind is dict:
        return depth > 0 and "__proto__" not in value and all(_survives(each, depth - 1) for each in value.values())
    if kind is list:
        return depth > 0 and all(_survives(each, depth - 1) for each in value)
    return False


def text_of(value: Json | Undefined) -> str | None:
    """A value in a text, as JavaScript writes it; None when only V8 knows how."""
    if type(value) is str:
        return value
    match value:
        case None | Undefined.UNDEFINED:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value)) if abs(value) <= _LARGEST_INTEGER else None
        case float() if abs(value) >= _SMALLEST_DECIMAL:
            return repr(value)
    return None
