"""Switch: sends each item to the outputs whose rule it meets, or to the output that an expression names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Annotated, Any, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, Outputs, node
from plugins.conditions import passes
from plugins.conditions.parameters import Conditions
from plugins.javascript import identical, number, text, truth
from plugins.luxon import zone
from plugins.running import error_item
from plugins.stored import record, records

MOST_OUTPUTS = 100


@dataclass(frozen=True)
class SwitchRule:
    conditions: Annotated[Conditions, Help("What has to be true of an item")] = field(default_factory=Conditions)
    rename_output: Annotated[bool, Help("Whether the output has a name of its own")] = False
    output_key: Annotated[str, Help("Name of the output")] = ""


@dataclass(frozen=True)
class SwitchOptions:
    fallback_output: Annotated[
        Json, Help("Where items go that meet no rule: none, extra or the number of an output")
    ] = "none"
    ignore_case: Annotated[bool, Help("Whether the case of letters is ignored")] = True
    all_matching_outputs: Annotated[bool, Help("Whether an item goes to all outputs whose rule it meets")] = False
    rename_fallback_output: Annotated[str, Help("Name of the extra output")] = ""


@dataclass(frozen=True)
class SwitchParameters:
    mode: Annotated[Literal["rules", "expression"], Help("How the output is chosen")] = "rules"
    number_outputs: Annotated[int, Help("How many outputs", when={"mode": ("expression",)})] = 4
    output: Annotated[Json, Help("Number of the output, from 0", when={"mode": ("expression",)})] = ""
    rules: Annotated[tuple[SwitchRule, ...], Help("One output each", group="values", when={"mode": ("rules",)})] = ()
    loose_type_validation: Annotated[bool, Help("Whether values are converted to the type that is compared")] = False
    options: Annotated[SwitchOptions, Help("More", when={"mode": ("rules",)})] = field(default_factory=SwitchOptions)


def _outputs(raw: dict[str, Any]) -> tuple[str, ...]:
    if raw.get("mode") == "expression":
        return numbered(raw.get("numberOutputs", 4))
    rules = records(record(raw.get("rules")).get("values"))
    named = [text(rule.get("outputKey") or index) for index, rule in enumerate(rules)]
    options = record(raw.get("options"))
    if options.get("fallbackOutput") == "extra":
        named.append(text(options.get("renameFallbackOutput") or "fallback"))
    return tuple(named)


def numbered(count: Json) -> tuple[str, ...]:
    """Names for that many outputs."""
    return tuple(str(index) for index in range(count if isinstance(count, int) and 0 <= count <= MOST_OUTPUTS else 4))


@node(
    "n8n-nodes-base.switch",
    version=(3, 3.1, 3.2, 3.3, 3.4),
    display_name="Switch",
    category="FLOW",
    tags=("branch", "condition", "router"),
    parameters=SwitchParameters,
    outputs=_outputs,
)
async def switch(ctx: Context[SwitchParameters], items: Sequence[Item]) -> Outputs:
    """Route items depending on rules or on an expression."""
    by_expression = ctx.parameter("mode", 0, "rules") == "expression"
    outputs: list[Items] = [[] for _ in range(_count(ctx, by_expression))]
    for position, item in enumerate(items):
        try:
            for output in (_named_output if by_expression else _matching_outputs)(ctx, position, len(outputs)):
                outputs[output].append(item)
        except NodeError as error:
            if not ctx.continue_on_fail:
                raise
            outputs[0].append(error_item(error, position))
    return list(outputs)


def _count(ctx: Context[SwitchParameters], by_expression: bool) -> int:
    if by_expression:
        return len(numbered(ctx.parameter("numberOutputs", 0, 4)))
    rules = records(ctx.parameter("rules.values"))
    return len(rules) + int(ctx.parameter("options.fallbackOutput") == "extra")


def _named_output(ctx: Context[Any], position: int, count: int) -> Sequence[int]:
    return (output_number(ctx.parameter("output", position, ""), count, position),)


def output_number(output: Json, count: int, position: int) -> int:
    """The output that was asked for. Raises `NodeError` where there is none of that number."""
    if isinstance(output, int | float) and 0 <= output < count and output == int(output):
        index: int = int(output)
        return index
    just_past = number(output) == count
    raise NodeError(
        f"The ouput {text(output)} is not allowed{'. ' if just_past else ''}",
        description=f"Output indexes are zero based, if you want to use the extra output use {count - 1}"
        if just_past
        else f"It has to be between 0 and {count - 1}",
        item_index=position,
        retryable=False,
    )


def _matching_outputs(ctx: Context[SwitchParameters], position: int, count: int) -> Sequence[int]:
    """The first output whose rule the item meets, or all of them, or the one for items that meet none."""
    options = record(ctx.parameter("options", position))
    every = truth(options.get("allMatchingOutputs", False))
    local = zone(ctx.workflow.timezone) or UTC
    found: list[int] = []
    for output, rule in enumerate(records(ctx.parameter("rules.values", position))):
        if _meets(rule, position, local):
            found.append(output)
            if not every:
                break
    return found or _fallback(options.get("fallbackOutput", "none"), count)


def _meets(rule: Mapping[str, Json], position: int, local: Any) -> bool:
    return passes(rule.get("conditions"), item=position, zone=local)


def _fallback(output: Json, count: int) -> Sequence[int]:
    if identical(output, "extra"):
        return (count - 1,)
    return (output,) if isinstance(output, int) and 0 <= output < count else ()
