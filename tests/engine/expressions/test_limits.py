"""What goes on for ever, takes all memory or dies is ended, blamed, and forgotten by the next request."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.expressions.sandbox import V8Sandbox
from engine.ports import SandboxUnavailable, Script
from plugins.errors import Failure
from plugins.items import Item
from plugins.values import UNDEFINED
from tests.engine.expressions.conftest import batch, is_alive, until, world

ENDLESS = "(() => { for (;;); })()"
HANGS = {
    "a loop": ENDLESS,
    "a regex": "/^(a+)+$/.test('a'.repeat(40) + '!')",
    "a getter on the result": "({ get a() { for (;;); } })",
    "a proxy trap": "new Proxy({}, { ownKeys() { for (;;); } })",
    "toJSON": "({ get toJSON() { for (;;); } })",
    "a sparse sort": "(() => { const a = []; a[2 ** 32 - 2] = 1; for (;;) a.sort(); })()",
    "a promise loop": "(() => { (async () => { for (;;) await 0; })(); return 1; })()",
    "a large fill": "new Array(2 ** 32 - 1).fill(0)",
    "a large integer": "(() => { let n = 3n; for (;;) n *= n; })()",
}
SWELLS = {
    "arrays": "(() => { const a = []; for (;;) a.push(new Array(1e6).fill(0)); })()",
    "strings": "(() => { const a = []; for (let i = 0; ; i++) a.push(('x' + i).repeat(1e6).toUpperCase()); })()",
    "objects": "(() => { const a = []; for (;;) a.push({ a: { b: {} } }); })()",
    "maps": "(() => { const m = new Map(); for (let i = 0; ; i++) m.set(i, { i }); })()",
}
REFUSED = {
    "typed arrays": "(() => { const a = []; for (;;) a.push(new Uint8Array(1e8).fill(1)); })()",
    "one long string": "(() => { let s = 'x'; for (;;) s += s; })()",
    "deep nesting": "(() => { let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a; })()",
}


def codes(rows: Sequence[Sequence[Any]]) -> set[str | None]:
    return {cell.code if isinstance(cell, Failure) else None for row in rows for cell in row}


async def still_works(sandbox: V8Sandbox) -> bool:
    return await sandbox.evaluate(batch("1 + 1")) == [[2]]


@pytest.mark.parametrize("attack", HANGS.values(), ids=HANGS.keys())
async def test_what_never_ends_is_ended(unguarded: V8Sandbox, attack: str) -> None:
    rows = await unguarded.evaluate(batch(attack, "2", count=2))
    assert codes(rows) in ({"EXPRESSION_TIMEOUT"}, {"EXPRESSION_MEMORY"})
    assert await still_works(unguarded)


@pytest.mark.parametrize("attack", SWELLS.values(), ids=SWELLS.keys())
async def test_what_takes_all_memory_is_ended(small: V8Sandbox, attack: str) -> None:
    assert codes(await small.evaluate(batch(attack, "2"))) == {"EXPRESSION_MEMORY"}
    assert await still_works(small)


@pytest.mark.parametrize("attack", REFUSED.values(), ids=REFUSED.keys())
async def test_what_v8_refuses_harms_nobody(small: V8Sandbox, attack: str) -> None:
    rows = await small.evaluate(batch(attack))
    assert rows == [[UNDEFINED]] or codes(rows) <= {"EXPRESSION_MEMORY", "EXPRESSION_ERROR"}
    assert await still_works(small)


async def test_a_result_larger_than_a_cell_may_be_fails_alone(unguarded: V8Sandbox) -> None:
    rows = await unguarded.evaluate(batch("$itemIndex ? 'x'.repeat(2000000) : 1", count=2))
    assert rows[0][0] == 1
    assert codes([rows[0][1:]]) == {"EXPRESSION_ERROR"}


async def test_a_result_larger_than_a_reply_may_be_is_refused(unguarded: V8Sandbox) -> None:
    assert codes(await unguarded.evaluate(batch("'x'.repeat(900000)", count=6))) == {"EXPRESSION_ERROR"}
    assert await still_works(unguarded)


async def test_data_larger_than_a_request_may_be_is_refused(unguarded: V8Sandbox) -> None:
    assert codes(await unguarded.evaluate(batch("1", items=[{"x": "x" * 9_000_000}]))) == {"EXPRESSION_MEMORY"}


async def test_data_without_a_json_form_is_refused(unguarded: V8Sandbox) -> None:
    assert codes(await unguarded.evaluate(batch("1", items=[{"x": object()}]))) == {"EXPRESSION_ERROR"}


# ------------------------------------------------------------------------------------------------ scripts


@pytest.mark.parametrize("code", ["for (;;);", "for (;;) await 0;", "await new Promise(() => {})"])
async def test_a_script_that_never_ends_is_ended(unguarded: V8Sandbox, code: str) -> None:
    result = await unguarded.run(Script("ada", code, False, world([Item(json={})])))
    assert isinstance(result, Failure)
    assert (result.code, result.message) == ("EXPRESSION_TIMEOUT", "The script of this node took too long")


async def test_a_loop_left_behind_is_not_the_next_scripts_fault(unguarded: V8Sandbox) -> None:
    def script(code: str) -> Script:
        return Script("ada", code, False, world([Item(json={})]))

    left = await unguarded.run(script("(async () => { for (let i = 0; ; i++) await i; })(); return []"))
    assert not isinstance(left, Failure) or left.code == "EXPRESSION_TIMEOUT"
    assert not isinstance(await unguarded.run(script("return []")), Failure)


# ------------------------------------------------------------------------------------------------ death


def worker_of(sandbox: V8Sandbox, tenant: str = "ada") -> int | None:
    worker = sandbox._expressions._seats[tenant].worker
    return None if worker is None else worker.pid


async def working(sandbox: V8Sandbox, *, after: int | None = None) -> int:
    """The process that is at work for the tenant, once there is one (other than `after`)."""
    seats = sandbox._expressions._seats
    await until(lambda: worker_of(sandbox) not in (None, after) and seats["ada"].lock.locked())
    pid = worker_of(sandbox)
    assert pid is not None
    return pid


async def test_a_worker_killed_between_requests_is_replaced_unseen(unguarded: V8Sandbox) -> None:
    await still_works(unguarded)
    for _ in range(3):
        pid = worker_of(unguarded)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert await still_works(unguarded)


async def test_a_worker_killed_while_it_works_is_replaced_unseen(unguarded: V8Sandbox) -> None:
    await still_works(unguarded)
    busy = "(() => { const end = Date.now() + 300; while (Date.now() < end); return 1; })()"
    running = asyncio.create_task(unguarded.evaluate(batch(busy)))
    os.kill(await working(unguarded), signal.SIGKILL)
    assert await running == [[1]]


async def test_a_request_that_kills_every_worker_is_unavailable(unguarded: V8Sandbox) -> None:
    await still_works(unguarded)
    running = asyncio.create_task(unguarded.evaluate(batch(ENDLESS)))
    first = await working(unguarded)
    os.kill(first, signal.SIGSEGV)
    os.kill(await working(unguarded, after=first), signal.SIGSEGV)
    with pytest.raises(SandboxUnavailable, match="SIGSEGV"):
        await running
    assert await still_works(unguarded)


async def test_a_request_that_is_cancelled_takes_its_worker_along(unguarded: V8Sandbox) -> None:
    await still_works(unguarded)
    running = asyncio.create_task(unguarded.evaluate(batch(ENDLESS)))
    pid = await working(unguarded)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_alive(pid)
    assert await still_works(unguarded)


async def test_no_worker_outlives_the_sandbox(unguarded: V8Sandbox) -> None:
    await still_works(unguarded)
    pid = worker_of(unguarded)
    await unguarded.close()
    assert not is_alive(pid)
    with pytest.raises(SandboxUnavailable):
        await unguarded.evaluate(batch("1"))


SERVER = """
import asyncio, sys
sys.path.insert(0, {root!r})
from engine.expressions.sandbox import V8Sandbox
from tests.engine.expressions.conftest import UNGUARDED, batch
async def main():
    async with V8Sandbox(bundle=UNGUARDED) as sandbox:
        await sandbox.evaluate(batch("1"))
        print(sandbox._expressions._seats["ada"].worker.pid, flush=True)
        await sandbox.evaluate(batch({endless!r}))
asyncio.run(main())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a worker is told of its server's death on Linux only")
async def test_an_endless_script_does_not_outlive_a_server_that_was_killed() -> None:
    program = SERVER.format(root=str(Path(__file__).parents[3]), endless=ENDLESS)
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    worker = int(await server.stdout.readline())
    assert is_alive(worker)
    server.kill()
    await server.wait()
    await until(lambda: not is_alive(worker))
