"""Function and Function Item: the nodes for scripts that came before Code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from plugins import Context, Help, Item, Items, node


@dataclass(frozen=True, slots=True)
class FunctionParameters:
    function_code: Annotated[str, Help("JavaScript that returns items")] = (
        "for (const item of items) {\n  item.json.myNewField = 1;\n}\nreturn items;"
    )


@dataclass(frozen=True, slots=True)
class FunctionItemParameters:
    function_code: Annotated[str, Help("JavaScript that returns the data of the item")] = (
        "item.myNewField = 1;\nreturn item;"
    )


@node(
    "n8n-nodes-base.function",
    display_name="Function",
    category="TRANSFORM",
    tags=("javascript", "script"),
    parameters=FunctionParameters,
    per_item=False,
    literal=("functionCode",),
)
async def function(ctx: Context[FunctionParameters], items: Sequence[Item]) -> Items:  # noqa: ARG001 - the script has them
    """Run custom JavaScript code once for all items."""
    code, keep_going = ctx.parameters().function_code, ctx.continue_on_fail
    return list((await ctx.run_javascript(code, each_item=False, keep_going=keep_going, legacy="function")).items)


@node(
    "n8n-nodes-base.functionItem",
    display_name="Function Item",
    category="TRANSFORM",
    tags=("javascript", "script"),
    parameters=FunctionItemParameters,
    per_item=False,
    literal=("functionCode",),
)
async def function_item(ctx: Context[FunctionItemParameters], items: Sequence[Item]) -> Items:  # noqa: ARG001 - as above
    """Run custom JavaScript code once for each item."""
    code, keep_going = ctx.parameters().function_code, ctx.continue_on_fail
    return list((await ctx.run_javascript(code, each_item=True, keep_going=keep_going, legacy="functionItem")).items)
