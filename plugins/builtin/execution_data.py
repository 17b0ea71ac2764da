"""Execution Data: keep values with the execution, to find it by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from plugins import Context, Help, Item, Items, node
from plugins.javascript import text


@dataclass(frozen=True, slots=True)
class Entry:
    key: Annotated[str, Help("At most 50 characters")] = ""
    value: Annotated[str, Help("At most 512 characters")] = ""


@dataclass(frozen=True, slots=True)
class ExecutionDataParameters:
    operation: Literal["save"] = "save"
    data_to_save: Annotated[tuple[Entry, ...], Help("What to keep", group="values")] = ()


@node(
    "n8n-nodes-base.executionData",
    version=(1, 1.1),
    display_name="Execution Data",
    category="UTILITY",
    tags=("search", "custom data"),
    parameters=ExecutionDataParameters,
)
async def execution_data(ctx: Context[ExecutionDataParameters], items: Sequence[Item]) -> Items:
    """Keeps the values of every item with the execution; later items win. Items pass through unchanged."""
    kept = dict(ctx.state.get("customData", {}))
    for position in range(len(items)):
        kept |= {
            entry.key[:50]: text(entry.value)[:512] for entry in ctx.parameters(position).data_to_save if entry.key
        }
    if kept:
        ctx.state["customData"] = kept
    return list(items)
