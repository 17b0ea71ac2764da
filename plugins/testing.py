"""A bench to run one node on in a test, without an engine.

    result = await NodeBench(limit).run(parameters={"maxItems": 2}, items=[{"n": 1}, {"n": 2}, {"n": 3}])
    assert result.json() == [{"n": 1}, {"n": 2}]

Expressions in parameters are resolved when they are plain paths (`={{ $json.a.b }}`, also within text); give
`evaluate=` for more, or the resolved parameters of each item in `each=`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from plugins.context import Arrival, CodeResult, Legacy, NodeInfo, WorkflowInfo
from plugins.errors import NodeError
from plugins.fakehttp import Answer, FakeHttp, Request, respond
from plugins.items import Item, Items, Json, Outputs, items_from_json
from plugins.node import NodeType
from plugins.outcomes import CallWorkflows, Outcome, Suspend
from plugins.parameters import bind, expression_defaults
from plugins.running import arrive, run_node
from plugins.values import UNDEFINED

__all__ = ["NOON", "Answer", "BenchContext", "FakeHttp", "NodeBench", "Request", "Result", "plain_path", "respond"]

Evaluate: TypeAlias = Callable[[str, Sequence[Item], int], Json]
"""(template, items of input 0, item index) -> its value. Raises `NodeError`."""
RunJavaScript: TypeAlias = Callable[[str, Sequence[Item], bool], CodeResult]
"""(script, items of input 0, once for each item?) -> what it answered. Raises `NodeError`."""

NOON = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
_PATH = re.compile(r"\{\{\s*\$json((?:\.[A-Za-z_$][\w$]*|\[\d+\]|\[\"[^\"]*\"\]|\['[^']*'\])*)\s*\}\}")
_STEP = re.compile(r"\.([A-Za-z_$][\w$]*)|\[(\d+)\]|\[[\"']([^\"']*)[\"']\]")


@dataclass(frozen=True)
class Result:
    """What a run left behind. `outputs` is empty when the node answered an `outcome` instead."""

    outputs: Outputs
    outcome: Outcome | None
    state: Mapping[str, Json]
    log: Sequence[str]
    progress: Sequence[tuple[int, int | None, str | None]]

    def items(self, output: int = 0) -> Items:
        return self.outputs[output] or []

    def json(self, output: int = 0) -> list[dict[str, Json]]:
        """The `json` of every item on an output."""
        return [item.json for item in self.items(output)]


@dataclass
class BenchContext:
    """The `Context` protocol over what a test gave."""

    node_type: NodeType
    node: NodeInfo
    workflow: WorkflowInfo
    inputs: Sequence[Items | None]
    state: dict[str, Json]
    now: datetime
    continue_on_fail: bool = False
    mode: Literal["manual", "production"] = "production"
    run_index: int = 0
    execution_id: str = "exec_bench"
    each: Sequence[Mapping[str, Json]] | None = None
    server: FakeHttp | None = None
    secrets: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    evaluator: Evaluate | None = None
    javascript: RunJavaScript | None = None
    source: Sequence[Mapping[str, Any] | None] = ()
    arrivals: Sequence[Arrival] = ()
    log: list[str] = field(default_factory=list)
    progressed: list[tuple[int, int | None, str | None]] = field(default_factory=list)

    @property
    def http(self) -> FakeHttp:
        if self.server is None:
            raise AssertionError("this node uses HTTP: give the bench http=respond(…)")
        return self.server

    def parameters(self, item: int = 0) -> Any:
        return bind(self.node_type.parameters, self.resolved(item))

    def parameter(self, path: str, item: int = 0, default: Json = None) -> Json:
        value: Json = self.resolved(item)
        for key in path.split("."):
            if not isinstance(value, Mapping) or key not in value:
                return default
            value = value[key]
        return default if value is UNDEFINED else value

    def resolved(self, item: int) -> Mapping[str, Json]:
        """The node's parameters for one item, expressions evaluated, defaults not filled in."""
        if self.each is not None:
            return self.each[item]
        raw = {**expression_defaults(self.node_type.parameters), **self.node.parameters}
        literal = self.node_type.literal
        return {key: value if key in literal else self._resolve(value, item) for key, value in raw.items()}

    def sources(self) -> Sequence[Mapping[str, Any] | None]:
        return self.source

    def earlier(self, run: int) -> Arrival:
        return self.arrivals[run]

    def idempotency_key(self, item: int = 0) -> str:
        return f"{self.execution_id}:{self.node.name}:{self.run_index}:{item}"

    def progress(self, done: int, of: int | None = None, message: str | None = None) -> None:
        self.progressed.append((done, of, message))

    def credentials(self, kind: str) -> Mapping[str, Json]:
        if kind not in self.secrets:
            raise NodeError(f"The node has no credential of type '{kind}'", code="CREDENTIAL_DENIED", retryable=False)
        return self.secrets[kind]

    async def evaluate(self, template: str, item: int = 0) -> Json:
        return self._resolve(template, item)

    async def run_javascript(
        self,
        code: str,
        *,
        each_item: bool,
        keep_going: bool = False,
        legacy: Legacy | None = None,  # noqa: ARG002 - the test's script knows
    ) -> CodeResult:
        if self.javascript is None:
            raise AssertionError("this node runs a script: give the bench javascript=…")
        items = self.inputs[0] or [] if self.inputs else []
        if keep_going:
            result = CodeResult([made for item in items for made in self._one_by_one(code, item)])
        else:
            result = self.javascript(code, items, each_item)
        self.log += result.log
        return result

    def _one_by_one(self, code: str, item: Item) -> Items:
        assert self.javascript is not None
        try:
            return [made.paired_with(item.paired) for made in self.javascript(code, [item], True).items]
        except NodeError as error:
            return [Item({"error": str(error)}, item.paired)]

    def _resolve(self, value: Json, item: int) -> Json:
        if isinstance(value, Mapping):
            return {key: self._resolve(inner, item) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._resolve(inner, item) for inner in value]
        if not (isinstance(value, str) and value.startswith("=")):
            return value
        items = self.inputs[0] or [] if self.inputs else []
        if self.evaluator is not None:
            return self.evaluator(value, items, item)
        return plain_path(value[1:], items[item].json if item < len(items) else {})


