"""How much a node run may put out, and an execution be given: more is a clear failure, and the server goes on.

The same value may stand in many places of an output, which is then small in memory and larger than any memory as JSON.
So nothing is encoded whole before it is known to fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from engine.kernel.events import AnyEvent, ExecutionWaiting, NodeFailed, NodeSucceeded, WorkflowsCalled
from plugins.context import Http, Response
from plugins.errors import Failure, NodeError
from plugins.items import Items, Json

ITEM_LIMIT_EXCEEDED = "ITEM_LIMIT_EXCEEDED"
OUTPUT_TOO_LARGE = "OUTPUT_TOO_LARGE"
INVALID_OUTPUT = "INVALID_OUTPUT"
MESSAGE_CHARS = 10_000
LOG_CHARS = 256 * 1024

_encoded = msgspec.json.Encoder(enc_hook=str.__str__).encode


@dataclass(frozen=True, slots=True)
class DataLimits:
    """`bytes` are those of the JSON of all items together, and of what goes with them."""

    items: int = 100_000
    bytes: int = 32 * 1024 * 1024

    def kept(self, event: AnyEvent, *, heavy: bool = False) -> AnyEvent:
        """The result of an attempt as the log will take it: a failure in the place of too much, or of what is no JSON.
        `heavy` says that a single item may be too large to be encoded."""
        if isinstance(event, NodeSucceeded):
            failure = self.excess(event.outputs, event.state, event.log, heavy=heavy)
        elif isinstance(event, ExecutionWaiting):
            failure = self.excess(event.outputs, heavy=heavy)
        elif isinstance(event, WorkflowsCalled):
            failure = self.excess([call.items for call in event.calls], heavy=heavy)
        else:
            return event
        if failure is None:
            return event
        return NodeFailed(
            at_us=event.at_us,
            node=event.node,
            run=event.run,
            attempt=event.attempt,
            error=failure,
            duration_us=event.duration_us if isinstance(event, NodeSucceeded) else 0,
        )

    def excess(self, outputs: Sequence[Items | None], *more: Json, heavy: bool = False) -> Failure | None:
        """What is wrong with these items, and with `more` that goes with them, if anything."""
        count = sum([len(items) for items in outputs if items])
        if count > self.items:
            return too_many(count, self.items)
        if heavy and not self._may_be_encoded(outputs):
            return too_large(self.bytes)
        try:
            fits = self._fits(outputs, more)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            return no_json(error)
        return None if fits else too_large(self.bytes)

    def _may_be_encoded(self, outputs: Iterable[Items | None]) -> bool:
        left = self.bytes
        for items in outputs:
            for item in items or ():
                left = weighed([item.json, item.binary], left)
                if left < 0:
                    return False
        return True

    def _fits(self, outputs: Iterable[Items | None], more: Iterable[Json]) -> bool:
        left = self.bytes
        for items in outputs:
            for item in items or ():
                left -= len(_encoded(item))
                if left < 0:
                    return False
        for each in more:
            if each:
                left -= len(_encoded(each))
        return left >= 0


def weighed(value: Json, left: int) -> int:
    """What is left of an allowance of bytes after this value; negative as soon as that is known."""
    if isinstance(value, str):
        return left - len(value)
    if isinstance(value, dict):
        left -= sum(map(len, value))
        value = value.values()
    elif not isinstance(value, list | tuple):
        return left - 4
    for each in value:
        left = weighed(each, left - 4)
        if left < 0:
            break
    return left


class Metered:
    """The way out for one attempt: what it reads has a limit in all, not only for each response."""

    def __init__(self, http: Http, most_bytes: int) -> None:
        self._http = http
        self._most = self._left = most_bytes

    async def request(self, method: str, url: str, **options: object) -> Response:
        """See `plugins.context.Http`. Raises `NodeError(OUTPUT_TOO_LARGE)` too."""
        response = await self._http.request(method, url, **options)  # type: ignore[arg-type]  # handed on as they are
        self._left -= len(response.body)
        if self._left < 0:
            raise NodeError.of(too_large(self._most))
        return response


def shortened(failure: Failure) -> Failure:
    """Of a failure with very many words only the first; what comes with so many is as long as they are."""
    if len(failure.message) <= MESSAGE_CHARS:
        return failure
    return replace(failure, message=failure.message[:MESSAGE_CHARS] + "…", description=None, context=None)


def beginning(log: Sequence[str]) -> list[str]:
    """As much of a log as a failure may take along."""
    kept: list[str] = []
    left = LOG_CHARS
    for line in log:
        left -= len(line)
        if left < 0:
            break
        kept.append(line)
    return kept


def too_many(count: int, most: int) -> Failure:
    return Failure(
        code=ITEM_LIMIT_EXCEEDED,
        message=f"These are {count} items, and there may be {most} at a time",
        description="Work on fewer at a time: page through the source, or filter and limit before this node.",
        permanent=True,
    )


def too_large(most: int) -> Failure:
    return Failure(
        code=OUTPUT_TOO_LARGE,
        message=f"This is more than {most / 1_048_576:g} MB of data, which is the most that there may be at a time",
        description="Work on fewer items at a time, or keep only the fields that are needed.",
        permanent=True,
    )


def no_json(error: Exception) -> Failure:
    return Failure(
        code=INVALID_OUTPUT,
        message=f"The node put out what JSON cannot say ({type(error).__name__}: {error})"[:300],
        permanent=True,
    )
