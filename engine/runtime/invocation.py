"""One attempt of one node: parameters resolved in one batch, the plugin called, its answer made an event."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from engine.definition.workflow import Node
from engine.expressions.resolve import Resolver
from engine.expressions.world import WorldInput
from engine.kernel.calls import Calling, combined
from engine.kernel.commands import SettleCalls, StartNode
from engine.kernel.events import AnyEvent, ExecutionWaiting, NodeFailed, NodeSucceeded, WorkflowsCalled
from engine.kernel.lineage import leaving
from engine.kernel.state import State
from engine.ports import Clock, Sandbox, SandboxUnavailable
from engine.runtime import shaping
from engine.runtime.limits import DataLimits, Metered, beginning, shortened
from engine.runtime.live import Progress
from engine.runtime.node_context import NodeContext, source_json
from engine.runtime.scope import Scope
from plugins.context import Http
from plugins.errors import Failure, NodeError
from plugins.guard import Watch, run_plugin
from plugins.items import Items, Outputs
from plugins.manifest import BUILT_IN
from plugins.node import Effects, NodeType
from plugins.outcomes import CallWorkflows, Suspend
from plugins.running import run_node
from plugins.statistics import Statistics

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """Everything about one attempt that is known before the node is called."""

    scope: Scope
    state: State
    command: StartNode
    node: Node
    kind: NodeType
    arrived: Sequence[Items | None]
    inputs: Sequence[Items | None]
    """What the node is given of what arrived."""
    started_us: int


class Invoker:
    """Calls nodes. Holds what all of them share: the sandbox, the guarded HTTP client, the clock."""

    def __init__(
        self,
        *,
        sandbox: Sandbox,
        resolver: Resolver,
        http: Http,
        clock: Clock,
        on_progress: Callable[[str, Progress], None],
        statistics: Statistics,
        limits: DataLimits | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._resolver = resolver
        self._http = http
        self._clock = clock
        self._on_progress = on_progress
        self._statistics = statistics
        self._limits = limits or DataLimits()

    def is_immediate(self, kind: NodeType, scope: Scope, node: str) -> bool:
        """True when the node never waits: pure, ours, and without anything for the sandbox."""
        return (
            kind.effects is Effects.NONE
            and kind.plugin == BUILT_IN
            and not kind.literal
            and self._resolver.is_immediate(scope.parameters[node], kind.literal)
        )

    async def invoke(self, scope: Scope, state: State, command: StartNode) -> AnyEvent:
        """Run the attempt to its end: NodeSucceeded, NodeFailed or ExecutionWaiting. Raises cancellation only."""
        watch = Watch()
        event = await self._attempt(scope, state, command, watch)
        kind = scope.types[command.node]
        if kind is not None:
            duration_us = event.duration_us if isinstance(event, NodeSucceeded | NodeFailed) else 0
            failed = isinstance(event, NodeFailed)
            self._statistics.record(scope.tenant, kind, duration_us=duration_us, failed=failed, blocked=watch.blocked)
        return event

    async def _attempt(self, scope: Scope, state: State, command: StartNode, watch: Watch) -> AnyEvent:
        node, kind = scope.workflow.nodes[command.node], scope.types[command.node]
        started_us = self._clock.now_us()
        if kind is None:
            return self._failed(command, started_us, unknown_type(node), [])
        inputs = state.items(command.inputs)
        # Expressions still see every item that arrived; the node itself gets the first of each input.
        given = [items[:1] if items else items for items in inputs] if node.execute_once else inputs
        call = Call(scope, state, command, node, kind, inputs, given, started_us)
        log: list[str] = []
        try:
            return await self._call(call, log, watch)
        except NodeError as error:
            return self._failed(command, started_us, error.failure, log)
        except SandboxUnavailable as error:
            failure = Failure(code="SANDBOX_UNAVAILABLE", message=str(error) or "The sandbox is not available")
            return self._failed(command, started_us, failure, log)
        except Exception as error:  # noqa: BLE001 - a plugin's fault is the plugin's: it ends its run, not the server
            return self._failed(command, started_us, crashed(node, error), log)

    async def _call(self, call: Call, log: list[str], watch: Watch) -> AnyEvent:
        kind, command, node = call.kind, call.command, call.node
        first = call.inputs[0] if call.inputs else None
        if not any(call.inputs) and not kind.trigger:
            return self._succeeded(call, [[]], {}, log)
        count = max((len(items) for items in call.inputs if items), default=1)
        given = partial(world_input, call)
        resolved = await self._resolver.resolve(
            call.scope.parameters[node.name],
            literal=kind.literal,
            indexes=range(count if kind.per_item else 1),
            tenant=call.scope.tenant,
            world=given,
        )
        context = NodeContext(
            scope=call.scope,
            node=node,
            kind=kind,
            run=command.run,
            attempt=command.attempt,
            inputs=call.inputs,
            sources=[source_json(source) for source in command.inputs],
            resolved=resolved,
            state=dict(call.state.contexts.get(node.name, {})),
            history=call.state.runs[node.name],
            items_of=call.state.items,
            now_us=call.started_us,
            http=self._http if kind.effects is Effects.NONE else Metered(self._http, self._limits.bytes),
            sandbox=self._sandbox,
            given=given,
            on_progress=self._on_progress,
            log=log,
        )
        if kind.plugin == BUILT_IN:
            answer = await run_node(kind, context, first or [])
        else:
            answer = await run_plugin(kind, context, first or [], watch)
        match answer:
            case list():
                event = self._succeeded(call, answer, dict(context.state), log)
            case Suspend():
                event = self._suspended(call, answer)
            case CallWorkflows():
                event = self._called(call, answer)
        most = self._limits.bytes
        return self._limits.kept(event, heavy=resolved.weight(most) > most)

    def _succeeded(self, call: Call, outputs: Outputs, state: dict[str, Any], log: list[str]) -> AnyEvent:
        command, node = call.command, call.node
        if shaping.is_soft_failure(outputs) and may_try_again(node, command.attempt):
            message = str(outputs[0][0].json["error"]) if outputs[0] else ""
            return self._failed(command, call.started_us, Failure(code="NODE_FAILED", message=message), log)
        names = call.kind.outputs
        count = len(names(dict(node.parameters)) if callable(names) else names)
        shaped = shaping.shape(outputs, node=node, inputs=call.arrived, regular_outputs=count)
        now_us = self._clock.now_us()
        return NodeSucceeded(
            at_us=now_us,
            node=node.name,
            run=command.run,
            attempt=command.attempt,
            outputs=shaped,
            duration_us=now_us - call.started_us,
            state=state if state != call.state.contexts.get(node.name, {}) else None,
            log=log,
        )

    def _suspended(self, call: Call, suspend: Suspend) -> AnyEvent:
        return ExecutionWaiting(
            at_us=self._clock.now_us(),
            node=call.node.name,
            run=call.command.run,
            attempt=call.command.attempt,
            outputs=leaving(suspend.outputs, call.inputs),
            until_us=suspend.until_us,
            signal=suspend.signal,
        )

    def _called(self, call: Call, wanted: CallWorkflows) -> AnyEvent:
        return WorkflowsCalled(
            at_us=self._clock.now_us(),
            node=call.node.name,
            run=call.command.run,
            attempt=call.command.attempt,
            calls=list(wanted.calls),
            wait=wanted.wait,
            keep_going=wanted.keep_going,
        )

    def settle(self, scope: Scope, state: State, command: SettleCalls) -> AnyEvent:
        """The result of a run whose calls were all answered: NodeSucceeded or NodeFailed."""
        run, calling = state.run(command.node, command.run), state.doing(command.node, command.run)
        assert isinstance(calling, Calling), "decided for this state"
        node, kind = scope.workflow.nodes[command.node], scope.types[command.node]
        assert kind is not None, "it has run"
        start = StartNode(command.node, command.run, command.attempt, run.execution_index, run.inputs)
        inputs = state.items(run.inputs)
        given = [items[:1] if items else items for items in inputs] if node.execute_once else inputs
        result = combined(calling, given)
        if isinstance(result, Failure):
            return self._failed(start, run.started_at_us, result, [])
        call = Call(scope, state, start, node, kind, inputs, given, run.started_at_us)
        return self._limits.kept(self._succeeded(call, result, dict(state.contexts.get(node.name, {})), []))

    def _failed(self, command: StartNode, started_us: int, failure: Failure, log: list[str]) -> NodeFailed:
        now_us = self._clock.now_us()
        return NodeFailed(
            at_us=now_us,
            node=command.node,
            run=command.run,
            attempt=command.attempt,
            error=shortened(failure),
            duration_us=now_us - started_us,
            log=beginning(log) if log else log,
        )


def world_input(call: Call) -> WorldInput:
    """Where this run stands, for the expressions in its parameters."""
    scope, state, command = call.scope, call.state, call.command
    return WorldInput(
        workflow=scope.workflow,
        node=command.node,
        run=command.run,
        inputs=call.arrived,
        sources=command.inputs,
        runs=state.runs,
        execution_id=scope.execution_id,
        mode=scope.mode,
        now_us=call.started_us,
        workflow_id=scope.info.id,
        contexts=state.contexts,
        pinned=scope.pinned,
    )


def may_try_again(node: Node, attempt: int) -> bool:
    return node.recovery.retry is not None and attempt < node.recovery.retry.max_attempts


def unknown_type(node: Node) -> Failure:
    return Failure(
        code="UNKNOWN_NODE_TYPE",
        message=f"Unrecognized node type: {node.type}",
        name="UnrecognizedNodeTypeError",
        description="Install the plugin that provides it, pin data on the node for a test run, or disable it.",
        permanent=True,
    )


def crashed(node: Node, error: Exception) -> Failure:
    """A plugin raised something that is no NodeError: masked, since its text may hold anything; logged under an id."""
    error_id = uuid.uuid4().hex[:12]
    logger.error("node_crashed", node=node.name, type=node.type, error_id=error_id, exc_info=error)
    return Failure(
        code="NODE_CRASHED",
        message=f"The node failed unexpectedly ({type(error).__name__}, error id {error_id})",
        description="This is a fault of the node's plugin; the server's log has the details under that id.",
    )
