"""Parts of the engine as they are, which report what they did to whoever owns them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent, NodeSucceeded
from engine.kernel.state import State
from engine.runtime.invocation import Invoker
from engine.runtime.runner import Finished, Parked, Runner
from engine.runtime.scope import Scope
from plugins.items import Json
from plugins.node import Effects
from tests.simulation.loop import OWNER, Owner
from tests.simulation.nodes import values


class Watcher(Owner, ABC):
    """An owner who is told."""

    @abstractmethod
    def computed(self, run: tuple[str, str, int], given: Json, answer: Json) -> None:
        """A pure node has run (execution, node, run), perhaps not for the first time."""

    @abstractmethod
    def left(self, runner: Runner) -> None:
        """An execution has ended or was parked."""


class WatchedInvoker(Invoker):
    async def invoke(self, scope: Scope, state: State, command: StartNode) -> AnyEvent:
        event = await super().invoke(scope, state, command)
        kind = scope.types[command.node]
        if isinstance(event, NodeSucceeded) and kind is not None and kind.effects is Effects.NONE:
            given = [None if items is None else values(items) for items in state.items(command.inputs)]
            answer = [item.json for items in event.outputs for item in items or ()]
            _watcher().computed((scope.execution_id, command.node, command.run), given, answer)
        return event


class WatchedRunner(Runner):
    async def run(self) -> Finished | Parked:
        outcome = await super().run()
        _watcher().left(self)
        return outcome


def _watcher() -> Watcher:
    watcher = OWNER.get()
    assert isinstance(watcher, Watcher)
    return watcher
