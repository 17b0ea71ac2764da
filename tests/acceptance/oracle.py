"""What the world outside the server knows for sure: what was acknowledged, what was seen, and what was done to it.

It trusts nothing that the server says about itself later: the judgments compare the log with what was noted here.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

Event: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str, str]
"""An execution, or its key, and a node."""

FINAL = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionCanceled", "ExecutionTimedOut"})
SETTLED = frozenset({"NodeSucceeded", "NodeSkipped"})
CLOCKS_US = 5_000
"""How far two readings of this machine's clock, made in two processes, may lie apart."""


@dataclass(slots=True)
class Oracle:
    acknowledged: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The executions that an idempotency key was answered with."""
    seen: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    """What each execution's subscriber was shown, in order: sequence number and kind."""
    ended: set[str] = field(default_factory=set)
    """Executions whose subscriber was told that nothing would follow."""
    effects: dict[Place, list[int]] = field(default_factory=lambda: defaultdict(list))
    """When a node's request reached the outside, by idempotency key and node: epoch microseconds."""
    settled: set[Place] = field(default_factory=set)
    """Nodes whose result a subscriber has seen."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Codes of the errors that requests were answered with."""
    wrong: list[str] = field(default_factory=list)
    """What was wrong the moment that it happened."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, true: Callable[[], bool], *, within_s: float) -> None:
        """Once what is noted here makes it so. For one waiter at a time."""
        async with asyncio.timeout(within_s):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    def acknowledge(self, key: str, execution_id: str) -> None:
        self.acknowledged[key].add(execution_id)

    def show(self, execution_id: str, event: Event) -> None:
        self.seen[execution_id].append((event["seq"], event["__typename"]))
        if event["__typename"] in SETTLED:
            self.settled.add((execution_id, event["node"]))

    def end(self, execution_id: str) -> None:
        self.ended.add(execution_id)
        self.changed.set()

    def refuse(self, code: str) -> None:
        self.refusals[code] += 1
        self.changed.set()

    def effect(self, key: str, node: str) -> None:
        if any((execution_id, node) in self.settled for execution_id in self.acknowledged.get(key, ())):
            self.wrong.append(f"{node} of {key} acted again after its result had been shown")
        self.effects[key, node].append(time.time_ns() // 1000)

    # ------------------------------------------------------------------------------------------- judgments

    def judge(self, database: Path, *, acting: frozenset[str], once_only: frozenset[str] = frozenset()) -> list[str]:
        """Everything that is wrong, in words; empty when every promise was kept. The server has been stopped.

        `acting` are the names of the nodes that reach the outside, and `once_only` those that may not try again.
        """
        logs, rows = read(database)
        wrong = [*self.wrong]
        wrong += [
            f"{node} of {key} acted {len(times)} times, and may not try again"
            for (key, node), times in self.effects.items()
            if node in once_only and len(times) > 1
        ]
        wrong += self._keys(rows)
        for key, execution_id in [(key, each) for key, ids in self.acknowledged.items() for each in ids]:
            log = logs.get(execution_id)
            if log is None:
                wrong.append(f"{execution_id} was acknowledged, and is gone")
                continue
            problems = contiguous(log, rows[execution_id]) + once(log) + self._shown(execution_id, log)
            problems += self._done(key, log) + self._undone(key, log, acting)
            wrong += [f"{execution_id}: {problem}" for problem in problems]
        return wrong

    def _keys(self, rows: Mapping[str, int]) -> list[str]:
        wrong = [f"the key {key} made {ids}" for key, ids in self.acknowledged.items() if len(ids) != 1]
        if len(rows) != len(self.acknowledged):
            wrong.append(f"{len(self.acknowledged)} keys were acknowledged, and {len(rows)} executions exist")
        return wrong

    def _shown(self, execution_id: str, log: list[Event]) -> list[str]:
        if execution_id not in self.ended:
            return [f"acknowledged, and its subscriber never saw an end; it has {log[-1]}"]
        if self.seen[execution_id] != [(event["seq"], event["type"]) for event in log]:
            return [f"its subscriber saw {self.seen[execution_id]}, and the log says otherwise"]
        return []

    def _done(self, key: str, log: list[Event]) -> list[str]:
        """Effects against the log: none without its attempt, none after the result; attempts against crashes."""
        wrong = []
        attempts = Counter(event["node"] for event in log if event["type"] == "NodeStarted")
        crashes = sum(event["type"] == "ExecutionRecovered" for event in log)
        settled_us = {event["node"]: event["at_us"] for event in log if event["type"] in SETTLED}
        for node, made in attempts.items():
            arrivals = self.effects.get((key, node), [])
            if made > 1 + crashes:
                wrong.append(f"{node} made {made} attempts in {crashes} crashes")
            if len(arrivals) > made:
                wrong.append(f"{node} acted {len(arrivals)} times in {made} attempts")
            if node in settled_us and arrivals and arrivals[-1] > settled_us[node] + CLOCKS_US:
                wrong.append(f"{node} acted after its result was recorded")
        return wrong

    def _undone(self, key: str, log: list[Event], acting: frozenset[str]) -> list[str]:
        done = {event["node"] for event in log if event["type"] == "NodeSucceeded"} & acting
        return [f"{node} is recorded as done, and was not" for node in done if (key, node) not in self.effects]


def read(database: Path) -> tuple[dict[str, list[Event]], dict[str, int]]:
    """Every log, in order, and every execution's `last_seq`: from the file, past the server's own reading."""
    with closing(sqlite3.connect(database)) as db:
        logs: dict[str, list[Event]] = defaultdict(list)
        for execution_id, seq, body in db.execute(
            "SELECT execution_id, seq, body FROM execution_events ORDER BY execution_id, seq"
        ):
            logs[execution_id].append({"seq": seq, **msgspec.json.decode(body)})
        return logs, dict(db.execute("SELECT id, last_seq FROM executions"))


def contiguous(log: list[Event], last_seq: int) -> list[str]:
    seqs = [event["seq"] for event in log]
    if seqs != list(range(1, last_seq + 1)):
        return [f"its row says {last_seq} events, and its log has {seqs}"]
    return []


def once(log: list[Event]) -> list[str]:
    """One end, at the end; one result for each run of a node."""
    wrong = []
    ends = [event["seq"] for event in log if event["type"] in FINAL]
    if ends != [len(log)]:
        wrong.append(f"it ended at {ends} of {len(log)}")
    results = Counter((event["node"], event["run"]) for event in log if _is_result(event))
    wrong += [f"{node}#{run} has {count} results" for (node, run), count in results.items() if count > 1]
    return wrong


def _is_result(event: Event) -> bool:
    if event["type"] == "NodeRecovered":
        return bool(event["strategy"] != "RETRY")
    return event["type"] in SETTLED or (event["type"] == "ExecutionWaiting" and "signal" not in event)
