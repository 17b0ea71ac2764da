"""Merge, since version 3: any number of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, node, paths
from plugins.bounds import at_most
from plugins.builtin.merge.clashes import Clashes, ClashGroup, links, with_suffix
from plugins.builtin.merge.matching import FieldPair, combine_by_fields, pairs_in
from plugins.javascript import number, text, truth


@dataclass(frozen=True)
class MergeOptions:
    clash_handling: Annotated[ClashGroup, Help("What becomes of fields that several items have")] = field(
        default_factory=ClashGroup
    )
    disable_dot_notation: Annotated[bool, Help("Whether dots in names are just dots")] = False
    fuzzy_compare: Annotated[bool, Help("Whether 1 equals “1”, and so on")] = False
    include_unpaired: Annotated[bool, Help("Whether items without a partner are kept, by position")] = False
    multiple_matches: Annotated[Literal["all", "first"], Help("Which partners an item is joined with")] = "all"


@dataclass(frozen=True)
class MergeParameters:
    mode: Annotated[Literal["append", "combine", "combineBySql", "chooseBranch"], Help("How the inputs become one")] = (
        "append"
    )
    combine_by: Annotated[
        Literal["combineByFields", "combineByPosition", "combineAll"],
        Help("What belongs together", when={"mode": ("combine",)}),
    ] = "combineByFields"
    number_inputs: Annotated[int, Help("How many inputs")] = 2
    advanced: Annotated[bool, Help("Whether the inputs have different names for the fields to match")] = False
    fields_to_match_string: Annotated[Json, Help("Fields to match, separated by commas")] = ""
    merge_by_fields: Annotated[tuple[FieldPair, ...], Help("Fields to match, in pairs", group="values")] = ()
    join_mode: Annotated[
        Literal["keepMatches", "keepNonMatches", "keepEverything", "enrichInput1", "enrichInput2"],
        Help("Which items come out"),
    ] = "keepMatches"
    output_data_from: Annotated[Literal["both", "input1", "input2"], Help("Whose fields come out")] = "both"
    output: Annotated[Literal["specifiedInput", "empty"], Help("What comes out of a chosen branch")] = "specifiedInput"
    use_data_of_input: Annotated[Json, Help("Number of the input whose items come out, from 1")] = 1
    query: Annotated[str, Help("SQL over input1, input2, …", when={"mode": ("combineBySql",)})] = ""
    options: Annotated[MergeOptions, Help("More")] = field(default_factory=MergeOptions)


def _count(raw: dict[str, Any]) -> int:
    count = number(raw.get("numberInputs", 2))
    return int(count) if 1 <= count <= 10 else 2


def _required(raw: dict[str, Any]) -> int | tuple[int, ...]:
    """All inputs where a branch is chosen, else any one."""
    return tuple(range(_count(raw))) if raw.get("mode") == "chooseBranch" else 1


@node(
    "n8n-nodes-base.merge",
    version=(3, 3.1, 3.2),
    display_name="Merge",
    category="FLOW",
    tags=("join", "combine", "append", "wait"),
    parameters=MergeParameters,
    inputs=_count,
    required_inputs=_required,
    per_item=False,
    catches_item_errors=False,
)
async def merge(ctx: Context[MergeParameters], items: Sequence[Item]) -> Items:  # noqa: ARG001 - there are more inputs
    """Merge the items of several inputs, once all of them have arrived."""
    mode = ctx.parameter("mode", 0, "append")
    inputs = [list(arrived or ()) for arrived in ctx.inputs]
    if mode == "append":
        return [item for arrived in inputs for item in arrived]
    if mode == "chooseBranch":
        return _chosen(ctx, inputs)
    if mode == "combineBySql":
        raise NodeError(
            "Merge cannot combine by SQL on this server yet: combine by matching fields or by position instead",
            code="NOT_SUPPORTED",
            retryable=False,
        )
    by = ctx.parameter("combineBy", 0, "combineByFields")
    if by == "combineByPosition":
        return _by_position(ctx, inputs)
    if by == "combineAll":
        return all_combinations(Clashes.of(ctx), inputs)
    return combine_by_fields(ctx, _pairs(ctx), "preferLast")


def _pairs(ctx: Context[MergeParameters]) -> list[FieldPair]:
    if truth(ctx.parameter("advanced", 0, False)):
        return pairs_in(ctx.parameter("mergeByFields.values"))
    given = ctx.parameter("fieldsToMatchString", 0, "")
    return [FieldPair(name, name) for name in paths.names(given if isinstance(given, list) else text(given))]


def _chosen(ctx: Context[MergeParameters], inputs: Sequence[Items]) -> Items:
    if ctx.parameter("output", 0, "specifiedInput") == "empty":
        return [empty_item(inputs)]
    wanted = number(ctx.parameter("useDataOfInput", 0, 1))
    if wanted != wanted or not 1 <= wanted <= len(inputs):  # noqa: PLR0124 - NaN
        raise NodeError(
            f"Input {text(wanted)} doesn't exist",
            description=f"The node has only {len(inputs)} inputs, so selecting input {text(wanted)} is not possible.",
            retryable=False,
        )
    return inputs[int(wanted) - 1]


def empty_item(inputs: Sequence[Items]) -> Item:
    """An item without data that comes from everything that arrived."""
    return Item({}, links([item.paired for arrived in inputs for item in arrived]))


def _by_position(ctx: Context[MergeParameters], inputs: Sequence[Items]) -> Items:
    """Items at the same position as one. The preferred input is laid over all, so it is in the lineage twice."""
    clashes = Clashes.of(ctx)
    preferred = _preferred(clashes, len(inputs))
    layers = [with_suffix(arrived, n) for n, arrived in enumerate(inputs, start=1)] if clashes.suffixed else inputs
    lengths = [len(arrived) for arrived in inputs]
    unpaired = truth(ctx.parameter("options.includeUnpaired", 0, False))
    made: Items = []
    for position in range(max(lengths) if unpaired else min(lengths)):
        stack = [layer[position] for layer in [*layers, inputs[preferred]] if position < len(layer)]
        made.append(clashes.combine(stack, [item.paired for item in stack]))
    return made


def _preferred(clashes: Clashes, count: int) -> int:
    """Which input wins: the one that is named, else the last."""
    wanted = (clashes.resolve or "").removeprefix("preferInput")
    return int(wanted) - 1 if wanted.isdigit() and 1 <= int(wanted) <= count else count - 1


def all_combinations(clashes: Clashes, inputs: Sequence[Items]) -> Items:
    """Every item of input 0 with every item of input 1. Where input 1 is preferred it is laid over, and goes slower."""
    first, second = inputs[0], inputs[1]
    at_most(len(first) * len(second))
    if clashes.suffixed:
        first, second = with_suffix(first, 1), with_suffix(second, 2)
    if clashes.resolve == "preferInput1":
        first, second = second, first
    return [clashes.combine((one, other), (one.paired, other.paired)) for one in first for other in second]
