"""Wait: go on later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from dateutil.parser import isoparse

from plugins import Context, Help, Item, Items, ParameterError, Suspend, node

SIGNAL = "webhook"
"""What ends a wait for a call or a form: both come as a signal with items."""
Unit = Literal["seconds", "minutes", "hours", "days"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FOREVER = timedelta(days=3650)


_SIGNALED = {"resume": ("webhook", "form")}
_LIMITED = {**_SIGNALED, "limitWaitTime": (True,)}


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
    limit_wait_time: Annotated[
        bool, Help("Whether to go on with the node's own items when nobody has called", when=_SIGNALED)
    ] = False
    limit_type: Annotated[
        Literal["afterTimeInterval", "atSpecifiedTime"], Help("How the limit is given", when=_LIMITED)
    ] = "afterTimeInterval"
    resume_amount: Annotated[float, Help("How long to wait at most", when=_LIMITED)] = 1
    resume_unit: Annotated[Unit, Help("Of that amount", when=_LIMITED)] = "hours"
    max_date_and_time: Annotated[str, Help("Until when to wait at most, as ISO 8601", when=_LIMITED)] = ""


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
    wanted = ctx.parameters()
    until = _until(wanted, ctx.now)
    if until is not None and until <= ctx.now:
        return list(items)
    return Suspend(
        outputs=[list(items)],
        until_us=None if until is None else (until - EPOCH) // MICROSECOND,
        signal=SIGNAL if wanted.resume in ("webhook", "form") else None,
    )


def _until(wanted: WaitParameters, now: datetime) -> datetime | None:
    """None for a wait that only a signal ends."""
    match wanted.resume:
        case "timeInterval":
            return _after(now, wanted.amount, wanted.unit, "amount")
        case "specificTime":
            return _instant(wanted.date_time, now, "dateTime")
        case "webhook" | "form" if wanted.limit_wait_time:
            if wanted.limit_type == "afterTimeInterval":
                return _after(now, wanted.resume_amount, wanted.resume_unit, "resumeAmount")
            return _instant(wanted.max_date_and_time, now, "maxDateAndTime")
        case _:
            return None


_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def _after(now: datetime, amount: float, unit: Unit, parameter: str) -> datetime:
    if not amount >= 0:
        raise ParameterError("Invalid wait amount. Please enter a number that is 0 or greater.", parameter=parameter)
    return now + min(FOREVER, timedelta(seconds=1) * min(amount * _SECONDS[unit], 1e9))


def _instant(text: str, now: datetime, parameter: str) -> datetime:
    try:
        parsed = isoparse(text.strip().replace(" ", "T", 1))
    except ValueError:
        raise ParameterError(
            f"Cannot put execution to wait because `{parameter}` parameter is not a valid date. "
            "Please pick a specific date and time to wait until.",
            parameter=parameter,
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=now.tzinfo)
