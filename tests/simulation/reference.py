"""What an execution comes to when nothing is in its way: the kernel's naive schedule, with the simulation's nodes.

Only what nobody can foresee is taken from the log: which attempts the sandbox failed, and whose outcome was lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, cast

from engine.definition import n8n
from engine.kernel.events import ExecutionQueued
from engine.runtime.compiled import compile_workflow
from plugins.errors import Failure
from plugins.items import Item, Items, Json, Outputs
from tests.engine.kernel.naive import Naive
from tests.engine.kernel.worlds import Wait
from tests.engine.kernel.worlds import World as KernelWorld
from tests.simulation.ledger import Ledger
from tests.simulation.nodes import REGISTRY, failed, gathered, goes_left, mixed

Told: TypeAlias = tuple[str, int, int, list[Any], str, list[list[Json]] | None]
"""A node run: node, run, last attempt, inputs, status, and the values of its outputs."""


@dataclass
class Play:
    """A `tests.engine.kernel.worlds.World` whose nodes are those of the simulation."""

    ledger: Ledger
    naive: Naive = field(init=False)

    def __post_init__(self) -> None:
        self._compiled = compile_workflow(n8n.read(self.ledger.document), REGISTRY)
        self.workflow = self._compiled.workflow
        self.shapes = self._compiled.shapes
        self.naive = Naive(cast(KernelWorld, self))

    @property
    def queued(self) -> ExecutionQueued:
        return self.ledger.queued

    @cached_property
    def status(self) -> str:
        return self.naive.execute()

    def outcome(self, node: str, run: int, attempt: int) -> Outputs | Failure | Wait:
        unforeseen = self.ledger.unforeseen.get((node, run, attempt))
        if unforeseen is not None:
            return unforeseen
        kind, parameters = self.workflow.nodes[node].type, self.workflow.nodes[node].parameters
        inputs = [None if each is None else self.naive.items(each) for each in self.naive.done[-1].inputs]
        if not any(inputs):
            return [[]]
        made = [Item({"v": value}) for value in mixed(node, run, gathered(inputs))]
        fails = parameters.get("fails", [])
        match kind:
            case "sim.start":
                return [inputs[0]]
            case "sim.branch":
                return [made, []] if goes_left(node, run) else [[], made]
            case "sim.loop":
                return [[], made] if self._rounds(node) <= parameters["times"] else [made, []]
            case "sim.wait":
                return Wait([made], 0)
            case "sim.broken":
                return failed(fails[0]).failure
            case _ if attempt <= len(fails):
                return failed(fails[attempt - 1]).failure
        return [made]

    def _rounds(self, node: str) -> int:
        """How often the node has been given anything, this time included."""
        runs = [done for done in self.naive.done if done.node == node]
        return sum(any(self.naive.items(each) for each in done.inputs) for done in runs)


def expected(ledger: Ledger) -> tuple[str, list[Told]]:
    """How the execution ends, and its node runs in the order in which they begin."""
    play = Play(ledger)
    status = play.status
    return status, [
        (done.node, done.run, done.attempt, list(done.inputs), done.status, _values(done.outputs))
        for done in play.naive.done
    ]


def happened(ledger: Ledger) -> tuple[str, list[Told]]:
    """The same, as the log has it."""
    return ledger.status, [
        (run.node, run.number, run.attempt, list(run.inputs), run.status, _values(run.outputs))
        for run in ledger.runs.values()
    ]


def _values(outputs: Outputs | None) -> list[list[Json]] | None:
    return None if outputs is None else [_list(items) for items in outputs]


def _list(items: Items | None) -> list[Json]:
    return [item.json.get("v") for item in items or ()]