class NodeBench:
    """Runs one version of a node type: the highest there is unless `version` says otherwise."""

    def __init__(self, node_types: Sequence[NodeType], *, version: float | None = None) -> None:
        versions = {node_type.version: node_type for node_type in node_types}
        self.node_type = versions[max(versions) if version is None else version]

    async def run(
        self,
        parameters: Mapping[str, Json] | None = None,
        items: Sequence[Json] | Sequence[Item] = ({},),
        *,
        inputs: Sequence[Sequence[Json] | None] | None = None,
        each: Sequence[Mapping[str, Json]] | None = None,
        state: Mapping[str, Json] | None = None,
        http: Answer | FakeHttp | None = None,
        credentials: Mapping[str, Mapping[str, Json]] | None = None,
        evaluate: Evaluate | None = None,
        javascript: RunJavaScript | None = None,
        continue_on_fail: bool = False,
        now: datetime = NOON,
        timezone: str = "UTC",
        mode: Literal["manual", "production"] = "production",
        run_index: int = 0,
        earlier: Sequence[Arrival] = (),
        sources: Sequence[Mapping[str, Any] | None] | None = None,
        outputs_connected: int = 0,
        name: str = "Node",
    ) -> Result:
        """One run. Items may be plain objects, n8n items or `Item`s. `inputs` gives all main inputs, None where
        nothing arrived. `each` gives the resolved parameters of every item. Raises what the node raises."""
        given = [items] if inputs is None else inputs
        arrived = [None if rows is None else arrive(_items(rows), index) for index, rows in enumerate(given)]
        context = BenchContext(
            node_type=self.node_type,
            node=NodeInfo(
                id="node_bench",
                name=name,
                type=self.node_type.name,
                type_version=self.node_type.version,
                parameters=dict(parameters or {}),
                outputs_connected=outputs_connected,
                inputs_connected=len(arrived),
            ),
            workflow=WorkflowInfo(id="workflow_bench", name="Bench", timezone=timezone),
            inputs=arrived,
            state=dict(state or {}),
            now=now.astimezone(ZoneInfo(timezone)),
            continue_on_fail=continue_on_fail,
            mode=mode,
            run_index=run_index,
            arrivals=earlier,
            each=each,
            server=http if isinstance(http, FakeHttp) or http is None else FakeHttp(http),
            secrets=credentials or {},
            evaluator=evaluate,
            javascript=javascript,
            source=sources if sources is not None else [_source(rows) for rows in arrived],
        )
        answer = await run_node(self.node_type, context, (arrived[0] or []) if arrived else [])
        outcome = answer if isinstance(answer, Suspend | CallWorkflows) else None
        return Result(
            outputs=[] if isinstance(answer, Suspend | CallWorkflows) else answer,
            outcome=outcome,
            state=context.state,
            log=context.log,
            progress=context.progressed,
        )


def plain_path(template: str, json: Mapping[str, Json]) -> Json:
    """The value of a template whose blocks are plain paths into `$json`. Raises `AssertionError` for any other."""
    if whole := _PATH.fullmatch(template):
        return _follow(whole.group(1), json)
    text = _PATH.sub(lambda block: _as_text(_follow(block.group(1), json)), template)
    if "{{" in text:
        raise AssertionError(f"the bench resolves only plain paths, not {template!r}: give it evaluate=…")
    return text


def _follow(path: str, value: Json) -> Json:
    for name, index, key in _STEP.findall(path):
        if isinstance(value, list):
            value = value[int(index)] if index and int(index) < len(value) else UNDEFINED
        else:
            value = value.get(name or index or key, UNDEFINED) if isinstance(value, Mapping) else UNDEFINED
    return value


def _as_text(value: Json) -> str:
    if value is None or value is UNDEFINED:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _items(rows: Sequence[Json] | Sequence[Item]) -> Items:
    return [row if isinstance(row, Item) else items_from_json(row)[0] for row in rows]


def _source(rows: Items | None) -> Mapping[str, Any] | None:
    return None if rows is None else {"previousNode": "Source", "previousNodeOutput": 0, "previousNodeRun": 0}
