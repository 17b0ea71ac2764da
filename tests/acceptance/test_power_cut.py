"""The power fails, at any moment of a real server's life: whatever was acknowledged or shown before is on the disk.

The server's own writes and syncs are traced; from them, disks are rebuilt as a power cut might leave them, with what
was not synced missing, or there in part.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.acceptance.disk import Disk
from tests.acceptance.server import Server, gather
from tests.acceptance.test_crash import CREATE
from tests.acceptance.trace import Say, Step, needs_strace, steps, traced, wait_until_written
from tests.acceptance.workflows import chain, set_field, trigger, wait

IMAGES = int(os.environ.get("HEDDLE_TEST_IMAGES", "2000"))
EXECUTIONS = 120
CHECKPOINT_EVERY = 64
"""Pages; 1000 in earnest. The write-ahead log then begins anew many times within one trace."""

EXECUTE = """
mutation ($id: ID!, $input: JSON) {
  executeWorkflow(input: { workflowId: $id, input: $input, waitMs: 5000 }) { ... on Execution { id status } }
}"""
ACCEPT = "mutation ($id: ID!) { executeWorkflow(input: { workflowId: $id }) { ... on Execution { id status } } }"
FOLLOW = """
subscription ($id: ID!) { executionEvents(executionId: $id) { execution { id } lastSeq isFinal } }"""
ANSWERED = re.compile(rb'\{"id":"(exe_\w+)","status":"(\w+)"\}')
SHOWN = re.compile(rb'\{"execution":\{"id":"(exe_\w+)"\},"lastSeq":(\d+)')
TALK = chain(
    trigger(),
    set_field("A", "a", "={{ $json.n }}"),
    wait("B", 0.01),
    set_field("C", "c", "={{ $json.n }}"),
    name="talk",
)
PARKED = chain(trigger(), wait("Long", 3600), name="parked")


@dataclass(slots=True)
class Told:
    """What clients know up to some point of the trace."""

    accepted: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    shown: dict[str, int] = field(default_factory=dict)

    def hear(self, said: bytes) -> None:
        for execution_id, status in ANSWERED.findall(said):
            self.accepted.add(execution_id.decode())
            if status == b"SUCCEEDED":
                self.finished.add(execution_id.decode())
        for execution_id, seq in SHOWN.findall(said):
            self.shown[execution_id.decode()] = int(seq)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory, where the system has one: thousands of disks are written there."""
    folder = tempfile.mkdtemp(prefix="heddle-disks-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    yield Path(folder)
    shutil.rmtree(folder)


async def trace_of(folder: Path, load: Callable[[Server], Awaitable[None]], *changes: str) -> list[Step]:
    """A server's life under load, to its sudden end: everything that it wrote, synced and said."""
    data, log = folder / "data", folder / "trace"
    planted = (sys.executable, "-m", "tests.acceptance.planted", f"wal_autocheckpoint={CHECKPOINT_EVERY}", *changes)
    server = Server(data, command=(*traced(log), *planted))
    try:
        server.start()
        assert server.process is not None
        await load(server)
        server.kill()
        wait_until_written(log, server.process.pid)
    finally:
        server.close()
    return list(steps(log, data))


async def accept(server: Server) -> None:
    """Submissions alone."""
    async with httpx.AsyncClient(timeout=60) as client:
        parked = (await server.ask(CREATE, client=client, definition=PARKED))["createWorkflow"]["id"]
        await gather(*(server.ask(ACCEPT, client=client, id=parked) for _ in range(24)), at_once=4)


async def talk(server: Server) -> None:
    """Submissions, executions to their end, and subscriptions."""
    async with httpx.AsyncClient(timeout=60) as client:
        talking = (await server.ask(CREATE, client=client, definition=TALK))["createWorkflow"]["id"]
        parked = (await server.ask(CREATE, client=client, definition=PARKED))["createWorkflow"]["id"]

        async def one(n: int) -> None:
            if n % 6 == 0:
                started = await server.ask(ACCEPT, client=client, id=parked)
            elif n % 6 == 1:
                started = await server.ask(ACCEPT, client=client, id=talking)
                execution_id = started["executeWorkflow"]["id"]
                assert [1 async for _ in server.subscribe(FOLLOW, id=execution_id)]
            else:
                started = await server.ask(EXECUTE, client=client, id=talking, input={"n": "x" * 50 * (n % 40)})
            assert started["executeWorkflow"]["status"] in ("QUEUED", "SUCCEEDED"), started

        await gather(*(one(n) for n in range(EXECUTIONS)), at_once=4)


def cuts(trace: Sequence[Step], folder: Path, images: int) -> Iterator[tuple[Told, dict[str, bytes]]]:
    """Disks: right after each time that a client was told something, and from moments spread evenly between."""
    disk, told, chance = Disk(folder / "data"), Told(), random.Random(0)
    tells = [place for place, step in enumerate(trace) if step.begins and says_something(step)]
    spread = max(0, images - len(tells))
    evenly = (tells[0] + n * (len(trace) - tells[0]) // spread for n in range(spread))
    wanted = Counter([*tells, *evenly])
    for place, step in enumerate(trace):
        if not isinstance(step.deed, Say):
            disk.feed(step)
        elif step.begins:
            told.hear(step.deed.data)
        for _ in range(wanted[place]):
            yield told, disk.image(chance)


def says_something(step: Step) -> bool:
    return isinstance(step.deed, Say) and b"exe_" in step.deed.data


def lost(told: Told, image: dict[str, bytes], folder: Path) -> list[str]:
    """What a client knows and this disk does not; or what is wrong with the database on it."""
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.items():
        (folder / name).write_bytes(content)
    try:
        with closing(sqlite3.connect(folder / "heddle.sqlite3")) as db:
            return missing(told, db)
    except sqlite3.Error as error:
        return [f"the database cannot be read: {error}"]


def missing(told: Told, db: sqlite3.Connection) -> list[str]:
    check = db.execute("PRAGMA quick_check").fetchone()[0]
    wrong = [] if check == "ok" else [f"the database is damaged: {check}"]
    rows = {
        id: (last_seq, status) for id, last_seq, status in db.execute("SELECT id, last_seq, status FROM executions")
    }
    logs = {
        id: (least, most, count)
        for id, least, most, count in db.execute(
            "SELECT execution_id, min(seq), max(seq), count(*) FROM execution_events GROUP BY execution_id"
        )
    }
    wrong += [
        f"{id} has {last_seq} events, and its log {logs.get(id)}"
        for id, (last_seq, _) in rows.items()
        if logs.get(id) != (1, last_seq, last_seq)
    ]
    wrong += [f"{id} was acknowledged" for id in told.accepted - rows.keys()]
    wrong += [f"{id} was answered as finished" for id in told.finished if rows.get(id, (0, ""))[1] != "SUCCEEDED"]
    wrong += [f"event {seq} of {id} was shown" for id, seq in told.shown.items() if rows.get(id, (0, ""))[0] < seq]
    return wrong


async def test_whatever_was_acknowledged_survives_a_power_cut(
    tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_strace()
    began = time.monotonic()
    trace = await trace_of(tmp_path / "full", talk)
    traced_s = time.monotonic() - began
    found: dict[str, list[str]] = {}
    disks = 0
    for told, image in cuts(trace, tmp_path / "full", IMAGES):
        disks += 1
        if wrong := lost(told, image, memory):
            found[f"disk {disks}"] = wrong[:3]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{disks} disks from {len(trace)} steps, {len(told.accepted)} acknowledged, {len(told.shown)} followed: "
            f"traced in {traced_s:.1f} s, {time.monotonic() - began:.1f} s in all\n"
        )
    assert disks >= IMAGES
    assert len(told.accepted) > 0.95 * EXECUTIONS, "the trace has what clients were told"
    assert not found, dict(list(found.items())[:5])


@pytest.mark.parametrize("bug", ["synchronous=NORMAL", "bug=early acknowledgement"])
async def test_a_planted_bug_is_caught(tmp_path: Path, memory: Path, bug: str) -> None:
    """One does not sync before it acknowledges; the other acknowledges before it commits."""
    needs_strace()
    trace = await trace_of(tmp_path / "planted", accept, bug)
    disks = [bool(lost(told, image, memory)) for told, image in cuts(trace, tmp_path / "planted", 200)]
    assert any(disks), "some of these disks have lost something that was acknowledged"
    sys.stdout.write(f"{sum(disks)} of {len(disks)} disks have lost something\n")
