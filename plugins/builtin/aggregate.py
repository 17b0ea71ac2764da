"""Aggregate: many items into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from plugins import Binary, Context, Help, Item, Json, Link, NodeError, node
from plugins.paths import child, get, names, with_value
from plugins.running import link_to
from plugins.values import UNDEFINED


@dataclass(frozen=True, slots=True)
class AggregatedField:
    field_to_aggregate: Annotated[str, Help("Field whose values are gathered")] = ""
    rename_field: bool = False
    output_field_name: Annotated[str, Help("Name of the list", when={"renameField": (True,)})] = ""


@dataclass(frozen=True, slots=True)
class AggregateOptions:
    disable_dot_notation: Annotated[bool, Help("Take dots in field names as they are")] = False
    merge_lists: Annotated[bool, Help("Join lists instead of making a list of lists")] = False
    include_binaries: Annotated[bool, Help("Keep the binary data of every item")] = False
    keep_only_unique: Annotated[bool, Help("Leave out binary data that occurs twice")] = False
    keep_missing: Annotated[bool, Help("Put null where a value is missing or null")] = False


@dataclass(frozen=True, slots=True)
class AggregateParameters:
    aggregate: Literal["aggregateIndividualFields", "aggregateAllItemData"] = "aggregateIndividualFields"
    fields_to_aggregate: Annotated[
        tuple[AggregatedField, ...],
        Help("Fields to gather", group="fieldToAggregate", when={"aggregate": ("aggregateIndividualFields",)}),
    ] = ()
    destination_field_name: Annotated[str, Help("Name of the list", when={"aggregate": ("aggregateAllItemData",)})] = (
        "data"
    )
    include: Literal["allFields", "specifiedFields", "allFieldsExcept"] = "allFields"
    fields_to_include: Annotated[Json, Help("Names separated by commas", when={"include": ("specifiedFields",)})] = ""
    fields_to_exclude: Annotated[Json, Help("Names separated by commas", when={"include": ("allFieldsExcept",)})] = ""
    options: AggregateOptions = AggregateOptions()


@node(
    "n8n-nodes-base.aggregate",
    display_name="Aggregate",
    category="TRANSFORM",
    tags=("combine", "list", "group"),
    parameters=AggregateParameters,
    per_item=False,
)
async def aggregate(ctx: Context[AggregateParameters], items: Sequence[Item]) -> Item:
    """Combine a field from many items into a list in a single item."""
    return aggregate_items(items, ctx.parameters())


def aggregate_items(items: Sequence[Item], wanted: AggregateParameters) -> Item:
    """One item that stands for all of them. Raises `NodeError` when no field, or one twice, is asked for."""
    lineage: list[int | Link] = []
    if wanted.aggregate == "aggregateAllItemData":
        rows = _rows(items, wanted, lineage)
        json = {wanted.destination_field_name: rows}
    else:
        json = _columns(items, wanted)
        lineage += map(link_to, range(len(items)))
    binary = _binaries(items, wanted.options) if wanted.options.include_binaries else None
    return Item(json, lineage, binary)


def _rows(items: Sequence[Item], wanted: AggregateParameters, lineage: list[int | Link]) -> list[Json]:
    """The items' data, narrowed as asked for. Items of which nothing is left are left out, of the lineage too."""
    if wanted.include == "allFields":
        lineage += map(link_to, range(len(items)))
        return [item.json for item in items]
    chosen = set(names(wanted.fields_to_include if wanted.include == "specifiedFields" else wanted.fields_to_exclude))
    keep: Callable[[str], bool] = chosen.__contains__
    if wanted.include == "allFieldsExcept":
        keep = lambda name: name not in chosen  # noqa: E731
    rows: list[Json] = []
    for position, item in enumerate(items):
        if row := {key: value for key, value in item.json.items() if keep(key)}:
            rows.append(row)
            lineage.append(link_to(position))
    return rows


def _columns(items: Sequence[Item], wanted: AggregateParameters) -> dict[str, Json]:
    if not wanted.fields_to_aggregate:
        raise NodeError("No fields specified", description="Please add a field to aggregate", retryable=False)
    literal = wanted.options.disable_dot_notation
    json: dict[str, Json] = {}
    seen: set[str] = set()
    for field in wanted.fields_to_aggregate:
        name = _column_name(field, literal)
        if (whole := field.output_field_name if field.rename_field else field.field_to_aggregate) in seen:
            raise NodeError(
                f"The '{whole}' output field is used more than once",
                description="Please make sure each output field name is unique",
                retryable=False,
            )
        seen.add(whole)
        values = _gathered(items, field.field_to_aggregate, wanted.options)
        json = {**json, name: values} if literal else with_value(json, name, values)
    return json


def _column_name(field: AggregatedField, literal: bool) -> str:
    if field.rename_field and field.output_field_name:
        return field.output_field_name
    return field.field_to_aggregate if literal else field.field_to_aggregate.rsplit(".", 1)[-1]


def _gathered(items: Sequence[Item], field: str, options: AggregateOptions) -> list[Json]:
    read: Callable[[Any, str], Json] = child if options.disable_dot_notation else get
    values: list[Json] = []
    for item in items:
        value = read(item.json, field)
        found = value if isinstance(value, list) and options.merge_lists else [value]
        if options.keep_missing:
            values += [None if inner is UNDEFINED else inner for inner in found]
        else:
            values += [inner for inner in found if inner is not None and inner is not UNDEFINED]
    return values


def _binaries(items: Sequence[Item], options: AggregateOptions) -> dict[str, Binary] | None:
    """All binary data under names that do not clash: `name`, `name_1`, …"""
    gathered: dict[str, Binary] = {}
    for item in items:
        for name, binary in (item.binary or {}).items():
            if options.keep_only_unique and binary in gathered.values():
                continue
            free, count = name, 0
            while free in gathered:
                count += 1
                free = f"{name}_{count}"
            gathered[free] = binary
    return gathered or None
