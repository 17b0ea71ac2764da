"""Item Lists: Split Out, Aggregate, Limit, Remove Duplicates, Sort and Summarize as one node, as it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from plugins import Context, Help, Item, Items, Json, NodeError, node
from plugins.builtin.aggregate import AggregatedField, AggregateOptions, AggregateParameters, aggregate_items
from plugins.builtin.limit import keep_some
from plugins.builtin.remove_duplicates import (
    RemoveDuplicatesOptions,
    RemoveDuplicatesParameters,
    Strictness,
    distinct,
)
from plugins.builtin.sort import SortField, SortOptions, SortParameters, sort_items
from plugins.builtin.split_out import SplitOutOptions, SplitOutParameters, split_item
from plugins.builtin.summarize import SummarizeOptions, SummarizeParameters, Summary, summarize_items
from plugins.paths import child, get
from plugins.values import UNDEFINED

Operation: TypeAlias = Literal[
    "splitOutItems", "aggregateItems", "concatenateItems", "limit", "removeDuplicates", "sort", "summarize"
]


@dataclass(frozen=True, slots=True)
class ItemListsOptions:
    """The options of all operations."""

    disable_dot_notation: bool = False
    destination_field_name: str = ""
    include_binary: bool = False
    merge_lists: bool = False
    keep_missing: bool = False
    remove_other_fields: bool = False
    continue_if_field_not_found: bool = False
    output_format: Literal["separateItems", "singleItem"] = "separateItems"
    skip_empty_split_fields: bool = False


@dataclass(frozen=True, slots=True)
class ItemListsParameters:
    """The parameters of all operations. Lists of names are text with commas from version 3 on, objects before."""

    operation: Annotated[Operation, Help("What to do with the items")] = "splitOutItems"
    field_to_split_out: Annotated[str, Help(required=True, when={"operation": ("splitOutItems",)})] = ""
    include: str = ""
    fields_to_include: Json = ""
    fields_to_exclude: Json = ""
    fields_to_compare: Json = ""
    fields_to_aggregate: Annotated[tuple[AggregatedField, ...], Help(group="fieldToAggregate")] = ()
    aggregate: Literal["aggregateIndividualFields", "aggregateAllItemData"] = "aggregateIndividualFields"
    destination_field_name: str = "data"
    max_items: int = 1
    keep: Literal["firstItems", "lastItems"] = "firstItems"
    compare: Literal["allFields", "allFieldsExcept", "selectedFields"] = "allFields"
    type: Literal["simple", "random", "code"] = "simple"
    sort_fields_ui: Annotated[tuple[SortField, ...], Help(group="sortField")] = ()
    code: str = SortParameters().code
    fields_to_summarize: Annotated[tuple[Summary, ...], Help(group="values")] = ()
    fields_to_split_by: Json = ""
    options: ItemListsOptions = ItemListsOptions()


@node(
    "n8n-nodes-base.itemLists",
    version=(1, 2, 2.1, 2.2, 3, 3.1),
    display_name="Item Lists",
    category="TRANSFORM",
    tags=("list", "split", "aggregate", "sort", "limit", "unique"),
    parameters=ItemListsParameters,
    literal=("code",),
)
async def item_lists(ctx: Context[ItemListsParameters], items: Sequence[Item]) -> Items:
    """Helper for working with lists of items and transforming arrays."""
    wanted, version = ctx.parameters(), ctx.node.type_version
    match wanted.operation:
        case "splitOutItems":
            return [
                made
                for position, item in enumerate(items)
                for made in _split(item, position, ctx.parameters(position), version)
            ]
        case "aggregateItems" | "concatenateItems":
            return [_aggregated(items, wanted, version)]
        case "limit":
            return keep_some(items, wanted.max_items, wanted.keep)
        case "removeDuplicates":
            return _distinct(items, wanted, version)
        case "sort":
            options = SortOptions(wanted.options.disable_dot_notation)
            return await sort_items(
                ctx, items, SortParameters(wanted.type, wanted.sort_fields_ui, wanted.code, options)
            )
        case "summarize":
            return _summarized(items, wanted, version)


def _split(item: Item, position: int, wanted: ItemListsParameters, version: float) -> Items:
    """Before 2.2 one field can be split out, which holds a list; before 2.1 every item must have it."""
    options = wanted.options
    if version < 2.2:
        field = wanted.field_to_split_out
        found = child(item.json, field) if options.disable_dot_notation else get(item.json, field)
        if found is UNDEFINED and version >= 2.1:
            return []
        if found is UNDEFINED:
            raise not_found(field, position)
        if not isinstance(found, list):
            raise NodeError(f"The provided field '{field}' is not an array", item_index=position, retryable=False)
    return split_item(
        item,
        position,
        SplitOutParameters(
            field_to_split_out=wanted.field_to_split_out,
            include=_other_fields(wanted.include),
            fields_to_include=_names(wanted.fields_to_include),
            options=SplitOutOptions(
                disable_dot_notation=options.disable_dot_notation,
                destination_field_name=options.destination_field_name,
                include_binary=options.include_binary,
            ),
        ),
    )


def not_found(field: str, position: int | None = None) -> NodeError:
    return NodeError(f"Couldn't find the field '{field}' in the input data", item_index=position, retryable=False)


def _other_fields(include: str) -> Literal["noOtherFields", "allOtherFields", "selectedOtherFields"]:
    match include:
        case "allOtherFields" | "selectedOtherFields":
            return include
        case _:
            return "noOtherFields"


def _names(value: Json) -> Json:
    """Names however they are stored: `{fields: [{fieldName}]}` or text with commas."""
    if isinstance(value, Mapping):
        return [entry.get("fieldName", "") for entry in value.get("fields") or [] if isinstance(entry, Mapping)]
    return value


def _aggregated(items: Sequence[Item], wanted: ItemListsParameters, version: float) -> Item:
    """Before 2.1 every field must occur; in version 1 the new item does not say where it comes from."""
    options = wanted.options
    if version < 2.1 and wanted.aggregate == "aggregateIndividualFields":
        for field in wanted.fields_to_aggregate:
            name = field.field_to_aggregate
            read = child if options.disable_dot_notation else get
            if all(read(item.json, name) is UNDEFINED for item in items):
                raise not_found(name)
    made = aggregate_items(
        items,
        AggregateParameters(
            aggregate=wanted.aggregate,
            fields_to_aggregate=wanted.fields_to_aggregate,
            destination_field_name=wanted.destination_field_name,
            include=_narrowed(wanted.include),
            fields_to_include=_names(wanted.fields_to_include),
            fields_to_exclude=_names(wanted.fields_to_exclude),
            options=AggregateOptions(
                disable_dot_notation=options.disable_dot_notation,
                merge_lists=options.merge_lists,
                include_binaries=options.include_binary,
                keep_missing=options.keep_missing,
            ),
        ),
    )
    return made if version >= 2 else made.paired_with(None)


def _narrowed(include: str) -> Literal["allFields", "specifiedFields", "allFieldsExcept"]:
    match include:
        case "specifiedFields" | "allFieldsExcept":
            return include
        case _:
            return "allFields"


def _distinct(items: Sequence[Item], wanted: ItemListsParameters, version: float) -> Items:
    """From 3.1 on, values of one field may be of several types."""
    options = RemoveDuplicatesOptions(wanted.options.disable_dot_notation, wanted.options.remove_other_fields)
    asked = RemoveDuplicatesParameters(
        compare=wanted.compare,
        fields_to_exclude=_names(wanted.fields_to_exclude),
        fields_to_compare=_names(wanted.fields_to_compare),
        options=options,
    )
    return distinct(items, asked, Strictness(one_type=version < 3.1))


def _summarized(items: Sequence[Item], wanted: ItemListsParameters, version: float) -> Items:
    options = wanted.options
    asked = SummarizeParameters(
        fields_to_summarize=wanted.fields_to_summarize,
        fields_to_split_by=_names(wanted.fields_to_split_by),
        options=SummarizeOptions(
            disable_dot_notation=options.disable_dot_notation,
            output_format=options.output_format,
            skip_empty_split_fields=options.skip_empty_split_fields,
        ),
    )
    missing_is_fine = version >= 2.1 or options.continue_if_field_not_found
    return summarize_items(items, asked, typed=False, missing_is_fine=missing_is_fine)
