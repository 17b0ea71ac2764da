"""Every recorded workflow through the real engine and sandbox: equal to n8n, or on a list that says why not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from rich.console import Console
from rich.table import Table

from engine.kernel.events import ExecutionMode
from engine.runtime import lifecycle
from engine.runtime.engine import Engine, EngineSettings
from engine.runtime.lifecycle import NewWorkflow, Saved
from engine.runtime.rundata import refused as refusal
from engine.runtime.rundata import run_data
from engine.runtime.submission import Invalid, Start, Submitted
from tests.conformance.corpus import Case, cases, refused, still_open
from tests.conformance.judge import differences

AT_ONCE = 16


async def outcome(engine: Engine, tenant: str, case: Case) -> dict[str, object]:
    """What we do with the case, in the shape of its `expect`."""
    store = engine.store(tenant)
    for document in case.sub_workflows:
        saved = await lifecycle.create(engine, store, NewWorkflow(document, publish=True), actor="SYSTEM:test")
        assert isinstance(saved, Saved), saved
    mode = ExecutionMode.TEST if case.mode == "manual" else ExecutionMode.MANUAL
    answer = await engine.submit(store, Start(document=case.workflow, mode=mode), actor="SYSTEM:test")
    if isinstance(answer, Invalid):
        return refusal(answer.report, case.workflow)
    assert isinstance(answer, Submitted), answer
    record = await engine.finished(store, answer.execution.id, timeout_ms=20_000)
    return run_data(await engine.history(store, record))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, list[str]]]:
    """Case id -> differences, for the whole corpus."""
    folder = tmp_path_factory.mktemp("conformance")
    gate = asyncio.Semaphore(AT_ONCE)
    found: dict[str, list[str]] = {}
    async with Engine(EngineSettings(f"sqlite:///{folder}/test.sqlite3")) as engine:
        tenant = (await engine.access.create_tenant("conformance")).id

        async def judge(case: Case) -> None:
            async with gate:
                try:
                    async with asyncio.timeout(20):
                        found[case.id] = differences(await outcome(engine, tenant, case), case.expect)
                except TimeoutError:
                    found[case.id] = ["it did not end within 20 seconds"]

        await asyncio.gather(*(judge(case) for case in cases()))
    yield found


def report(judged: dict[str, list[str]], known: frozenset[str]) -> Counter[str]:
    """Print the table by area; answers the percentage of equal cases by area, and under "all"."""
    table = Table("area", "cases", "equal", "%", "refused knowingly", title="Conformance with n8n 2.8.4")
    percent: Counter[str] = Counter()
    areas = sorted({case.area for case in cases()})
    for area in [*areas, "all"]:
        ids = [case.id for case in cases() if area in (case.area, "all")]
        equal = sum(not judged[each] for each in ids)
        percent[area] = round(100 * equal / len(ids))
        table.add_row(area, str(len(ids)), str(equal), str(percent[area]), str(len(known.intersection(ids))))
    Console(width=100).print(table)
    return percent


@pytest.mark.asyncio(loop_scope="module")
async def test_every_case_is_equal_or_known_to_differ(judged: dict[str, list[str]]) -> None:
    percent = report(judged, refused())
    different = {each for each, found in judged.items() if found}
    known = refused() | still_open()
    surprises = {each: judged[each][:3] for each in sorted(different - known)}
    assert not surprises, f"{len(surprises)} cases differ from n8n: " + "\n".join(map(str, surprises.items()))
    assert not known - different, f"now equal, so take them off the list: {sorted(known - different)}"
    assert percent["all"] >= 70
    assert min(percent[area] for area in ("engine-order", "engine-graph", "node-set", "node-if")) >= 90
