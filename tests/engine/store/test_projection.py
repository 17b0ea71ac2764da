"""A record moved on by events is the record that the store answers after they were appended."""

from __future__ import annotations

import pytest

from engine.kernel.events import (
    AnyEvent,
    ExecutionCanceled,
    ExecutionFailed,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionTimedOut,
    ExecutionWaiting,
    NodeStarted,
)
from engine.ports import Recorded
from engine.store.projection import advanced
from plugins.errors import Failure
from tests.engine.store.journal_contract import accept
from tests.engine.store.world import World

STARTED = ExecutionStarted(at_us=10, worker="w1", epoch=1)
WAITING = ExecutionWaiting(at_us=20, node="N", run=0, attempt=1, outputs=[], until_us=99)
RESUMED = ExecutionResumed(at_us=30, node="N", run=0)
NODE = NodeStarted(at_us=15, node="N", run=0, execution_index=0, inputs=[])
FAILED = ExecutionFailed(at_us=40, error=Failure("BOOM", "boom"), node="N")


@pytest.mark.parametrize(
    "events",
    [
        [],
        [STARTED],
        [STARTED, NODE],
        [STARTED, NODE, WAITING],
        [STARTED, NODE, WAITING, RESUMED],
        [STARTED, ExecutionSucceeded(at_us=40)],
        [STARTED, NODE, FAILED],
        [STARTED, WAITING, ExecutionCanceled(at_us=40)],
        [STARTED, ExecutionTimedOut(at_us=40)],
        [STARTED, ExecutionRecovered(at_us=20, worker="w2", epoch=2), ExecutionSucceeded(at_us=40)],
    ],
    ids=lambda events: ", ".join(type(event).__name__ for event in events) or "nothing",
)
@pytest.mark.parametrize("at_once", [True, False], ids=["in one append", "one by one"])
async def test_a_record_moves_on_as_its_row_does(world: World, events: list[AnyEvent], at_once: bool) -> None:
    accepted = await accept(world, lease_for="w1")
    assert accepted.claim is not None
    record = accepted.execution
    batches = [events] if at_once else [[event] for event in events]
    for batch in batches:
        first = record.last_seq
        await world.database.journal.append(accepted.claim.lease, batch, expected_seq=first)
        record = advanced(record, [Recorded(first + n, event) for n, event in enumerate(batch, start=1)])
    assert record == await world.acme.executions.get(record.id)
