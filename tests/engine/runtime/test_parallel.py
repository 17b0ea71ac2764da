"""Order "parallel" in the engine, seen by the other side of HTTP requests; and attempts that are stopped there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from engine.egress.addresses import EgressPolicy
from engine.kernel.events import ExecutionCanceled
from engine.store.records import ExecutionStatus
from tests.engine.runtime.documents import Bench, Document, add, bench_in, flow, manual, node, stop, wait

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


class OtherSide:
    """Answers when so many requests are open at once; until then it lets them wait."""

    def __init__(self, answers_at: int) -> None:
        self._answers_at = answers_at
        self._enough = asyncio.Event()
        self.open = 0
        self.most = 0
        self.came = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.open += 1
        self.most = max(self.most, self.open)
        self.came.set()
        if self.open >= self._answers_at:
            self._enough.set()
        gone = asyncio.ensure_future(reader.read())
        enough = asyncio.ensure_future(self._enough.wait())
        await asyncio.wait([gone, enough], return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            self.hung_up.set()
        else:
            writer.write(ANSWER)
            await writer.drain()
        for each in (gone, enough):
            each.cancel()
        self.open -= 1
        if not self.open:
            self._enough.clear()
        writer.close()


@asynccontextmanager
async def other_side(answers_at: int) -> AsyncIterator[OtherSide]:
    side = OtherSide(answers_at)
    server = await asyncio.start_server(side.serve, "127.0.0.1", 0)
    side.port = server.sockets[0].getsockname()[1]
    async with server:
        yield side


@asynccontextmanager
async def bench_with_network(folder: Path) -> AsyncIterator[Bench]:
    async with bench_in(folder, egress=EgressPolicy.of(["127.0.0.0/8"])) as bench:
        yield bench


def request(name: str, port: int) -> Document:
    return node(name, "httpRequest", 4.2, url=f"http://127.0.0.1:{port}/{name}", options={})


def fan(port: int, width: int, **settings: Any) -> Document:
    """T, so many requests beside one another, and after each a node of its own."""
    document = flow(manual(), executionOrder="parallel", **settings)
    targets = []
    for n in range(width):
        ask, after = request(f"h{n}", port), add(f"a{n}")
        document["nodes"] += [ask | {"position": [200, 100 * n]}, after | {"position": [400, 100 * n]}]
        document["connections"][f"h{n}"] = {"main": [[{"node": f"a{n}", "type": "main", "index": 0}]]}
        targets.append({"node": f"h{n}", "type": "main", "index": 0})
    document["connections"]["T"] = {"main": [targets]}
    return document


async def test_branches_run_at_once(tmp_path: Path) -> None:
    async with other_side(answers_at=5) as side, bench_with_network(tmp_path) as bench:
        record, history = await bench.run(fan(side.port, 5))
    assert record.status is ExecutionStatus.SUCCEEDED
    assert side.most == 5
    assert len(history.runs) == 11
    assert [item.json for item in history.output() or ()] == [{"a4": "a4"}], "the last node is that of v1"


async def test_no_more_at_once_than_the_workflow_allows(tmp_path: Path) -> None:
    async with other_side(answers_at=2) as side, bench_with_network(tmp_path) as bench:
        record, _ = await bench.run(fan(side.port, 6, maxParallelNodes=2))
    assert record.status is ExecutionStatus.SUCCEEDED
    assert side.most == 2


async def test_a_cancellation_hangs_up(tmp_path: Path) -> None:
    async with other_side(answers_at=99) as side, bench_with_network(tmp_path) as bench:
        begun = await bench.begin(fan(side.port, 1))
        await side.came.wait()
        async with asyncio.timeout(2):
            record = await bench.engine.cancel(bench.store, begun.id, reason=None, actor="USER:ada")
            await side.hung_up.wait()
        assert record.status is ExecutionStatus.CANCELED
        assert isinstance((await bench.events(begun))[-1], ExecutionCanceled)


async def test_a_branch_that_fails_for_good_stops_the_others(tmp_path: Path) -> None:
    async with other_side(answers_at=99) as side, bench_with_network(tmp_path) as bench:
        document = fan(side.port, 2)
        document["nodes"][3] |= wait("h1", seconds=0.3)
        document["nodes"][4] |= stop("a1")
        record, _ = await bench.run(document)
        async with asyncio.timeout(2):
            await side.hung_up.wait()
    assert (record.status, record.error_node) == (ExecutionStatus.FAILED, "a1")
