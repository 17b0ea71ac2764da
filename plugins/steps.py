"""A coroutine whose steps are timed: each is a stretch in which nothing else of the process runs.

A step that goes on for too long is broken off by a timer signal, where the process lets us have it: on Unix, in the
main thread, and as long as nobody else handles SIGALRM. It ends what is written in Python, and waits such as
`time.sleep`; a library that computes in C without looking up is only found out afterwards.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from time import perf_counter
from types import FrameType, TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

AGAIN_S = 1.0
"""When the signal comes again, for a step that swallowed the first."""


class BlockedLoop(BaseException):
    """Raised within a step that kept the event loop for itself too long. No `Exception`, so that few swallow it."""


class Steps(Coroutine[Any, Any, T]):
    """Behaves as the coroutine that it is given. `longest_s` is the longest step so far."""

    def __init__(self, inner: Coroutine[Any, Any, T], *, limit_s: float) -> None:
        self._inner = inner
        self._limit_s = limit_s
        self.longest_s = 0.0

    def send(self, value: Any) -> Any:
        with self._timed():
            return self._inner.send(value)

    def throw(self, error: Any, value: Any = None, trace: TracebackType | None = None, /) -> Any:  # noqa: ARG002
        with self._timed():
            return self._inner.throw(error if value is None else value)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._inner.__await__()

    @contextmanager
    def _timed(self) -> Generator[None, None, None]:
        began = perf_counter()
        rings = _arm(self._limit_s)
        try:
            yield
        finally:
            if rings:
                _disarm()
            self.longest_s = max(self.longest_s, perf_counter() - began)


class _Alarm:
    armed = False


def _arm(limit_s: float) -> bool:
    """Whether the signal will come."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    if (handler := signal.getsignal(signal.SIGALRM)) is not _ring:
        if handler is not signal.SIG_DFL:
            return False
        signal.signal(signal.SIGALRM, _ring)
    _Alarm.armed = True
    signal.setitimer(signal.ITIMER_REAL, limit_s, AGAIN_S)
    return True


def _disarm() -> None:
    _Alarm.armed = False
    signal.setitimer(signal.ITIMER_REAL, 0)


def _ring(_: int, __: FrameType | None) -> None:
    if _Alarm.armed:
        raise BlockedLoop
