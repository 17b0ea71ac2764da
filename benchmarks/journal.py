"""What the journal takes: results a second by executions in flight, and what a 5-node execution costs the loop.

    python -m benchmarks.journal [--seconds 2] [--directory DIR]

A result is one durable append (fence check, event, row update). Beside it, the same written one at a time by Tortoise.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import uvloop
from tortoise.transactions import in_transaction

from engine.kernel.events import (
    AnyEvent,
    ExecutionMode,
    ExecutionQueued,
    ExecutionStarted,
    ExecutionSucceeded,
    NodeStarted,
    NodeSucceeded,
)
from engine.ports import Claim, NewExecution
from engine.runtime.system import SystemClock, UuidIds
from engine.store import orm
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.models import Execution, ExecutionEvent
from engine.store.scope import tenant_scope
from engine.store.sqlite.location import WRITER
from engine.store.tenancy import Store
from plugins.items import Item

IN_FLIGHT = (1, 10, 100, 500)
HASH = "benchmark"
ITEM = Item(json={"id": 4711, "name": "Ada Lovelace", "email": "ada@example.org", "tags": ["a", "b"], "total": 12.5})


@dataclass(frozen=True, slots=True)
class Measured:
    per_second: float
    p50_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.per_second:>9,.0f}/s   p50 {self.p50_ms:7.2f} ms   p99 {self.p99_ms:7.2f} ms"


@dataclass(frozen=True, slots=True)
class Bench:
    database: Database
    store: Store
    clock: SystemClock
    ids: UuidIds

    async def start(self) -> Claim:
        queued = ExecutionQueued(
            at_us=self.clock.now_us(), mode=ExecutionMode.MANUAL, start_node="Trigger", items=[Item(json={})]
        )
        new = NewExecution(
            id=self.ids.new("exe"), definition_hash=HASH, definition=b"{}", queued=queued, actor="SYSTEM:benchmark"
        )
        accepted = await self.store.executions.accept(new, lease_for="benchmark")
        assert accepted.claim is not None
        return accepted.claim

    def result(self) -> AnyEvent:
        return NodeSucceeded(at_us=self.clock.now_us(), node="Set", run=0, outputs=[[ITEM]], duration_us=42)

    def five_nodes(self) -> list[AnyEvent]:
        now = self.clock.now_us()
        events: list[AnyEvent] = [ExecutionStarted(at_us=now, worker="benchmark", epoch=1)]
        for index in range(5):
            events.append(NodeStarted(at_us=now, node=f"Set {index}", run=0, execution_index=index, inputs=[None]))
            events.append(NodeSucceeded(at_us=now, node=f"Set {index}", run=0, outputs=[[ITEM]], duration_us=42))
        return [*events, ExecutionSucceeded(at_us=now, last_node="Set 4")]


Write = Callable[[Bench, Claim, int], Awaitable[None]]


async def by_journal(bench: Bench, claim: Claim, seq: int) -> None:
    await bench.database.journal.append(claim.lease, [bench.result()], expected_seq=seq)


async def by_tortoise(_: Bench, claim: Claim, seq: int) -> None:
    """The same write as one transaction of ORM statements."""
    async with in_transaction(WRITER):
        held = {"id": claim.lease.execution_id, "epoch": claim.lease.epoch, "last_seq": seq}
        assert await Execution.filter(**held).update(last_seq=seq + 1)
        body = b"x" * 180
        await ExecutionEvent.create(execution_id=claim.lease.execution_id, seq=seq + 1, body=body)


async def results(bench: Bench, write: Write, *, in_flight: int, seconds: float) -> Measured:
    """Each execution in flight appends one result after the other."""
    claims = await asyncio.gather(*(bench.start() for _ in range(in_flight)))
    until = time.perf_counter() + seconds
    took: list[float] = []

    async def one(claim: Claim) -> None:
        seq = claim.seq
        while (began := time.perf_counter()) < until:
            await write(bench, claim, seq)
            took.append(time.perf_counter() - began)
            seq += 1

    began = time.perf_counter()
    await asyncio.gather(*map(one, claims))
    return measured(took, time.perf_counter() - began)


async def executions(bench: Bench, *, in_flight: int, seconds: float) -> tuple[Measured, float]:
    """Whole 5-node executions: accepted and claimed in one write, all events in another. And loop time for each."""
    until = time.perf_counter() + seconds
    took: list[float] = []

    async def one() -> None:
        while (began := time.perf_counter()) < until:
            claim = await bench.start()
            await bench.database.journal.append(claim.lease, bench.five_nodes(), expected_seq=claim.seq)
            took.append(time.perf_counter() - began)

    began, busy = time.perf_counter(), time.thread_time()
    await asyncio.gather(*(one() for _ in range(in_flight)))
    busy = time.thread_time() - busy
    return measured(took, time.perf_counter() - began), busy / len(took)


def measured(took: list[float], elapsed: float) -> Measured:
    took.sort()
    return Measured(len(took) / elapsed, took[len(took) // 2] * 1e3, took[int(len(took) * 0.99)] * 1e3)


async def reads(read: Callable[[str], Awaitable[object]], execution_id: str, *, seconds: float) -> str:
    until, count = time.perf_counter() + seconds, 0
    began, busy = time.perf_counter(), time.thread_time()
    while time.perf_counter() < until:
        await read(execution_id)
        count += 1
    elapsed, busy = time.perf_counter() - began, time.thread_time() - busy
    return f"{elapsed / count * 1e3:.3f} ms   loop {busy / count * 1e3:.3f} ms"


async def compare(bench: Bench, seconds: float) -> None:
    for in_flight in IN_FLIGHT:
        found = await results(bench, by_journal, in_flight=in_flight, seconds=seconds)
        print(f"results, journal     {in_flight:>4} in flight {found}")
    with orm.current(bench.database._context), tenant_scope(bench.store.tenant):
        for in_flight in IN_FLIGHT:
            found = await results(bench, by_tortoise, in_flight=in_flight, seconds=seconds)
            print(f"results, Tortoise    {in_flight:>4} in flight {found}")
    for in_flight in IN_FLIGHT:
        found, busy = await executions(bench, in_flight=in_flight, seconds=seconds)
        print(f"5-node executions    {in_flight:>4} in flight {found}   loop {busy * 1e3:.3f} ms each")
    claim = await bench.start()
    await bench.database.journal.append(claim.lease, bench.five_nodes(), expected_seq=claim.seq)
    for name in ("get", "history"):
        read = getattr(bench.store.executions, name)
        print(f"executions.{name:<10} {await reads(read, claim.lease.execution_id, seconds=seconds)}")


async def run(directory: Path, seconds: float) -> None:
    url = f"sqlite://{directory}/benchmark.sqlite3"
    await migrate(url)
    clock, ids = SystemClock(), UuidIds()
    async with await Database.open(url, clock=clock, ids=ids, serve=True) as database:
        tenant = await database.access.create_tenant("benchmark")
        gc.freeze()
        await compare(Bench(database, database.tenant(tenant.id), clock, ids), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
        uvloop.run(run(Path(directory), arguments.seconds))


if __name__ == "__main__":
    main()
