"""Is what we did what n8n did? The equality that the corpus's README states, and nothing weaker."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator
from typing import Any

Json = Any


def differences(actual: Json, expected: Json) -> list[str]:
    """What differs between an outcome and the recorded one, in words; empty when they are equal."""
    return list(_compare(actual, expected))


def _compare(actual: Json, expected: Json) -> Iterator[str]:
    if actual["status"] != expected["status"]:
        yield f"status: {actual['status']} instead of {expected['status']} ({_brief(actual.get('error'))})"
    yield from _compare_errors("error", actual.get("error"), expected.get("error"))
    if bool(actual.get("preExecution")) != bool(expected.get("preExecution")):
        yield f"preExecution: {actual.get('preExecution')} instead of {expected.get('preExecution')}"
    if actual.get("order", []) != expected.get("order", []):
        yield f"order: {actual.get('order')} instead of {expected.get('order')}"
    if actual.get("lastNodeExecuted") != expected.get("lastNodeExecuted"):
        yield f"lastNodeExecuted: {actual.get('lastNodeExecuted')} instead of {expected.get('lastNodeExecuted')}"
    for node, runs in expected["runs"].items():
        ours = actual["runs"].get(node, [])
        if len(ours) != len(runs):
            yield f"{node}: {len(ours)} runs instead of {len(runs)}"
            continue
        for number, (mine, theirs) in enumerate(zip(ours, runs, strict=True)):
            yield from _compare_runs(f"{node}[{number}]", mine, theirs)
    for node in actual["runs"].keys() - expected["runs"].keys():
        yield f"{node}: ran, and should not have"


def _compare_runs(where: str, actual: Json, expected: Json) -> Iterator[str]:
    if actual["status"] != expected["status"]:
        yield f"{where}.status: {actual['status']} instead of {expected['status']} ({_brief(actual.get('error'))})"
    if actual["source"] != expected["source"]:
        yield f"{where}.source: {actual['source']} instead of {expected['source']}"
    yield from _compare_errors(f"{where}.error", actual.get("error"), expected.get("error"))
    yield from _compare_outputs(where, actual["outputs"], expected["outputs"])


def _compare_errors(where: str, actual: Json, expected: Json) -> Iterator[str]:
    if (actual is None) != (expected is None):
        yield f"{where}: {_brief(actual)} instead of {_brief(expected)}"
    elif actual is not None and expected is not None:
        for field in ("message", "node"):
            if actual.get(field) != expected.get(field):
                yield f"{where}.{field}: {actual.get(field)!r} instead of {expected.get(field)!r}"


def _compare_outputs(where: str, actual: Json, expected: Json) -> Iterator[str]:
    if actual is None or expected is None:
        if actual is not expected:
            yield f"{where}.outputs: {_brief(actual)} instead of {_brief(expected)}"
        return
    if len(actual) != len(expected):
        yield f"{where}: {len(actual)} outputs instead of {len(expected)}: {_brief(actual)} / {_brief(expected)}"
        return
    for index, (mine, theirs) in enumerate(zip(actual, expected, strict=True)):
        if mine is None or theirs is None:
            if mine is not theirs:
                yield f"{where}.{index}: {_brief(mine)} instead of {_brief(theirs)}"
        elif len(mine) != len(theirs):
            yield f"{where}.{index}: {len(mine)} items instead of {len(theirs)}: {_brief(mine)} / {_brief(theirs)}"
        else:
            for position, pair in enumerate(zip(mine, theirs, strict=True)):
                yield from _compare_items(f"{where}.{index}.{position}", *pair)


def _compare_items(where: str, actual: Json, expected: Json) -> Iterator[str]:
    if not same(actual["json"], expected["json"]):
        yield f"{where}.json: {_brief(actual['json'])} instead of {_brief(expected['json'])}"
    if "pairedItem" in expected and _lineage(actual.get("pairedItem")) != _lineage(expected["pairedItem"]):
        yield f"{where}.pairedItem: {_brief(actual.get('pairedItem'))} instead of {_brief(expected['pairedItem'])}"
    if (expected.get("binary") or None) != _readable(actual.get("binary")):
        yield f"{where}.binary: {_brief(actual.get('binary'))} instead of {_brief(expected.get('binary'))}"


def _readable(binary: Json) -> Json:
    """Binary data as the corpus writes it: text where it is UTF-8, else a hash; with its name and type."""
    if not binary:
        return None
    return {name: _content(data) for name, data in binary.items()}


def _content(data: Json) -> Json:
    content = base64.b64decode(data["data"])
    told = {key: value for key, value in data.items() if key != "data"}
    try:
        return {**told, "text": content.decode()}
    except UnicodeDecodeError:
        return {**told, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def same(a: Json, b: Json) -> bool:
    """JSON equality: numbers by value, never a boolean for a number; NaN and infinities are null."""
    a, b = _finite(a), _finite(b)
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def _finite(value: Json) -> Json:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _lineage(paired: Json) -> Json:
    """One spelling: `n` is `{item: n}`, and input 0 is left out."""
    if isinstance(paired, list):
        return [_lineage(one) for one in paired]
    if isinstance(paired, int):
        return {"item": paired}
    if isinstance(paired, dict):
        return {key: value for key, value in paired.items() if not (key == "input" and value in (0, None))}
    return paired


def _brief(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "…"
