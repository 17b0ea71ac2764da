"""The engine as the rooms above see it: start executions, watch them, wait for them, check definitions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog

from engine.definition.validation import Report, Stage
from engine.egress.addresses import EgressPolicy
from engine.egress.client import GuardedHttp
from engine.expressions.resolve import Resolver
from engine.expressions.sandbox import V8Sandbox
from engine.kernel.events import TERMINAL, ExecutionSucceeded
from engine.ports import Clock, Ids, Recorded, StoreUnavailable
from engine.runtime import history
from engine.runtime.children import Children
from engine.runtime.compiled import Compiled
from engine.runtime.definitions import Definitions
from engine.runtime.history import History
from engine.runtime.inbox import Signal
from engine.runtime.intervention import Interventions, Resumption
from engine.runtime.invocation import Invoker
from engine.runtime.limits import DataLimits
from engine.runtime.live import Batch, Live, UnknownExecution
from engine.runtime.submission import Again, Refused, Start, Submission, Submitted
from engine.runtime.system import SystemClock, UuidIds
from engine.runtime.worker import Worker
from engine.store.access import Access
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.projection import advanced
from engine.store.records import ExecutionRecord
from engine.store.tenancy import Store
from plugins.context import Http
from plugins.initialization import Plugins, PluginSettings
from plugins.items import Json
from plugins.registry import Registry

DRAIN_S = 10.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`database_url` is `sqlite:///absolute/path`. `capacity` is how many executions this process runs at once."""

    database_url: str
    capacity: int = 256
    egress: EgressPolicy = field(default_factory=EgressPolicy)
    drain_s: float = DRAIN_S
    data: DataLimits = field(default_factory=DataLimits)
    plugins: PluginSettings = field(default_factory=PluginSettings)


