"""The bench itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from plugins import Context, Item, NodeError, node
from plugins.testing import NodeBench, plain_path, respond
from plugins.values import UNDEFINED


@dataclass(frozen=True, slots=True)
class Greeting:
    to: str
    text: str = "={{ $json.text }}"


@node("acme.greet", version=(1, 2), parameters=Greeting, each=True)
async def greet(ctx: Context[Greeting], item: Item, position: int) -> Item:
    """Greets somebody."""
    wanted = ctx.parameters(position)
    answer = await ctx.http.request("POST", f"https://acme.test/{wanted.to}", json={"text": wanted.text})
    ctx.state["greeted"] = ctx.state.get("greeted", 0) + 1
    ctx.progress(position + 1)
    return item.derive(status=answer.status, key=ctx.idempotency_key(position))


async def test_a_run_shows_everything_a_node_did() -> None:
    bench = NodeBench(greet)
    result = await bench.run({"to": "={{ $json.who }}"}, [{"who": "a", "text": "hi"}], http=respond(status=201))
    assert bench.node_type.version == 2
    assert result.json()[0]["status"] == 201
    assert result.state == {"greeted": 1}
    assert result.progress == [(1, None, None)]


async def test_resolved_parameters_can_be_given_for_each_item() -> None:
    each = [{"to": "a", "text": "x"}, {"to": "b", "text": "y"}]
    result = await NodeBench(greet).run(items=[{}, {}], each=each, http=respond())
    assert len({item["key"] for item in result.json()}) == 2


async def test_a_credential_that_was_not_given_is_denied() -> None:
    @node("acme.secret")
    async def secret(ctx: Context[object], _items: Sequence[Item]) -> Item:
        """Reads a credential."""
        return Item(dict(ctx.credentials("acmeApi")))

    assert (await NodeBench(secret).run(credentials={"acmeApi": {"token": "t"}})).json() == [{"token": "t"}]
    with pytest.raises(NodeError) as denied:
        await NodeBench(secret).run()
    assert denied.value.failure.code == "CREDENTIAL_DENIED"


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ $json.a.b }}", 1),
        ("{{ $json['a']['b'] }}", 1),
        ("{{ $json.list[1] }}", 2),
        ("{{ $json.z.y }}", UNDEFINED),
        ("a={{ $json.a.b }}, z={{ $json.z }}", "a=1, z="),
        ("plain", "plain"),
    ],
)
def test_plain_paths_are_resolved(template: str, value: object) -> None:
    assert plain_path(template, {"a": {"b": 1}, "list": [1, 2]}) == value


def test_more_than_a_plain_path_needs_an_evaluator() -> None:
    with pytest.raises(AssertionError, match="evaluate="):
        plain_path("{{ $json.a + 1 }}", {"a": 1})
