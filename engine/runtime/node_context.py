"""The `Context` that a node is given while it runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.definition.workflow import Node
from engine.expressions.references import references
from engine.expressions.resolve import Resolved, evaluate_one
from engine.expressions.world import WorldInput, world
from engine.kernel.events import Source
from engine.kernel.frontier import Input
from engine.kernel.history import NodeRun
from engine.ports import Sandbox, Script
from engine.runtime.live import Progress
from engine.runtime.scope import Scope
from plugins.context import Arrival, CodeResult, Http, Legacy, NodeInfo, WorkflowInfo
from plugins.errors import Failure, NodeError
from plugins.items import Items, Json
from plugins.node import NodeType
from plugins.parameters import bind
from plugins.values import Undefined


class NodeContext:
    """One attempt of one node. Implements `plugins.context.Context`; see there for the promises."""

    __slots__ = (
        "_attempt", "_given", "_history", "_inputs", "_items_of", "_kind", "_node", "_now_us", "_on_progress",
        "_resolved", "_run", "_sandbox", "_scope", "_sources", "_state", "http", "log", "node",
    )  # fmt: skip

    def __init__(
        self,
        *,
        scope: Scope,
        node: Node,
        kind: NodeType,
        run: int,
        attempt: int,
        inputs: Sequence[Items | None],
        sources: Sequence[Mapping[str, Any] | None],
        resolved: Resolved,
        state: MutableMapping[str, Json],
        history: Sequence[NodeRun],
        items_of: Callable[[Sequence[Input]], Sequence[Items | None]],
        now_us: int,
        http: Http,
        sandbox: Sandbox,
        given: Callable[[], WorldInput],
        on_progress: Callable[[str, Progress], None],
        log: list[str],
    ) -> None:
        self._scope = scope
        self._node = node
        self._kind = kind
        self._run = run
        self._attempt = attempt
        self._inputs = inputs
        self._sources = sources
        self._resolved = resolved
        self._state = state
        self._history = history
        self._items_of = items_of
        self._now_us = now_us
        self._sandbox = sandbox
        self._given = given
        self._on_progress = on_progress
        self.node: NodeInfo = scope.nodes[node.name]
        self.http = http
        self.log = log

    @property
    def workflow(self) -> WorkflowInfo:
        return self._scope.info

    @property
    def execution_id(self) -> str:
        return self._scope.execution_id

    @property
    def mode(self) -> Literal["manual", "production"]:
        return self._scope.mode

    @property
    def run_index(self) -> int:
        return self._run

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self._now_us / 1e6, UTC).astimezone(ZoneInfo(self._scope.info.timezone))

    @property
    def inputs(self) -> Sequence[Items | None]:
        return self._inputs

    @property
    def continue_on_fail(self) -> bool:
        return self._node.catches_errors

    @property
    def state(self) -> MutableMapping[str, Json]:
        return self._state

    def parameters(self, item: int = 0) -> Any:
        return bind(self._kind.parameters, self._resolved.at(self._position(item)))

    def parameter(self, path: str, item: int = 0, default: Json = None) -> Json:
        return self._resolved.get(path, self._position(item), default)

    def sources(self) -> Sequence[Mapping[str, Any] | None]:
        return self._sources

    def earlier(self, run: int) -> Arrival:
        inputs = self._history[run].inputs[:1]
        items = self._items_of(inputs) if inputs else [None]
        return Arrival(items[0] or [], source_json(inputs[0]) if inputs else None)

    def idempotency_key(self, item: int = 0) -> str:
        named = f"{self._scope.execution_id}\0{self._node.name}\0{self._run}\0{item}"
        return hashlib.blake2b(named.encode(), digest_size=16).hexdigest()

    def progress(self, done: int, of: int | None = None, message: str | None = None) -> None:
        progress = Progress(self._node.name, self._run, self._attempt, done, of, message, self._now_us)
        self._on_progress(self._scope.execution_id, progress)

    def credentials(self, kind: str) -> Mapping[str, Json]:
        raise NodeError(
            f"Node '{self._node.name}' needs a credential of type '{kind}', and this server keeps no credentials yet",
            code="CREDENTIAL_DENIED",
            retryable=False,
        )

    async def evaluate(self, template: str, item: int = 0) -> Json | Undefined:
        tenant, sandbox = self._scope.tenant, self._sandbox
        return await evaluate_one(template, item, tenant=tenant, sandbox=sandbox, world=self._given)

    async def run_javascript(
        self, code: str, *, each_item: bool, keep_going: bool = False, legacy: Legacy | None = None
    ) -> CodeResult:
        indexes = range(len(self._inputs[0] or ())) if self._inputs else range(0)
        # Unlike an expression, a script sees what its node was given, not all that arrived.
        given = replace(self._given(), inputs=self._inputs)
        needed = world(given, references((code,), code=True), indexes)
        result = await self._sandbox.run(Script(self._scope.tenant, code, each_item, needed, keep_going, legacy))
        if isinstance(result, Failure):
            self.log.extend((result.context or {}).get("log", ()))
            raise NodeError.of(result)
        self.log.extend(result.log)
        return CodeResult(result.items, result.log)

    def _position(self, item: int) -> int:
        return item if self._kind.per_item else 0


def source_json(source: Input) -> Mapping[str, Any] | None:
    """An input's source as n8n writes it; None for items that no run made."""
    if not isinstance(source, Source):
        return None
    return {"previousNode": source.node, "previousNodeOutput": source.output, "previousNodeRun": source.run}
