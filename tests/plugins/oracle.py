"""The oracle's cases, one node run at a time: each recorded run of a node is repeated on the bench and compared.

`python -m tests.plugins.oracle limit sort` reports how many runs of those node types come out equal, and what differs.
The inputs of a run are the recorded outputs of its sources, so a node is judged alone. Left out, with a reason, are
runs that need the engine: output routing under `continueErrorOutput`, expressions that look at other nodes, and
executions that n8n refused to start.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from py_mini_racer import JSEvalException, MiniRacer

from plugins.context import Arrival, CodeResult
from plugins.errors import NodeError
from plugins.items import Item, Json, Link, Outputs, items_from_json
from plugins.node import NodeType
from plugins.registry import Registry, built_in
from plugins.running import arrive
from plugins.testing import NodeBench, plain_path
from plugins.values import UNDEFINED, JsDate

CASES = Path(__file__).parents[1] / "conformance" / "n8n" / "workflows"
OTHER_NODES = re.compile(r"\$\(|\$node\b|\$items\b|\$item\b|\$execution|\$workflow|\$vars|\$env|\$now|\$today|DateTime")


@dataclass(frozen=True)
class Comparison:
    """One run of one node. `difference` is None when equal; `left_out` says why it was not compared."""

    area: str
    slug: str
    node: str
    type: str
    run: int
    difference: str | None = None
    left_out: str | None = None

    def __str__(self) -> str:
        said = (self.left_out and f"left out: {self.left_out}") or self.difference or "equal"
        return f"{self.area}/{self.slug} {self.node}[{self.run}] {self.type}: {said}"


def cases(area: str = "*") -> Iterator[dict[str, Any]]:
    for path in sorted(CASES.glob(f"{area}.json")):
        yield from json.loads(path.read_text())


def compare_all(types: Sequence[str], registry: Registry | None = None, area: str = "*") -> list[Comparison]:
    """Every recorded run of these types (short names: `limit`). All in one event loop."""

    async def compare() -> list[Comparison]:
        known = registry or built_in()
        return [found for case in cases(area) for found in await compare_case(case, types, known)]

    return asyncio.run(compare())


async def compare_case(case: Mapping[str, Any], types: Sequence[str], registry: Registry) -> list[Comparison]:
    found = []
    for node in case["workflow"]["nodes"]:
        if node["type"].rsplit(".", 1)[-1] not in types:
            continue
        state: dict[str, Json] = {}
        for run in range(len(case["expect"]["runs"].get(node["name"], []))):
            found.append(await _compare_run(case, node, run, registry, state))
    return found


async def _compare_run(
    case: Mapping[str, Any], node: Mapping[str, Any], run: int, registry: Registry, state: dict[str, Json]
) -> Comparison:
    base = (case["area"], case["slug"], node["name"], node["type"].rsplit(".", 1)[-1], run)
    expected = case["expect"]["runs"][node["name"]][run]
    node_type = registry.find(node["type"], node.get("typeVersion", 1))
    if reason := _left_out(case, node, node_type):
        return Comparison(*base, left_out=reason)
    assert node_type is not None
    inputs = _inputs(case, node, expected)
    world = _World(run, expected["source"][:1])
    try:
        result = await NodeBench([node_type]).run(
            node.get("parameters", {}),
            inputs=inputs,
            state=state,
            evaluate=world.evaluate,
            javascript=world.run,
            continue_on_fail=_continues(node),
            timezone=case["workflow"].get("settings", {}).get("timezone", "UTC"),
            mode="manual" if case["mode"] == "manual" else "production",
            run_index=run,
            earlier=[_arrival(case, node, before) for before in case["expect"]["runs"][node["name"]][:run]],
            sources=expected["source"],
            outputs_connected=len(case["workflow"]["connections"].get(node["name"], {}).get("main", [])),
            name=node["name"],
        )
    except NodeError as error:
        return Comparison(*base, difference=_error_difference(str(error), expected, _continues(node)))
    except _NeedsEngine as reason:
        return Comparison(*base, left_out=str(reason))
    except Exception as error:  # noqa: BLE001 - a fault of the node is what the harness is here to show
        return Comparison(*base, difference=f"raised {error!r}")
    state.clear()
    state.update(result.state)
    outputs = result.outputs if result.outcome is None else getattr(result.outcome, "outputs", [])
    difference = _difference(expected, _after_engine(outputs, inputs, node))
    wanted = case["expect"].get("contextData", {}).get(f"node:{node['name']}")
    if wanted and run == len(case["expect"]["runs"][node["name"]]) - 1 and not _same(wanted, dict(state)):
        difference = difference or f"state\n  ours {_short(dict(state))}\n  n8n  {_short(wanted)}"
    return Comparison(*base, difference=difference)


def _left_out(case: Mapping[str, Any], node: Mapping[str, Any], node_type: NodeType | None) -> str | None:
    if node_type is None:
        return "unknown node type"
    if node.get("disabled"):
        return "disabled"
    if node.get("onError") == "continueErrorOutput":
        return "error output"
    if node["name"] in case["workflow"].get("pinData", {}) and case["mode"] == "manual":
        return "pinned"
    if case["expect"].get("preExecution"):
        return "not started"
    return None


def _continues(node: Mapping[str, Any]) -> bool:
    on_error = node.get("onError")
    return bool(node.get("continueOnFail")) if on_error is None else on_error.startswith("continue")


def _inputs(case: Mapping[str, Any], node: Mapping[str, Any], expected: Mapping[str, Any]) -> list[list[Item] | None]:
    runs = case["expect"]["runs"]
    inputs: list[list[Item] | None] = []
    for source in expected["source"]:
        rows = source and runs[source["previousNode"]][source.get("previousNodeRun", 0)]["outputs"]
        found = None if not rows else rows[source.get("previousNodeOutput", 0)] or []
        items = None if found is None else items_from_json([_item(row) for row in found])
        inputs.append(items[:1] if items and node.get("executeOnce") else items)
    return inputs or [[Item({})]]


def _arrival(case: Mapping[str, Any], node: Mapping[str, Any], expected: Mapping[str, Any]) -> Arrival:
    first = _inputs(case, node, expected)[0]
    return Arrival(arrive(first or []), expected["source"][0] if expected["source"] else None)


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: row[key] for key in ("json", "pairedItem", "error") if key in row}
    if "binary" in row:
        known["binary"] = {key: _binary(value) for key, value in row["binary"].items()}
    return known


def _binary(value: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        key: str(value[key])
        for key in ("mimeType", "fileName", "fileExtension", "fileType", "fileSize")
        if value.get(key)
    }
    return {"mimeType": "text/plain", "data": base64.b64encode(value.get("text", "").encode()).decode(), **known}


# ------------------------------------------------------------------------------------------------ comparing


def _after_engine(outputs: Outputs, inputs: Sequence[list[Item] | None], node: Mapping[str, Any]) -> Outputs:
    """What the engine does after a node: lineage where it is unambiguous, and `alwaysOutputData`."""
    first = inputs[0] or []
    given = [items for items in inputs if items is not None]
    filled: Outputs = []
    for items in outputs:
        alone = len(outputs) == 1 and len(given) == 1
        if items is None:
            filled.append(None)
        elif len(given) == 1 and len(first) == 1:
            filled.append([item if item.paired is not None else item.paired_with(Link(0)) for item in items])
        elif alone and len(items) == len(first):
            filled.append([i if i.paired is not None else i.paired_with(Link(n)) for n, i in enumerate(items)])
        elif alone and len(items) == 1:
            filled.append([item if item.paired is not None else item.paired_with(Link(0)) for item in items])
        else:
            filled.append(items)
    if node.get("alwaysOutputData") and not (filled and filled[0]):
        filled[:1] = [[Item({}, [Link(n) for n in range(len(first))])]]
    return filled


def _error_difference(message: str, expected: Mapping[str, Any], continues: bool) -> str | None:
    error = expected.get("error")
    if error is None:
        return None if continues and message in json.dumps(expected["outputs"]) else f"raised {message!r}"
    return None if error["message"] == message else f"said {message!r}, n8n {error['message']!r}"


def _difference(expected: Mapping[str, Any], outputs: Outputs) -> str | None:
    if expected.get("error"):
        return f"succeeded, n8n said {expected['error']['message']!r}"
    wanted = expected["outputs"] or []
    got = [None if items is None else [json.loads(_encode(item)) for item in items] for items in outputs]
    for output in range(max(len(wanted), len(got))):
        theirs = (wanted[output] if output < len(wanted) else None) or []
        ours = (got[output] if output < len(got) else None) or []
        if len(theirs) != len(ours):
            return (
                f"output {output}: {len(ours)} items, n8n {len(theirs)}\n  ours {_short(ours)}\n  n8n  {_short(theirs)}"
            )
        for position, (a, b) in enumerate(zip(theirs, ours, strict=True)):
            if not _same(a["json"], b["json"]):
                return f"output {output} item {position}\n  ours {_short(b['json'])}\n  n8n  {_short(a['json'])}"
            if "pairedItem" in a and _lineage(a["pairedItem"]) != _lineage(b.get("pairedItem")):
                return f"output {output} item {position} lineage: ours {b.get('pairedItem')}, n8n {a['pairedItem']}"
            if set(a.get("binary") or {}) != set(b.get("binary") or {}):
                return f"output {output} item {position} binary: ours {b.get('binary')}, n8n {a.get('binary')}"
    return None


def _encode(item: Item) -> str:
    row = msgspec.to_builtins(item)
    return json.dumps(_finite(row))


def _finite(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items() if inner is not UNDEFINED}
    if isinstance(value, list | tuple):
        return [None if inner is UNDEFINED else _finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _same(a: Json, b: Json) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b)


def _lineage(paired: Json) -> Json:
    if isinstance(paired, list):
        return [_lineage(link) for link in paired]
    if isinstance(paired, int):
        return {"item": paired}
    if isinstance(paired, dict):
        return {key: value for key, value in paired.items() if not (key == "input" and value in (0, None))}
    return paired


def _short(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)[:700]


# ------------------------------------------------------------------------------------------------ JavaScript


class _NeedsEngine(Exception):
    """The template or script looks beyond this node's own input."""


