"""What every journal promises. Another implementation subclasses `JournalContract` and provides the fixture `world`."""

from __future__ import annotations

import asyncio

import pytest

from engine.kernel.events import (
    AnyEvent,
    ExecutionCanceled,
    ExecutionFailed,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionTimedOut,
    ExecutionWaiting,
    NodeFailed,
)
from engine.ports import Accepted, Claim, Fenced, IdempotencyMismatch, Lease
from engine.store.records import ExecutionStatus
from engine.store.sqlite.failures import HOUR_US, KEPT_US
from plugins.errors import Failure
from tests.engine.store.world import (
    DOCUMENT,
    HASH,
    LEASE_US,
    START_US,
    World,
    a_workflow,
    new_execution,
    node_run,
    queued,
    result,
    seqs,
    started,
    succeeded,
)


async def accept(world: World, name: str = "exe_1", *, lease_for: str | None = None, **changes: object) -> Accepted:
    new = new_execution(name, at_us=world.clock.now_us(), **changes)
    return await world.acme.executions.accept(new, lease_for=lease_for, lease_us=LEASE_US)


async def held(world: World, name: str = "exe_1", *, by: str = "w1") -> Lease:
    """An execution accepted for a worker."""
    accepted = await accept(world, name, lease_for=by)
    assert accepted.claim is not None
    return accepted.claim.lease


async def claim(world: World, worker: str = "w1", *, limit: int = 10, orphaned: bool = False) -> list[Claim]:
    return list(await world.database.journal.claim(worker, limit=limit, lease_us=LEASE_US, orphaned=orphaned))


async def claimed(world: World, worker: str = "w1", *, limit: int = 10, orphaned: bool = False) -> list[str]:
    return [one.lease.execution_id for one in await claim(world, worker, limit=limit, orphaned=orphaned)]


async def status(world: World, name: str = "exe_1") -> ExecutionStatus:
    record = await world.acme.executions.get(name)
    assert record is not None
    return record.status


class AppendContract:
    async def test_appended_events_are_read_back_in_order_without_a_gap(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [started(), *node_run()], expected_seq=1)
        await world.database.journal.append(lease, [succeeded()], expected_seq=4)
        history = await world.acme.executions.history("exe_1")
        assert history is not None
        assert seqs(history) == [1, 2, 3, 4, 5]
        assert [one.event for one in history] == [queued(), started(), *node_run(), succeeded()]

    async def test_history_goes_on_after_a_seq_and_stops_at_a_limit(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [result(n) for n in range(5)], expected_seq=1)
        page = await world.acme.executions.history("exe_1", after=2, limit=2)
        assert page is not None
        assert seqs(page) == [3, 4]
        assert await world.acme.executions.history("exe_1", after=6) == []

    @pytest.mark.parametrize("expected_seq", [0, 2, 3])
    async def test_an_append_at_the_wrong_place_is_fenced_and_writes_nothing(
        self, world: World, expected_seq: int
    ) -> None:
        lease = await held(world)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [started()], expected_seq=expected_seq)
        history = await world.acme.executions.history("exe_1")
        assert history is not None
        assert seqs(history) == [1]

    async def test_the_same_append_twice_is_written_once(self, world: World) -> None:
        lease = await held(world)
        both = await asyncio.gather(
            *(world.database.journal.append(lease, [started()], expected_seq=1) for _ in range(2)),
            return_exceptions=True,
        )
        assert [type(one) for one in both] == [type(None), Fenced]
        assert seqs(await world.acme.executions.history("exe_1") or []) == [1, 2]

    async def test_appends_handed_in_together_are_written_in_that_order(self, world: World) -> None:
        lease = await held(world)
        await asyncio.gather(
            *(world.database.journal.append(lease, [result(n)], expected_seq=n + 1) for n in range(50))
        )
        history = await world.acme.executions.history("exe_1")
        assert history is not None
        assert [one.event for one in history[1:]] == [result(n) for n in range(50)]

    async def test_a_fenced_append_leaves_those_written_with_it_alone(self, world: World) -> None:
        good, bad = await held(world, "exe_1"), await held(world, "exe_2")
        outcomes = await asyncio.gather(
            world.database.journal.append(good, [started()], expected_seq=1),
            world.database.journal.append(bad, [started()], expected_seq=7),
            world.database.journal.append(good, [succeeded()], expected_seq=2),
            return_exceptions=True,
        )
        assert [type(one) for one in outcomes] == [type(None), Fenced, type(None)]
        assert await status(world) is ExecutionStatus.SUCCEEDED

    async def test_nothing_follows_the_end(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [succeeded()], expected_seq=1)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [started()], expected_seq=2)

    async def test_a_worker_that_lost_its_lease_cannot_append(self, world: World) -> None:
        lease = await held(world, by="w1")
        world.clock.forward(LEASE_US)
        (taken,) = await claim(world, "w2")
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [started()], expected_seq=1)
        await world.database.journal.append(taken.lease, [started()], expected_seq=1)

    async def test_an_append_of_nothing_does_nothing(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [], expected_seq=1)
        assert seqs(await world.acme.executions.history("exe_1") or []) == [1]


