"""Code: the author's own script, run in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from plugins import Context, Help, Item, Items, NodeError, node
from plugins.running import error_item


@dataclass(frozen=True, slots=True)
class CodeParameters:
    language: Literal["javaScript", "python", "pythonNative"] = "javaScript"
    mode: Annotated[Literal["runOnceForAllItems", "runOnceForEachItem"], Help("How often the script runs")] = (
        "runOnceForAllItems"
    )
    js_code: Annotated[str, Help("JavaScript that returns items", when={"language": ("javaScript",)})] = ""
    python_code: Annotated[str, Help("Python that returns items", when={"language": ("python", "pythonNative")})] = ""


@node(
    "n8n-nodes-base.code",
    version=(1, 2),
    display_name="Code",
    category="TRANSFORM",
    tags=("javascript", "script"),
    parameters=CodeParameters,
    per_item=False,
    literal=("jsCode", "pythonCode"),
)
async def code(ctx: Context[CodeParameters], items: Sequence[Item]) -> Items:
    """Run custom JavaScript code."""
    wanted = ctx.parameters()
    if wanted.language != "javaScript":
        raise NodeError(
            "Python code cannot be run on this server yet",
            code="NODE_NOT_ALLOWED",
            description="Rewrite the script in JavaScript.",
            retryable=False,
        )
    each_item = wanted.mode == "runOnceForEachItem"
    if not ctx.continue_on_fail:
        return list((await ctx.run_javascript(wanted.js_code, each_item=each_item)).items)
    if each_item:
        return await _each_as_far_as_it_goes(ctx, wanted.js_code, items)
    try:
        return list((await ctx.run_javascript(wanted.js_code, each_item=False)).items)
    except NodeError as error:
        return [Item({"error": str(error)})]


async def _each_as_far_as_it_goes(ctx: Context[CodeParameters], script: str, items: Sequence[Item]) -> Items:
    """One error item for each item that failed; for all of them when the script could not be run at all."""
    try:
        return list((await ctx.run_javascript(script, each_item=True, keep_going=True)).items)
    except NodeError as error:
        return [error_item(error, position) for position in range(len(items))]
