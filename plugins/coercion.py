"""JSON values as the Python values of typed parameters, as forgiving as JavaScript is where n8n is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from plugins import javascript
from plugins.items import Json

Convert: TypeAlias = Callable[[Json], Any]


@dataclass(frozen=True, slots=True)
class Locator:
    """A resource locator kept whole: how the resource was chosen, and its value."""

    mode: str
    value: Json


class Mismatch(Exception):
    """A value does not fit; the path to it is built on the way out."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.path: list[str] = []

    def within(self, key: str) -> Mismatch:
        self.path.insert(0, key)
        return self


def as_is(value: Json) -> Json:
    return value


def text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and value.get("__rl"):
        return text(value.get("value"))
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return javascript.text(value)
    raise Mismatch(f"must be text, not {named(value)}")


def number(value: Json) -> float | int:
    if isinstance(value, Mapping) and value.get("__rl"):
        return number(value.get("value"))
    if isinstance(value, Mapping | list):
        raise Mismatch(f"must be a number, not {named(value)}")
    read = javascript.number(value)
    if isinstance(value, str) and read != read:  # noqa: PLR0124 - NaN is the one value unequal to itself
        raise Mismatch(f"must be a number, not {named(value)}")
    return read


def whole(value: Json) -> int:
    read = number(value)
    if isinstance(read, float) and not math.isfinite(read):
        raise Mismatch("must be a finite number")
    return int(read)


def truth(value: Json) -> bool:
    """JavaScript's truth: only false, 0, NaN, empty text and null are false; empty lists and objects are true."""
    return isinstance(value, Mapping) or javascript.truth(value)


def mapping(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise Mismatch(f"must be an object, not {named(value)}")
    return value


def locator(value: Json) -> Locator:
    if isinstance(value, Mapping) and value.get("__rl"):
        return Locator(mode=str(value.get("mode", "")), value=value.get("value"))
    return Locator(mode="", value=value)


def choice(options: Mapping[Any, Any]) -> Convert:
    def choice(value: Json) -> Any:
        try:
            return options[value]
        except (KeyError, TypeError):
            raise Mismatch(f"must be one of {', '.join(map(repr, options))}, not {named(value)}") from None

    return choice


def named(value: Json) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    if value is None:
        return "null"
    return "an object" if isinstance(value, Mapping) else "a list" if isinstance(value, list) else str(value)
