"""Switch, versions 1 and 2: one value compared by several rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, Outputs, node
from plugins.builtin.switch import numbered, output_number
from plugins.conditions import legacy
from plugins.javascript import number, text
from plugins.running import error_item
from plugins.stored import chosen, record, records


@dataclass(frozen=True)
class ValueRule:
    operation: Annotated[str, Help("How to compare")] = ""
    value2: Annotated[Json, Help("What to compare the value with")] = None
    output: Annotated[int, Help("Number of the output, from 0 (version 1)")] = 0
    output_key: Annotated[str, Help("Name of the output (version 2)")] = ""


@dataclass(frozen=True)
class FirstSwitchParameters:
    mode: Annotated[Literal["rules", "expression"], Help("How the output is chosen")] = "rules"
    output: Annotated[Json, Help("Number of the output, from 0", when={"mode": ("expression",)})] = ""
    outputs_amount: Annotated[int, Help("How many outputs (version 2)", when={"mode": ("expression",)})] = 4
    data_type: Annotated[Literal["boolean", "dateTime", "number", "string"], Help("Type of the values")] = "number"
    value1: Annotated[Json, Help("The value that is compared", when={"mode": ("rules",)})] = None
    rules: Annotated[tuple[ValueRule, ...], Help("The first that fits decides", group="rules")] = ()
    fallback_output: Annotated[Json, Help("Output of items that no rule fits; -1 for none")] = -1


FIRST_OUTPUTS = 4


def _second_outputs(raw: dict[str, Any]) -> tuple[str, ...]:
    if raw.get("mode") == "expression":
        return numbered(raw.get("outputsAmount", 4))
    rules = records(record(raw.get("rules")).get("rules"))
    return tuple(text(rule.get("outputKey") or index) for index, rule in enumerate(rules))


async def _run(ctx: Context[FirstSwitchParameters], items: Sequence[Item]) -> Outputs:
    """Route items by comparing one value with several."""
    second = ctx.node.type_version >= 2
    outputs: list[Items] = [[] for _ in range(_second_count(ctx) if second else FIRST_OUTPUTS)]
    checked = output_number if second else _first_output_number
    for position, item in enumerate(items):
        try:
            if (output := _output(ctx, position, len(outputs), checked)) is not None:
                outputs[output].append(item)
        except NodeError as error:
            if not ctx.continue_on_fail:
                raise
            outputs[0].append(error_item(error, position))
    return list(outputs)


def _second_count(ctx: Context[FirstSwitchParameters]) -> int:
    if ctx.parameter("mode", 0, "rules") == "expression":
        return len(numbered(ctx.parameter("outputsAmount", 0, 4)))
    return len(records(ctx.parameter("rules.rules")))


def _output(
    ctx: Context[FirstSwitchParameters], position: int, count: int, checked: Callable[[Json, int, int], int]
) -> int | None:
    """The output of one item, if it has one. Raises `NodeError`."""
    if ctx.parameter("mode", position, "rules") == "expression":
        return checked(ctx.parameter("output", position, ""), count, position)
    kind = chosen(ctx.parameter("dataType", position), legacy.KINDS, "number")
    value = ctx.parameter("value1", position, legacy.EMPTY[kind])
    for index, rule in enumerate(records(ctx.parameter("rules.rules", position))):
        if legacy.holds(kind, rule.get("operation"), value, rule.get("value2", legacy.EMPTY[kind])):
            return checked(rule.get("output", 0), count, position) if ctx.node.type_version < 2 else index
    fallback = number(ctx.parameter("fallbackOutput", position, -1))
    return None if fallback == -1 else checked(fallback, count, position)


def _first_output_number(output: Json, count: int, position: int) -> int:
    if isinstance(output, int | float) and 0 <= output < count and output == int(output):
        return int(output)
    raise NodeError(
        f'The ouput "{text(output)}" is not allowed. It has to be between 0 and {count - 1}!',
        item_index=position,
        retryable=False,
    )


first_switch = node(
    "n8n-nodes-base.switch",
    version=1,
    display_name="Switch",
    category="FLOW",
    tags=("branch", "condition", "router"),
    parameters=FirstSwitchParameters,
    outputs=numbered(FIRST_OUTPUTS),
)(_run)
second_switch = node(
    "n8n-nodes-base.switch",
    version=2,
    display_name="Switch",
    category="FLOW",
    tags=("branch", "condition", "router"),
    parameters=FirstSwitchParameters,
    outputs=_second_outputs,
)(_run)
