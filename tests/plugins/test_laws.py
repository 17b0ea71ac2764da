"""Every built-in node keeps the laws, with the parameters that the oracle's workflows give it."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from functools import cache

import pytest

from plugins.items import Json
from plugins.laws import LAWS, Law, Sample
from plugins.node import NodeType
from plugins.registry import built_in
from tests.plugins.oracle import cases

NODE_TYPES = list(built_in())
MOST_SAMPLES = 12
ODD_SAMPLES = 60


def named(node_type: NodeType) -> str:
    return f"{node_type.name.rsplit('.', 1)[-1]}-{node_type.version:g}"


@cache
def parameters_in_use() -> dict[tuple[str, float], list[str]]:
    """What the oracle's workflows store for each type and version, without expressions."""
    found: dict[tuple[str, float], list[str]] = {}
    for case in cases():
        for node in case["workflow"]["nodes"]:
            stored = json.dumps(node.get("parameters", {}), sort_keys=True)
            known = found.setdefault((node["type"], float(node.get("typeVersion", 1))), [])
            if "{{" not in stored and stored not in known:
                known.append(stored)
    return found


def samples(node_type: NodeType) -> Iterator[Sample]:
    items = (
        {"id": 1, "n": 2, "s": "a", "list": [1, 2], "d": {"x": 1}},
        {"id": 2, "n": 1, "s": "b", "list": [], "d": {}},
    )
    yield Sample(items=items)
    for stored in parameters_in_use().get((node_type.name, node_type.version), [])[:MOST_SAMPLES]:
        yield Sample(json.loads(stored), items)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("node_type", NODE_TYPES, ids=named)
async def test_every_node_keeps_the_law(node_type: NodeType, law: Law) -> None:
    for sample in samples(node_type):
        await law(node_type, sample)


ODDITIES: list[Json] = [
    None,
    True,
    0,
    -1,
    2.5,
    10**12,
    math.nan,
    math.inf,
    "",
    "a",
    "0",
    "a.b",
    "1e5",
    "[",
    "[]",
    "{}",
    "ä😀",
]


def odd(dice: random.Random, depth: int = 2) -> Json:
    """Some JSON that nobody expected."""
    kind = dice.random()
    if depth and kind < 0.2:
        return [odd(dice, depth - 1) for _ in range(dice.randrange(3))]
    if depth and kind < 0.4:
        return {dice.choice(["a", "b", "a.b", "", "fields", "values", "__rl"]): odd(dice, depth - 1) for _ in range(3)}
    return dice.choice(ODDITIES)


@pytest.mark.parametrize("node_type", NODE_TYPES, ids=named)
async def test_odd_parameters_and_odd_items_are_refused_and_nothing_worse(node_type: NodeType) -> None:
    stored = [*parameters_in_use().get((node_type.name, node_type.version), []), "{}"]
    for seed in range(ODD_SAMPLES):
        dice = random.Random(seed)
        parameters = json.loads(dice.choice(stored))
        spoiled = {key: odd(dice) if dice.random() < 0.3 else value for key, value in parameters.items()}
        items = [
            {key: odd(dice) for key in dice.sample(["a", "b", "a.b", "id", ""], 3)} for _ in range(dice.randrange(4))
        ]
        try:
            await node_keeps(node_type, Sample(spoiled, items))
        except Exception as error:
            error.add_note(f"seed {seed}, parameters {spoiled}, items {items}")
            raise


async def node_keeps(node_type: NodeType, sample: Sample) -> None:
    for law in LAWS[:4]:
        await law(node_type, sample)
