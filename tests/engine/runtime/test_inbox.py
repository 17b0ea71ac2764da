"""What an execution is told from outside: what comes of it, and that nobody is left without an answer."""

from __future__ import annotations

import asyncio

import pytest

from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent, ExecutionCanceled, ExecutionResumed, ExecutionWaiting
from engine.kernel.graph import Graph
from engine.kernel.scheduler import decide
from engine.kernel.state import State
from engine.runtime.inbox import KEEP_US, Cancel, Done, Inbox, Message, Missed, NotWaiting, OtherSignal, Signal, effect
from tests.engine.kernel.drive import T0, Drive, queued, started
from tests.engine.kernel.factories import PARALLEL, script, some, workflow

GRAPH = Graph.compile(workflow("T > A > C", "T > B", order=PARALLEL), {}, "T")
CANCEL = Cancel("enough", "USER:ada")


def state(*more: AnyEvent) -> State:
    """An execution whose nodes A and B are under way, and what came after that."""
    drive = Drive(GRAPH, script()).begin(queued())
    drive.step()
    for command in decide(GRAPH, drive.state, T0):
        assert isinstance(command, StartNode)
        drive.record(started(command, T0))
    for event in more:
        drive.record(event)
    return drive.state


def waits(node: str, signal: str | None = "webhook", until_us: int | None = None) -> ExecutionWaiting:
    return ExecutionWaiting(
        at_us=T0, node=node, run=0, attempt=1, outputs=[some(1, node)], signal=signal, until_us=until_us
    )


def replied(state: State, message: Message, now_us: int = T0) -> object:
    return effect(GRAPH, state, message, now_us)


def test_a_cancellation_says_who_and_why() -> None:
    assert replied(state(), CANCEL, T0 + 5) == ExecutionCanceled(at_us=T0 + 5, reason="enough", actor="USER:ada")


def test_a_signal_ends_the_only_wait_for_one() -> None:
    before = state(waits("A"), waits("B", signal=None, until_us=T0 + 9))
    expected = ExecutionResumed(at_us=T0, node="A", run=0, items=some(2), key="k")
    assert replied(before, Signal(items=some(2), key="k")) == expected
    assert replied(before, Signal(node="A", items=some(2), key="k")) == expected


def test_of_several_waits_it_ends_the_one_that_is_named() -> None:
    before = state(waits("A"), waits("B"))
    assert replied(before, Signal(node="B")) == ExecutionResumed(at_us=T0, node="B", run=0)
    assert replied(before, Signal()) == NotWaiting("The nodes 'A', 'B' wait for a signal: name the one that it is for")


@pytest.mark.parametrize(
    ("events", "node", "why"),
    [
        ((), None, "No node of the execution waits for a signal"),
        ((), "A", "Node 'A' does not wait for a signal"),
        ((), "Z", "The workflow has no node named 'Z'"),
        ((waits("A", None, T0 + 9),), "A", "Node 'A' waits for its time, not for a signal"),
        ((waits("A", None, T0 + 9),), None, "No node of the execution waits for a signal"),
        ((waits("B"),), "A", "Node 'A' does not wait for a signal"),
    ],
)
def test_where_nothing_waits_for_it_the_reason_is_said(
    events: tuple[AnyEvent, ...], node: str | None, why: str
) -> None:
    assert replied(state(*events), Signal(node=node)) == NotWaiting(why)


def test_a_key_delivers_once() -> None:
    delivered = ExecutionResumed(at_us=T0, node="A", run=0, items=some(1), key="k")
    after = state(waits("A"), delivered, waits("B"))
    assert replied(after, Signal(items=some(1), key="k")) == Done()
    assert replied(after, Signal(node="A", items=some(1), key="k")) == Done()
    assert replied(after, Signal(items=some(2), key="k")) == OtherSignal()
    assert replied(after, Signal(node="B", items=some(1), key="k")) == OtherSignal()
    assert isinstance(replied(after, Signal(items=some(1), key="other")), ExecutionResumed)


# ------------------------------------------------------------------------------------------------ letters


async def sent(inbox: Inbox, message: Message) -> asyncio.Task[object]:
    """The letter is in; its reply is awaited."""
    task: asyncio.Task[object] = asyncio.ensure_future(inbox.send(message))
    await asyncio.sleep(0)
    return task


async def test_whoever_reads_is_woken_and_whoever_wrote_is_answered() -> None:
    woken: list[bool] = []
    inbox = Inbox(on_letter=lambda: woken.append(True))
    task = await sent(inbox, CANCEL)
    assert (woken, inbox.unread) == ([True], True)
    opened = inbox.open(GRAPH, state(), T0)
    assert opened is not None
    assert isinstance(opened.event, ExecutionCanceled)
    assert not task.done(), "it is not durable yet"
    inbox.answer(opened.letter, Done())
    assert await task == Done()
    assert not inbox.letters


async def test_a_signal_is_kept_for_a_node_that_has_yet_to_wait() -> None:
    inbox = Inbox()
    task = await sent(inbox, Signal())
    assert inbox.open(GRAPH, state(), T0) is None
    assert (inbox.unread, inbox.until_us()) == (False, T0 + KEEP_US)
    inbox.refuse(GRAPH, state(), T0 + KEEP_US - 1, idle=False)
    opened = inbox.open(GRAPH, state(waits("A")), T0 + KEEP_US - 1)
    assert opened is not None
    inbox.answer(opened.letter, Done())
    assert await task == Done()


@pytest.mark.parametrize(("now_us", "idle"), [(T0 + KEEP_US, False), (T0, True)])
async def test_it_is_refused_when_that_takes_too_long_or_cannot_come(now_us: int, idle: bool) -> None:
    inbox = Inbox()
    task = await sent(inbox, Signal())
    inbox.open(GRAPH, state(), T0)
    inbox.refuse(GRAPH, state(), now_us, idle=idle)
    assert await task == NotWaiting("No node of the execution waits for a signal")


async def test_what_could_be_delivered_is_not_refused() -> None:
    inbox = Inbox()
    task = await sent(inbox, Signal())
    inbox.refuse(GRAPH, state(waits("A")), T0, idle=True)
    assert not task.done()
    inbox.close()
    await task


async def test_letters_come_to_something_in_the_order_in_which_they_can() -> None:
    inbox = Inbox()
    early, cancel = await sent(inbox, Signal()), await sent(inbox, CANCEL)
    opened = inbox.open(GRAPH, state(), T0)
    assert opened is not None
    assert isinstance(opened.event, ExecutionCanceled)
    inbox.answer(opened.letter, Done())
    assert await cancel == Done()
    inbox.close()
    assert await early == Missed()


async def test_when_the_execution_is_let_go_nobody_is_left_without_an_answer() -> None:
    inbox = Inbox()
    letters = [await sent(inbox, CANCEL), await sent(inbox, Signal())]
    inbox.close()
    assert [await letter for letter in letters] == [Missed(), Missed()]
    assert await inbox.send(CANCEL) == Missed(), "and whoever comes later neither"


async def test_an_answer_that_nobody_waits_for_any_more_harms_nobody() -> None:
    inbox = Inbox()
    task = await sent(inbox, CANCEL)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    opened = inbox.open(GRAPH, state(), T0)
    assert opened is not None, "it is carried out all the same"
    inbox.answer(opened.letter, Done())
