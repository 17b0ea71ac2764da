"""Planted bugs: the engine with one thing gone wrong, each of them a way in which something is lost or done twice."""

# ruff: noqa: E501 - a bug a line reads best as a table
from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType
from unittest.mock import patch

from engine.kernel import frontier, recover, scheduler, state
from engine.runtime import live, log, node_context, runner, submission, worker
from engine.store import journal
from engine.store.sqlite import acceptance, batch, claims, entries, location
from tests.engine.kernel.mutants import Mutant


@dataclass(frozen=True)
class Statement:
    """A constant of a module (SQL, as a rule) with `right` replaced by `wrong`."""

    module: ModuleType
    name: str
    right: str
    wrong: str

    @contextmanager
    def planted(self) -> Iterator[None]:
        sound = getattr(self.module, self.name)
        assert self.right in sound, f"{self.right!r} is not in {self.name} any more"
        with patch.object(self.module, self.name, sound.replace(self.right, self.wrong)):
            yield


@dataclass(frozen=True)
class Bug:
    name: str
    changes: tuple[Mutant | Statement, ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        with ExitStack() as stack:
            for change in self.changes:
                planted: AbstractContextManager[None] = change.planted()
                stack.enter_context(planted)
            yield


def _line(name: str, function: object, right: str, wrong: str) -> Bug:
    return Bug(name, (Mutant(name, function, right, wrong),))  # type: ignore[arg-type]


def _sql(name: str, module: ModuleType, constants: str, right: str, wrong: str) -> Bug:
    return Bug(name, tuple(Statement(module, constant, right, wrong) for constant in constants.split()))


RECORD = 'getattr(__import__("engine.store.execution_row", fromlist=["-"]), "accepted_record")(new)'

BUGS = (
    # acknowledged, but not kept
    _line("early acknowledgement", submission.Submission._accept, "await asyncio.shield(taking)", f"Accepted({RECORD})"),
    _line("accepting ends with its caller", submission.Submission._accept, "await asyncio.shield(taking)", "await taking"),
    _line("lazy fsync", location._writer, '"synchronous": "FULL"', '"synchronous": "NORMAL"'),
    _line("a key starts many executions", acceptance.Accept.apply, "if earlier is not None:", "if False:"),
    # transactions
    _line("no read-back of an unknown commit", batch._failed, "_read_back(db, entry, error)", "StoreUnavailable(str(error))"),
    _line("an unknown commit is taken for good", batch._failed, "_read_back(db, entry, error)", "None"),
    _line("claims are not read back", claims.ClaimSome.read_back, "if not self.taken or", "if True or"),
    _line("split transaction", batch.stage, "for start in range(0, len(events), ROWS):", "db.execute('COMMIT'), db.execute('BEGIN IMMEDIATE')\n    for start in range(0, len(events), ROWS):"),
    _line("a refused append is taken for written", batch._apply, "return refusal", "return None"),
    _line("a write that was not taken is dropped", log.insist, "await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])", "return None  # type: ignore"),
    # the fence and the lease
    _line("in-memory sequence", runner.Runner.__init__, "seq=claim.seq", "seq=1"),
    _sql("no fence by epoch", entries, "PROGRESS MOVE FINISH PARK", "AND worker = ? AND epoch = ?", "AND ? > '' AND ? > 0"),
    _sql("no fence", entries, "PROGRESS MOVE FINISH PARK", "AND worker = ? AND epoch = ? AND last_seq = ?", "AND ? > '' AND ? > 0 AND ? > 0"),
    _sql("the lease is never renewed", claims, "RENEW", "SET lease_until_us = ?", "SET lease_until_us = lease_until_us + 0 * ?"),
    _sql("work is claimed from the living", claims, "ABANDONED", "lease_until_us <= ?", "? > 0"),
    # crashes
    _line("takeover without ExecutionRecovered", runner.Runner._open, "elif self._claim.takeover:", "elif False:"),
    _line("an external attempt is silently made again", runner.Runner._acts_on_the_world, "kind.effects is Effects.EXTERNAL", "False"),
    _line("an idempotent attempt counts as unknown", runner.Runner._acts_on_the_world, "kind.effects is Effects.EXTERNAL", "kind.effects is not Effects.NONE"),
    _line("no idempotency key", node_context.NodeContext.idempotency_key, "{self._run}", "{self._run}\\0{self._attempt}"),
    _line("one idempotency key for all items", node_context.NodeContext.idempotency_key, "\\0{item}", ""),
    _line("external before commit", runner.Runner._start, "if slow and not all(self._is_pure(command.node) for command in slow):", "if False:"),
    _line("a pure result is not recorded", runner.Runner._start, "self._record(await self._invoker.invoke(self._scope, self._state, command))", "self._state = evolve(self._graph, self._state, await self._invoker.invoke(self._scope, self._state, command))"),
    _line("a result is recorded twice", runner.Runner._collect, "self._record(self._running.pop(attempt).result())", "self._log.record(self._running[attempt].result()), self._record(self._running.pop(attempt).result())"),
    _line("two appends at once", log.Log.send, "if self._buffer and self._sending is None:", "if self._buffer:"),
    # time
    _line("lost timer", runner.Runner._park, "due_us=due_us", "due_us=None"),
    _sql("a parked execution is never woken", claims, "DUE", "wake_at_us <= ?", "wake_at_us < 0 * ?"),
    Bug("double timer", (Statement(claims, "DUE", "AND worker IS NULL", ""), Statement(claims, "TAKE", "wake_at_us = NULL", "wake_at_us = wake_at_us"))),
    _line("a wait ends early", scheduler._waited, "wait.until_us > now_us", "wait.until_us > now_us + 500_000"),
    _line("retry beyond the policy", recover.recover, "attempt < policy.retry.max_attempts", "attempt <= policy.retry.max_attempts"),
    _line("retry before its time", scheduler._go_on, "case Delayed(due_us=due_us):\n            if due_us > now_us:", "case Delayed(due_us=due_us):\n            if due_us > now_us + 500_000:"),
    _line("a delay is not what the policy says", recover.recover, "due_us=now_us + delay_us", "due_us=now_us + delay_us // 2"),
    _line("a lost attempt gets a new number", scheduler._go_on, "return _again(state, node, run, attempt)", "return _again(state, node, run, attempt + 1)"),
    # subscribers
    _line("publish before commit", journal.GroupJournal._write_batches, "await write(", "[self._tell(entry, None) for entry, _ in batch] and await write("),
    _line("an event is skipped when the log is left for the live ones", live.Live.tail, "while (signals", "watch.buffer.clear()\n            while (signals"),
    _line("an event is shown again when the log is left for the live ones", live._batches, "signal.seq == seq + 1", "True"),
    _line("an overflowing watcher is not sent back to the log", live.Watch.next, "return None", "return []"),
    _line("a watcher forgets what it has seen", live.Live.tail, "seq = after", "seq = 0"),
    # the schedule, across crashes
    _line("a waiting slot is dropped", frontier._fill, "(*slots, opened)", "slots"),
    _line("nothing is released", state._settled, "release(graph, frontier, candidates)", "frontier"),
    _line("a node's state is not kept", state._succeeded, "if event.state is not None:", "if event.state is not None and event.state.get('round') != 2:"),
    _line("a worker's end is not the end", worker.Worker._ended, "del self._running[execution_id], self._inboxes[execution_id]", "pass"),
)  # fmt: skip