_PRELUDE = """
const $input = {all: () => items, first: () => items[0], last: () => items[items.length - 1], item: items[index]};
const $json = (items[index] ?? {}).json; const $itemIndex = index; const $binary = (items[index] ?? {}).binary;
"""


@cache
def _engine() -> MiniRacer:
    """Made away from any event loop, so that it lives in one of its own."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(MiniRacer).result()


class _World:
    """Expressions and scripts over one node run, in V8."""

    def __init__(self, run_index: int, sources: Sequence[Mapping[str, Any] | None]) -> None:
        source = (sources[0] if sources else None) or {}
        self._globals = {
            "$runIndex": run_index,
            "$prevNode": {"name": source.get("previousNode"), "outputIndex": source.get("previousNodeOutput", 0)},
        }

    def evaluate(self, template: str, items: Sequence[Item], index: int) -> Json:
        try:
            return plain_path(template[1:], items[index].json if index < len(items) else {})
        except AssertionError:
            if OTHER_NODES.search(template):
                raise _NeedsEngine(f"expression {template}") from None
        blocks = re.split(r"\{\{(.*?)\}\}", template[1:], flags=re.DOTALL)
        values = [self._value(block, items, index) for block in blocks[1::2]]
        if len(values) == 1 and blocks[0] == blocks[2] == "":
            return values[0]
        texts = ["" if value is None or value is UNDEFINED else _text(value) for value in values]
        return "".join(text for pair in zip(blocks[::2], [*texts, ""], strict=True) for text in pair)

    def run(self, code: str, items: Sequence[Item], each_item: bool) -> CodeResult:
        body = f"JSON.stringify((() => {{ {code}\n }})() ?? null)"
        found = json.loads(self._eval(body, items, 0))
        return CodeResult(items_from_json(found or []))

    def _value(self, block: str, items: Sequence[Item], index: int) -> Json:
        source = block.strip().rstrip(";")
        tagged = (
            "JSON.stringify((v => v === undefined ? {u: 1} : v instanceof Date ? {d: v} : {v})"
            f"((() => {{ try {{ return ({source}\n) }} catch (e) {{ return undefined }} }})()))"
        )
        found = json.loads(self._eval(tagged, items, index))
        return UNDEFINED if "u" in found else JsDate(found["d"]) if "d" in found else found["v"]

    def _eval(self, source: str, items: Sequence[Item], index: int) -> str:
        engine = _engine()
        rows = json.dumps([{"json": item.json} for item in items])
        try:
            known = "".join(f"const {name} = {json.dumps(value)};" for name, value in self._globals.items())
            return str(engine.eval(f"((items, index) => {{ {known} {_PRELUDE} return {source}; }})({rows}, {index})"))
        except JSEvalException as error:
            found = re.search(r"Error: (.*)", str(error))
            raise NodeError(found.group(1) if found else str(error)) from None


def _text(value: Json) -> str:
    if isinstance(value, list):
        return ",".join("" if inner is None else _text(inner) for inner in value)
    if isinstance(value, dict):
        return "[object Object]"
    return str(value).lower() if isinstance(value, bool) else str(value)


# ------------------------------------------------------------------------------------------------ reporting


def report(found: Sequence[Comparison], *, verbose: bool = True) -> str:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        counts[one.type]["left out" if one.left_out else "different" if one.difference else "equal"] += 1
    lines = [str(one) for one in found if verbose and (one.difference or one.left_out)]
    for type_, count in sorted(counts.items()):
        lines.append(
            f"{type_:20} equal {count['equal']:4}  different {count['different']:4}  left out {count['left out']:4}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(report(compare_all(sys.argv[1:])) + "\n")
