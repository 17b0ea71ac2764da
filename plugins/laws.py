"""The laws that every node keeps. A plugin's author runs them over the plugin's own nodes:

@pytest.mark.parametrize("law", LAWS)
async def test_my_node_keeps_the_law(law):
    await law(my_node[0], Sample({"channel": "general"}, [{"text": "hello"}]))
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from plugins.context import CodeResult, Response
from plugins.description import describe
from plugins.errors import NodeError
from plugins.items import Item, Json, Link, Outputs
from plugins.node import Effects, NodeType
from plugins.parameters import missing
from plugins.testing import Answer, NodeBench, Request, Result, respond

SECRET = "a-secret-of-the-laws"  # noqa: S105 - to be looked for, not kept
PROMPT_S = 1.0


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


async def it_heeds_cancellation(node_type: NodeType, sample: Sample) -> None:
    """Cancelled while the other side keeps it waiting, it comes to an end at once."""
    asked = asyncio.Event()

    async def never(_: Request) -> Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    run = asyncio.create_task(_attempt(node_type, sample, http=never))
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    run.cancel()
    await asyncio.wait({run}, timeout=PROMPT_S)
    assert run.done(), f"{node_type.name} does not heed its cancellation"


async def errors_hold_no_secret(node_type: NodeType, sample: Sample) -> None:
    """What a credential holds is in no error, whatever the other side answers."""
    for status in (200, 401, 500):
        answer = respond("no", status=status, reason="No")
        try:
            await _run(node_type, sample, http=answer, credentials={kind: _Secrets() for kind in node_type.credentials})
        except NodeError as error:
            said = msgspec.json.encode(error.failure).decode() + str(error)
            assert SECRET not in said, f"{node_type.name} tells a secret: {said}"


LAWS: Sequence[Law] = (
    empty_input_is_harmless,
    answers_are_json,
    lineage_is_whole_or_absent,
    inputs_stay_as_they_were,
    a_pure_node_repeats_itself,
    it_describes_itself,
    it_heeds_cancellation,
    errors_hold_no_secret,
)


class _Secrets(dict[str, Json]):
    """A credential that has every field, each with the secret."""

    def __missing__(self, _: str) -> str:
        return SECRET

    def get(self, _: str, __: Json = None) -> str:
        return SECRET

    def __contains__(self, _: object) -> bool:
        return True


async def _attempt(node_type: NodeType, sample: Sample, *, http: Answer | None = None) -> Result | None:
    """A run against a friendly world, on as many inputs as the node has. None when it refused with a `NodeError`."""
    try:
        return await _run(node_type, sample, http=http)
    except NodeError:
        return None


async def _run(
    node_type: NodeType,
    sample: Sample,
    *,
    http: Answer | None = None,
    credentials: Mapping[str, Mapping[str, Json]] | None = None,
) -> Result:
    inputs = node_type.inputs if isinstance(node_type.inputs, int) else node_type.inputs(dict(sample.parameters))
    return await NodeBench([node_type]).run(
        sample.parameters,
        inputs=[sample.items] * max(inputs, 1),
        http=http or respond('{"ok": true}', headers={"content-type": "application/json"}),
        credentials=credentials,
        javascript=lambda _code, items, _each: CodeResult(list(items)),
    )


async def _outputs(node_type: NodeType, sample: Sample) -> Outputs:
    result = await _attempt(node_type, sample)
    return result.outputs if result else []


def _positions(item: Item) -> Sequence[int]:
    links = item.paired if isinstance(item.paired, list) else [item.paired]
    return [link.item if isinstance(link, Link) else link for link in links if link is not None]
