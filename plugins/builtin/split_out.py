"""Split Out: one item for each element of a list within an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from plugins import Binary, Context, Help, Item, Items, Json, NodeError, node
from plugins.paths import child, get, names, without
from plugins.running import link_to
from plugins.values import UNDEFINED

BINARY = "$binary"
"""The field name that stands for an item's binary data."""
Include: TypeAlias = Literal["noOtherFields", "allOtherFields", "selectedOtherFields"]


@dataclass(frozen=True, slots=True)
class SplitOutOptions:
    disable_dot_notation: Annotated[bool, Help("Take dots in field names as they are")] = False
    destination_field_name: Annotated[str, Help("New names, separated by commas, for the elements' fields")] = ""
    include_binary: Annotated[bool, Help("Keep the binary data of the item that was split")] = False


@dataclass(frozen=True, slots=True)
class SplitOutParameters:
    field_to_split_out: Annotated[str, Help("Names of the lists, separated by commas", required=True)] = ""
    include: Annotated[Include, Help("Which other fields every new item gets")] = "noOtherFields"
    fields_to_include: Annotated[
        Json, Help("Names separated by commas, or a list", when={"include": ("selectedOtherFields",)})
    ] = ""
    options: SplitOutOptions = SplitOutOptions()


@node(
    "n8n-nodes-base.splitOut",
    display_name="Split Out",
    category="TRANSFORM",
    tags=("list", "array", "flatten"),
    parameters=SplitOutParameters,
)
async def split_out(ctx: Context[SplitOutParameters], items: Sequence[Item]) -> Items:
    """Turn a list inside items into separate items."""
    split: Items = []
    for position, item in enumerate(items):
        split += split_item(item, position, ctx.parameters(position))
    return split


def split_item(item: Item, position: int, wanted: SplitOutParameters) -> Items:
    """What one item becomes. Raises `NodeError` for settings that contradict each other."""
    fields = names(wanted.field_to_split_out)
    targets = _targets(fields, wanted.options.destination_field_name)
    rows: list[dict[str, Json]] = []
    binaries: dict[int, dict[str, Binary]] = {}
    for field, target in zip(fields, targets, strict=True):
        if field == BINARY:
            binaries = {index: {key: binary} for index, (key, binary) in enumerate((item.binary or {}).items())}
            rows += [{} for _ in range(len(binaries) - len(rows))]
            continue
        elements = _elements(item, field, dots_are_names=wanted.options.disable_dot_notation)
        rows += [{} for _ in range(len(elements) - len(rows))]
        for index, element in enumerate(elements):
            if wanted.include == "noOtherFields" and len(fields) == 1 and not target and _spreads(element):
                rows[index] |= _entries(element)
            else:
                rows[index][target or field] = element
    others = _others(item, fields, wanted)
    kept = item.binary if wanted.options.include_binary else None
    link = link_to(position)
    return [
        Item(
            {**others, **row} if wanted.include == "allOtherFields" else {**row, **others}, link, binaries.get(n, kept)
        )
        for n, row in enumerate(rows)
    ]


def _targets(fields: Sequence[str], given: str) -> list[str]:
    targets = names(given)
    if not targets:
        return [""] * len(fields)
    if len(targets) != len(fields):
        raise NodeError(
            "If multiple fields to split out are given, the same number of destination fields must be given",
            retryable=False,
        )
    return targets


def _elements(item: Item, field: str, *, dots_are_names: bool) -> list[Json]:
    """The elements under a field. A single value is one element; what is missing has none."""
    found = child(item.json, field) if dots_are_names else get(item.json, field)
    if found is UNDEFINED:
        return []
    if isinstance(found, dict):
        return list(found.values())
    return found if isinstance(found, list) else [found]


def _spreads(value: Json) -> bool:
    return isinstance(value, list | dict)


def _entries(value: Json) -> dict[str, Json]:
    """What spreading a value into an object adds to it."""
    return value if isinstance(value, dict) else {str(index): inner for index, inner in enumerate(value)}


def _others(item: Item, fields: Sequence[str], wanted: SplitOutParameters) -> dict[str, Json]:
    """The other fields that every new item gets."""
    if wanted.include == "noOtherFields":
        return {}
    literal = wanted.options.disable_dot_notation
    if wanted.include == "allOtherFields":
        rest = dict(item.json)
        for field in fields:
            rest = {key: value for key, value in rest.items() if key != field} if literal else without(rest, field)
        return rest
    chosen = names(wanted.fields_to_include)
    if not chosen:
        raise NodeError("No fields specified", description="Please add a field to include", retryable=False)
    found = {name: child(item.json, name) if literal else get(item.json, name) for name in chosen}
    return {name: value for name, value in found.items() if value is not UNDEFINED}
