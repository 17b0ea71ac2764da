"""A seeded event loop with virtual time: no threads, no sockets, no waiting, and the same seed takes the same steps.

Whatever runs belongs to an owner (a simulated server process) or to nobody (the world outside). An owner can be held
still, as a stopped process is, or buried: then nothing of it runs any more, at whatever step it was.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from hashlib import blake2b
from itertools import count
from random import Random
from typing import Any, cast

STEPS = 400_000
"""More than any run takes: beyond, something is turning round and round."""
STEP_S = 20e-6
"""What a step takes on average."""
ROUNDS = 50


class Deadlock(AssertionError):
    """Nothing is ready and no timer is set: whoever waits, waits for ever."""


class Livelock(AssertionError):
    """Step follows step, and nothing comes to an end."""


class Owner:
    """Whom tasks and callbacks belong to; they inherit it, as a child process does, from whoever made them."""

    def __init__(self) -> None:
        self.buried = False
        self.held: deque[asyncio.Handle] | None = None
        """While it is held still: what would have run."""
        self.tasks: list[asyncio.Task[Any]] = []
        self.context = contextvars.Context()
        self.context.run(OWNER.set, self)


OWNER: contextvars.ContextVar[Owner | None] = contextvars.ContextVar("owner", default=None)


class SimLoop(asyncio.BaseEventLoop):
    """`disorder` (0..1) is how often a step is taken out of turn."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, random: Random, *, disorder: float = 0.0) -> None:
        super().__init__()
        self.now = 0.0
        self.steps = 0
        self._failure: BaseException | None = None
        self._interrupts: list[tuple[int, int, Callable[[], None]]] = []
        self.complaints: list[str] = []
        """What nobody handled."""
        self._random = random
        self._disorder = disorder
        self._numbers = count()
        self._trace = blake2b(digest_size=8)
        self.set_exception_handler(lambda _, context: self.complaints.append(repr(context)))
        self.set_task_factory(cast(Any, _owned_task))

    # ------------------------------------------------------------------------------------------- time and order

    def time(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        """Time passes while the code that runs runs on."""
        self.now += seconds

    def note(self, *facts: object) -> None:
        """Something that the same seed must repeat."""
        self._trace.update(repr(facts).encode())

    @property
    def trace(self) -> str:
        """A hash of every step taken and every fact noted so far."""
        return self._trace.hexdigest()

    def fail(self, error: BaseException) -> None:
        """Let the run end here with this error, whoever might have caught it."""
        self._failure = self._failure or error

    def interrupt(self, after_steps: int, action: Callable[[], None]) -> None:
        """Have something happen between two steps, some steps from now."""
        heapq.heappush(self._interrupts, (self.steps + after_steps, next(self._numbers), action))

    def _run_once(self) -> None:
        self._wake_timers()
        handle = self._next()
        self.steps += 1
        self.now += self._random.random() * 2 * STEP_S
        if handle is not None and not handle._cancelled:
            handle._run()
        while self._interrupts and self._interrupts[0][0] <= self.steps:
            heapq.heappop(self._interrupts)[2]()
        if self._failure is not None:
            raise self._failure
        if self.steps > STEPS:
            raise Livelock(f"{self.steps} steps, and no end")

    def _wake_timers(self) -> None:
        timers, ready = self._scheduled, self._ready
        while timers and timers[0]._cancelled:
            _popped(timers)
        if not ready:
            if not timers:
                raise Deadlock("nothing is ready, and no timer is set")
            self.now = max(self.now, timers[0].when())
        while timers and timers[0].when() <= self.now:
            timer = _popped(timers)
            if not timer._cancelled:
                ready.append(timer)

    def _next(self) -> asyncio.Handle | None:
        ready = self._ready
        place = 0
        if len(ready) > 1 and self._random.random() < self._disorder:
            place = self._random.randrange(len(ready))
            ready.rotate(-place)
            handle = ready.popleft()
            ready.rotate(place)
        else:
            handle = ready.popleft()
        owner = _context_of(handle).get(OWNER)
        self._trace.update(b"%d %d;" % (place, int(self.now * 1e6)))
        if owner is not None:
            if owner.buried:
                return None
            if owner.held is not None:
                owner.held.append(handle)
                return None
        return handle

    # ------------------------------------------------------------------------------------------- owners

    def start(self, owner: Owner, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task of this owner's; so is whatever it starts."""
        return self.create_task(work, context=owner.context.copy())

    def hold(self, owner: Owner) -> None:
        """Nothing of it runs until `release`. Its timers run on, as a stopped process's do."""
        if owner.held is None:
            owner.held = deque()

    def release(self, owner: Owner) -> None:
        held, owner.held = owner.held, None
        self._ready.extend(held or ())

    def bury(self, owner: Owner) -> None:
        """Nothing of it will ever run again. Its coroutines are closed here and now, so that none of them is closed by
        the garbage collector in the middle of something else; whoever buries it sees to it that they reach nobody."""
        self.release(owner)
        owner.buried = True
        running = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            for _ in range(ROUNDS):
                left = [task for task in owner.tasks if not task.done()]
                for task in left:
                    task.cancel()
                self._run_all_of(owner)
                if not left:
                    break
            else:
                raise Livelock(f"cancelled again and again, these go on: {left}")
        finally:
            asyncio._set_running_loop(running)
        for task in owner.tasks:
            if not task.cancelled():
                task.exception()  # nobody is left to hear it

    def _run_all_of(self, owner: Owner) -> None:
        while True:
            mine = [handle for handle in self._ready if _context_of(handle).get(OWNER) is owner]
            if not mine:
                return
            others = [handle for handle in self._ready if _context_of(handle).get(OWNER) is not owner]
            self._ready.clear()
            self._ready.extend(others)
            for handle in mine:
                if not handle._cancelled:
                    handle._run()

    # ------------------------------------------------------------------------------------------- what a loop must have

    def _process_events(self, event_list: object) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def _popped(timers: list[asyncio.TimerHandle]) -> asyncio.TimerHandle:
    timer = heapq.heappop(timers)
    timer._scheduled = False  # type: ignore[attr-defined]
    return timer


def _context_of(handle: asyncio.Handle) -> contextvars.Context:
    context: contextvars.Context = handle._context  # type: ignore[attr-defined]
    return context


def _owned_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any],
    context: contextvars.Context | None = None,
) -> asyncio.Task[Any]:
    context = contextvars.copy_context() if context is None else context
    task = asyncio.Task(work, loop=loop, context=context)
    owner = context.get(OWNER)
    if owner is not None:
        owner.tasks.append(task)
    return task
