"""Sort: put items in order, by fields, by a script, or at random."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Annotated, Any, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, node
from plugins.javascript import less
from plugins.paths import child, get
from plugins.values import UNDEFINED


@dataclass(frozen=True, slots=True)
class SortField:
    field_name: Annotated[str, Help("Field to sort by", required=True)] = ""
    order: Literal["ascending", "descending"] = "ascending"


@dataclass(frozen=True, slots=True)
class SortOptions:
    disable_dot_notation: Annotated[bool, Help("Take dots in field names as they are")] = False


@dataclass(frozen=True, slots=True)
class SortParameters:
    type: Annotated[Literal["simple", "random", "code"], Help("How to sort")] = "simple"
    sort_fields_ui: Annotated[
        tuple[SortField, ...], Help("Most significant first", group="sortField", when={"type": ("simple",)})
    ] = ()
    code: Annotated[str, Help("JavaScript that compares items `a` and `b`", when={"type": ("code",)})] = (
        "if (a.json.field < b.json.field) { return -1; }\nif (a.json.field > b.json.field) { return 1; }\nreturn 0;"
    )
    options: SortOptions = SortOptions()


@node(
    "n8n-nodes-base.sort",
    display_name="Sort",
    category="TRANSFORM",
    tags=("order", "shuffle"),
    parameters=SortParameters,
    per_item=False,
    literal=("code",),
)
async def sort(ctx: Context[SortParameters], items: Sequence[Item]) -> Items:
    """Change the order of items."""
    wanted = ctx.parameters()
    return await sort_items(ctx, items, wanted)


async def sort_items(ctx: Context[Any], items: Sequence[Item], wanted: SortParameters) -> Items:
    """The items in the order asked for. Raises `NodeError` where n8n does."""
    if wanted.type == "random":
        shuffled = list(items)
        random.Random(ctx.idempotency_key()).shuffle(shuffled)  # noqa: S311 - a replay must shuffle alike
        return shuffled
    if wanted.type == "code":
        return await _by_code(ctx, items, wanted.code)
    if not wanted.sort_fields_ui:
        raise NodeError("No sorting specified. Please add a field to sort by", retryable=False)
    return _by_fields(items, wanted.sort_fields_ui, child if wanted.options.disable_dot_notation else get)


def _by_fields(items: Sequence[Item], fields: Sequence[SortField], read: Callable[[Json, str], Json]) -> Items:
    rows: list[tuple[Item, list[Json]]] = [
        (item, [_folded(read(item.json, field.field_name)) for field in fields]) for item in items
    ]
    for column, field in enumerate(fields):
        if all(values[column] is UNDEFINED for _, values in rows):
            raise _not_found(field.field_name, dots_are_names=read is child)
    if all(_is_plain([values[column] for _, values in rows]) for column in range(len(fields))):
        return _by_keys(rows, fields)
    signs = [-1 if field.order == "descending" else 1 for field in fields]

    def compare(left: tuple[Item, list[Json]], right: tuple[Item, list[Json]]) -> int:
        for a, b, sign in zip(left[1], right[1], signs, strict=True):
            if less(a, b):
                return -sign
            if less(b, a):
                return sign
        return 0

    return [item for item, _ in sorted(rows, key=cmp_to_key(compare))]


def _is_plain(column: Sequence[Json]) -> bool:
    """Whether a column is ASCII text or whole numbers throughout: Python then orders it as JavaScript does."""
    kinds = set(map(type, column))
    return kinds == {int} or (kinds == {str} and all(map(str.isascii, column)))


def _by_keys(rows: list[tuple[Item, list[Json]]], fields: Sequence[SortField]) -> Items:
    for column in reversed(range(len(fields))):
        descending = fields[column].order == "descending"
        rows.sort(key=lambda row, column=column: row[1][column], reverse=descending)  # type: ignore[misc]
    return [item for item, _ in rows]


def _folded(value: Json) -> Json:
    return value.lower() if isinstance(value, str) else value


def _not_found(field: str, *, dots_are_names: bool) -> NodeError:
    hint = "If you're trying to use a nested field, turn off 'Disable Dot Notation' in the node options"
    return NodeError(
        f"Couldn't find the field '{field}' in the input data",
        description=hint if dots_are_names and "." in field else None,
        retryable=False,
    )


async def _by_code(ctx: Context[Any], items: Sequence[Item], code: str) -> Items:
    """The script compares; what comes back is the order alone, so that items stay as they are."""
    if "return" not in code:
        raise NodeError("Sort code doesn't return. Please add a 'return' statement to your code", retryable=False)
    script = (
        "const ordered = $input.all().map((item, index) => ({ item, index }));"
        f"const compare = (a, b) => {{ {code}\n}};"
        "ordered.sort((left, right) => compare(left.item, right.item));"
        "return [{ json: { order: ordered.map((entry) => entry.index) } }];"
    )
    result = await ctx.run_javascript(script, each_item=False)
    order = result.items[0].json.get("order") if result.items else None
    if not isinstance(order, list) or sorted(order) != list(range(len(items))):
        raise NodeError("Sort code must compare the items `a` and `b`, and do nothing else", retryable=False)
    return [items[position] for position in order]
