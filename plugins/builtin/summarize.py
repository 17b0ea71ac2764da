"""Summarize: sums, counts and the like over items, by group."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Any, Literal, TypeAlias

from plugins import Context, Help, Item, Items, Json, Link, NodeError, node
from plugins.javascript import less, plain, text
from plugins.jsontext import stringify
from plugins.likeness import fingerprint
from plugins.paths import child, get, names
from plugins.running import link_to
from plugins.values import UNDEFINED

Aggregation: TypeAlias = Literal["append", "average", "concatenate", "count", "countUnique", "max", "min", "sum"]
PREFIXES: Mapping[Aggregation, str] = {
    "append": "appended_",
    "average": "average_",
    "concatenate": "concatenated_",
    "count": "count_",
    "countUnique": "unique_count_",
    "max": "max_",
    "min": "min_",
    "sum": "sum_",
}


@dataclass(frozen=True, slots=True)
class Summary:
    aggregation: Annotated[Aggregation, Help("How to combine the values")] = "count"
    field: Annotated[str, Help("Field whose values are combined", required=True)] = ""
    include_empty: Annotated[bool, Help("Whether null and empty text count")] = False
    separate_by: Annotated[str, Help("Between texts, or `other`", when={"aggregation": ("concatenate",)})] = ","
    custom_separator: Annotated[str, Help(when={"separateBy": ("other",)})] = ""

    @property
    def separator(self) -> str:
        return self.custom_separator if self.separate_by == "other" else self.separate_by


@dataclass(frozen=True, slots=True)
class SummarizeOptions:
    continue_if_field_not_found: Annotated[bool, Help("Whether a field that no item has is fine")] = False
    disable_dot_notation: Annotated[bool, Help("Take dots in field names as they are")] = False
    output_format: Annotated[Literal["separateItems", "singleItem"], Help("An item a group, or one of all groups")] = (
        "separateItems"
    )
    skip_empty_split_fields: Annotated[bool, Help("Leave out groups without a value to group by")] = False


@dataclass(frozen=True, slots=True)
class SummarizeParameters:
    fields_to_summarize: Annotated[tuple[Summary, ...], Help("What to work out", group="values")] = ()
    fields_to_split_by: Annotated[Json, Help("Fields to group by, separated by commas")] = ""
    options: SummarizeOptions = SummarizeOptions()


@node(
    "n8n-nodes-base.summarize",
    version=(1, 1.1),
    display_name="Summarize",
    category="TRANSFORM",
    tags=("group", "pivot", "sum", "count", "average"),
    parameters=SummarizeParameters,
    per_item=False,
)
async def summarize(ctx: Context[SummarizeParameters], items: Sequence[Item]) -> Items:
    """Sum, count, max, etc. across items."""
    first = ctx.node.type_version < 1.1
    wanted = ctx.parameters()
    return summarize_items(
        items, wanted, typed=not first, missing_is_fine=not first or wanted.options.continue_if_field_not_found
    )


def summarize_items(items: Sequence[Item], wanted: SummarizeParameters, *, typed: bool, missing_is_fine: bool) -> Items:
    """One item a group, or one in all. `typed` groups keep their value's type; others are keyed by text, as the keys
    of a JavaScript object. Raises `NodeError` without anything to work out, or for fields that no item has."""
    if not wanted.fields_to_summarize:
        raise NodeError("You need to add at least one aggregation to 'Fields to Summarize'", retryable=False)
    read: Read = child if wanted.options.disable_dot_notation else get
    for summary in wanted.fields_to_summarize:
        if not missing_is_fine and all(read(item.json, summary.field) is UNDEFINED for item in items):
            raise NodeError(f"The field '{summary.field}' does not exist in any items", retryable=False)
    grouping = Grouping(names(wanted.fields_to_split_by), read, typed, wanted.options.skip_empty_split_fields)
    groups = grouping.groups(list(enumerate(items)))
    if wanted.options.output_format == "singleItem":
        return [_nested(groups, wanted, read, len(items))]
    return [_separate(group, wanted, grouping.fields, read) for group in groups]


Read: TypeAlias = Callable[[Any, str], Json]
Member: TypeAlias = tuple[int, Item]


@dataclass(frozen=True, slots=True)
class Group:
    """The items that share their values of the fields to group by."""

    values: tuple[Json, ...]
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Grouping:
    """How items are put into groups."""

    fields: Sequence[str]
    read: Read
    typed: bool
    skip_empty: bool

    def groups(self, members: Sequence[Member], depth: int = 0, values: tuple[Json, ...] = ()) -> list[Group]:
        """In the order in which groups first occur, within each group of the field before."""
        if depth == len(self.fields):
            return [Group(values, members)]
        found: dict[Hashable, tuple[Json, list[Member]]] = {}
        for member in members:
            value = self._value(member[1], self.fields[depth])
            found.setdefault(fingerprint(value), (value, []))[1].append(member)
        kept = [entry for entry in found.values() if not (self.skip_empty and _is_empty_key(entry[0]))]
        ordered = kept if self.typed else sorted(kept, key=lambda entry: _key_order(entry[0]))
        return [group for value, inner in ordered for group in self.groups(inner, depth + 1, (*values, value))]

    def _value(self, item: Item, field: str) -> Json:
        value = self.read(item.json, field)
        if self.typed:
            return value
        return stringify(value) if isinstance(value, dict | list) else text(value)


def _is_empty_key(value: Json) -> bool:
    return value is None or value is UNDEFINED or value is False or value == ""


def _key_order(key: str) -> tuple[bool, int]:
    """The order of an object's keys in JavaScript: whole numbers first, ascending; the rest as they came."""
    is_index = key == "0" or (key.isascii() and key.isdigit() and key[0] != "0" and int(key) < 2**32 - 1)
    return (False, int(key)) if is_index else (True, 0)