class RowContract:
    """The execution's row says what the log says."""

    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            ([started()], ExecutionStatus.RUNNING),
            ([started(), *node_run()], ExecutionStatus.RUNNING),
            (
                [started(), ExecutionWaiting(at_us=1, node="Wait", run=0, attempt=1, outputs=[])],
                ExecutionStatus.WAITING,
            ),
            (
                [
                    started(),
                    ExecutionWaiting(at_us=1, node="Wait", run=0, attempt=1, outputs=[]),
                    ExecutionResumed(at_us=2, node="Wait", run=0),
                ],
                ExecutionStatus.RUNNING,
            ),
            ([ExecutionRecovered(at_us=1, worker="w2", epoch=2)], ExecutionStatus.RUNNING),
            ([started(), succeeded()], ExecutionStatus.SUCCEEDED),
            ([ExecutionCanceled(at_us=1)], ExecutionStatus.CANCELED),
            ([started(), ExecutionTimedOut(at_us=1)], ExecutionStatus.TIMED_OUT),
        ],
    )
    @pytest.mark.parametrize("at_once", [True, False], ids=["in one append", "one by one"])
    async def test_the_status_follows_the_events(
        self, world: World, events: list[AnyEvent], expected: ExecutionStatus, at_once: bool
    ) -> None:
        lease = await held(world)
        appends = [events] if at_once else [[event] for event in events]
        seq = 1
        for one in appends:
            await world.database.journal.append(lease, one, expected_seq=seq)
            seq += len(one)
        record = await world.acme.executions.get("exe_1")
        assert record is not None
        assert (record.status, record.last_seq) == (expected, 1 + len(events))

    async def test_an_accepted_execution_is_queued(self, world: World) -> None:
        accepted = await accept(world)
        assert accepted.execution == await world.acme.executions.get("exe_1")
        assert accepted.execution.status is ExecutionStatus.QUEUED
        assert (accepted.execution.created_at_us, accepted.execution.last_seq) == (START_US, 1)

    async def test_start_and_end_are_those_of_the_events(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [started(START_US + 5)], expected_seq=1)
        await world.database.journal.append(lease, [started(START_US + 7)], expected_seq=2)
        await world.database.journal.append(lease, [succeeded(START_US + 9)], expected_seq=3)
        record = await world.acme.executions.get("exe_1")
        assert record is not None
        assert (record.started_at_us, record.finished_at_us) == (START_US + 5, START_US + 9)

    async def test_a_failure_is_kept_with_its_node(self, world: World) -> None:
        lease = await held(world)
        error = Failure(code="NODE_FAILED", message="no such host", context={"n": 1})
        failed = ExecutionFailed(at_us=START_US, error=error, node="HTTP Request", run=0, attempt=1)
        await world.database.journal.append(lease, [started(), failed], expected_seq=1)
        record = await world.acme.executions.get("exe_1")
        assert record is not None
        assert (record.status, record.error, record.error_node) == (ExecutionStatus.FAILED, error, "HTTP Request")

    async def test_a_wait_says_when_it_ends(self, world: World) -> None:
        lease = await held(world)
        waiting = ExecutionWaiting(at_us=1, node="Wait", run=0, attempt=1, outputs=[], until_us=START_US + 60)
        await world.database.journal.append(lease, [started(), waiting], expected_seq=1)
        record = await world.acme.executions.get("exe_1")
        assert record is not None
        assert record.wake_at_us == START_US + 60


