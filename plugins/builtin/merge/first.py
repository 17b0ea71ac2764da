"""Merge, version 1: two inputs, and only top-level fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from plugins import Context, Help, Item, Items, node, paths
from plugins.bounds import at_most
from plugins.builtin.merge.clashes import links
from plugins.javascript import text
from plugins.values import UNDEFINED


@dataclass(frozen=True)
class FirstMergeParameters:
    mode: Annotated[
        Literal[
            "append",
            "keepKeyMatches",
            "mergeByIndex",
            "mergeByKey",
            "multiplex",
            "passThrough",
            "removeKeyMatches",
            "wait",
        ],
        Help("How the inputs become one"),
    ] = "append"
    join: Annotated[Literal["inner", "left", "outer"], Help("Which items come out, by position")] = "left"
    property_name1: Annotated[str, Help("Field of input 1 that is compared")] = ""
    property_name2: Annotated[str, Help("Field of input 2 that is compared")] = ""
    output: Annotated[Literal["input1", "input2"], Help("Whose items pass through")] = "input1"
    overwrite: Annotated[Literal["always", "blank", "undefined"], Help("When a field gives way")] = "always"


_BY_KEY: Final = ("mergeByKey", "keepKeyMatches", "removeKeyMatches")


def _required(raw: dict[str, Any]) -> int | tuple[int, ...]:
    return (0, 1) if raw.get("mode") in ("passThrough", "wait") else 1


@node(
    "n8n-nodes-base.merge",
    version=1,
    display_name="Merge",
    category="FLOW",
    tags=("join", "combine", "append", "wait"),
    parameters=FirstMergeParameters,
    inputs=2,
    required_inputs=_required,
    per_item=False,
    catches_item_errors=False,
)
async def first_merge(ctx: Context[FirstMergeParameters], items: Sequence[Item]) -> Items:  # noqa: ARG001
    """Merge the items of two inputs, once both have arrived."""
    mode = ctx.parameter("mode", 0, "append")
    first, second = (list(arrived or ()) for arrived in (*ctx.inputs, None)[:2])
    if mode == "append":
        return first + second
    if mode == "wait":
        return [Item({})]
    if mode == "passThrough":
        return first if ctx.parameter("output", 0, "input1") == "input1" else second
    if mode == "mergeByIndex":
        return _by_index(first, second, ctx.parameter("join", 0, "left"))
    if mode in _BY_KEY:
        return _by_key(ctx, first, second, mode)
    at_most(len(first) * len(second))
    return [_both(one, other) for one in first for other in second]


def _both(one: Item, other: Item) -> Item:
    binary = {**(one.binary or {}), **(other.binary or {})}
    return Item({**one.json, **other.json}, links([one.paired, other.paired]), binary or None)


def _by_index(first: Items, second: Items, join: str) -> Items:
    if not second:
        return first if join in ("left", "outer") else []
    made = [_both(one, other) for one, other in zip(first, second, strict=False)]
    if join in ("left", "outer"):
        made += first[len(second) :]
    return made + second[len(first) :] if join == "outer" else made


def _by_key(ctx: Context[FirstMergeParameters], first: Items, second: Items, mode: str) -> Items:
    """Items of input 0 with the fields of the last item of input 1 that has the same key; or only those with, or
    without, such a partner."""
    if not first or not second:
        return [] if mode == "keepKeyMatches" else first or ([] if mode == "removeKeyMatches" else second)
    key1, key2 = text(ctx.parameter("propertyName1", 0, "")), text(ctx.parameter("propertyName2", 0, ""))
    partners = {text(key): item for item in second if (key := paths.get(item.json, key2)) is not UNDEFINED}
    overwrite = ctx.parameter("overwrite", 0, "always")
    made: Items = []
    for item in first:
        key = paths.get(item.json, key1)
        partner = None if key is UNDEFINED else partners.get(text(key))
        if mode == "mergeByKey":
            made.append(item if partner is None else _enriched(item, partner, key2, overwrite))
        elif (partner is None) == (mode == "removeKeyMatches"):
            made.append(item)
    return made


def _enriched(item: Item, partner: Item, key: str, overwrite: str) -> Item:
    json = dict(item.json)
    for name, value in partner.json.items():
        if name == key:
            continue
        old = json.get(name, UNDEFINED)
        if overwrite == "always" or old is UNDEFINED or (overwrite == "blank" and old in (None, "")):
            json[name] = value
    return Item(json, item.paired, item.binary)
