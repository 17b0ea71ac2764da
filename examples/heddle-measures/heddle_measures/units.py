"""Units, and how a value in one becomes a value in another. Knows nothing of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["m", "km", "mi", "kg", "lb", "°C", "°F"]


@dataclass(frozen=True)
class Scale:
    """A value in its unit is `factor * value + offset` in the quantity's base unit."""

    quantity: str
    factor: float
    offset: float = 0.0


SCALES: dict[Unit, Scale] = {
    "m": Scale("length", 1),
    "km": Scale("length", 1_000),
    "mi": Scale("length", 1_609.344),
    "kg": Scale("weight", 1),
    "lb": Scale("weight", 0.45359237),
    "°C": Scale("temperature", 1),
    "°F": Scale("temperature", 5 / 9, -160 / 9),
}


def convert(value: float, source: Unit, target: Unit) -> float:
    """Raises `ValueError` when the units are of two quantities."""
    here, there = SCALES[source], SCALES[target]
    if here.quantity != there.quantity:
        raise ValueError(f"{source} is a {here.quantity} and {target} a {there.quantity}")
    return (here.factor * value + here.offset - there.offset) / there.factor
