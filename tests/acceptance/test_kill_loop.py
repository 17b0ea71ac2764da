"""300 times kill -9, at any moment, under load: an oracle outside finds nothing lost and nothing done twice."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.acceptance.clients import Clients
from tests.acceptance.effects import effect_server
from tests.acceptance.lives import Lives
from tests.acceptance.oracle import Oracle
from tests.acceptance.workflows import act, chain, code, set_field, trigger, wait

KILLS = int(os.environ.get("HEDDLE_TEST_KILLS", "300"))
LOOPS = 2
"""Servers that are killed beside each other, so that two cores are busy; the kills are shared out."""
CLIENTS = 12
END_WITHIN_S = 60
RETRY = {"retry": {"maxAttempts": 50, "initialDelayMs": 5}}
ACTING = frozenset({"Again", "After", "Give up", "Or fail"})


def workflows(url: str) -> list[dict[str, Any]]:
    """Pure nodes and a script; effects that are tried again; effects that are not; waits, held and parked."""
    return [
        chain(
            trigger(),
            set_field("Mark", "mark", "={{ $json.key }}!"),
            code("Script", "return $input.all().map(item => ({json: {...item.json, length: item.json.mark.length}}));"),
            set_field("Last", "last", "={{ $json.length }}", "number"),
            name="pure",
        ),
        chain(
            trigger(),
            set_field("Mark", "mark", "={{ $json.key }}"),
            act("Again", url, recovery=RETRY),
            set_field("Between", "between", "x"),
            act("After", url, recovery=RETRY),
            name="acting",
        ),
        chain(
            trigger(),
            act("Give up", url, recovery={"then": "SKIP"}),
            wait("Held", 0.2),
            act("Or fail", url),
            set_field("Last", "last", "x"),
            name="acting once",
        ),
        chain(
            trigger(),
            wait("Parked", 1.2),
            act("Again", url, recovery=RETRY),
            wait("Held", 0.3),
            set_field("Last", "last", "x"),
            name="waiting",
        ),
    ]


async def kill_again_and_again(lives: Lives, kills: int, chance: random.Random) -> None:
    """Most lives are short, some begin to get work done, and some end before they were ready."""
    for _ in range(kills):
        if chance.random() < 0.1:
            await asyncio.sleep(chance.uniform(0, 0.25))
        else:
            await lives.ready()
            await asyncio.sleep(chance.choice((chance.uniform(0, 0.12), chance.uniform(0.05, 0.4))))
        await lives.kill()
        await lives.spawn()
    await lives.ready()


@pytest.mark.parametrize("loop", range(LOOPS))
async def test_three_hundred_kills_lose_nothing_and_do_nothing_twice(
    tmp_path: Path, loop: int, capsys: pytest.CaptureFixture[str]
) -> None:
    kills, chance, oracle, began = KILLS // LOOPS, random.Random(loop), Oracle(), time.monotonic()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(effect_server(oracle))
        lives = await stack.enter_async_context(
            Lives(tmp_path / "data", {"HEDDLE_EGRESS_ALLOWED": '["127.0.0.0/8"]', "HEDDLE_LOG_LEVEL": "warning"})
        )
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        clients = Clients(lives, oracle, http, chance)
        await lives.spawn()
        await lives.ready()
        scripted, *others = [await clients.create(definition) for definition in workflows(url)]
        # Scripts are few: each life that meets one starts another process for it.
        turns = [scripted, *others, *others, *others]
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(clients.work(turns)) for _ in range(CLIENTS)]
            await kill_again_and_again(lives, kills, chance)
            killed_s = time.monotonic() - began
            clients.over.set()
            _, unfinished = await asyncio.wait(working, timeout=END_WITHIN_S)
            for task in unfinished:
                task.cancel()
        await lives.stop()
    database = lives.data_dir / "heddle.sqlite3"
    wrong = oracle.judge(database, acting=ACTING)
    with capsys.disabled():
        tell(oracle, lives, kills, killed_s, time.monotonic() - began)
    assert not wrong, "\n".join(wrong[:20]) + "\n" + lives.log.read_text()[-4000:]
    assert len(oracle.acknowledged) > kills / 4, "something got done between the kills"
    assert any(len(times) > 1 for times in oracle.effects.values()) or kills < 50, "some kills hit an effect under way"


def tell(oracle: Oracle, lives: Lives, kills: int, killed_s: float, all_s: float) -> None:
    repeated = sum(len(times) > 1 for times in oracle.effects.values())
    sys.stdout.write(
        f"\n{kills} kills in {killed_s:.1f} s ({killed_s / kills:.2f} s each, ready after "
        f"{statistics.median(lives.births_s):.2f} s), {all_s:.1f} s in all; {len(oracle.ended)} executions, "
        f"{sum(map(len, oracle.seen.values()))} events seen, {len(oracle.effects)} effects, {repeated} repeated\n"
    )
