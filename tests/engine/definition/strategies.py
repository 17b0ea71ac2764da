"""Hypothesis strategies: JSON of any kind, n8n documents with fields that nobody knows, and broken exports."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from engine.definition.soundness import walk
from tests.engine.definition.documents import NO_OP, TRIGGER, oracle_documents, to

NAMES = st.sampled_from(["A", "B", "C", "a/b", "~", "", "__proto__", "constructor", "toString", "ünï", "main", "0"])
TEXT = st.one_of(NAMES, st.text(max_size=8), st.sampled_from(["={{ $json.a }}", "={{", "v1", "SKIP", "FALLBACK"]))
NUMBERS = st.one_of(
    st.integers(-3, 12), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.just(10**400)
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3))


json_values = st.recursive(SCALARS, _containers, max_leaves=6)


_numbered_nodes = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["id-1", "id-2", "id-3", "id-4"]),
        "type": st.sampled_from([TRIGGER, NO_OP, "n8n-nodes-base.set", "@n8n/n8n-nodes-langchain.agent"]),
        "typeVersion": st.sampled_from([1, 1.0, 2, 2.1, 3.4]),
        "position": st.tuples(st.integers(-900, 900), st.floats(-900, 900)).map(list),
        "parameters": st.dictionaries(TEXT, json_values, max_size=2),
    },
    optional={"disabled": st.booleans(), "retryOnFail": st.booleans(), "x-unknown": json_values},
)
_kinds = st.sampled_from(["main", "main", "ai_tool"])
_edges = st.tuples(st.integers(0, 3), _kinds, st.integers(0, 2), st.integers(0, 3), st.integers(0, 2))
_items = st.fixed_dictionaries({"json": st.dictionaries(TEXT, json_values, max_size=2)})
_settings = st.fixed_dictionaries(
    {}, optional={"executionOrder": st.sampled_from(["v0", "v1", "parallel"]), "x-later": json_values}
)
_loose = st.fixed_dictionaries(
    {
        "name": st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=10),
        "names": st.lists(NAMES.filter(bool), min_size=1, max_size=4, unique=True),
        "nodes": st.tuples(*[_numbered_nodes] * 4),
        "edges": st.lists(_edges, max_size=5),
        "settings": _settings,
        "pins": st.lists(_items, max_size=2),
    },
    optional={"x-unknown": json_values},
)


def n8n_documents() -> st.SearchStrategy[dict[str, Any]]:
    """Documents that are in order: connections join nodes that exist, and unknown fields are everywhere."""
    return _loose.map(_assembled)


def _assembled(loose: dict[str, Any]) -> dict[str, Any]:
    names = loose["names"]
    connections: dict[str, Any] = {}
    for source, kind, output, target, index in loose["edges"]:
        outputs = connections.setdefault(names[source % len(names)], {}).setdefault(kind, [])
        outputs.extend([None] * (output + 1 - len(outputs)))
        outputs[output] = [*(outputs[output] or []), to(names[target % len(names)], kind=kind, index=index)]
    document = {
        "name": loose["name"],
        "nodes": [{**fields, "name": name} for name, fields in zip(names, loose["nodes"], strict=False)],
        "connections": connections,
        "settings": loose["settings"],
        "pinData": {names[0]: loose["pins"]},
    }
    return {**document, **({"x-unknown": loose["x-unknown"]} if "x-unknown" in loose else {})}


@st.composite
def broken(draw: st.DrawFn, originals: st.SearchStrategy[dict[str, Any]], breaks: int = 4) -> Any:
    """A document in which a few values were replaced, removed, doubled or moved to another key."""
    document = copy.deepcopy(draw(originals))
    for _ in range(draw(st.integers(1, breaks))):
        containers = [inside for _, inside in walk(document) if isinstance(inside, dict | list)]
        _break(draw, draw(st.sampled_from(containers)))
    return document


def broken_exports() -> st.SearchStrategy[Any]:
    return broken(st.sampled_from([document for _, document, _ in oracle_documents()]))


def _break(draw: st.DrawFn, inside: dict[str, Any] | list[Any]) -> None:
    if isinstance(inside, dict):
        _break_object(draw, inside)
    else:
        _break_list(draw, inside)


def _break_object(draw: st.DrawFn, inside: dict[str, Any]) -> None:
    key = draw(st.sampled_from(sorted(inside))) if inside else draw(TEXT)
    match draw(st.sampled_from(["replace", "remove", "rename"])):
        case "replace":
            inside[key] = draw(json_values)
        case "remove":
            inside.pop(key, None)
        case "rename":
            inside[draw(TEXT)] = inside.pop(key, None)


def _break_list(draw: st.DrawFn, inside: list[Any]) -> None:
    if not inside:
        inside.append(draw(json_values))
        return
    place = draw(st.integers(0, len(inside) - 1))
    match draw(st.sampled_from(["replace", "remove", "double"])):
        case "replace":
            inside[place] = draw(json_values)
        case "remove":
            del inside[place]
        case "double":
            inside.append(inside[place])
