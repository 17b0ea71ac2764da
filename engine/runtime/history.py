"""What an execution's history says to a reader: its node runs, what it waits for, its metrics and its output.

The fold is the kernel's own, so a reader sees exactly what the scheduler saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from engine.kernel.activity import Delayed, Suspended
from engine.kernel.calls import Calling
from engine.kernel.events import AnyEvent, ExecutionQueued
from engine.kernel.history import NodeRun, RunStatus
from engine.kernel.state import State, Status, replay
from engine.runtime.compiled import Compiled
from engine.runtime.definitions import Definitions
from engine.store.records import ExecutionRecord
from engine.store.tenancy import Store
from plugins.items import Items

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Metrics:
    """`retries` are attempts after the first; `items` counts what all settled runs put out."""

    nodes_run: int
    succeeded: int
    failed: int
    skipped: int
    retries: int
    recoveries: int
    items: int


@dataclass(frozen=True, slots=True)
class History:
    """An execution as far as its log goes."""

    queued: ExecutionQueued
    state: State

    @property
    def runs(self) -> list[NodeRun]:
        """Every node run, in the order in which they started."""
        runs = (run for each in self.state.runs.values() for run in each)
        return sorted(runs, key=lambda run: run.execution_index)

    @property
    def waits(self) -> list[Delayed | Suspended | Calling]:
        """Node runs that neither compute nor have settled: a backoff, a timer, a signal, another workflow."""
        return [each for each in self.state.active if isinstance(each, Delayed | Suspended | Calling)]

    def output(self) -> Items | None:
        """The items of the last node run of an execution that succeeded: its first output, or the first with items."""
        if self.state.status is not Status.SUCCEEDED or self.state.last_node is None:
            return None
        outputs = self.state.runs[self.state.last_node][-1].outputs or []
        return next((items for items in outputs if items), [])

    def metrics(self) -> Metrics:
        runs = [run for run in self.runs if not run.reused]
        by_status = Counter(run.status for run in runs)
        return Metrics(
            nodes_run=len(runs) - by_status[RunStatus.SKIPPED],
            succeeded=by_status[RunStatus.SUCCEEDED],
            failed=by_status[RunStatus.FAILED],
            skipped=by_status[RunStatus.SKIPPED],
            retries=sum(run.attempt - 1 for run in runs),
            recoveries=sum(run.recovery is not None for run in runs),
            items=sum(len(items) for run in runs for items in run.outputs or () if items),
        )


def fold(compiled: Compiled, events: Iterable[AnyEvent]) -> History:
    """Raises `InvalidHistory` for a log that does not begin with ExecutionQueued, or that no kernel wrote."""
    events = list(events)
    queued = events[0]
    assert isinstance(queued, ExecutionQueued), "a log begins with ExecutionQueued"
    return History(queued, replay(compiled.graph(queued.start_node, queued.until_node), events))


async def read(store: Store, definitions: Definitions, execution: ExecutionRecord) -> History:
    """The history of an execution that the store has answered, to its newest event."""
    compiled = await definitions.get(store, execution.definition_hash)
    events: list[AnyEvent] = []
    while page := await store.executions.history(execution.id, after=len(events), limit=PAGE):
        events += [recorded.event for recorded in page]
        if len(page) < PAGE:
            break
    return fold(compiled, events)