class PublicationContract:
    async def test_subscribers_are_told_before_the_append_returns(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [started(), succeeded()], expected_seq=1)
        assert world.told.of("exe_1") == await world.acme.executions.history("exe_1")
        assert {tenant for tenant, _, _ in world.told.news} == {world.acme.tenant}

    async def test_what_was_not_written_is_not_told(self, world: World) -> None:
        lease = await held(world)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [started()], expected_seq=9)
        assert seqs(world.told.of("exe_1")) == [1]

    async def test_news_comes_in_the_order_of_the_log(self, world: World) -> None:
        leases = [await held(world, f"exe_{n}") for n in range(5)]
        await asyncio.gather(
            *(
                world.database.journal.append(lease, [result(n)], expected_seq=n + 1)
                for n in range(20)
                for lease in leases
            )
        )
        for lease in leases:
            assert seqs(world.told.of(lease.execution_id)) == list(range(1, 22))


class ClaimContract:
    async def test_the_most_urgent_comes_first_then_the_oldest(self, world: World) -> None:
        for name, priority in [("exe_1", 0), ("exe_2", 5), ("exe_3", 5), ("exe_4", -1)]:
            await accept(world, name, priority=priority)
        assert await claimed(world, limit=3) == ["exe_2", "exe_3", "exe_1"]
        assert await claimed(world) == ["exe_4"]

    async def test_an_execution_is_claimed_once(self, world: World) -> None:
        for n in range(20):
            await accept(world, f"exe_{n}")
        claims = await asyncio.gather(*(claimed(world, f"w{n}", limit=3) for n in range(10)))
        taken = [name for some in claims for name in some]
        assert len(taken) == len(set(taken)) == 20

    async def test_a_claim_of_none_takes_none(self, world: World) -> None:
        await accept(world)
        assert await claim(world, limit=0) == []
        assert await claim(world, limit=-1) == []

    async def test_a_claim_says_what_to_run(self, world: World) -> None:
        await accept(world)
        assert await claim(world, "w1") == [
            Claim(
                lease=Lease("exe_1", world.acme.tenant, "w1", epoch=1),
                definition_hash=HASH,
                mode=queued().mode,
                workflow_id=None,
                version_id=None,
                seq=1,
                takeover=False,
            )
        ]

    async def test_an_execution_accepted_for_a_worker_is_its_own_at_once(self, world: World) -> None:
        lease = await held(world, by="w1")
        assert await claimed(world, "w2") == []
        await world.database.journal.append(lease, [started()], expected_seq=1)

    async def test_an_abandoned_execution_is_taken_over_under_a_new_epoch(self, world: World) -> None:
        lease = await held(world, by="w1")
        await world.database.journal.append(lease, [started()], expected_seq=1)
        world.clock.forward(LEASE_US - 1)
        assert await claim(world, "w2") == []
        world.clock.forward(1)
        (taken,) = await claim(world, "w2")
        assert (taken.lease.epoch, taken.lease.worker, taken.seq, taken.takeover) == (2, "w2", 2, True)

    async def test_one_abandoned_before_it_started_is_not_taken_over_but_started(self, world: World) -> None:
        await held(world, by="w1")
        world.clock.forward(LEASE_US)
        (taken,) = await claim(world, "w2")
        assert (taken.lease.epoch, taken.takeover) == (2, False)

    async def test_a_renewed_lease_lasts(self, world: World) -> None:
        await held(world, "exe_1", by="w1")
        await held(world, "exe_2", by="w2")
        world.clock.forward(LEASE_US - 1)
        await world.database.journal.renew("w1", lease_us=LEASE_US)
        world.clock.forward(LEASE_US - 1)
        assert await claimed(world, "w3") == ["exe_2"]

    async def test_orphans_are_taken_at_once_and_own_work_is_left_alone(self, world: World) -> None:
        await held(world, "exe_1", by="dead")
        await held(world, "exe_2", by="w1")
        assert await claimed(world, "w1") == []
        assert await claimed(world, "w1", orphaned=True) == ["exe_1"]
        assert await claimed(world, "w1", orphaned=True) == []

    async def test_a_finished_execution_is_never_claimed(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [succeeded()], expected_seq=1)
        world.clock.forward(10 * LEASE_US)
        assert await claimed(world, "w2", orphaned=True) == []

    async def test_what_has_begun_goes_before_what_is_queued(self, world: World) -> None:
        await accept(world, "exe_1", priority=9)
        for name in ("exe_2", "exe_3"):
            lease = await held(world, name, by="dead")
            await world.database.journal.append(lease, [started()], expected_seq=1)
        await world.database.journal.park(lease, expected_seq=2, due_us=START_US + 5)
        world.clock.forward(LEASE_US)
        assert await claimed(world, "w1") == ["exe_2", "exe_3", "exe_1"]

    async def test_more_orphans_than_there_is_room_for_are_there_for_the_next_claim(self, world: World) -> None:
        for n in range(5):
            await held(world, f"exe_{n}", by="dead")
        assert await claimed(world, "w1", limit=2, orphaned=True) == ["exe_0", "exe_1"]
        assert await claimed(world, "w1") == ["exe_2", "exe_3", "exe_4"]

    async def test_of_many_that_are_due_the_longest_due_are_claimed(self, world: World) -> None:
        for n in range(1_050):
            lease = await held(world, f"exe_{n:04}")
            await world.database.journal.park(lease, expected_seq=1, due_us=START_US + 2_000 - n)
        world.clock.forward(2_000)
        taken = [await claimed(world, "w2", limit=400) for _ in range(3)]
        assert "exe_0000" not in taken[0], "it is the oldest, and the last to be due"
        assert len({one for some in taken for one in some}) == 1_050


