"""What the engine is given from outside, as small Protocols: clock, ids, sandbox, journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from engine.kernel.events import AnyEvent, ExecutionMode, ExecutionQueued
from engine.store.records import ExecutionRecord
from plugins.errors import Failure
from plugins.items import Items, Json
from plugins.values import Undefined


class Clock(Protocol):
    def now_us(self) -> int:
        """Epoch microseconds, UTC; never goes back within a process."""
        ...


class Ids(Protocol):
    def new(self, prefix: str) -> str:
        """A new sortable id: prefix, underscore, UUIDv7 in hex without dashes."""
        ...


# ------------------------------------------------------------------------------------------------ sandbox


class SandboxUnavailable(Exception):
    """The worker died, or none could be started. Nothing ran to its end; another attempt may."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A batch: every template for every item index, over one world (see `engine.expressions.world`)."""

    tenant: str
    templates: Sequence[str]
    indexes: Sequence[int]
    world: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    """A Code node's script over one world.

    `legacy` makes it the script of a Function or a Function Item node, where other names are in sight.
    """

    tenant: str
    code: str
    each_item: bool
    world: Mapping[str, Any]
    keep_going: bool = False
    """For each item only: an item whose run fails has `{error: message}` in its place, and the others run on."""
    legacy: Literal["function", "functionItem"] | None = None


@dataclass(frozen=True, slots=True)
class ScriptResult:
    items: Items
    log: Sequence[str] = ()
    static_data: Mapping[str, Json] | None = None


class Sandbox(Protocol):
    """Where user expressions and scripts run: never in this process."""

    async def evaluate(self, batch: Evaluation) -> Sequence[Sequence[Json | Undefined | Failure]]:
        """One row a template, one cell an index. A cell that failed is its `Failure`, and harms no other.

        Beside JSON a cell may hold, at any depth, `UNDEFINED`, `JsDate`, `LuxonDateTime`, NaN and infinities.

        Raises `SandboxUnavailable`; a limit that was hit (time, memory) fails every cell of the batch.
        """
        ...

    async def run(self, script: Script) -> ScriptResult | Failure: ...


# ------------------------------------------------------------------------------------------------ journal


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the log, at its sequence number (from 1, no gaps)."""

    seq: int
    event: AnyEvent


@dataclass(frozen=True, slots=True)
class NewExecution:
    """What `accept` writes: the execution's row and its first event, in one transaction."""

    id: str
    definition_hash: str
    queued: ExecutionQueued
    actor: str
    definition: bytes | None = None
    """Canonical bytes of a definition that is not saved yet: stored with it, unless the tenant has it already."""
    workflow_id: str | None = None
    version_id: str | None = None
    idempotency_key: str | None = None
    request_hash: str | None = None
    """Hash of the request that the idempotency key stands for: the same key with another one is a mismatch."""
    priority: int = 0
    retry_of: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """Durable. `execution` is an earlier one when its idempotency key had been used before (`replayed`)."""

    execution: ExecutionRecord
    replayed: bool = False
    claim: Claim | None = None
    """Set when it was accepted for a worker: claimed in the same transaction."""

    @property
    def execution_id(self) -> str:
        return self.execution.id


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to append to an execution, until another worker takes a higher epoch."""

    execution_id: str
    tenant: str
    worker: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Claim:
    """An execution taken for this worker. `seq` is its last event's; `takeover` says somebody held it before."""

    lease: Lease
    definition_hash: str
    mode: ExecutionMode
    workflow_id: str | None
    version_id: str | None
    seq: int
    takeover: bool


class Fenced(Exception):
    """The log has moved on under another owner: this worker's lease is lost, and nothing was written."""


class StoreUnavailable(Exception):
    """The database did not take the write (busy, full, gone). Whether it was applied has been read back: it was not."""


class IdempotencyMismatch(Exception):
    """The idempotency key was used before, for another request."""


class Journal(Protocol):
    """The log: the only way to write events. Every method is one durable transaction, grouped with its neighbours'."""

    async def append(
        self, lease: Lease, events: Sequence[AnyEvent], *, expected_seq: int, starts: Sequence[NewExecution] = ()
    ) -> None:
        """Events get `expected_seq + 1, …`; returns after commit. The execution's status row follows in the same
        transaction, and so do the executions of this tenant that the events start. Subscribers are told after the
        commit. A parked execution that called this one is due once this one has ended. Raises `Fenced` or
        `StoreUnavailable`."""
        ...

    async def claim(self, worker: str, *, limit: int, lease_us: int, orphaned: bool = False) -> Sequence[Claim]:
        """Take executions that are due or abandoned, then queued ones, oldest and most urgent first, each under a new
        epoch.

        `orphaned` says that no other worker is alive: every lease but this worker's counts as abandoned from now on.
        """
        ...

    async def next_due(self) -> int | None:
        """When the first of the executions that wait for an instant may be claimed; None when there is none."""
        ...

    async def renew(self, worker: str, *, lease_us: int) -> None:
        """Prolong every lease that this worker holds."""
        ...

    async def park(self, lease: Lease, *, expected_seq: int, due_us: int | None, children: Sequence[str] = ()) -> None:
        """Let go of an execution that waits: claimable again at `due_us` (None: on a signal only), or when one of these
        executions ends, which may have been before."""
        ...