def _separate(group: Group, wanted: SummarizeParameters, fields: Sequence[str], read: Read) -> Item:
    json = _summaries([item for _, item in group.members], wanted, read)
    for field, value in reversed([*zip(fields, group.values, strict=True)]):
        if value is not UNDEFINED:
            json[field] = value
    lineage: list[int | Link] = [link_to(position) for position, _ in group.members]
    return Item(json, lineage)


def _nested(groups: Sequence[Group], wanted: SummarizeParameters, read: Read, count: int) -> Item:
    json: dict[str, Json] = {}
    for group in groups:
        summaries = _summaries([item for _, item in group.members], wanted, read)
        if not group.values:
            json = summaries
            continue
        below = reduce(lambda outer, value: outer.setdefault(text(value), {}), group.values[:-1], json)
        below[text(group.values[-1])] = summaries
    lineage: list[int | Link] = [link_to(position) for position in range(count)]
    return Item(json, lineage)


def _summaries(items: Sequence[Item], wanted: SummarizeParameters, read: Read) -> dict[str, Json]:
    return {
        PREFIXES[summary.aggregation] + _plain_name(summary.field): _combined(
            [read(item.json, summary.field) for item in items], summary
        )
        for summary in wanted.fields_to_summarize
    }


_PLAIN = str.maketrans(" .", "__", '[]"')


def _plain_name(field: str) -> str:
    """A field's path as part of a name."""
    return field.translate(_PLAIN)


def _combined(values: Sequence[Json], summary: Summary) -> Json:
    kept = values if summary.include_empty else [value for value in values if not _is_empty(value)]
    match summary.aggregation:
        case "append":
            return [None if value is UNDEFINED else value for value in kept]
        case "concatenate":
            return summary.separator.join(map(_joined, kept))
        case "count":
            return len(kept)
        case "countUnique":
            return len(set(map(_identity, kept)))
        case "sum":
            return _sum(values)
        case "average":
            count = len(_numbers(values))
            return plain(_sum(values) / count) if count else None
        case "min":
            return _extreme(values, less)
        case "max":
            return _extreme(values, lambda value, best: less(best, value))


def _is_empty(value: Json) -> bool:
    return value is None or value is UNDEFINED or value == ""


def _joined(value: Json) -> str:
    return stringify(value) if value is None or isinstance(value, dict | list) else text(value)


def _identity(value: Json) -> Hashable:
    """What a JavaScript set tells values apart by: objects are never the same."""
    return ("object", id(value)) if isinstance(value, dict | list) else fingerprint(value)


def _numbers(values: Sequence[Json]) -> list[int | float]:
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def _sum(values: Sequence[Json]) -> int | float:
    """Added up one by one from the left, as JavaScript does: Python's `sum` rounds floats otherwise."""
    total = reduce(operator.add, _numbers(values), 0)
    return plain(total) if isinstance(total, float) else total


def _extreme(values: Sequence[Json], is_better: Callable[[Json, Json], bool]) -> Json:
    best: Json = None
    for value in values:
        if not _is_empty(value) and (best is None or is_better(value, best)):
            best = value
    return best
