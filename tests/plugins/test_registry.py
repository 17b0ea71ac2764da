"""The registry: lookup, versions, search, clashes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from plugins import Context, Item, Items, node
from plugins.node import NodeType
from plugins.registry import DuplicateNodeType, Registry, built_in


def kind(name: str, *versions: float, category: str = "UTILITY", tags: Sequence[str] = ()) -> tuple[NodeType, ...]:
    @node(name, version=versions or 1, category=category, tags=tags)
    async def run(_ctx: Context[object], items: Sequence[Item]) -> Items:
        """Sends greetings."""
        return list(items)

    return run


REGISTRY = Registry([*kind("acme.hello", 1, 2, 2.1, tags=("greet", "mail")), *kind("acme.bye", category="FLOW")])


def versions_found(*asked: float) -> list[float]:
    return [found.version for one in asked if (found := REGISTRY.find("acme.hello", one))]


def test_an_exact_version_is_found() -> None:
    assert versions_found(1, 2, 2.1) == [1, 2, 2.1]


def test_an_unknown_version_is_run_by_the_nearest_lower_one_or_the_lowest() -> None:
    assert versions_found(1.5, 3, 0.5) == [1, 2.1, 1]


def test_an_unknown_type_is_not_found() -> None:
    assert REGISTRY.find("acme.nothing", 1) is None
    assert REGISTRY.latest("acme.nothing") is None
    assert list(REGISTRY.versions("acme.nothing")) == []


def test_the_versions_of_a_type_are_listed() -> None:
    assert list(REGISTRY.versions("acme.hello")) == [1, 2, 2.1]


def test_all_has_the_latest_of_each_in_order_of_name() -> None:
    assert [(one.name, one.version) for one in REGISTRY.all()] == [("acme.bye", 1), ("acme.hello", 2.1)]
    assert len(REGISTRY) == 4


@pytest.mark.parametrize(
    ("text", "category", "tags", "found"),
    [
        ("", None, (), ["acme.bye", "acme.hello"]),
        ("HELLO", None, (), ["acme.hello"]),
        ("greetings mail", None, (), ["acme.hello"]),
        ("", "FLOW", (), ["acme.bye"]),
        ("", None, ("Mail",), ["acme.hello"]),
        ("hello", "FLOW", (), []),
    ],
)
def test_search_narrows_by_all_that_was_asked(
    text: str, category: str | None, tags: Sequence[str], found: list[str]
) -> None:
    assert [one.name for one in REGISTRY.search(text, category=category, tags=tags)] == found


def test_two_that_claim_the_same_version_are_refused() -> None:
    with pytest.raises(DuplicateNodeType, match=r"acme\.hello' version 2 .* already registered"):
        REGISTRY.with_types(kind("acme.hello", 2))


def test_more_types_make_another_registry() -> None:
    grown = REGISTRY.with_types(kind("acme.new"))
    assert grown.find("acme.new", 1)
    assert REGISTRY.find("acme.new", 1) is None


def test_the_built_in_nodes_are_there() -> None:
    assert {"n8n-nodes-base.manualTrigger", "n8n-nodes-base.httpRequest", "n8n-nodes-base.splitInBatches"} <= {
        one.name for one in built_in().all()
    }
    assert built_in() is built_in()
