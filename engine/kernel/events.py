"""The history of an execution: facts in the past tense, in the order in which they were recorded.

Every `at_us` and `due_us` is epoch microseconds, UTC. The sequence number of an event is its position in the log,
from 1, and is kept beside the event, not in it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from plugins.errors import Failure
from plugins.items import Items, Outputs
from plugins.outcomes import CallWorkflow


class ExecutionMode(StrEnum):
    MANUAL = "MANUAL"
    WEBHOOK = "WEBHOOK"
    SCHEDULE = "SCHEDULE"
    SUBWORKFLOW = "SUBWORKFLOW"
    RETRY = "RETRY"
    ERROR = "ERROR"
    TEST = "TEST"


class RecoveryStrategy(StrEnum):
    RETRY = "RETRY"
    FALLBACK = "FALLBACK"
    SKIP = "SKIP"


class Source(msgspec.Struct, frozen=True, omit_defaults=True, tag="run"):
    """Where one input of a node run came from: an output of an earlier run."""

    node: str
    output: int = 0
    run: int = 0


class Given(msgspec.Struct, frozen=True, omit_defaults=True, tag="given"):
    """Items that no node run made: the trigger's input, or the empty item that order v0 forces.

    `cause` is the output whose arrival forced that empty item: n8n names it as the source.
    """

    items: Items
    cause: Source | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True):
    """A fact. `at_us` is when it was decided."""

    at_us: int


class Verdict(StrEnum):
    """What becomes of a node's runs when an execution is tried again."""

    REUSED = "REUSED"
    RERUN = "RERUN"
    """It runs again, with what it was given."""
    INVALIDATED = "INVALIDATED"
    """Its runs are dropped: it runs again when it is reached."""


class Reason(StrEnum):
    FINISHED = "FINISHED"
    """Nothing that it depends on runs again."""
    FAILED = "FAILED"
    UNFINISHED = "UNFINISHED"
    NAMED = "NAMED"
    LOOP_HEAD = "LOOP_HEAD"
    """It begins the loop of a node that is to run again."""
    CHANGED = "CHANGED"
    """The node, or what leads to it, is not the same in the version that runs now."""
    DOWNSTREAM = "DOWNSTREAM"
    REMOVED = "REMOVED"


class Decision(msgspec.Struct, frozen=True):
    """What becomes of the runs of one node, how many they are, and why."""

    node: str
    runs: int
    verdict: Verdict
    reason: Reason


class KeptRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finished node run of an earlier execution, whole: nothing but this log is needed to go on from it."""

    node: str
    run: int
    status: str
    inputs: list[Source | Given | None]
    outputs: Outputs
    started_at_us: int
    attempt: int = 1
    error: Failure | None = None
    recovery: RecoveryStrategy | None = None
    finished_at_us: int | None = None
    duration_us: int = 0


class Retried(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is taken over of an earlier execution: its finished runs, in order, and the states of their nodes.

    `from_node` begins again first; `items` are given to it instead of what it got.
    """

    of: str
    from_node: str | None = None
    items: Items | None = None
    plan: list[Decision] = []
    runs: list[KeptRun] = []
    contexts: dict[str, dict[str, Any]] = {}


class ExecutionQueued(Event, frozen=True, kw_only=True, tag="ExecutionQueued"):
    """Accepted. Carries all that a run depends on beside the definition, so that a replay repeats it."""

    mode: ExecutionMode
    start_node: str
    items: Items
    until_node: str | None = None
    pinned: dict[str, Items] = {}
    """Pin data in force: only test runs have any."""
    depth: int = 0
    """How many executions wait for this one, each for the next: 0 unless another workflow called it."""
    caller: str | None = None
    """The execution that waits for the end of this one: without it, this one is of no use."""
    retried: Retried | None = None


class ExecutionStarted(Event, frozen=True, kw_only=True, tag="ExecutionStarted"):
    worker: str
    epoch: int


class LostRun(msgspec.Struct, frozen=True):
    node: str
    run: int
    attempt: int


class ExecutionRecovered(Event, frozen=True, kw_only=True, tag="ExecutionRecovered"):
    """Another worker took over. `lost` are the attempts that were under way and left no result."""

    worker: str
    epoch: int
    lost: list[LostRun] = []


class ExecutionWaiting(Event, frozen=True, kw_only=True, tag="ExecutionWaiting"):
    """A node suspended itself: until an instant, until a signal, or whichever comes first."""

    node: str
    run: int
    attempt: int
    outputs: Outputs
    """What the run settles with when it wakes up (a signal's data replaces it)."""
    until_us: int | None = None
    signal: str | None = None