class TakeContract:
    async def test_a_queued_or_parked_execution_is_taken_under_a_new_epoch(self, world: World) -> None:
        await accept(world, "exe_1")
        lease = await held(world, "exe_2")
        await world.database.journal.append(lease, [started()], expected_seq=1)
        await world.database.journal.park(lease, expected_seq=2, due_us=None)
        first = await world.acme.executions.take("exe_1", "w9", lease_us=LEASE_US)
        second = await world.acme.executions.take("exe_2", "w9", lease_us=LEASE_US)
        assert first is not None
        assert second is not None
        assert (first.lease.epoch, first.seq, first.takeover) == (1, 1, False)
        assert (second.lease.epoch, second.seq, second.takeover) == (2, 2, False)
        assert await status(world, "exe_2") is ExecutionStatus.RUNNING
        await world.database.journal.append(second.lease, [succeeded()], expected_seq=2)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [succeeded()], expected_seq=2)

    async def test_an_execution_is_taken_once(self, world: World) -> None:
        await accept(world)
        taken = await asyncio.gather(*(world.acme.executions.take("exe_1", f"w{n}") for n in range(5)))
        assert sum(one is not None for one in taken) == 1

    async def test_what_is_held_or_over_or_of_somebody_else_is_not_taken(self, world: World) -> None:
        lease = await held(world)
        assert await world.acme.executions.take("exe_1", "w1") is None
        assert await world.acme.executions.take("unknown", "w1") is None
        await world.database.journal.append(lease, [succeeded()], expected_seq=1)
        assert await world.acme.executions.take("exe_1", "w1") is None
        await accept(world, "exe_2")
        assert await world.globex.executions.take("exe_2", "w1") is None
        assert await claimed(world) == ["exe_2"]

    async def test_an_abandoned_execution_is_taken_over(self, world: World) -> None:
        lease = await held(world, by="dead")
        await world.database.journal.append(lease, [started()], expected_seq=1)
        world.clock.forward(LEASE_US)
        taken = await world.acme.executions.take("exe_1", "w2")
        assert taken is not None
        assert taken.takeover

    async def test_the_first_that_is_due_is_known(self, world: World) -> None:
        assert await world.database.journal.next_due() is None
        for name, due_us in [("exe_1", START_US + 50), ("exe_2", START_US + 30), ("exe_3", None)]:
            lease = await held(world, name)
            await world.database.journal.park(lease, expected_seq=1, due_us=due_us)
        assert await world.database.journal.next_due() == START_US + 30
        world.clock.forward(40)
        assert await claimed(world, "w2") == ["exe_2"]
        assert await world.database.journal.next_due() == START_US + 50


