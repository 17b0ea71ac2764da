"""Remove Duplicates: keep the first of items that are alike."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Annotated, Any, Literal, TypeAlias

from plugins import Context, Help, Item, Items, Json, NodeError, node
from plugins.javascript import less, type_of
from plugins.likeness import fingerprint, same
from plugins.paths import child, flattened, get, names, pick
from plugins.running import link_to
from plugins.values import UNDEFINED

MISSING_HINT = (
    "If you're trying to use a nested field, make sure you turn off 'disable dot notation' in the node options"
)


@dataclass(frozen=True, slots=True)
class RemoveDuplicatesOptions:
    disable_dot_notation: Annotated[bool, Help("Take dots in field names as they are")] = False
    remove_other_fields: Annotated[bool, Help("Keep only the fields that were compared")] = False


@dataclass(frozen=True, slots=True)
class RemoveDuplicatesParameters:
    operation: Literal[
        "removeDuplicateInputItems", "removeItemsSeenInPreviousExecutions", "clearDeduplicationHistory"
    ] = "removeDuplicateInputItems"
    compare: Literal["allFields", "allFieldsExcept", "selectedFields"] = "allFields"
    fields_to_exclude: Annotated[Json, Help("Names separated by commas", when={"compare": ("allFieldsExcept",)})] = ""
    fields_to_compare: Annotated[Json, Help("Names separated by commas", when={"compare": ("selectedFields",)})] = ""
    options: RemoveDuplicatesOptions = RemoveDuplicatesOptions()


@node(
    "n8n-nodes-base.removeDuplicates",
    version=(1, 1.1, 2),
    display_name="Remove Duplicates",
    category="TRANSFORM",
    tags=("unique", "deduplicate"),
    parameters=RemoveDuplicatesParameters,
    per_item=False,
)
async def remove_duplicates(ctx: Context[RemoveDuplicatesParameters], items: Sequence[Item]) -> Items:
    """Delete items with matching field values."""
    wanted = ctx.parameters()
    if wanted.operation != "removeDuplicateInputItems":
        raise NodeError(
            "Remove Duplicates cannot look at previous executions on this server yet",
            code="NODE_NOT_ALLOWED",
            description="Use the operation 'Remove Items Repeated Within Current Input'.",
            retryable=False,
        )
    return distinct(items, wanted, Strictness(null_fits_any_type=ctx.node.type_version >= 1.1))


@dataclass(frozen=True, slots=True)
class Strictness:
    """How versions differ in what they refuse: values of several types in one field, and null among them."""

    one_type: bool = True
    null_fits_any_type: bool = False


def distinct(items: Sequence[Item], wanted: RemoveDuplicatesParameters, strictness: Strictness) -> Items:
    """The items without those that repeat an earlier one. Raises `NodeError` for fields missing or of mixed types."""
    if not items:
        return []
    literal = wanted.options.disable_dot_notation
    read: Callable[[Any, str], Json] = child if literal else get
    keys = _keys(items, wanted, literal)
    rows = [(position, [read(item.json, key) for key in keys]) for position, item in enumerate(items)]
    kept = sorted(_firsts(rows) if _is_plain(rows) else _checked_firsts(keys, rows, strictness, literal))
    if not wanted.options.remove_other_fields or wanted.compare == "allFields":
        return [items[position] for position in kept]
    return [
        Item(
            {key: items[position].json[key] for key in keys} if literal else pick(items[position].json, keys),
            link_to(n),
        )
        for n, position in enumerate(kept)
    ]


def _keys(items: Sequence[Item], wanted: RemoveDuplicatesParameters, literal: bool) -> list[str]:
    """The fields to compare, in the order in which they first occur."""
    if wanted.compare == "selectedFields":
        chosen = names(wanted.fields_to_compare)
        if not chosen:
            raise NodeError("No fields specified. Please add a field to compare on", retryable=False)
        return chosen
    keys = list(dict.fromkeys(key for item in items for key in (item.json if literal else flattened(item.json))))
    if wanted.compare == "allFields":
        return keys
    excluded = set(names(wanted.fields_to_exclude))
    if not excluded:
        raise NodeError("No fields specified. Please add a field to exclude from comparison", retryable=False)
    return [key for key in keys if key not in excluded]


Row: TypeAlias = tuple[int, list[Json]]


def _is_plain(rows: Sequence[Row]) -> bool:
    """Whether every field is text throughout, or a whole number throughout: then equal means equal in Python too."""
    return all(len(kinds) == 1 and kinds <= {str, int} for kinds in _kinds(rows))


def _kinds(rows: Sequence[Row]) -> list[set[type]]:
    return [set(map(type, column)) for column in zip(*(values for _, values in rows), strict=True)]


def _compare(left: Row, right: Row) -> int:
    for a, b in zip(left[1], right[1], strict=True):
        if not same(a, b):
            return -1 if less(a, b) else 1
    return 0


def _checked_firsts(keys: Sequence[str], rows: Sequence[Row], strictness: Strictness, literal: bool) -> list[int]:
    """As n8n finds them: rows of one type each are put in order first, and compared with their neighbours only."""
    if not strictness.one_type:
        _check(keys, [values for _, values in rows], strictness, literal)
        return _firsts(rows)
    ordered = sorted(rows, key=cmp_to_key(_compare))
    _check(keys, [values for _, values in ordered], strictness, literal)
    kept: list[Row] = []
    for row in ordered:
        if not kept or _compare(row, kept[-1]) != 0:
            kept.append(row)
    return [position for position, _ in kept]


def _firsts(rows: Sequence[Row]) -> list[int]:
    """The positions of rows unlike any before them."""
    first: dict[Hashable, int] = {}
    for position, values in rows:
        first.setdefault(fingerprint(values), position)
    return list(first.values())


def _check(keys: Sequence[str], ordered: Sequence[Sequence[Json]], strictness: Strictness, literal: bool) -> None:
    for column, key in enumerate(keys):
        seen, where = "", 0
        for position, values in enumerate(ordered):
            value = values[column]
            if value is UNDEFINED:
                raise NodeError(
                    f"'{key}' field is missing from some input items",
                    description=MISSING_HINT if literal and "." in key else None,
                    retryable=False,
                )
            if not strictness.one_type or (value is None and strictness.null_fits_any_type):
                continue
            kind = type_of(value)
            if seen and kind != seen:
                raise _mixed(key, (where, seen), (position, kind), strictness)
            seen, where = kind, position


def _mixed(key: str, first: tuple[int, str], second: tuple[int, str], strictness: Strictness) -> NodeError:
    description = "The type of this field varies between items"
    if strictness.null_fits_any_type:
        description += f", in item [{first[0]}] it's a {first[1]} and in item [{second[0]}] it's a {second[1]} "
    return NodeError(f"'{key}' isn't always the same type", description=description, retryable=False)
