"""The laws that every node keeps. A plugin's author runs them over the plugin's own nodes:

@pytest.mark.parametrize("law", LAWS)
async def test_my_node_keeps_the_law(law):
    await law(my_node[0], Sample({"channel": "general"}, [{"text": "hello"}]))
"""

from __future__ import annotations

import copy
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from plugins.context import CodeResult
from plugins.description import describe
from plugins.errors import NodeError
from plugins.items import Item, Json, Link, Outputs
from plugins.node import Effects, NodeType
from plugins.parameters import missing
from plugins.testing import NodeBench, Result, respond


@dataclass(frozen=True)
class Sample:
    """Parameters and items to try a node with, on each of its inputs."""

    parameters: Mapping[str, Json] = field(default_factory=dict)
    items: Sequence[Mapping[str, Json]] = ({"id": 1, "name": "a"}, {"id": 2, "name": "b"})


Law: TypeAlias = Callable[[NodeType, Sample], Awaitable[None]]
"""Raises `AssertionError` when the node breaks it."""


async def empty_input_is_harmless(node_type: NodeType, sample: Sample) -> None:
    """Without items there is nothing to fail on but the parameters, and that is a `NodeError`."""
    await _attempt(node_type, Sample(sample.parameters, ()))


async def answers_are_json(node_type: NodeType, sample: Sample) -> None:
    """Every item's data is an object that JSON can carry."""
    for items in await _outputs(node_type, sample):
        for item in items or ():
            assert isinstance(item.json, dict), f"{node_type.name} answered {item.json!r}, which is not an object"
            msgspec.json.encode(item)


async def lineage_is_whole_or_absent(node_type: NodeType, sample: Sample) -> None:
    """An item says from which input items it came, or nothing at all; it never points at an item that is not there."""
    for items in await _outputs(node_type, sample):
        for item in items or ():
            for position in _positions(item):
                assert 0 <= position < len(sample.items), f"{node_type.name} points at item {position}"
            assert node_type.run_each is None or item.paired is not None, f"{node_type.name} lost lineage"


async def inputs_stay_as_they_were(node_type: NodeType, sample: Sample) -> None:
    """Items are shared with the nodes before and beside this one: nobody changes them in place."""
    items = copy.deepcopy(sample.items)
    await _attempt(node_type, Sample(sample.parameters, items))
    assert items == sample.items, f"{node_type.name} changed its input"


async def a_pure_node_repeats_itself(node_type: NodeType, sample: Sample) -> None:
    """Run again after a crash, a node without effects gives the same answer."""
    if node_type.effects is Effects.NONE:
        first, second = await _outputs(node_type, sample), await _outputs(node_type, sample)
        assert first == second, f"{node_type.name} gave two answers to one question"


async def it_describes_itself(node_type: NodeType, sample: Sample) -> None:
    """Name, description, category and parameters say what the node is, as JSON."""
    assert re.fullmatch(r"[@\w./-]+\.\w+", node_type.name), f"{node_type.name} is not of the form package.node"
    assert node_type.display_name
    assert node_type.description, f"{node_type.name} has no description: give its function a docstring"
    assert node_type.category.isupper(), f"{node_type.name}: a category is one word in capitals"
    msgspec.json.encode(describe(node_type.parameters))
    assert all(isinstance(key, str) for key in missing(node_type.parameters, sample.parameters))


LAWS: Sequence[Law] = (
    empty_input_is_harmless,
    answers_are_json,
    lineage_is_whole_or_absent,
    inputs_stay_as_they_were,
    a_pure_node_repeats_itself,
    it_describes_itself,
)


async def _attempt(node_type: NodeType, sample: Sample) -> Result | None:
    """A run against a friendly world, on as many inputs as the node has. None when it refused with a `NodeError`."""
    inputs = node_type.inputs if isinstance(node_type.inputs, int) else node_type.inputs(dict(sample.parameters))
    try:
        return await NodeBench([node_type]).run(
            sample.parameters,
            inputs=[sample.items] * max(inputs, 1),
            http=respond('{"ok": true}', headers={"content-type": "application/json"}),
            javascript=lambda _code, items, _each: CodeResult(list(items)),
        )
    except NodeError:
        return None


async def _outputs(node_type: NodeType, sample: Sample) -> Outputs:
    result = await _attempt(node_type, sample)
    return result.outputs if result else []


def _positions(item: Item) -> Sequence[int]:
    links = item.paired if isinstance(item.paired, list) else [item.paired]
    return [link.item if isinstance(link, Link) else link for link in links if link is not None]
