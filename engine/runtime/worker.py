"""This process's share of the work: claims executions, runs many of them at once, keeps their leases, and drains."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Sequence

import structlog

from engine.kernel.events import AnyEvent, ExecutionFailed, ExecutionMode
from engine.ports import Claim, Clock, Fenced, Journal, StoreUnavailable
from engine.runtime.children import Children
from engine.runtime.definitions import Definitions
from engine.runtime.inbox import Inbox
from engine.runtime.invocation import Invoker
from engine.runtime.runner import Finished, Runner
from engine.store.database import Stores
from plugins.errors import Failure

LEASE_US = 30_000_000
RENEW_S = 10.0
POLL_S = 0.5
"""How long what another process has written may wait to be noticed."""
TIMER_SLACK_S = 0.001
"""The loop's clock and the wall clock need not agree to the last microsecond."""
PAGE = 1_000

logger = structlog.get_logger(__name__)


class Worker:
    """Runs up to `capacity` executions at once. `start` it once, `drain` it once."""

    def __init__(
        self,
        name: str,
        *,
        journal: Journal,
        stores: Stores,
        definitions: Definitions,
        invoker: Invoker,
        clock: Clock,
        children: Children,
        capacity: int,
    ) -> None:
        self.name = name
        self._journal = journal
        self._stores = stores
        self._definitions = definitions
        self._invoker = invoker
        self._clock = clock
        self._children = children
        self._capacity = capacity
        self._running: dict[str, asyncio.Task[None]] = {}
        self._inboxes: dict[str, Inbox] = {}
        self._owned: list[asyncio.Task[None]] = []
        self._more = asyncio.Event()
        self._draining = False

    @property
    def has_room(self) -> bool:
        return not self._draining and len(self._running) < self._capacity

    @property
    def is_draining(self) -> bool:
        return self._draining

    @property
    def running(self) -> int:
        return len(self._running)

    def is_running(self, execution_id: str) -> bool:
        return execution_id in self._running

    async def start(self, *, alone: bool = True) -> None:
        """Take over what a dead process left, then keep looking for work until drained.

        Unless it is `alone`, other workers may live: what they hold is theirs until their leases run out.
        """
        await self._claim(orphaned=alone)
        self._owned = [asyncio.create_task(self._look_for_work()), asyncio.create_task(self._keep_leases())]

    def notice(self) -> None:
        """There may be something to claim: look now instead of at the next poll."""
        self._more.set()

    def adopt(self, claim: Claim, history: Sequence[AnyEvent] | None = None) -> Inbox:
        """Run a claimed execution; answers where to send it what it is to be told. `history` spares reading it, where
        the caller has it whole."""
        execution_id, inbox = claim.lease.execution_id, Inbox()
        task = asyncio.create_task(self._carry_out(claim, history, inbox))
        self._running[execution_id], self._inboxes[execution_id] = task, inbox
        task.add_done_callback(lambda _: self._ended(execution_id, task, inbox))
        return inbox

    def inbox(self, execution_id: str) -> Inbox | None:
        """Of an execution that this process runs."""
        return self._inboxes.get(execution_id)

    async def drain(self, *, grace_s: float) -> None:
        """Claim nothing more; let what runs come to an end for a while, then stop it for the next process to take."""
        self._draining = True
        for task in self._owned[:1]:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=grace_s)
        for task in [*self._running.values(), *self._owned]:
            task.cancel()
        await asyncio.gather(*self._running.values(), *self._owned, return_exceptions=True)

    # ------------------------------------------------------------------------------------------- claiming

    async def _look_for_work(self) -> None:
        while True:
            self._more.clear()
            due_us: int | None = None
            try:
                await self._claim(orphaned=False)
                due_us = await self._journal.next_due() if self.has_room else None
            except StoreUnavailable as error:
                logger.warning("claim_failed", reason=str(error))
            except Exception:
                logger.exception("claim_failed")  # this loop outlives what one look ran into: nobody else claims
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s(due_us)):
                    await self._more.wait()

    def _pause_s(self, due_us: int | None) -> float:
        """Until the next poll, or until the first of those that wait is due. What parks meanwhile is due later."""
        if due_us is None:
            return POLL_S
        return min(POLL_S, max(0.0, (due_us - self._clock.now_us()) / 1e6) + TIMER_SLACK_S)

    async def _claim(self, *, orphaned: bool) -> None:
        while self.has_room:
            room = self._capacity - len(self._running)
            claims = await self._journal.claim(self.name, limit=room, lease_us=LEASE_US, orphaned=orphaned)
            for claim in claims:
                self.adopt(claim)
            if len(claims) < room:
                break

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._journal.renew(self.name, lease_us=LEASE_US)
            except StoreUnavailable as error:
                logger.warning("renewal_failed", reason=str(error))
            except Exception:
                logger.exception("renewal_failed")

    def _ended(self, execution_id: str, task: asyncio.Task[None], inbox: Inbox) -> None:
        was_full = not self.has_room
        inbox.close()
        if self._running.get(execution_id) is task:  # else it was let go and claimed again meanwhile
            del self._running[execution_id], self._inboxes[execution_id]
        if was_full:
            self._more.set()

    # ------------------------------------------------------------------------------------------- running

    async def _carry_out(self, claim: Claim, history: Sequence[AnyEvent] | None, inbox: Inbox) -> None:
        execution_id = claim.lease.execution_id
        runner: Runner | None = None
        try:
            compiled = await self._definitions.get(self._stores(claim.lease.tenant), claim.definition_hash)
            events = history if history is not None else await self._read(claim)
            runner = Runner(
                claim,
                events,
                compiled,
                invoker=self._invoker,
                journal=self._journal,
                clock=self._clock,
                children=self._children,
                notice=self.notice,
                inbox=inbox,
            )
            outcome = await runner.run()
        except Fenced:
            logger.info("lease_lost", execution=execution_id)
        except StoreUnavailable as error:
            logger.warning("execution_postponed", execution=execution_id, reason=str(error))
            asyncio.get_running_loop().call_later(POLL_S, self.adopt, claim)
        except Exception as error:  # noqa: BLE001 - a fault of ours ends this execution, not the server
            await self._fail(claim, claim.seq if runner is None else runner.seq, error)
        else:
            if isinstance(outcome, Finished) and claim.mode is ExecutionMode.SUBWORKFLOW:
                self.notice()  # whoever called it may be parked, and is due now

    async def _fail(self, claim: Claim, seq: int, error: Exception) -> None:
        """End an execution that this server cannot go on with, so that it is not tried for ever."""
        error_id = uuid.uuid4().hex[:12]
        execution_id = claim.lease.execution_id
        logger.error("execution_broken", execution=execution_id, error_id=error_id, exc_info=error)
        failure = Failure(
            code="INTERNAL",
            message=f"The server could not go on with this execution (error id {error_id})",
            name="WorkflowOperationError",
            permanent=True,
        )
        event = ExecutionFailed(at_us=self._clock.now_us(), error=failure)
        try:
            await self._journal.append(claim.lease, [event], expected_seq=seq)
        except (Fenced, StoreUnavailable) as reason:
            logger.warning("execution_abandoned", execution=execution_id, reason=str(reason))

    async def _read(self, claim: Claim) -> list[AnyEvent]:
        store = self._stores(claim.lease.tenant)
        events: list[AnyEvent] = []
        while page := await store.executions.history(claim.lease.execution_id, after=len(events), limit=PAGE):
            events.extend(recorded.event for recorded in page)
        return events
