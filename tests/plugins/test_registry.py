"""The registry: lookup, versions, search, clashes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from plugins import Context, Item, Items, NodeError, node
from plugins.allowance import Allowance, Allowances
from plugins.handlers import Handlers
from plugins.node import NodeType
from plugins.registry import DuplicateNodeType, Registry, built_in
from plugins.statistics import Figures, Statistics
from plugins.testing import NodeBench


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


def test_what_a_tenant_may_not_use_is_not_listed_and_refuses_to_run() -> None:
    limited = REGISTRY.limited(Allowance(deny=("acme.hello",)))
    assert [one.name for one in limited.all()] == ["acme.bye"]
    assert limited.search("hello") == []
    assert limited.latest("acme.hello") is None
    refused = limited.find("acme.hello", 2)
    assert refused is not None
    assert refused.version == 2
    assert refused.check is not None
    assert refused.check({}) == {"": "This server does not allow the node type 'acme.hello' here"}


async def test_a_node_that_is_not_allowed_fails_by_name() -> None:
    refused = REGISTRY.limited(Allowance(allow=("acme.bye",))).find("acme.hello", 1)
    assert refused is not None
    with pytest.raises(NodeError, match=r"does not allow the node type 'acme\.hello'") as raised:
        await NodeBench([refused]).run()
    assert (raised.value.failure.code, raised.value.failure.permanent) == ("NODE_NOT_ALLOWED", True)


@pytest.mark.parametrize(
    ("allowance", "permitted"),
    [
        (Allowance(), True),
        (Allowance(allow=("acme.*",)), True),
        (Allowance(allow=("other.*",)), False),
        (Allowance(deny=("acme.*",)), False),
        (Allowance(allow=("acme.hello",), deny=("acme.*",)), False),
        (Allowance(allow=("builtin",)), True),
        (Allowance(deny=("builtin",)), False),
        (Allowance(allow=()), False),
    ],
)
def test_patterns_are_over_types_and_plugins_and_a_denial_outweighs(allowance: Allowance, permitted: bool) -> None:
    assert allowance.permits(kind("acme.hello")[0]) is permitted


def test_an_allowance_is_the_tenants_own_or_everyones() -> None:
    own, everyones = Allowance(deny=("a",)), Allowance(deny=("b",))
    assert Allowances({"tnt_a": own, "*": everyones}).of("tnt_a") is own
    assert Allowances({"tnt_a": own, "*": everyones}).of("tnt_b") is everyones
    assert Allowances().of("tnt_a") == Allowance()


def test_a_registry_that_is_allowed_whole_is_the_same_one() -> None:
    assert REGISTRY.limited(Allowance(deny=("nothing",))) is REGISTRY


def test_the_rate_of_lookups_that_were_resolved_before() -> None:
    registry = Registry(kind("acme.hello", 1))
    assert registry.hit_rate("builtin") == 0
    for version in (1, 1, 1, 2):
        registry.find("acme.hello", version)
    assert registry.hit_rate("builtin") == 0.5


def test_the_least_recently_used_lookup_is_let_go_first() -> None:
    asked: list[float] = []

    def resolve(type: str, version: float) -> NodeType | None:
        asked.append(version)
        return None

    handlers = Handlers(resolve, kept=2)
    for version in (1, 2, 1, 3, 1, 2):
        handlers.find("acme", version)
    assert asked == [1, 2, 3, 2]


def test_categories_and_plugins_are_those_of_what_may_be_used() -> None:
    assert REGISTRY.categories() == ["FLOW", "UTILITY"]
    assert REGISTRY.limited(Allowance(deny=("acme.bye",))).categories() == ["UTILITY"]
    assert [one.name for one in REGISTRY.of_plugin("builtin")] == ["acme.bye", "acme.hello"]


def test_statistics_are_by_tenant_plugin_and_category() -> None:
    statistics, hello, bye = Statistics(), kind("acme.hello")[0], kind("acme.bye", category="FLOW")[0]
    statistics.record("a", hello, duration_us=1_000)
    statistics.record("a", hello, duration_us=3_000, failed=True)
    statistics.record("a", bye, duration_us=5_000, blocked=True)
    statistics.record("b", bye, duration_us=9_000)
    assert statistics.of_plugin("a", "builtin") == Figures(runs=3, failures=1, mean_duration_ms=3.0, blocked=1)
    assert statistics.of_category("a", "UTILITY") == Figures(runs=2, failures=1, mean_duration_ms=2.0, blocked=0)
    assert statistics.of_category("c", "FLOW") == Figures(runs=0, failures=0, mean_duration_ms=0.0, blocked=0)