class CancelContract:
    CANCELED = ExecutionCanceled(at_us=START_US + 7, reason="enough", actor="USER:ada")

    async def cancel(self, world: World, name: str = "exe_1", *, worker: str = "w9") -> bool:
        return await world.acme.executions.cancel(name, self.CANCELED, worker=worker)

    async def test_a_queued_execution_is_over_and_never_claimed(self, world: World) -> None:
        await accept(world)
        assert await self.cancel(world)
        assert await claimed(world) == []
        record = await world.acme.executions.get("exe_1")
        assert record is not None
        assert (record.status, record.last_seq) == (ExecutionStatus.CANCELED, 2)
        assert (record.started_at_us, record.finished_at_us) == (None, START_US + 7)
        assert [one.event for one in world.told.of("exe_1")] == [queued(), self.CANCELED]
        assert await world.acme.executions.history("exe_1") == world.told.of("exe_1")

    async def test_a_parked_execution_is_over_and_never_due(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [started()], expected_seq=1)
        await world.database.journal.park(lease, expected_seq=2, due_us=START_US + 9)
        assert await self.cancel(world)
        world.clock.forward(100)
        assert await claimed(world, orphaned=True) == []
        assert await world.database.journal.next_due() is None

    async def test_it_is_canceled_once(self, world: World) -> None:
        await accept(world)
        assert sorted(await asyncio.gather(*(self.cancel(world) for _ in range(5)))) == [False] * 4 + [True]
        assert seqs(world.told.of("exe_1")) == [1, 2]

    async def test_what_another_worker_holds_is_left_alone(self, world: World) -> None:
        await held(world, by="w1")
        assert not await self.cancel(world, worker="w2")
        assert await status(world) is ExecutionStatus.QUEUED

    async def test_what_a_worker_holds_and_does_not_run_it_may_end_itself(self, world: World) -> None:
        lease = await held(world, by="w1")
        assert await self.cancel(world, worker="w1")
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [started()], expected_seq=1)

    async def test_what_a_dead_worker_holds_is_ended(self, world: World) -> None:
        lease = await held(world, by="dead")
        await world.database.journal.append(lease, [started()], expected_seq=1)
        world.clock.forward(LEASE_US)
        assert await self.cancel(world)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [succeeded()], expected_seq=2)
        assert await status(world) is ExecutionStatus.CANCELED

    async def test_an_end_is_not_overwritten_and_nobody_elses_execution_is_ended(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [succeeded()], expected_seq=1)
        assert not await self.cancel(world, worker="w1")
        assert await status(world) is ExecutionStatus.SUCCEEDED
        await accept(world, "exe_2")
        assert not await world.globex.executions.cancel("exe_2", self.CANCELED, worker="w1")
        assert not await self.cancel(world, "unknown")
        assert await status(world, "exe_2") is ExecutionStatus.QUEUED


