"""The executions that one execution has called and waits for, as its runner sees them: begun, watched, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from engine.kernel.activity import Activity
from engine.kernel.calls import Calling
from engine.kernel.commands import StartChild
from engine.kernel.events import ChildEnded, ChildStarted, ExecutionCanceled
from engine.ports import Claim, Clock, NewExecution
from engine.runtime.children import ACTOR, Children
from engine.runtime.log import insist
from plugins.errors import Failure

PATIENCE_US = 250_000
"""How long an execution is kept in memory for one that it has called: most are over by then."""


class Kin:
    """`on_end` is called when an execution that is watched has ended. What is open when the runner ends is closed."""

    def __init__(
        self, claim: Claim, children: Children, *, depth: int, clock: Clock, on_end: Callable[[], None]
    ) -> None:
        self._claim = claim
        self._children = children
        self._depth = depth
        self._clock = clock
        self._on_end = on_end
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._patient_until_us = 0

    async def begin(
        self, wanted: StartChild, calling: Calling
    ) -> tuple[ChildStarted | ChildEnded, NewExecution | None]:
        """What to record for the next call, and the execution to start with it."""
        at: dict[str, Any] = {"at_us": self._clock.now_us(), "node": wanted.node, "run": wanted.run}
        called = partial(self._children.called, self._claim, wanted.call, depth=self._depth, awaited=calling.wait)
        child = await insist(called)
        if isinstance(child, Failure):
            return ChildEnded(**at, attempt=wanted.attempt, error=child), None
        return ChildStarted(**at, attempt=wanted.attempt, execution=child.id), child

    def watch(self, child: str) -> None:
        """Be patient with it, once it is durable."""
        self._patient_until_us = self._clock.now_us() + PATIENCE_US
        watch = asyncio.create_task(self._children.ended(self._claim, child))
        watch.add_done_callback(lambda _: self._on_end())
        self._watches[child] = watch

    async def answered(self, active: Sequence[Activity]) -> ChildEnded | None:
        """How an execution that is waited for has ended, if one has."""
        for each in active:
            if isinstance(each, Calling) and each.child is not None:
                answer = await insist(partial(self._children.answer, self._claim, each.child))
                if answer is not None:
                    self._forget(each.child)
                    return ChildEnded(
                        at_us=self._clock.now_us(),
                        node=each.node,
                        run=each.run,
                        attempt=each.attempt,
                        execution=answer.execution,
                        outputs=answer.outputs,
                        error=answer.error,
                    )
        for child in [child for child, watch in self._watches.items() if watch.done()]:
            self._forget(child)
        return None

    async def forsaken(self, caller: str | None) -> ExecutionCanceled | None:
        """The end of an execution whose caller has ended without it."""
        if caller is None or not await insist(partial(self._children.has_ended, self._claim, caller)):
            return None
        return ExecutionCanceled(at_us=self._clock.now_us(), reason=FORSAKEN, actor=ACTOR)

    @property
    def is_patient(self) -> bool:
        return bool(self._watches) and self._clock.now_us() < self._patient_until_us

    @property
    def has_news(self) -> bool:
        return any(watch.done() for watch in self._watches.values())

    @property
    def patient_until_us(self) -> int | None:
        return self._patient_until_us if self._watches else None

    def close(self) -> None:
        for child in [*self._watches]:
            self._forget(child)

    def _forget(self, child: str) -> None:
        watch = self._watches.pop(child, None)
        if watch is not None and watch.done() and not watch.cancelled():
            watch.exception()  # it was looked at; the log says what is true
        elif watch is not None:
            watch.cancel()


FORSAKEN = "The execution that called it has ended without it"


def awaited(active: Sequence[Activity]) -> list[str]:
    """The executions that these wait for."""
    return [each.child for each in active if isinstance(each, Calling) and each.child is not None]
