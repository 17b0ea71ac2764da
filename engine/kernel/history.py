"""Node runs as they happened: what one run is, and the runs of one node as an immutable sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import overload

import msgspec

from engine.kernel.events import RecoveryStrategy
from engine.kernel.frontier import Input
from plugins.errors import Failure
from plugins.items import Outputs

_CHUNK = 32


class RunStatus(StrEnum):
    RUNNING = "RUNNING"
    RETRYING = "RETRYING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    RECOVERED = "RECOVERED"
    """Failed, and settled by a fallback or by being skipped: it has an error and, mostly, outputs."""
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class NodeRun(msgspec.Struct, frozen=True):
    """Run number `run` of a node, as far as it has come. `attempt` is its latest, from 1.

    `execution_index` is its place among all runs of the execution. `outputs` are there once it has settled, and
    `error` is its last failure unless another attempt mended it (then `recovery` is RETRY). Times are epoch
    microseconds.
    """

    node: str
    run: int
    execution_index: int
    status: RunStatus
    attempt: int
    inputs: tuple[Input, ...]
    started_at_us: int
    outputs: Outputs | None = None
    error: Failure | None = None
    recovery: RecoveryStrategy | None = None
    finished_at_us: int | None = None
    duration_us: int = 0
    reused: bool = False
    """Taken over from the execution that this one tries again: it has not run here."""

    @property
    def counts(self) -> bool:
        """Whether it may be the last of its execution: not when it succeeded at once, without any outputs at all."""
        return bool(self.outputs) or self.status is not RunStatus.SUCCEEDED or self.attempt > 1


class Runs(Sequence[NodeRun]):
    """The runs of one node, by number. Adding or replacing one copies a small piece, not the whole."""

    __slots__ = ("_full", "_tail")

    def __init__(self, full: tuple[tuple[NodeRun, ...], ...] = (), tail: tuple[NodeRun, ...] = ()) -> None:
        self._full = full
        self._tail = tail

    def with_run(self, run: NodeRun) -> Runs:
        """With this run in its place: the next number, or one that is there already. Raises `IndexError`."""
        chunk, place = divmod(run.run, _CHUNK)
        if chunk < len(self._full):
            old = self._full[chunk]
            changed = (*old[:place], run, *old[place + 1 :])
            return Runs((*self._full[:chunk], changed, *self._full[chunk + 1 :]), self._tail)
        if chunk > len(self._full) or place > len(self._tail):
            raise IndexError(f"run {run.run} of {run.node!r} cannot follow run {len(self) - 1}")
        tail = (*self._tail[:place], run, *self._tail[place + 1 :])
        return Runs((*self._full, tail), ()) if len(tail) == _CHUNK else Runs(self._full, tail)

    @overload
    def __getitem__(self, index: int) -> NodeRun: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[NodeRun]: ...
    def __getitem__(self, index: int | slice) -> NodeRun | Sequence[NodeRun]:
        if isinstance(index, slice):
            return tuple(self)[index]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"there is no run {index}: this node has run {len(self)} times")
        chunk, place = divmod(position, _CHUNK)
        return self._tail[place] if chunk == len(self._full) else self._full[chunk][place]

    def __len__(self) -> int:
        return len(self._full) * _CHUNK + len(self._tail)

    def __iter__(self) -> Iterator[NodeRun]:
        for chunk in self._full:
            yield from chunk
        yield from self._tail

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Runs) and self._full == other._full and self._tail == other._tail

    def __hash__(self) -> int:
        return hash((Runs, len(self)))

    def __repr__(self) -> str:
        return f"Runs({list(self)!r})"


NO_RUNS = Runs()
