"""The schedule, written a second time: one plain loop over lists, nothing indexed, nothing immutable, no events.

It follows N8N.md section 4 sentence by sentence, and is what the kernel is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.definition.recovery import Fail, FallbackItems, FallbackNode, Retry, Skip
from engine.definition.workflow import Connection
from engine.kernel.events import Given, Source
from plugins.errors import Failure
from plugins.items import Item, Items, Link, Outputs
from tests.engine.kernel.factories import V0
from tests.engine.kernel.worlds import Wait, World

Inputs = list[Source | Given | None]


@dataclass
class Done:
    """One node run, as it ended."""

    node: str
    run: int
    attempt: int
    inputs: Inputs
    status: str
    outputs: Outputs | None


class Failed(Exception):
    """The execution ends here."""


@dataclass
class Naive:
    world: World
    stack: list[tuple[str, Inputs]] = field(default_factory=list)
    waiting: dict[str, list[Inputs]] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    last_node: str | None = None

    def execute(self) -> str:
        """Fills `done`; answers how the execution ended."""
        queued = self.world.queued
        self.stack = [(queued.start_node, [Given(queued.items)])]
        try:
            while self.stack or self.release():
                self.enter(*self.stack.pop(0))
        except Failed:
            return "FAILED"
        return "SUCCEEDED"

    # -------------------------------------------------------------------------------------------- one run

    def enter(self, name: str, inputs: Inputs) -> None:
        if len(self.done) >= self.world.workflow.settings.max_node_runs:
            raise Failed
        done = Done(name, sum(each.node == name for each in self.done), 1, inputs, "SUCCEEDED", None)
        self.done.append(done)
        node = self.world.workflow.nodes[name]
        if node.disabled:
            done.status, done.outputs = "SKIPPED", self.passed(inputs)
        elif name in self.world.queued.pinned:
            done.outputs = [self.world.queued.pinned[name]]
        else:
            self.attempt(done)
        if done.outputs or done.status != "SUCCEEDED":
            self.last_node = name
        assert done.outputs is not None
        self.pass_on(done, done.outputs)

    def attempt(self, done: Done) -> None:
        policy = self.world.workflow.nodes[done.node].recovery
        while True:
            outcome = self.world.outcome(done.node, done.run, done.attempt)
            if isinstance(outcome, Wait):
                done.outputs = outcome.outputs if outcome.signal is None else [outcome.signal]
                return
            if not isinstance(outcome, Failure):
                done.outputs = outcome
                return
            self.last_node = done.node
            if policy.retry is None or not _again(policy.retry, done.attempt, outcome):
                break
            done.attempt += 1
        done.status = "RECOVERED"
        match policy.then:
            case Fail():
                done.status = "FAILED"
                raise Failed
            case Skip():
                done.outputs = self.passed(done.inputs)
            case FallbackItems(items):
                done.outputs = [items]
            case FallbackNode(name):
                done.outputs = []
                self.stack.insert(len(self.stack) if self.legacy else 0, (name, [done.inputs[0] or Given([])]))

    def passed(self, inputs: Inputs) -> Outputs:
        if inputs[0] is None:
            return []
        return [[Item(each.json, Link(place)) for place, each in enumerate(self.items(inputs[0]))]]

    def items(self, source: Source | Given | None) -> Items:
        if source is None:
            return []
        if isinstance(source, Given):
            return source.items
        (sent,) = [each for each in self.done if (each.node, each.run) == (source.node, source.run)]
        outputs = sent.outputs or []
        return (outputs[source.output] if source.output < len(outputs) else None) or []

    # -------------------------------------------------------------------------------------------- what follows

    @property
    def legacy(self) -> bool:
        return self.world.workflow.settings.execution_order is V0

    def wires(self) -> list[Connection]:
        """The connections that count: with a last node, those on a path to it."""
        until = self.world.queued.until_node
        all_wires = list(self.world.workflow.connections)
        if until is None:
            return all_wires
        kept = self.above(until, all_wires) | {until}
        return [wire for wire in all_wires if {wire.source, wire.target} <= kept and wire.source != until]

    def above(self, name: str, wires: list[Connection]) -> set[str]:
        found: set[str] = set()
        while True:
            more = {wire.source for wire in wires if wire.target in found | {name}} - found
            if not more:
                return found - {name}
            found |= more

    def pass_on(self, done: Done, outputs: Outputs) -> None:
        wires = [wire for wire in self.wires() if wire.source == done.node]
        wires.sort(key=lambda wire: (wire.output_index, wire.position))
        if not self.legacy:
            places = {name: node.position for name, node in self.world.workflow.nodes.items()}
            wires.reverse()
            wires.sort(key=lambda wire: (places[wire.target][1], places[wire.target][0]))
            wires.reverse()
        opened = []
        for wire in wires:
            items = outputs[wire.output_index] if wire.output_index < len(outputs) else None
            if not items and not (self.legacy and wire.input_index > 0 and outputs):
                continue
            source = Source(done.node, wire.output_index, done.run)
            if self.arrive(wire, source):
                opened.append((wire, source))
        if self.legacy:
            for wire, source in opened:
                self.pull(wire, source)

    def width(self, name: str) -> int:
        return 1 + max(wire.input_index for wire in self.wires() if wire.target == name)

    def arrive(self, wire: Connection, source: Source) -> bool:
        """True when the node began to wait in a new slot."""
        if self.width(wire.target) == 1:
            self.push(wire.target, [source])
            return False
        slots = self.waiting.setdefault(wire.target, [])
        for slot in slots:
            if slot[wire.input_index] is None:
                break
        else:
            slot = [None] * self.width(wire.target)
            slots.append(slot)
        is_new = all(each is None for each in slot)
        slot[wire.input_index] = source
        if all(each is not None for each in slot):
            self.leave(wire.target, slot)
            self.push(wire.target, slot)
            return False
        return is_new

    def push(self, name: str, inputs: Inputs) -> None:
        self.stack.insert(len(self.stack) if self.legacy else 0, (name, inputs))

    def leave(self, name: str, slot: Inputs) -> None:
        self.waiting[name] = [each for each in self.waiting[name] if each is not slot]
        if not self.waiting[name]:
            del self.waiting[name]

    def pull(self, wire: Connection, source: Source) -> None:
        for index in range(self.width(wire.target)):
            feeders = [w.source for w in self.wires() if (w.target, w.input_index) == (wire.target, index)]
            for feeder in dict.fromkeys(feeders) if index != wire.input_index else ():
                top = self.top_most(feeder)
                if top is not None:
                    self.push(top, [Given([Item({})], source)])

    def top_most(self, name: str, below: tuple[str, ...] = ()) -> str | None:
        """The highest node from here up that has not run; None when one is coming anyway, or is a trigger."""
        ran = {each.node for each in self.done}
        coming = {each for each, _ in self.stack}
        if name in ran or name in coming or name in below or self.world.shapes[name].trigger:
            return None
        wires = sorted((wire for wire in self.wires() if wire.target == name), key=lambda wire: wire.input_index)
        above = [wire.source for wire in wires if wire.source not in ran]
        if not above:
            return name
        return None if coming & set(above) else self.top_most(above[0], (*below, name))

    def release(self) -> bool:
        for name, slots in self.waiting.items():
            if self.above(name, self.wires()) & self.waiting.keys():
                continue
            if self.may_go(name, slots[0]):
                self.push(name, slots[0])
                self.leave(name, slots[0])
                return True
        return False

    def may_go(self, name: str, slot: Inputs) -> bool:
        required: Any = self.world.shapes[name].required
        if required == "all" or not any(self.items(each) for each in slot):
            return False
        if self.legacy:
            return slot[0] is not None
        there = {index for index, each in enumerate(slot) if each is not None}
        return len(there) >= required if isinstance(required, int) else there >= set(required or ())


def _again(retry: Retry, attempt: int, failure: Failure) -> bool:
    named = not retry.retry_on or failure.code in retry.retry_on or f"{failure.status}" in retry.retry_on
    return attempt < retry.max_attempts and not failure.permanent and named
