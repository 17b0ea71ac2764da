"""Hypothesis strategies: JSON of any kind, n8n documents with fields that nobody knows, and broken exports."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from engine.definition.soundness import walk
from tests.engine.definition.documents import NO_OP, TRIGGER, oracle_documents

NAMES = st.sampled_from(["A", "B", "C", "a/b", "~", "", "__proto__", "constructor", "toString", "ünï", "main", "0"])
TEXT = st.one_of(NAMES, st.text(max_size=8), st.sampled_from(["={{ $json.a }}", "={{", "v1", "SKIP", "FALLBACK"]))
NUMBERS = st.one_of(
    st.integers(-3, 12), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.just(10**400)
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4))


json_values = st.recursive(SCALARS, _containers, max_leaves=12)
unknown_fields = st.dictionaries(st.text(min_size=1, max_size=6).map("x-".__add__), json_values, max_size=2)


@st.composite
def n8n_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Documents that are in order: connections join nodes that exist, and unknown fields are everywhere."""
    names = draw(st.lists(NAMES.filter(bool), min_size=1, max_size=6, unique=True))
    return {
        "name": draw(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=10)),
        "nodes": [draw(_nodes(name)) for name in names],
        "connections": draw(st.dictionaries(st.sampled_from(names), _kinds(names), max_size=4)),
        "settings": draw(_settings),
        "pinData": draw(st.dictionaries(st.sampled_from(names), st.lists(_items, max_size=2), max_size=2)),
        **draw(unknown_fields),
    }


@st.composite
def _nodes(draw: st.DrawFn, name: str) -> dict[str, Any]:
    return {
        "id": draw(st.uuids().map(str)),
        "name": name,
        "type": draw(st.sampled_from([TRIGGER, NO_OP, "n8n-nodes-base.set", "@n8n/n8n-nodes-langchain.agent"])),
        "typeVersion": draw(st.sampled_from([1, 1.0, 2, 2.1, 3.4])),
        "position": draw(st.tuples(st.integers(-900, 900), st.floats(-900, 900)).map(list)),
        "parameters": draw(st.dictionaries(TEXT, json_values, max_size=3)),
        **draw(st.fixed_dictionaries({}, optional={"disabled": st.booleans(), "retryOnFail": st.booleans()})),
        **draw(unknown_fields),
    }


def _kinds(names: list[str]) -> st.SearchStrategy[Any]:
    connection = st.fixed_dictionaries(
        {"node": st.sampled_from(names), "type": st.sampled_from(["main", "ai_tool"]), "index": st.integers(0, 3)},
        optional={"x-note": json_values},
    )
    outputs = st.lists(st.one_of(st.none(), st.lists(connection, max_size=3)), max_size=3)
    return st.dictionaries(st.sampled_from(["main", "ai_tool", "ai_languageModel"]), outputs, max_size=2)


_items = st.fixed_dictionaries({"json": st.dictionaries(TEXT, json_values, max_size=3)})
_settings = st.fixed_dictionaries(
    {}, optional={"executionOrder": st.sampled_from(["v0", "v1", "parallel"]), "x-later": json_values}
)


@st.composite
def broken_documents(draw: st.DrawFn) -> Any:
    """A real export in which up to four values were replaced, removed, doubled or moved to another key."""
    _, original, _ = draw(st.sampled_from(oracle_documents()))
    broken = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 4))):
        path, inside = draw(st.sampled_from([one for one in walk(broken) if isinstance(one[1], dict | list)]))
        if isinstance(inside, dict):
            _break_object(draw, inside)
        else:
            _break_list(draw, inside)
        assert path is not None
    return broken


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
