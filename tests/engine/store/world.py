"""What the store's tests are made of: a clock to be moved by hand, numbered ids, and small factories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.kernel.events import (
    AnyEvent,
    ExecutionMode,
    ExecutionQueued,
    ExecutionStarted,
    ExecutionSucceeded,
    NodeStarted,
    NodeSucceeded,
)
from engine.ports import NewExecution, Recorded
from engine.store.database import Database
from engine.store.records import WorkflowCategory, WorkflowRecord
from engine.store.tenancy import Store
from plugins.items import Item

START_US = 1_700_000_000_000_000
HASH = "sha256:0000"
DOCUMENT = b'{"nodes":[]}'
ACTOR = "USER:ada"
LEASE_US = 30_000_000


@dataclass(slots=True)
class ManualClock:
    """Stands still until it is moved."""

    us: int = START_US

    def now_us(self) -> int:
        return self.us

    def forward(self, us: int) -> None:
        self.us += us


@dataclass(slots=True)
class CountingIds:
    """Sortable like the real ones, and the same in every run."""

    count: int = 0

    def new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count:032x}"


@dataclass(slots=True)
class Told:
    """What subscribers were told, in order."""

    news: list[tuple[str, str, list[Recorded]]] = field(default_factory=list)

    def __call__(self, tenant: str, execution_id: str, events: list[Recorded]) -> None:
        self.news.append((tenant, execution_id, events))

    def of(self, execution_id: str) -> list[Recorded]:
        return [event for _, execution, events in self.news if execution == execution_id for event in events]


@dataclass(slots=True)
class World:
    """An open database with two tenants."""

    database: Database
    clock: ManualClock
    ids: CountingIds
    told: Told
    acme: Store
    globex: Store


async def world_in(database: Database, clock: ManualClock, ids: CountingIds, told: Told) -> World:
    acme = await database.access.create_tenant("acme")
    globex = await database.access.create_tenant("globex")
    return World(database, clock, ids, told, database.tenant(acme.id), database.tenant(globex.id))


def queued(at_us: int = START_US, *, mode: ExecutionMode = ExecutionMode.MANUAL) -> ExecutionQueued:
    return ExecutionQueued(at_us=at_us, mode=mode, start_node="Trigger", items=[Item(json={"n": 1})])


def new_execution(execution_id: str, *, at_us: int = START_US, **changes: Any) -> NewExecution:
    """One of a definition that comes along."""
    values: dict[str, Any] = {
        "definition_hash": HASH,
        "definition": DOCUMENT,
        "queued": queued(at_us),
        "actor": ACTOR,
        **changes,
    }
    return NewExecution(id=execution_id, **values)


def started(at_us: int = START_US) -> ExecutionStarted:
    return ExecutionStarted(at_us=at_us, worker="w1", epoch=1)


def succeeded(at_us: int = START_US) -> ExecutionSucceeded:
    return ExecutionSucceeded(at_us=at_us, last_node="Set")


def node_run(name: str = "Set", at_us: int = START_US) -> list[AnyEvent]:
    return [
        NodeStarted(at_us=at_us, node=name, run=0, execution_index=0, inputs=[None]),
        NodeSucceeded(at_us=at_us, node=name, run=0, outputs=[[Item(json={"n": 1})]]),
    ]


def result(number: int = 0, at_us: int = START_US) -> NodeSucceeded:
    return NodeSucceeded(at_us=at_us, node="Set", run=number, outputs=[[Item(json={"n": number})]])


def seqs(recorded: Sequence[Recorded]) -> list[int]:
    return [one.seq for one in recorded]


async def a_workflow(
    store: Store,
    name: str = "Invoices",
    *,
    description: str | None = None,
    category: WorkflowCategory = WorkflowCategory.CUSTOM,
    tags: Sequence[str] = (),
    document: bytes = DOCUMENT,
    definition_hash: str = HASH,
    publish: bool = False,
) -> WorkflowRecord:
    made = await store.workflows.create(
        name=name,
        description=description,
        category=category,
        tags=tags,
        document=document,
        definition_hash=definition_hash,
        version="1.0.0",
        message=None,
        actor=ACTOR,
        publish=publish,
    )
    assert isinstance(made, WorkflowRecord)
    return made