class ExecutionResumed(Event, frozen=True, kw_only=True, tag="ExecutionResumed"):
    """The wait of a node run is over: its time came, or its signal (whose items replace the outputs).

    `key` is the idempotency key of that signal: it is delivered once.
    """

    node: str
    run: int
    items: Items | None = None
    key: str | None = None


class ExecutionSucceeded(Event, frozen=True, kw_only=True, tag="ExecutionSucceeded"):
    last_node: str | None = None


class ExecutionFailed(Event, frozen=True, kw_only=True, tag="ExecutionFailed"):
    error: Failure
    node: str | None = None
    run: int | None = None
    attempt: int | None = None


class ExecutionCanceled(Event, frozen=True, kw_only=True, tag="ExecutionCanceled"):
    reason: str | None = None
    actor: str | None = None


class ExecutionTimedOut(Event, frozen=True, kw_only=True, tag="ExecutionTimedOut"):
    pass


class NodeEvent(Event, frozen=True, kw_only=True):
    """Something about run number `run` (from 0) of a node, in its attempt number `attempt` (from 1)."""

    node: str
    run: int
    attempt: int = 1


class NodeStarted(NodeEvent, frozen=True, kw_only=True, tag="NodeStarted"):
    execution_index: int
    inputs: list[Source | Given | None]
    """For each main input: where its items come from, or None where nothing arrived."""


class NodeSucceeded(NodeEvent, frozen=True, kw_only=True, tag="NodeSucceeded"):
    outputs: Outputs
    duration_us: int = 0
    state: dict[str, Any] | None = None
    """The node's own state after this run, when it changed."""
    log: list[str] = []


class NodeFailed(NodeEvent, frozen=True, kw_only=True, tag="NodeFailed"):
    """One attempt failed. What follows (another attempt, a recovery, the end) is the next event."""

    error: Failure
    node_type: str = ""
    duration_us: int = 0
    log: list[str] = []


class WorkflowsCalled(NodeEvent, frozen=True, kw_only=True, tag="WorkflowsCalled"):
    """The node asks for other workflows to be run, one after another. Nothing has been started yet."""

    calls: list[CallWorkflow]
    wait: bool = True
    keep_going: bool = False


class ChildStarted(NodeEvent, frozen=True, kw_only=True, tag="ChildStarted"):
    """The execution that the run's next call stands for was accepted, in the same transaction as this."""

    execution: str


class ChildEnded(NodeEvent, frozen=True, kw_only=True, tag="ChildEnded"):
    """A call was answered: with the outputs of the other workflow's last node, or with why there are none.

    `execution` is None when it could not even be started.
    """

    execution: str | None = None
    outputs: Outputs | None = None
    error: Failure | None = None


class NodeRetryScheduled(NodeEvent, frozen=True, kw_only=True, tag="NodeRetryScheduled"):
    """`attempt` is the one that failed; the next starts at `due_us`, not before."""

    due_us: int
    delay_us: int
    error: Failure


class NodeRecovered(NodeEvent, frozen=True, kw_only=True, tag="NodeRecovered"):
    """A recovery took place. RETRY marks the success of a later attempt and carries no outputs of its own.

    FALLBACK and SKIP settle the run with `outputs` (None: input 0 passes through unchanged as output 0).
    """

    strategy: RecoveryStrategy
    error: Failure
    outputs: Outputs | None = None
    fallback_node: str | None = None


class NodeSkipped(NodeEvent, frozen=True, kw_only=True, tag="NodeSkipped"):
    """The node was not run. Reason "disabled": input 0 passes through as output 0."""

    execution_index: int
    inputs: list[Source | Given | None]
    reason: str


AnyEvent: TypeAlias = (
    ExecutionQueued
    | ExecutionStarted
    | ExecutionRecovered
    | ExecutionWaiting
    | ExecutionResumed
    | ExecutionSucceeded
    | ExecutionFailed
    | ExecutionCanceled
    | ExecutionTimedOut
    | NodeStarted
    | NodeSucceeded
    | NodeFailed
    | NodeRetryScheduled
    | NodeRecovered
    | NodeSkipped
    | WorkflowsCalled
    | ChildStarted
    | ChildEnded
)

TERMINAL = (ExecutionSucceeded, ExecutionFailed, ExecutionCanceled, ExecutionTimedOut)

_encoder = msgspec.json.Encoder(enc_hook=str.__str__)  # for subclasses of str, which msgspec does not take for text
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: AnyEvent) -> bytes:
    """The event as one JSON object, its kind under `type`."""
    return _encoder.encode(event)


def decode(body: bytes) -> AnyEvent:
    """Raises `msgspec.ValidationError` when the bytes are not an event this version knows."""
    return _decoder.decode(body)
