"""JavaScript values that JSON cannot carry, as they reach a node from an expression."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Undefined(Enum):
    """JavaScript's `undefined`, which is not null: an expression that had no value."""

    UNDEFINED = None
    """Its JSON form, where one is asked for: null."""

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined.UNDEFINED


class JsDate(str):
    """A JavaScript `Date`, as its ISO 8601 text in UTC."""

    __slots__ = ()


class LuxonDateTime(str):
    """A luxon `DateTime`, as its ISO 8601 text with its offset."""

    __slots__ = ()
