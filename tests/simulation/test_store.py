"""The store of the simulation keeps the journal's contract, sound or failing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import cast

import pytest

from engine.store.database import Database
from tests.engine.store.journal_contract import JournalContract
from tests.engine.store.world import CountingIds, ManualClock, Told, World
from tests.simulation.disk import Disk, Faults, empty_image
from tests.simulation.store import SimDatabase


@pytest.fixture(scope="session")
def image() -> bytes:
    return empty_image()


class TestContract(JournalContract):
    # It saves a workflow, which is Tortoise's work, and has no part in running one.
    test_failures_of_another_tenant_or_workflow_do_not_count = None  # type: ignore[assignment]

    @pytest.fixture
    async def world(self, image: bytes) -> AsyncIterator[World]:
        clock, ids, told = ManualClock(), CountingIds(), Told()
        disk = Disk(image, random=Random(0))
        for tenant in ("acme", "globex"):
            disk.add_tenant(tenant)
        database = SimDatabase(disk, clock=clock, ids=ids, on_commit=told, faults=Faults())
        database.journal.start()
        yield World(cast(Database, database), clock, ids, told, database.tenant("acme"), database.tenant("globex"))
        await database.journal.close()
        disk.close()
