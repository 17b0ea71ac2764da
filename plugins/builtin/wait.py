"""Wait: go on later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from dateutil.parser import isoparse

from plugins import Context, Help, Item, Items, NodeError, ParameterError, Suspend, node

Unit = Literal["seconds", "minutes", "hours", "days"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FOREVER = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class WaitParameters:
    resume: Annotated[Literal["timeInterval", "specificTime", "webhook", "form"], Help("What ends the wait")] = (
        "timeInterval"
    )
    amount: Annotated[float, Help("How long to wait", when={"resume": ("timeInterval",)})] = 5
    unit: Annotated[Unit, Help("Of the amount", when={"resume": ("timeInterval",)})] = "seconds"
    date_time: Annotated[
        str,
        Help("ISO 8601; in the workflow's time zone unless it says", required=True, when={"resume": ("specificTime",)}),
    ] = ""


@dataclass(frozen=True, slots=True)
class FirstWaitParameters(WaitParameters):
    amount: Annotated[float, Help("How long to wait", when={"resume": ("timeInterval",)})] = 1
    unit: Annotated[Unit, Help("Of the amount", when={"resume": ("timeInterval",)})] = "hours"


@node(
    "n8n-nodes-base.wait",
    version=1,
    display_name="Wait",
    category="FLOW",
    tags=("pause", "sleep", "delay"),
    parameters=FirstWaitParameters,
    per_item=False,
)
async def wait_v1(ctx: Context[WaitParameters], items: Sequence[Item]) -> Items | Suspend:
    """Wait before continuing with execution."""
    return suspend(ctx, items)


@node(
    "n8n-nodes-base.wait",
    version=1.1,
    display_name="Wait",
    category="FLOW",
    tags=("pause", "sleep", "delay"),
    parameters=WaitParameters,
    per_item=False,
)
async def wait(ctx: Context[WaitParameters], items: Sequence[Item]) -> Items | Suspend:
    """Wait before continuing with execution."""
    return suspend(ctx, items)


def suspend(ctx: Context[WaitParameters], items: Sequence[Item]) -> Items | Suspend:
    """The wait asked for; the items themselves when it is over before it has begun."""
    until = _until(ctx, ctx.parameters())
    if until <= ctx.now:
        return list(items)
    return Suspend(outputs=[list(items)], until_us=(until - EPOCH) // MICROSECOND)


def _until(ctx: Context[WaitParameters], wanted: WaitParameters) -> datetime:
    match wanted.resume:
        case "timeInterval":
            if not wanted.amount >= 0:
                raise ParameterError(
                    "Invalid wait amount. Please enter a number that is 0 or greater.", parameter="amount"
                )
            return ctx.now + min(FOREVER, timedelta(seconds=1) * min(wanted.amount * _SECONDS[wanted.unit], 1e9))
        case "specificTime":
            return _instant(wanted.date_time, ctx.now)
        case "webhook" | "form":
            raise NodeError(
                f"Waiting for a {wanted.resume} is not available on this server yet",
                code="NODE_NOT_ALLOWED",
                description="Resume after a time interval, or at a specified time.",
                retryable=False,
            )


_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def _instant(text: str, now: datetime) -> datetime:
    try:
        parsed = isoparse(text.strip().replace(" ", "T", 1))
    except ValueError:
        raise ParameterError(
            "Cannot put execution to wait because `dateTime` parameter is not a valid date. "
            "Please pick a specific date and time to wait until.",
            parameter="dateTime",
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=now.tzinfo)
