"""The world outside, which alone holds the truth: what was acknowledged, what was done to it, what was seen of it.

It hears of every event the moment it is durable, of every request before it is answered, and of every event that a
subscriber is shown; and it says at once when something is not as promised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.kernel.events import AnyEvent, ExecutionQueued, ExecutionRecovered, NodeSucceeded, decode
from engine.ports import Recorded
from plugins.items import Item, Json
from plugins.node import Effects
from tests.simulation.disk import Durable
from tests.simulation.ledger import Broken, Ledger, Phase
from tests.simulation.workflows import Document


@dataclass(frozen=True)
class Request:
    """A node's request to the outside: who asks, and what for."""

    execution: str
    node: str
    run: int
    item: int
    fails: list[str]
    given: list[list[Json] | None]

    @property
    def of(self) -> tuple[str, str, int]:
        return self.execution, self.node, self.run

    def __str__(self) -> str:
        return f"{self.execution} {self.node}.{self.run} item {self.item}"


@dataclass
class Subscription:
    """What one subscriber has been shown so far, over all its connections."""

    execution: str
    shown: list[AnyEvent] = field(default_factory=list)
    ended: bool = False


class Oracle:
    """`on_broken` is told of a law that does not hold, `note` of everything that happens, and `on_takeover` of an
    execution that has changed hands, and of its new worker."""

    def __init__(
        self,
        documents: Mapping[str, Document],
        *,
        on_broken: Callable[[Broken], None],
        note: Callable[..., None],
    ) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.acknowledged: dict[str, str] = {}
        """Execution, by the submission that was told of it."""
        self.asked: Counter[tuple[str, str, int, int]] = Counter()
        """Requests by execution, node, run and item."""
        self._documents = documents
        self._on_broken = on_broken
        self.on_takeover: Callable[[str, str], None] = lambda *_: None
        self.note = note
        self._keys: dict[str, tuple[str, str, int, int]] = {}
        self._receipts: dict[str, int] = {}
        self._acts: dict[tuple[str, str, int], list[int]] = {}
        self._computed: dict[tuple[str, str, int, str], Json] = {}
        """What pure nodes made, by execution, node, run and what they were given."""
        self._count = 0

    @property
    def effects(self) -> int:
        """How often the world was changed."""
        return self._count

    # ------------------------------------------------------------------------------------------- the log

    def durable(self, new: Durable) -> None:
        """An event was committed."""
        event = decode(new.body)
        self.note("durable", new.execution, new.seq, event)
        try:
            if new.holder not in (None, new.writer):
                raise Broken("only the holder writes", f"{new.execution} {new.seq}: {new.writer}, not {new.holder}")
            self._enter(new.execution, new.seq, event)
        except Broken as broken:
            self._on_broken(broken)

    def start_again(self, events: Sequence[tuple[str, int, bytes]]) -> None:
        """After a power cut the log is what is left of it."""
        self.ledgers.clear()
        try:
            for execution, seq, body in events:
                self._enter(execution, seq, decode(body))
        except Broken as broken:
            self._on_broken(broken)

    def _enter(self, execution: str, seq: int, event: AnyEvent) -> None:
        self._ledger_of(execution, event).add(seq, event)
        if isinstance(event, NodeSucceeded):
            self._answered(execution, event)
        if isinstance(event, ExecutionRecovered):
            self.on_takeover(execution, event.worker)

    def _ledger_of(self, execution: str, event: AnyEvent) -> Ledger:
        if execution not in self.ledgers:
            if not isinstance(event, ExecutionQueued):
                raise Broken("queued first", f"{execution} begins with {event}")
            self.ledgers[execution] = Ledger(execution, self._documents[event.start_node])
        return self.ledgers[execution]

    def _answered(self, execution: str, event: NodeSucceeded) -> None:
        """What the world answered, or what was computed, is what is recorded."""
        run = (execution, event.node, event.run)
        items: list[Item] = [item for items in event.outputs for item in items or ()]
        match self.ledgers[execution].effects(event.node):
            case Effects.EXTERNAL:
                sound = all(item.json["receipt"] in self._acts.get(run, ()) for item in items[:1])
            case Effects.IDEMPOTENT:
                keys = {named: key for key, named in self._keys.items() if named[:3] == run}
                answers = [self._receipts.get(keys.get((*run, place), "")) for place in range(len(items))]
                sound = answers == [item.json["receipt"] for item in items]
            case Effects.NONE:
                ledger = self.ledgers[execution]
                given = ledger.given(ledger.runs[event.node, event.run].inputs)
                sound = self._computed.get((*run, repr(given))) == [item.json for item in items]
        if not sound:
            raise Broken("what is recorded is what happened", f"{run}: {items}")

    # ------------------------------------------------------------------------------------------- acknowledgements

    def acknowledge(self, submission: str, execution: str) -> None:
        """A client was told that its execution is accepted."""
        self.note("acknowledged", submission, execution)
        if execution not in self.ledgers:
            self._on_broken(Broken("durable before acknowledged", f"{submission}: {execution} is not in the log"))
        elif self.acknowledged.setdefault(submission, execution) != execution:
            self._on_broken(Broken("one execution a key", f"{submission}: {execution}"))

    # ------------------------------------------------------------------------------------------- effects

    def ask(self, request: Request, key: str, *, now_us: int, may_be_late: bool) -> str | None:
        """A request arrives; answers how it is to fail, if it is. `may_be_late` of one whose process stood still: it
        cannot know what has happened since."""
        self.note("asked", str(request))
        try:
            return self._ask(request, key, now_us=now_us, may_be_late=may_be_late)
        except Broken as broken:
            self._on_broken(broken)
            raise

    def _ask(self, request: Request, key: str, *, now_us: int, may_be_late: bool) -> str | None:
        ledger = self.ledgers[request.execution]
        run = ledger.runs.get((request.node, request.run))
        self.asked[*request.of, request.item] += 1
        if run is None or self.asked[*request.of, request.item] > run.starts:
            starts = 0 if run is None else run.starts
            raise Broken("durable before external", f"{request} is asked for, and was started {starts} times")
        if ledger.given(run.inputs) != request.given:
            raise Broken("inputs are what is recorded", f"{request}: {request.given}, not {ledger.given(run.inputs)}")
        if not may_be_late and now_us < run.due_us:
            raise Broken("no retry before its time", f"{request}: {run.due_us - now_us} µs")
        if not may_be_late and run.phase is not Phase.RUNNING:
            raise Broken("no effect after the result", f"{request}: {run}")
        named = (*request.of, request.item)
        if self._keys.setdefault(key, named) != named:
            raise Broken("a key is for one item of one run", f"{request} has the key of {self._keys[key]}")
        if ledger.effects(request.node) is Effects.IDEMPOTENT:
            others = [other for other, whose in self._keys.items() if whose == named and other != key]
            if others:
                raise Broken("one key for every attempt", f"{request}: {key}, before {others}")
        return request.fails[run.attempt - 1] if run.attempt <= len(request.fails) else None

    def act(self, request: Request, key: str) -> int:
        """The world is changed, and says so with a receipt; the same one for the same key where it knows keys."""
        if self.ledgers[request.execution].effects(request.node) is Effects.IDEMPOTENT and key in self._receipts:
            return self._receipts[key]
        self._count += 1
        self.note("done", str(request), self._count)
        self._receipts[key] = self._count
        self._acts.setdefault(request.of, []).append(self._count)
        return self._count

    def computed(self, run: tuple[str, str, int], given: Json, answer: Json) -> None:
        """A pure node has run, perhaps not for the first time."""
        before = self._computed.setdefault((*run, repr(given)), answer)
        if before != answer:
            self._on_broken(Broken("a pure result is always the same", f"{run}: {answer}, before {before}"))

    # ------------------------------------------------------------------------------------------- subscribers

    def show(self, subscription: Subscription, events: Sequence[Recorded], *, final: bool) -> None:
        """A subscriber is shown what comes next."""
        durable = self.ledgers[subscription.execution].events
        for recorded in events:
            self.note("shown", subscription.execution, recorded.seq)
            if recorded.seq != len(subscription.shown) + 1:
                what = f"{subscription.execution}: {recorded.seq} after {len(subscription.shown)}"
                self._on_broken(Broken("every event is shown once, in order", what))
            elif recorded.seq > len(durable) or durable[recorded.seq - 1] != recorded.event:
                what = f"{subscription.execution}: {recorded}"
                self._on_broken(Broken("durable before visible", what))
            subscription.shown.append(recorded.event)
        if final:
            subscription.ended = True
            ledger = self.ledgers[subscription.execution]
            if not ledger.ended or len(subscription.shown) != len(ledger.events):
                what = f"{subscription.execution}: {len(subscription.shown)} of {len(ledger.events)} events"
                self._on_broken(Broken("a subscription ends with its execution", what))

    # ------------------------------------------------------------------------------------------- the end

    def unfinished(self) -> list[Any]:
        """What is not as it will be in the end: executions that go on, acknowledged ones that are not there."""
        missing = [execution for execution in self.acknowledged.values() if execution not in self.ledgers]
        return missing + [name for name, ledger in self.ledgers.items() if not ledger.ended]