class ParkContract:
    async def parked(self, world: World, *, due_us: int | None) -> Lease:
        lease = await held(world)
        await world.database.journal.append(lease, [started()], expected_seq=1)
        await world.database.journal.park(lease, expected_seq=2, due_us=due_us)
        return lease

    async def test_a_parked_execution_is_due_at_its_time_and_not_before(self, world: World) -> None:
        await self.parked(world, due_us=START_US + 60)
        assert await status(world) is ExecutionStatus.WAITING
        world.clock.forward(59)
        assert await claim(world, "w2") == []
        world.clock.forward(1)
        (taken,) = await claim(world, "w2")
        assert (taken.lease.epoch, taken.seq, taken.takeover) == (2, 2, False)
        assert await status(world) is ExecutionStatus.RUNNING

    async def test_one_that_waits_for_a_signal_is_never_due(self, world: World) -> None:
        await self.parked(world, due_us=None)
        world.clock.forward(1_000 * LEASE_US)
        assert await claimed(world, "w2", orphaned=True) == []

    async def test_who_has_let_go_cannot_append(self, world: World) -> None:
        lease = await self.parked(world, due_us=None)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [succeeded()], expected_seq=2)

    async def test_parking_is_fenced_by_the_log(self, world: World) -> None:
        lease = await held(world)
        with pytest.raises(Fenced):
            await world.database.journal.park(lease, expected_seq=2, due_us=None)
        await world.database.journal.append(lease, [started()], expected_seq=1)


class AcceptContract:
    async def test_the_same_key_answers_with_the_first_execution(self, world: World) -> None:
        first = await accept(world, "exe_1", idempotency_key="k", request_hash="r")
        again = await accept(world, "exe_2", idempotency_key="k", request_hash="r", lease_for="w1")
        assert (first.replayed, again.replayed) == (False, True)
        assert (again.execution, again.claim) == (first.execution, None)
        assert await world.acme.executions.get("exe_2") is None
        assert world.told.of("exe_2") == []

    async def test_a_key_used_twice_at_once_makes_one_execution(self, world: World) -> None:
        accepted = await asyncio.gather(
            *(accept(world, f"exe_{n}", idempotency_key="k", request_hash="r") for n in range(5))
        )
        assert {one.execution_id for one in accepted} == {"exe_0"}

    async def test_the_same_key_for_another_request_is_refused(self, world: World) -> None:
        await accept(world, "exe_1", idempotency_key="k", request_hash="r")
        with pytest.raises(IdempotencyMismatch):
            await accept(world, "exe_2", idempotency_key="k", request_hash="another")
        assert await world.acme.executions.get("exe_2") is None

    async def test_a_key_is_its_tenants_own(self, world: World) -> None:
        await accept(world, "exe_1", idempotency_key="k", request_hash="r")
        other = await world.globex.executions.accept(
            new_execution("exe_2", idempotency_key="k", request_hash="another")
        )
        assert not other.replayed

    async def test_a_definition_may_come_along(self, world: World) -> None:
        await accept(world, "exe_1")
        await accept(world, "exe_2")
        assert await world.acme.workflows.definition(HASH) == DOCUMENT
        assert await world.globex.workflows.definition(HASH) is None

    async def test_an_execution_of_an_unknown_definition_fails_alone(self, world: World) -> None:
        outcomes = await asyncio.gather(
            accept(world, "exe_1"),
            accept(world, "exe_2", definition_hash="unknown", definition=None),
            accept(world, "exe_3"),
            return_exceptions=True,
        )
        assert [isinstance(one, Accepted) for one in outcomes] == [True, False, True]
        assert await world.acme.executions.get("exe_2") is None
        assert await status(world, "exe_3") is ExecutionStatus.QUEUED


