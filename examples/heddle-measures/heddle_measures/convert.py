"""Convert: a measure in another unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from heddle_measures.units import Unit, convert
from plugins import Context, Help, Item, NodeError, node


@dataclass(frozen=True)
class Conversion:
    """A field's default may be an expression: it is evaluated for each item."""

    source: Annotated[Unit, Help("Unit that the value is in")]
    target: Annotated[Unit, Help("Unit that is wanted")]
    value: Annotated[float, Help("The value to convert")] = "={{ $json.value }}"  # type: ignore[assignment]
    digits: Annotated[int, Help("Digits after the point")] = 3


@node(
    "measures.convert",
    display_name="Convert measure",
    category="TRANSFORM",
    tags=("units", "length", "weight", "temperature"),
    parameters=Conversion,
    each=True,
)
def convert_measure(ctx: Context[Conversion], item: Item, position: int) -> Item:
    """Converts a measure of each item to another unit."""
    wanted = ctx.parameters(position)
    try:
        value = convert(wanted.value, wanted.source, wanted.target)
    except ValueError as error:
        raise NodeError(str(error), code="UNITS_DO_NOT_MATCH", retryable=False) from None
    return item.derive(value=round(value, wanted.digits), unit=wanted.target)