class Engine:
    """Everything that runs workflows in this process. Use it as an async context manager.

    Leaving it drains: nothing new is claimed, running executions get `drain_s`, and what is left is taken over by the
    next process.
    """

    def __init__(self, settings: EngineSettings, *, registry: Registry | None = None) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._live = Live()
        self.plugins = Plugins(settings.plugins, registry=registry)
        """The server's own until the engine starts. With a `registry` given nothing else is looked for."""
        self._forsaking: set[asyncio.Task[None]] = set()
        """Ends of executions whose callers have ended without them."""
        self.clock: Clock = SystemClock()
        self.ids: Ids = UuidIds()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.plugins)
            self.sandbox = await stack.enter_async_context(V8Sandbox())
            http = await stack.enter_async_context(GuardedHttp(self._settings.egress))
            await migrate(self._settings.database_url)
            self._database = await Database.open(
                self._settings.database_url, clock=self.clock, ids=self.ids, on_commit=self._committed, serve=True
            )
            await stack.enter_async_context(self._database)
            self._join(http)
            await self._worker.start()
            stack.push_async_callback(self._settle_forsaken)
            stack.push_async_callback(self._worker.drain, grace_s=self._settings.drain_s)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        counts = self._database.journal.counts
        logger.info("journal_closed", transactions=counts.transactions, events=counts.events)

    def _join(self, http: Http) -> None:
        """Put together what runs workflows, from what reaches out of this process: sandbox, HTTP, database, clock."""
        self._definitions = Definitions(self.plugins.of, self.sandbox)
        self._worker = self._make_worker(http)
        self._submission = Submission(
            definitions=self._definitions,
            worker=self._worker,
            clock=self.clock,
            ids=self.ids,
            limits=self._settings.data,
        )
        self._interventions = Interventions(
            worker=self._worker, definitions=self._definitions, clock=self.clock, limits=self._settings.data
        )

    def _make_worker(self, http: Http) -> Worker:
        invoker = Invoker(
            sandbox=self.sandbox,
            resolver=Resolver(self.sandbox),
            http=http,
            clock=self.clock,
            on_progress=lambda execution_id, progress: self._live.publish(execution_id, [progress]),
            limits=self._settings.data,
            statistics=self.plugins.statistics,
        )
        return Worker(
            self.ids.new("wrk"),
            journal=self._database.journal,
            stores=self._database.tenant,
            definitions=self._definitions,
            invoker=invoker,
            clock=self.clock,
            children=Children(
                definitions=self._definitions,
                stores=self._database.tenant,
                clock=self.clock,
                ids=self.ids,
                live=self._live,
            ),
            capacity=self._settings.capacity,
        )

    def _committed(self, tenant: str, execution_id: str, recorded: Sequence[Recorded]) -> None:
        self._live.publish(execution_id, recorded)
        if (
            recorded
            and isinstance(recorded[-1].event, TERMINAL)
            and not isinstance(recorded[-1].event, ExecutionSucceeded)
        ):
            task = asyncio.create_task(self._forsake(tenant, execution_id))
            self._forsaking.add(task)
            task.add_done_callback(self._forsaking.discard)

    async def _settle_forsaken(self) -> None:
        await asyncio.gather(*self._forsaking, return_exceptions=True)

    async def _forsake(self, tenant: str, execution_id: str) -> None:
        try:
            await self._interventions.forsake(self._database.tenant(tenant), execution_id)
        except StoreUnavailable as error:
            logger.warning("not_forsaken", execution=execution_id, reason=str(error))

    # ------------------------------------------------------------------------------------------- for the rooms above

    @property
    def access(self) -> Access:
        """Who may come in: tenants and API keys, before any tenant is bound."""
        return self._database.access

    @property
    def running(self) -> int:
        """How many executions this process is running."""
        return self._worker.running

    async def reload_plugins(self) -> None:
        """Find and initialize the plugins anew, for development. What runs already keeps the nodes that it has."""
        await self.plugins.reload()
        self._definitions.forget()

    def store(self, tenant: str) -> Store:
        """The store as that tenant sees it. Called once a request, by the request's context."""
        return self._database.tenant(tenant)

    async def validate(self, tenant: str, document: Json, *, stage: Stage, strict_dag: bool = False) -> Report:
        """Every problem of a document at once; never raises, whatever the document."""
        return await self._definitions.report(tenant, document, stage=stage, strict_dag=strict_dag)

    async def submit(self, store: Store, start: Start, *, actor: str) -> Submitted | Refused:
        """Start an execution: accepted and durable when this returns `Submitted`. Raises `StoreUnavailable`."""
        return await self._submission.submit(store, start, actor=actor)

    async def retry(self, store: Store, again: Again, *, actor: str) -> Submitted | Refused:
        """Try an execution again, as a new one. Promises what `submit` does."""
        return await self._submission.retry(store, again, actor=actor)

    async def outcome(self, store: Store, execution: ExecutionRecord, *, timeout_ms: int) -> ExecutionRecord:
        """An execution that was just submitted, once it has ended, or as it stands when the time is over."""
        if self._worker.is_running(execution.id) and not self._live.has_just_ended(execution.id):
            recorded = await self._live.to_the_end(execution.id, timeout_s=timeout_ms / 1000)
            if recorded and recorded[0].seq == execution.last_seq + 1:
                return advanced(execution, recorded)
            timeout_ms = 0
        return await self.finished(store, execution.id, timeout_ms=timeout_ms)

    async def cancel(self, store: Store, execution_id: str, *, reason: str | None, actor: str) -> ExecutionRecord:
        """End an execution wherever it is: durable, and its attempts are being stopped, when this returns. One that has
        ended before is answered as it is. Raises `UnknownExecution` or `StoreUnavailable`."""
        return await self._interventions.cancel(store, execution_id, reason=reason, actor=actor)

    async def resume(self, store: Store, execution_id: str, signal: Signal) -> Resumption:
        """Deliver a signal to a node that waits for it: durable when this returns `Resumed`. Raises `UnknownExecution`
        or `StoreUnavailable`."""
        return await self._interventions.resume(store, execution_id, signal)

    async def finished(self, store: Store, execution_id: str, *, timeout_ms: int) -> ExecutionRecord:
        """The execution once it has ended, or as it stands when the time is over. Raises `UnknownExecution`."""
        await self._live.finished(store, execution_id, timeout_s=timeout_ms / 1000)
        record = await store.executions.get(execution_id)
        if record is None:
            raise UnknownExecution(execution_id)
        return record

    async def compiled(self, store: Store, definition_hash: str) -> Compiled:
        """A stored definition, read and ready. Raises `UnknownDefinition`."""
        return await self._definitions.get(store, definition_hash)

    async def history(self, store: Store, execution: ExecutionRecord) -> History:
        """The execution's log, folded, to its newest event."""
        return await history.read(store, self._definitions, execution)

    def tail(self, store: Store, execution_id: str, *, after: int = 0, progress: bool = False) -> AsyncIterator[Batch]:
        """Stored events after `after`, then live ones, without a gap or a duplicate, to the final one."""
        return self._live.tail(store, execution_id, after=after, progress=progress)
