"""A process that appends until it is killed, and says on stdout which appends were acknowledged."""

from __future__ import annotations

import asyncio
import os
import sys

from engine.store.database import Database
from tests.engine.store.world import CountingIds, ManualClock, Told, new_execution, result, world_in

LANES = 8


async def lane(database: Database, world_lease: object, name: str) -> None:
    seq = 1
    while True:
        await database.journal.append(world_lease, [result(seq), result(seq + 1)], expected_seq=seq)  # type: ignore[arg-type]
        seq += 2
        os.write(1, f"{name} {seq}\n".encode())


async def main(url: str) -> None:
    clock, ids = ManualClock(), CountingIds()
    database = await Database.open(url, clock=clock, ids=ids, serve=True)
    world = await world_in(database, clock, ids, Told())
    os.write(1, f"tenant {world.acme.tenant}\n".encode())
    lanes = []
    for n in range(LANES):
        accepted = await world.acme.executions.accept(new_execution(f"exe_{n}"), lease_for="w1")
        assert accepted.claim is not None
        lanes.append(lane(database, accepted.claim.lease, f"exe_{n}"))
    await asyncio.gather(*lanes)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
