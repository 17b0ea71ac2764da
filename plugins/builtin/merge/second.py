"""Merge, version 2: two inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from plugins import Context, Help, Item, Items, NodeError, node, paths
from plugins.builtin.merge.clashes import Clashes, with_suffix
from plugins.builtin.merge.matching import FieldPair, check, combine_by_fields, pairs_in
from plugins.builtin.merge.third import MergeOptions, all_combinations, empty_item
from plugins.javascript import truth
from plugins.values import UNDEFINED


@dataclass(frozen=True)
class SecondMergeParameters:
    mode: Annotated[Literal["append", "combine", "chooseBranch"], Help("How the inputs become one")] = "append"
    combination_mode: Annotated[
        Literal["mergeByFields", "mergeByPosition", "multiplex"],
        Help("What belongs together", when={"mode": ("combine",)}),
    ] = "mergeByFields"
    merge_by_fields: Annotated[tuple[FieldPair, ...], Help("Fields to match, in pairs", group="values")] = ()
    join_mode: Annotated[
        Literal["keepMatches", "keepNonMatches", "keepEverything", "enrichInput1", "enrichInput2"],
        Help("Which items come out"),
    ] = "keepMatches"
    output_data_from: Annotated[Literal["both", "input1", "input2"], Help("Whose fields come out")] = "both"
    choose_branch_mode: Annotated[Literal["waitForBoth"], Help("When a branch is chosen")] = "waitForBoth"
    output: Annotated[Literal["input1", "input2", "empty"], Help("Whose items come out of a chosen branch")] = "input1"
    options: Annotated[MergeOptions, Help("More")] = field(default_factory=MergeOptions)


def _required(raw: dict[str, Any]) -> int | tuple[int, ...]:
    return (0, 1) if raw.get("mode") == "chooseBranch" else 1


@node(
    "n8n-nodes-base.merge",
    version=(2, 2.1),
    display_name="Merge",
    category="FLOW",
    tags=("join", "combine", "append", "wait"),
    parameters=SecondMergeParameters,
    inputs=2,
    required_inputs=_required,
    per_item=False,
    catches_item_errors=False,
)
async def second_merge(ctx: Context[SecondMergeParameters], items: Sequence[Item]) -> Items:  # noqa: ARG001
    """Merge the items of two inputs, once both have arrived."""
    mode = ctx.parameter("mode", 0, "append")
    inputs = [list(arrived or ()) for arrived in (*ctx.inputs, None)[:2]]
    if mode == "append":
        return inputs[0] + inputs[1]
    if mode == "chooseBranch":
        output = ctx.parameter("output", 0, "input1")
        return [empty_item(inputs)] if output == "empty" else inputs[int(output == "input2")]
    combination = ctx.parameter("combinationMode", 0, "mergeByFields")
    if combination == "multiplex":
        return all_combinations(Clashes.of(ctx), inputs)
    if combination == "mergeByPosition":
        return _by_position(ctx, inputs)
    pairs = pairs_in(ctx.parameter("mergeByFields.values"))
    if ctx.node.type_version < 2.1:
        check(pairs)
        _check_presence(ctx, inputs, pairs)
    return combine_by_fields(ctx, pairs, "preferInput2")


def _check_presence(ctx: Context[SecondMergeParameters], inputs: Sequence[Items], pairs: Sequence[FieldPair]) -> None:
    """Version 2 wants every field to be in some item. Raises `NodeError`."""
    dots = not truth(ctx.parameter("options.disableDotNotation", 0, False))
    for number, (items, names) in enumerate(
        zip(inputs, ([pair.field1 for pair in pairs], [pair.field2 for pair in pairs]), strict=True), start=1
    ):
        for name in names if items else ():
            found = (paths.get(item.json, name) if dots else item.json.get(name, UNDEFINED) for item in items)
            if all(value is UNDEFINED for value in found):
                message = f"Field '{name}' is not present in any of items in 'Input {number}'"
                raise NodeError(message, name="Error", retryable=False)


def _by_position(ctx: Context[SecondMergeParameters], inputs: Sequence[Items]) -> Items:
    """Items at the same position as one."""
    clashes = Clashes.of(ctx)
    first, second = inputs
    if clashes.suffixed:
        first, second = with_suffix(first, 1), with_suffix(second, 2)
    made: Items = []
    for one, other in zip(first, second, strict=False):
        stack = (other, one) if clashes.resolve == "preferInput1" else (one, other)
        made.append(clashes.combine(stack, [one.paired, other.paired]))
    if truth(ctx.parameter("options.includeUnpaired", 0, False)):
        made += first[len(second) :] + second[len(first) :]
    return made
