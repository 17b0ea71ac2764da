"""Report: each measure posted to an address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from plugins import Context, Effects, Help, Item, NodeError, node


@dataclass(frozen=True)
class Report:
    url: Annotated[str, Help("Address that takes the reports")]
    value: Annotated[float, Help("What to report")] = "={{ $json.value }}"  # type: ignore[assignment]


@node(
    "measures.report",
    display_name="Report measure",
    category="COMMUNICATION",
    tags=("http", "report"),
    parameters=Report,
    effects=Effects.IDEMPOTENT,
)
async def report_measure(ctx: Context[Report], items: Sequence[Item]) -> AsyncIterator[Item]:
    """Posts a measure for each item. A retry has the same idempotency key, so the other side counts it once."""
    for position, item in enumerate(items):
        wanted = ctx.parameters(position)
        answer = await ctx.http.request(
            "POST", wanted.url, json={"value": wanted.value}, idempotency_key=ctx.idempotency_key(position)
        )
        if answer.status >= 400:
            raise NodeError(
                f"The report was refused with status {answer.status}",
                status=answer.status,
                retryable=answer.status >= 500 or answer.status == 429,
                item_index=position,
            )
        ctx.progress(position + 1, of=len(items))
        yield item.derive(status=answer.status)
