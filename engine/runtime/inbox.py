"""What an execution under way is told from outside: messages that its runner acts upon, and answers when it is durable.

None is lost without a word: whoever sent it hears what came of it, or that the execution was let go before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.kernel.activity import Suspended
from engine.kernel.events import ExecutionCanceled, ExecutionResumed
from engine.kernel.graph import Graph
from engine.kernel.state import State
from plugins.items import Items

KEEP_US = 1_000_000
"""How long a signal is kept while the execution has yet to come to the node that waits for it: whoever answers a call
that an earlier node has made may be faster than the record of the wait."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """End it now."""

    reason: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class Signal:
    """What a node waits for: `node` names it, where several wait. `items` of None let its own pass.

    The same signal under the same key is delivered once.
    """

    node: str | None = None
    items: Items | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """It is in the log, and durable: because of this message, or of the same one before."""


@dataclass(frozen=True, slots=True)
class NotWaiting:
    """No node waits for this signal; `why`, in words for a person."""

    why: str


@dataclass(frozen=True, slots=True)
class OtherSignal:
    """Another signal was delivered under this key before."""


@dataclass(frozen=True, slots=True)
class Missed:
    """The execution was let go before anybody looked: ask where it is now."""


Message: TypeAlias = Cancel | Signal
Reply: TypeAlias = Done | NotWaiting | OtherSignal | Missed


@dataclass(slots=True, eq=False)
class Letter:
    """A message and its reply to come. `until_us` is when it is no longer kept for a node that might begin to wait."""

    message: Message
    reply: asyncio.Future[Reply]
    until_us: int | None = None

    def answer(self, reply: Reply) -> None:
        if not self.reply.done():
            self.reply.set_result(reply)


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter to be answered with `Done` once `event` is durable; without one, once all that came before is."""

    letter: Letter
    event: ExecutionCanceled | ExecutionResumed | None


@dataclass(slots=True, eq=False)
class Inbox:
    """Of one execution, for as long as this process runs it. `on_letter` wakes whoever reads it."""

    on_letter: Callable[[], None] = lambda: None
    letters: list[Letter] = field(default_factory=list)
    """All that are not answered."""
    unread: bool = False
    """Whether one has come in since the last time that they were looked at."""
    _closed: bool = False

    async def send(self, message: Message) -> Reply:
        if self._closed:
            return Missed()
        letter = Letter(message, asyncio.get_running_loop().create_future())
        self.letters.append(letter)
        self.unread = True
        self.on_letter()
        return await letter.reply

    def open(self, graph: Graph, state: State, now_us: int) -> Opened | None:
        """The first letter that comes to something in this state. Signals for which no node waits yet are kept."""
        self.unread = False
        for letter in list(self.letters):
            match effect(graph, state, letter.message, now_us):
                case ExecutionCanceled() | ExecutionResumed() as event:
                    return Opened(letter, event)
                case Done():
                    return Opened(letter, None)
                case OtherSignal() as reply:
                    self.answer(letter, reply)
                case NotWaiting():
                    letter.until_us = letter.until_us or now_us + KEEP_US
        return None

    def answer(self, letter: Letter, reply: Reply) -> None:
        self.letters.remove(letter)
        letter.answer(reply)

    def refuse(self, graph: Graph, state: State, now_us: int, *, idle: bool) -> None:
        """Answer the signals that were kept long enough; all of them when the execution is `idle`: no node will begin
        to wait before something else happens."""
        for letter in list(self.letters):
            if idle or (letter.until_us is not None and letter.until_us <= now_us):
                reply = effect(graph, state, letter.message, now_us)
                if isinstance(reply, NotWaiting):
                    self.answer(letter, reply)

    def until_us(self) -> int | None:
        """When the first that is kept is to be refused."""
        return min((letter.until_us for letter in self.letters if letter.until_us is not None), default=None)

    def close(self) -> None:
        self._closed = True
        for letter in list(self.letters):
            self.answer(letter, Missed())


def effect(
    graph: Graph, state: State, message: Message, now_us: int
) -> ExecutionCanceled | ExecutionResumed | Done | NotWaiting | OtherSignal:
    """What a message comes to in this state: an event to record, or the reply to it. Pure."""
    match message:
        case Cancel(reason, actor):
            return ExecutionCanceled(at_us=now_us, reason=reason, actor=actor)
        case Signal():
            earlier = delivered(state, message)
            wait = waiting_for(graph, state, message.node) if earlier is None else earlier
            if not isinstance(wait, Suspended):
                return wait
            return ExecutionResumed(at_us=now_us, node=wait.node, run=wait.run, items=message.items, key=message.key)


def delivered(state: State, signal: Signal) -> Done | OtherSignal | None:
    """Whether this signal, or another one under its key, has been delivered."""
    before = None if signal.key is None else state.signals.get(signal.key)
    if before is None:
        return None
    return Done() if before.items == signal.items and signal.node in (None, before.node) else OtherSignal()


def waiting_for(graph: Graph, state: State, node: str | None) -> Suspended | NotWaiting:
    """The wait that a signal ends: the one of that node, or the only one there is."""
    waits = [each for each in state.active if isinstance(each, Suspended)]
    open_to = [each for each in waits if each.signal is not None and node in (None, each.node)]
    if len(open_to) == 1:
        return open_to[0]
    if open_to:
        names = ", ".join(f"'{each.node}'" for each in open_to)
        return NotWaiting(f"The nodes {names} wait for a signal: name the one that it is for")
    if node is None:
        return NotWaiting("No node of the execution waits for a signal")
    if node not in graph.nodes:
        return NotWaiting(f"The workflow has no node named '{node}'")
    if any(each.node == node for each in waits):
        return NotWaiting(f"Node '{node}' waits for its time, not for a signal")
    return NotWaiting(f"Node '{node}' does not wait for a signal")
