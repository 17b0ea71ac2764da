"""The world holds what is referred to, and little else."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.expressions.references import references
from engine.expressions.world import WorldInput, world
from engine.kernel.events import Given, Source
from plugins.items import Binary, Item
from tests.engine.expressions.factories import Ran, at, behind, items


def seen(given: WorldInput, *texts: str, code: bool = False) -> dict[str, Any]:
    """The world as the sandbox reads it."""
    made = world(given, references(texts, code=code), range(len(given.items)))
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))
    return decoded


def three() -> WorldInput:
    """A chain A → B → C → Now with two items all the way."""
    rows = ({"n": 1}, {"n": 2})
    return behind({"A": [items(*rows)], "B": [items(*rows)], "C": [items(*rows)]})


def test_a_plain_template_gets_its_items_and_its_own_node() -> None:
    made = seen(three(), "={{ $json.n }}")
    assert made["inputs"] == [[{"json": {"n": 1}, "pairedItem": 0}, {"json": {"n": 2}, "pairedItem": 1}]]
    assert made["sources"] == [{"previousNode": "C", "previousNodeOutput": 0, "previousNodeRun": 0}]
    assert list(made["nodes"]) == ["Now"]
    assert (made["runs"], made["connections"], made["static_data"]) == ({}, {}, {})


def test_what_every_world_says() -> None:
    made = seen(behind({"A": [items({})]}, workflow_id="w7", timezone="Asia/Tokyo", run=3), "={{ $json }}")
    assert made["workflow"] == {"id": "w7", "name": "Chain", "active": False, "timezone": "Asia/Tokyo"}
    assert made["execution"] == {"id": "e1", "mode": "manual"}
    assert (made["now_ms"], made["node"], made["run"]) == (1_700_000_000_000, "Now", 3)
    assert made["nodes"]["Now"] == {
        "id": "id-Now", "type": "n8n-nodes-base.noOp", "typeVersion": 1.0, "parameters": {}, "disabled": False,
    }  # fmt: skip


def test_only_the_items_up_to_the_last_index_go_along() -> None:
    made = world(three(), references(["={{ $json.n }}"]), [0])
    assert made["inputs"] == [[Item({"n": 1}, 0)]]
    assert len(world(three(), references(["={{ $input.all() }}"]), [0])["inputs"][0]) == 2


def test_binary_data_stays_here_unless_it_is_meant() -> None:
    given = at({})
    with_file = Item({}, 0, {"data": Binary("text/plain", data="aGk=")})
    given = behind({"T": [[with_file]]}, inputs=[[with_file]])
    assert "binary" not in seen(given, "={{ $json }}")["inputs"][0][0]
    assert "binary" in seen(given, "={{ $binary.data.mimeType }}")["inputs"][0][0]
    assert "binary" in seen(given, "return items", code=True)["inputs"][0][0]


def test_a_node_referred_to_goes_in_full_and_no_other() -> None:
    made = seen(three(), "={{ $('B').first().json.n }}")
    assert list(made["runs"]) == ["B"]
    assert made["runs"]["B"][0]["outputs"][0][1]["json"] == {"n": 2}
    assert set(made["nodes"]) == {"A", "B", "C", "Now"}
    assert made["connections"]["C"]["main"][0][0]["node"] == "Now"


def test_nodes_between_go_along_as_lineage_only() -> None:
    made = seen(three(), "={{ $('A').item.json.n }}")
    assert made["runs"]["C"][0]["outputs"] == [[{"pairedItem": 0}, {"pairedItem": 1}]]
    assert made["runs"]["A"][0]["outputs"][0][0]["json"] == {"n": 1}
    assert made["runs"]["B"][0]["sources"] == [{"previousNode": "A", "previousNodeOutput": 0, "previousNodeRun": 0}]
    assert made["runs"]["A"][0]["sources"] == [None]


def test_a_computed_reference_takes_everything_along() -> None:
    made = seen(three(), "={{ $($json.name).item }}")
    assert all(run["outputs"][0][0]["json"] for runs in made["runs"].values() for run in runs)


def loop() -> WorldInput:
    """The third pass of a loop over A: `Now` runs for the third time, behind `Loop`."""
    source = Given([Item({})])
    passes = [Ran([[], [Item({"i": i}, i)]], (Source("A") if i == 0 else Source("Now", 0, i - 1),)) for i in range(3)]
    done = [Ran([[Item({"i": i}, 0)]], (Source("Loop", 1, i),)) for i in range(2)]
    runs = {
        "A": [Ran([items({}, {}, {})], (source,))],
        "Loop": passes,
        "Now": [*done, Ran(None, (Source("Loop", 1, 2),))],
    }
    return behind({"A": [items({})], "Loop": [items({})]}, run=2, runs=runs, sources=[Source("Loop", 1, 2)])


def test_the_latest_run_alone_goes_along_when_no_other_is_meant() -> None:
    runs = seen(loop(), "={{ $('Loop').all() }}")["runs"]["Loop"]
    assert [run["outputs"] for run in runs] == [None, None, [[], [{"json": {"i": 2}, "pairedItem": 2}]]]


def test_every_run_goes_along_when_one_is_named() -> None:
    runs = seen(loop(), "={{ $('Loop').first(1, 0).json.i }}")["runs"]["Loop"]
    assert all(run["outputs"] for run in runs)


def test_a_runs_own_place_is_not_history_yet() -> None:
    assert len(seen(loop(), "={{ $('Now').all() }}")["runs"]["Now"]) == 2


def test_the_contexts_of_nodes_go_along_with_them() -> None:
    given = behind({"Loop": [items({})]}, contexts={"Loop": {"noItemsLeft": False}, "Gone": {"x": 1}})
    assert seen(given, "={{ $('Loop').context.noItemsLeft }}")["nodes"]["Loop"]["context"] == {"noItemsLeft": False}


def test_static_data_and_resume_url_appear_when_they_are_there() -> None:
    given = behind({"A": [items({})]}, static_data={"n": 1}, resume_url="http://x/y")
    assert seen(given, "={{ $execution.resumeUrl }}")["execution"]["resumeUrl"] == "http://x/y"
    assert seen(given, "$getWorkflowStaticData('node').n", code=True)["static_data"] == {"n": 1}
