"""Each law of nodes catches the node that breaks it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from plugins import Context, Effects, Item, Link, NodeError, laws, node
from plugins.laws import Law, Sample
from plugins.node import NodeType

numbers = itertools.count()


def made(run: Callable[..., Any], **settings: Any) -> NodeType:
    run.__doc__ = "Breaks a law."
    return node("acme.bad", **settings)(run)[0]


async def fails_on_nothing(_ctx: Context[object], items: Sequence[Item]) -> Item:
    return items[0]


async def answers_objects(_ctx: Context[object], items: Sequence[Item]) -> list[Item]:
    return [item.derive(odd=object()) for item in items]


async def points_nowhere(_ctx: Context[object], items: Sequence[Item]) -> list[Item]:
    return [Item({}, Link(len(items)))]


async def changes_its_input(_ctx: Context[object], items: Sequence[Item]) -> list[Item]:
    for item in items:
        item.json["changed"] = True
    return list(items)


async def never_says_the_same(_ctx: Context[object], _items: Sequence[Item]) -> Item:
    return Item({"n": next(numbers)})


async def is_deaf(ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
    for _ in range(2):
        try:
            await ctx.http.request("GET", "https://acme.test")
        except asyncio.CancelledError:
            continue
    return []


async def tells_its_secret(ctx: Context[object], _items: Sequence[Item]) -> list[Item]:
    raise NodeError(f"could not log in with {ctx.credentials('acmeApi')['password']}")


@pytest.mark.parametrize(
    ("law", "kind"),
    [
        (laws.empty_input_is_harmless, made(fails_on_nothing)),
        (laws.answers_are_json, made(answers_objects)),
        (laws.lineage_is_whole_or_absent, made(points_nowhere)),
        (laws.inputs_stay_as_they_were, made(changes_its_input)),
        (laws.a_pure_node_repeats_itself, made(never_says_the_same)),
        (laws.it_describes_itself, made(never_says_the_same, category="not one word")),
        (laws.it_heeds_cancellation, made(is_deaf, effects=Effects.EXTERNAL)),
        (laws.errors_hold_no_secret, made(tells_its_secret, credentials=("acmeApi",))),
    ],
    ids=lambda value: getattr(value, "__name__", "node"),
)
async def test_the_law_bites(law: Law, kind: NodeType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laws, "PROMPT_S", 0.01)
    with pytest.raises((AssertionError, TypeError, IndexError)):
        await law(kind, Sample())


def test_every_law_is_shown_to_bite() -> None:
    shown = {mark.args[1][number][0] for mark in test_the_law_bites.pytestmark[:1] for number in range(8)}  # type: ignore[attr-defined]
    assert shown == set(laws.LAWS)