class ChildrenContract:
    async def test_what_events_start_is_there_when_they_are(self, world: World) -> None:
        lease = await held(world)
        child = new_execution("exe_2", parent="exe_1")
        await world.database.journal.append(lease, [started()], expected_seq=1, starts=[child])
        record = await world.acme.executions.get("exe_2")
        assert record is not None
        assert (record.status, record.parent) == (ExecutionStatus.QUEUED, "exe_1")
        assert await claimed(world) == ["exe_2"]

    async def test_who_has_lost_the_lease_starts_nothing(self, world: World) -> None:
        lease = await held(world)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [started()], expected_seq=7, starts=[new_execution("exe_2")])
        assert await world.acme.executions.get("exe_2") is None

    async def test_the_end_of_a_child_wakes_a_parked_parent(self, world: World) -> None:
        lease = await held(world)
        child = new_execution("exe_2", parent="exe_1")
        await world.database.journal.append(lease, [started()], expected_seq=1, starts=[child])
        await world.database.journal.park(lease, expected_seq=2, due_us=None, children=["exe_2"])
        [claim_of_child] = await claim(world)
        assert await claimed(world) == []
        await world.database.journal.append(claim_of_child.lease, [started(), succeeded()], expected_seq=1)
        assert await claimed(world) == ["exe_1"]

    async def test_a_child_that_ended_before_its_parent_was_parked_is_not_missed(self, world: World) -> None:
        lease = await held(world)
        child = new_execution("exe_2", parent="exe_1")
        await world.database.journal.append(lease, [started()], expected_seq=1, starts=[child])
        [claim_of_child] = await claim(world)
        await world.database.journal.append(claim_of_child.lease, [started(), succeeded()], expected_seq=1)
        await world.database.journal.park(lease, expected_seq=2, due_us=None, children=["exe_2"])
        assert await claimed(world) == ["exe_1"]


def failed(node: str, code: str = "BOOM", *, at_us: int = START_US, kind: str = "set") -> NodeFailed:
    return NodeFailed(at_us=at_us, node=node, run=0, error=Failure(code=code, message="boom"), node_type=kind)


class FailuresContract:
    async def test_failures_are_counted_by_node_type_and_code(self, world: World) -> None:
        lease = await held(world)
        events = [failed("a"), failed("a", "TIMEOUT"), failed("b", kind="code")]
        await world.database.journal.append(lease, events, expected_seq=1)
        statistics = await world.acme.failures.statistics()
        assert statistics.total == 3
        assert [(each.key, each.count) for each in statistics.by_node] == [("a", 2), ("b", 1)]
        assert [(each.key, each.count) for each in statistics.by_node_type] == [("set", 2), ("code", 1)]
        assert [(each.key, each.count) for each in statistics.by_code] == [("BOOM", 2), ("TIMEOUT", 1)]
        assert [(id, one.seq) for id, one in statistics.recent] == [("exe_1", 4), ("exe_1", 3), ("exe_1", 2)]

    async def test_an_append_that_is_refused_counts_nothing(self, world: World) -> None:
        lease = await held(world)
        with pytest.raises(Fenced):
            await world.database.journal.append(lease, [failed("a")], expected_seq=9)
        assert (await world.acme.failures.statistics()).total == 0

    async def test_failures_of_another_tenant_or_workflow_do_not_count(self, world: World) -> None:
        workflow = await a_workflow(world.acme)
        accepted = await accept(world, lease_for="w1", workflow_id=workflow.id)
        assert accepted.claim is not None
        await world.database.journal.append(accepted.claim.lease, [failed("a")], expected_seq=1)
        assert (await world.globex.failures.statistics()).total == 0
        assert (await world.globex.failures.statistics(workflow_id=workflow.id)).recent == []
        assert (await world.acme.failures.statistics(workflow_id="wf_other")).total == 0
        assert (await world.acme.failures.statistics(workflow_id=workflow.id)).total == 1

    async def test_what_was_before_is_not_counted_and_what_is_long_ago_is_forgotten(self, world: World) -> None:
        lease = await held(world)
        await world.database.journal.append(lease, [failed("old")], expected_seq=1)
        later_us = START_US + HOUR_US
        await world.database.journal.append(lease, [failed("new", at_us=later_us)], expected_seq=2)
        since = await world.acme.failures.statistics(since_us=later_us)
        assert (since.total, [one.event.node for _, one in since.recent]) == (1, ["new"])
        await world.database.journal.append(lease, [failed("newest", at_us=later_us + KEPT_US)], expected_seq=3)
        assert [each.key for each in (await world.acme.failures.statistics()).by_node] == ["new", "newest"]


class JournalContract(
    AppendContract,
    RowContract,
    PublicationContract,
    ClaimContract,
    ParkContract,
    AcceptContract,
    ChildrenContract,
    FailuresContract,
):
    """All of it."""
