"""Reading n8n documents: flags, settings, policies and pins become values."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definition.issues import Code, InvalidDocument
from engine.definition.n8n import export, read
from engine.definition.recovery import Backoff, Fail, FallbackItems, FallbackNode, Recovery, Retry, Skip
from engine.definition.workflow import Connection, ExecutionOrder, Node, OnError
from plugins.items import Item
from tests.engine.definition.documents import NO_OP, TRIGGER, chain, document, node, to


def node_with(**fields: Any) -> Node:
    return read(document(node("A", **fields))).nodes["A"]


def codes_of(doc: Any) -> list[Code]:
    with pytest.raises(InvalidDocument) as refusal:
        read(doc)
    return [issue.code for issue in refusal.value.issues]


# ------------------------------------------------------------------------------------------------ nodes


def test_a_node_keeps_everything_that_a_run_needs():
    raw = node("A", "x.y", typeVersion=2.1, position=[10, -20.5], parameters={"a": "={{ 1 }}"})
    raw |= {"disabled": True, "alwaysOutputData": True, "executeOnce": True, "webhookId": "w", "notes": "n"}
    raw |= {"credentials": {"api": {"id": "1", "name": "mine"}}}

    assert read(document(raw)).nodes["A"] == Node(
        id="id-A",
        name="A",
        type="x.y",
        type_version=2.1,
        position=(10, -20.5),
        parameters={"a": "={{ 1 }}"},
        credentials={"api": {"id": "1", "name": "mine"}},
        disabled=True,
        always_output_data=True,
        execute_once=True,
        webhook_id="w",
        notes="n",
    )


def test_a_node_needs_no_more_than_a_name_and_a_type():
    assert read({"nodes": [{"name": "A", "type": NO_OP}]}).nodes["A"] == Node(id="A", name="A", type=NO_OP)


@pytest.mark.parametrize("empty", [None, []])
def test_empty_objects_as_some_exporters_write_them_are_empty(empty: Any):
    doc = {"nodes": [node("A", parameters=empty, credentials=empty)], "connections": empty, "settings": empty}

    workflow = read({**doc, "pinData": empty})

    assert workflow.nodes["A"].parameters == {}
    assert workflow.connections == ()


@pytest.mark.parametrize(("written", "version"), [(3.4, 3.4), ("2", 2.0), (None, 1.0)])
def test_a_type_version_is_a_number_however_it_is_written(written: Any, version: float):
    assert node_with(typeVersion=written).type_version == version


# ------------------------------------------------------------------------------------------------ on error


@pytest.mark.parametrize(
    ("flags", "on_error", "then"),
    [
        ({}, OnError.STOP, Fail()),
        ({"onError": "stopWorkflow"}, OnError.STOP, Fail()),
        ({"onError": "continueRegularOutput"}, OnError.CONTINUE_REGULAR, Skip()),
        ({"onError": "continueErrorOutput"}, OnError.CONTINUE_ERROR, Skip()),
        ({"continueOnFail": True}, OnError.CONTINUE_REGULAR, Skip()),
        ({"onError": "stopWorkflow", "continueOnFail": True}, OnError.CONTINUE_REGULAR, Skip()),
        ({"onError": "bogus", "continueOnFail": True}, OnError.CONTINUE_REGULAR, Skip()),
        ({"onError": "bogus", "continueOnFail": False}, OnError.STOP, Fail()),
        ({"onError": "continueRegularOutput", "continueOnFail": False}, OnError.CONTINUE_REGULAR, Skip()),
        ({"onError": "continueErrorOutput", "continueOnFail": True}, OnError.CONTINUE_ERROR, Skip()),
    ],
)
def test_continue_on_fail_adds_to_on_error_and_takes_nothing_from_it(
    flags: dict[str, Any], on_error: OnError, then: Any
):
    read_node = node_with(**flags)

    assert read_node.on_error is on_error
    assert read_node.recovery.then == then


@pytest.mark.parametrize(
    ("flags", "attempts", "delay_ms"),
    [
        ({}, 3, 1000),
        ({"maxTries": 1}, 2, 1000),
        ({"maxTries": 0}, 3, 1000),
        ({"maxTries": 9}, 5, 1000),
        ({"maxTries": "4"}, 4, 1000),
        ({"maxTries": 2.5}, 3, 1000),
        ({"waitBetweenTries": 0}, 3, 1000),
        ({"waitBetweenTries": -1}, 3, 0),
        ({"waitBetweenTries": 60_000}, 3, 5000),
        ({"waitBetweenTries": 10}, 3, 10),
    ],
)
def test_n8n_retries_two_to_five_times_and_waits_five_seconds_at_most(
    flags: dict[str, Any], attempts: int, delay_ms: int
):
    assert node_with(retryOnFail=True, **flags).recovery.retry == Retry(attempts, Backoff.CONSTANT, delay_ms)


@pytest.mark.parametrize("flag", [False, None, "true", 1])
def test_only_true_turns_retrying_on(flag: Any):
    assert node_with(retryOnFail=flag, maxTries=4).recovery.retry is None


# ------------------------------------------------------------------------------------------------ recovery policies

POLICY = {
    "retry": {
        "maxAttempts": 7,
        "backoff": "EXPONENTIAL",
        "initialDelayMs": 50,
        "maxDelayMs": 9000,
        "factor": 1.5,
        "jitter": 0.25,
        "retryOn": ["TIMEOUT", 503],
    },
    "then": "SKIP",
}
READ_POLICY = Recovery(Retry(7, Backoff.EXPONENTIAL, 50, 9000, 1.5, 0.25, frozenset({"TIMEOUT", "503"})), Skip())


def test_a_node_s_own_policy_wins_over_n8n_s_flags():
    flags = {"retryOnFail": True, "maxTries": 2, "onError": "stopWorkflow"}

    assert node_with(recovery=POLICY, **flags).recovery == READ_POLICY


def test_a_workflow_s_policy_is_for_nodes_that_say_nothing():
    nodes = [node("A"), node("B", retryOnFail=True), node("C", onError="stopWorkflow"), node("D", recovery={})]

    read_nodes = read(document(*nodes, settings={"recovery": POLICY})).nodes

    assert read_nodes["A"].recovery == READ_POLICY
    assert read_nodes["B"].recovery == Recovery(Retry(), Skip())
    assert read_nodes["C"].recovery == Recovery(READ_POLICY.retry, Fail())
    assert read_nodes["D"].recovery == Recovery()


def test_a_policy_falls_back_to_items_or_to_a_node():
    items = {"then": "FALLBACK", "fallbackItems": [{"a": 1}]}
    other = {"then": "FALLBACK", "fallbackNode": "B"}

    nodes = read(document(node("A", recovery=items), node("B"), node("C", recovery=other))).nodes

    assert nodes["A"].recovery.then == FallbackItems([Item(json={"a": 1})])
    assert nodes["C"].recovery.then == FallbackNode("B")


def test_the_node_that_everything_falls_back_to_fails_when_it_fails():
    settings = {"recovery": {"then": "FALLBACK", "fallbackNode": "B"}}

    nodes = read(document(node("A"), node("B"), settings=settings)).nodes

    assert nodes["A"].recovery.then == FallbackNode("B")
    assert nodes["B"].recovery.then == Fail()


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ("SKIP", ""),
        ({"then": "skip"}, "/then"),
        ({"then": "FALLBACK"}, "/then"),
        ({"then": "FALLBACK", "fallbackItems": [], "fallbackNode": "A"}, "/then"),
        ({"then": "FALLBACK", "fallbackItems": [1]}, "/fallbackItems"),
        ({"then": "FALLBACK", "fallbackNode": 1}, "/fallbackNode"),
        ({"then": "FALLBACK", "fallbackNode": "nowhere"}, "/fallbackNode"),
        ({"then": "FALLBACK", "fallbackNode": "A"}, "/fallbackNode"),
        ({"retry": 3}, "/retry"),
        ({"retry": {"maxAttempts": 0}}, "/retry/maxAttempts"),
        ({"retry": {"maxAttempts": 2.5}}, "/retry/maxAttempts"),
        ({"retry": {"maxAttempts": "2"}}, "/retry/maxAttempts"),
        ({"retry": {"maxAttempts": True}}, "/retry/maxAttempts"),
        ({"retry": {"backoff": "SOMETIMES"}}, "/retry/backoff"),
        ({"retry": {"initialDelayMs": -1}}, "/retry/initialDelayMs"),
        ({"retry": {"maxDelayMs": 10**12}}, "/retry/maxDelayMs"),
        ({"retry": {"factor": 0.5}}, "/retry/factor"),
        ({"retry": {"jitter": 2}}, "/retry/jitter"),
        ({"retry": {"retryOn": "TIMEOUT"}}, "/retry/retryOn"),
        ({"retry": {"retryOn": [None]}}, "/retry/retryOn/0"),
    ],
)
def test_a_policy_out_of_range_is_refused_where_it_is_written(policy: Any, place: str):
    with pytest.raises(InvalidDocument) as refusal:
        read(document(node("A", recovery=policy)))

    assert [issue.pointer for issue in refusal.value.issues] == [f"/nodes/0/recovery{place}"]
    assert refusal.value.issues[0].code is Code.INVALID_SETTING


# ------------------------------------------------------------------------------------------------ connections


def test_connections_of_every_type_are_read_in_order():
    doc = document(node("A"), node("B"), node("C"))
    doc["connections"] = {
        "A": {"main": [None, [to("B"), to("C", index=2)]]},
        "C": {"ai_tool": [[to("B", kind="ai_tool")]], "main": None},
    }

    assert read(doc).connections == (
        Connection("A", "main", 1, 0, "B", "main", 0),
        Connection("A", "main", 1, 1, "C", "main", 2),
        Connection("C", "ai_tool", 0, 0, "B", "ai_tool", 0),
    )


def test_a_connection_without_type_and_index_goes_to_the_main_input_0():
    doc = document(node("A"), node("B"), connections={"A": {"main": [[{"node": "B"}]]}})

    assert read(doc).connections == (Connection("A", "main", 0, 0, "B", "main", 0),)


def test_connections_of_a_node_that_is_gone_have_no_effect_and_are_kept():
    doc = document(node("B"), edges=[("gone", "B")])

    assert read(doc).connections == ()
    assert export(read(doc)) == doc


def test_names_that_mean_something_in_javascript_are_names():
    doc = document(*map(node, ["__proto__", "constructor"]), edges=[("__proto__", "constructor")])

    workflow = read(doc)

    assert list(workflow.nodes) == ["__proto__", "constructor"]
    assert len(workflow.connections) == 1


# ------------------------------------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("written", "order"),
    [("v1", "v1"), ("parallel", "parallel"), ("v0", "v0"), (None, "v0"), ("v2", "v0"), ("", "v0")],
)
def test_every_order_that_is_not_known_is_v0(written: Any, order: str):
    assert read(chain("A", settings={"executionOrder": written})).settings.execution_order is ExecutionOrder(order)


@pytest.mark.parametrize("written", [None, "", "DEFAULT"])
def test_a_time_zone_left_to_the_instance_is_the_instance_s(written: Any):
    workflow = read(chain("A", settings={"timezone": written}), default_timezone="Asia/Tokyo")

    assert workflow.settings.timezone == "Asia/Tokyo"


def test_a_time_zone_is_known_by_its_name_in_any_case():
    assert read(chain("A", settings={"timezone": "europe/berlin"})).settings.timezone == "Europe/Berlin"


@pytest.mark.parametrize(("written", "seconds"), [(3600, 3600.0), ("60", 60.0), (-1, None), (0, None), (None, None)])
def test_a_timeout_counts_when_it_is_positive(written: Any, seconds: float | None):
    assert read(chain("A", settings={"executionTimeout": written})).settings.timeout_s == seconds


@pytest.mark.parametrize(
    ("errors", "successes", "kept"),
    [("all", "all", "ALL"), ("all", "none", "ERRORS"), ("none", "none", "NONE"), ("DEFAULT", None, "ALL")],
)
def test_what_is_kept_of_finished_executions(errors: Any, successes: Any, kept: str):
    settings = {"saveDataErrorExecution": errors, "saveDataSuccessExecution": successes}

    assert read(chain("A", settings=settings)).settings.save_data == kept


def test_settings_that_are_ours_are_read_too():
    settings = read(chain("A", settings={"maxNodeRuns": 5, "maxParallelNodes": 3, "errorWorkflow": "wf_1"})).settings

    assert settings.max_node_runs == 5
    assert settings.max_parallel_nodes == 3
    assert settings.error_workflow == "wf_1"


# ------------------------------------------------------------------------------------------------ pinned data


def test_pinned_items_are_items_or_plain_objects():
    pins = {"A": [{"json": {"a": 1}, "pairedItem": {"item": 0}, "index": 7}, {"b": 2}], "gone": [{"json": {}}]}

    pinned = read(chain("A", pinData=pins)).pinned

    assert [item.json for item in pinned["A"]] == [{"a": 1}, {"b": 2}]
    assert list(pinned) == ["A"]


def test_a_pinned_item_whose_binary_data_is_odd_keeps_its_json():
    pins = {"A": [{"json": {"a": 1}, "binary": {"file": {"fileSize": 5}}}]}

    assert read(chain("A", pinData=pins)).pinned["A"] == [Item(json={"a": 1})]


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("doc", [None, 1, "text", [], [chain("A")], {}, {"nodes": {}}, {"nodes": [1]}, {"nodes": [{}]}])
def test_what_is_no_workflow_is_refused(doc: Any):
    assert Code.INVALID_STRUCTURE in codes_of(doc)


def test_everything_wrong_is_said_at_once():
    doc = chain("A", "A", settings={"timezone": "Mars/Olympus"})
    doc["connections"]["A"] = {"main": [[to("nowhere")]]}

    assert set(codes_of(doc)) == {Code.INVALID_SETTING, Code.DUPLICATE_NODE_NAME, Code.DANGLING_CONNECTION}


def test_a_document_without_a_name_has_n8n_s():
    assert read({"nodes": [node("T", TRIGGER)]}).name == "My workflow"
