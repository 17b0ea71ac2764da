"""Workers belong to one tenant each; their number, their age and their line of waiters are kept."""

from __future__ import annotations

import asyncio

from engine.expressions.limits import Limits, PoolSize
from engine.expressions.lockdown import Isolation
from engine.expressions.pool import Pool
from engine.expressions.spawn import EXPRESSIONS, Kind
from tests.engine.expressions.conftest import UNGUARDED, until

KIND = Kind(EXPRESSIONS.name, EXPRESSIONS.flags, UNGUARDED)


def pool(**size: float) -> Pool:
    return Pool(KIND, Limits(), PoolSize(**{"most": 2, "spare": 0, **size}))  # type: ignore[arg-type]


async def pid(workers: Pool, tenant: str) -> int:
    async with workers.lease(tenant) as worker:
        return worker.pid


async def test_a_tenant_keeps_its_worker_and_shares_it_with_nobody() -> None:
    workers = pool()
    ada, bob = await pid(workers, "ada"), await pid(workers, "bob")
    assert ada != bob
    assert (await pid(workers, "ada"), await pid(workers, "bob")) == (ada, bob)
    await workers.close()


async def test_above_the_most_the_one_served_longest_ago_goes() -> None:
    workers = pool()
    ada, bob = await pid(workers, "ada"), await pid(workers, "bob")
    assert await pid(workers, "ada") == ada
    await pid(workers, "cyd")
    assert await pid(workers, "ada") == ada
    assert await pid(workers, "bob") != bob
    await workers.close()


async def test_a_worker_at_work_is_not_taken_away() -> None:
    workers = pool(most=1)
    order: list[str] = []

    async def work(tenant: str, until: asyncio.Event) -> None:
        async with workers.lease(tenant):
            order.append(tenant)
            await until.wait()

    first, rest = asyncio.Event(), asyncio.Event()
    rest.set()
    ada = asyncio.create_task(work("ada", first))
    await until(lambda: bool(order))
    bob = asyncio.create_task(work("bob", rest))
    for _ in range(20):
        await asyncio.sleep(0)
    assert order == ["ada"]
    first.set()
    await asyncio.gather(ada, bob)
    assert order == ["ada", "bob"]
    await workers.close()


async def test_a_waiter_that_gives_up_does_not_keep_the_next_one_waiting() -> None:
    workers = pool(most=1)
    async with workers.lease("ada"):
        bob = asyncio.create_task(pid(workers, "bob"))
        cyd = asyncio.create_task(pid(workers, "cyd"))
        for _ in range(20):
            await asyncio.sleep(0)
        bob.cancel()
    assert await cyd
    await workers.close()


async def test_requests_of_a_tenant_are_served_in_line() -> None:
    workers = pool()
    order: list[int] = []

    async def work(number: int) -> None:
        async with workers.lease("ada"):
            order.append(number)
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(work(number) for number in range(5)))
    assert order == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    await workers.close()


async def test_a_spare_is_ready_before_anybody_asks_and_replaced_when_taken() -> None:
    workers = pool(spare=1)
    isolation = await workers.start()
    assert isinstance(isolation, Isolation)
    ready = workers._spares[0].pid
    assert await pid(workers, "ada") == ready
    await until(lambda: bool(workers._spares))
    assert workers._spares[0].pid != ready
    await workers.close()


async def test_an_idle_worker_goes_after_a_while() -> None:
    workers = pool(idle_s=0.02)
    await workers.start()
    ada = await pid(workers, "ada")
    await until(lambda: "ada" not in workers._seats)
    assert await pid(workers, "ada") != ada
    await workers.close()


async def test_a_body_that_fails_takes_the_worker_along() -> None:
    workers = pool()
    ada = await pid(workers, "ada")
    try:
        async with workers.lease("ada"):
            raise LookupError
    except LookupError:
        pass
    assert await pid(workers, "ada") != ada
    await workers.close()
