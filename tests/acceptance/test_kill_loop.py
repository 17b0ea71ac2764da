"""300 times kill -9, at any moment, under load: an oracle outside finds nothing lost and nothing done twice."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
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
ONCE_ONLY = frozenset({"Give up", "Or fail"})
ACTING = frozenset({"Again", "After"}) | ONCE_ONLY


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


@dataclass(frozen=True, slots=True)
class Killed:
    """A server's many lives, as they are known outside."""

    oracle: Oracle
    wrong: list[str]
    log: str
    births_s: list[float]
    killed_s: float
    all_s: float


async def killed(folder: Path, kills: int, chance: random.Random, *changes: str) -> Killed:
    """Kill a server so many times under load; then let every client finish what it began, and stop the server."""
    oracle, began = Oracle(), time.monotonic()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(effect_server(oracle))
        environment = {"HEDDLE_EGRESS_ALLOWED": '["127.0.0.0/8"]', "HEDDLE_LOG_LEVEL": "warning"}
        lives = await stack.enter_async_context(Lives(folder, environment, changes))
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
    wrong = oracle.judge(folder / "heddle.sqlite3", acting=ACTING, once_only=ONCE_ONLY)
    return Killed(oracle, wrong, lives.log.read_text()[-4000:], lives.births_s, killed_s, time.monotonic() - began)


@pytest.mark.parametrize("loop", range(LOOPS))
async def test_three_hundred_kills_lose_nothing_and_do_nothing_twice(
    tmp_path: Path, loop: int, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = KILLS // LOOPS
    found = await killed(tmp_path / "data", kills, random.Random(loop))
    with capsys.disabled():
        tell(found, kills)
    assert not found.wrong, "\n".join(found.wrong[:20]) + "\n" + found.log
    assert len(found.oracle.acknowledged) > kills / 4, "something got done between the kills"
    some_twice = any(len(times) > 1 for times in found.oracle.effects.values())
    assert some_twice or kills < 50, "some kills hit an effect under way"


@pytest.mark.parametrize("bug", ["external before commit", "an external attempt is silently made again"])
async def test_a_planted_bug_is_caught(tmp_path: Path, bug: str) -> None:
    found = await killed(tmp_path / "data", 14, random.Random(0), f"bug={bug}")
    assert found.wrong


def tell(found: Killed, kills: int) -> None:
    oracle = found.oracle
    repeated = sum(len(times) > 1 for times in oracle.effects.values())
    sys.stdout.write(
        f"\n{kills} kills in {found.killed_s:.1f} s ({found.killed_s / kills:.2f} s each, ready after "
        f"{statistics.median(found.births_s):.2f} s), {found.all_s:.1f} s in all; {len(oracle.ended)} executions, "
        f"{sum(map(len, oracle.seen.values()))} events seen, {len(oracle.effects)} effects, {repeated} repeated\n"
    )
