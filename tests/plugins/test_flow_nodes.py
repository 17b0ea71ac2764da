"""Wait, Stop and Error, Code, and the triggers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins import CodeResult, Item, Link, NodeError, Suspend
from plugins.builtin.code import code
from plugins.builtin.execute_workflow_trigger import execute_workflow_trigger
from plugins.builtin.execution_data import execution_data
from plugins.builtin.stop_and_error import stop_and_error
from plugins.builtin.wait import wait, wait_v1
from plugins.testing import NOON, NodeBench

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def waits_until(parameters: dict[str, Any], version: tuple[Any, ...] = wait, timezone: str = "UTC") -> datetime:
    result = await NodeBench(version).run(parameters, [{"n": 1}], timezone=timezone)
    assert isinstance(result.outcome, Suspend)
    assert result.outcome.outputs == [[Item({"n": 1}, Link(0))]]
    assert result.outcome.until_us is not None
    return EPOCH + timedelta(microseconds=result.outcome.until_us)


async def test_a_wait_holds_nothing_and_goes_on_with_its_items() -> None:
    assert await waits_until({}) == NOON + timedelta(seconds=5)
    assert await waits_until({}, wait_v1) == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("amount", "unit", "seconds"),
    [(0.05, "seconds", 0.05), ("2", "minutes", 120), (1, "hours", 3600), (2, "days", 172800)],
)
async def test_amounts_come_in_units(amount: Any, unit: str, seconds: float) -> None:
    assert await waits_until({"amount": amount, "unit": unit}) == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2024-06-01T15:00:00", datetime(2024, 6, 1, 13, tzinfo=UTC)),
        ("2024-06-01 15:00", datetime(2024, 6, 1, 13, tzinfo=UTC)),
        ("2024-06-01T15:00:00Z", datetime(2024, 6, 1, 15, tzinfo=UTC)),
        ("2024-06-01T15:00:00.000-04:00", datetime(2024, 6, 1, 19, tzinfo=UTC)),
    ],
)
async def test_a_date_without_a_zone_is_of_the_workflows(text: str, until: datetime) -> None:
    parameters = {"resume": "specificTime", "dateTime": text}
    assert await waits_until(parameters, timezone="Europe/Berlin") == until


@pytest.mark.parametrize("parameters", [{"amount": 0}, {"resume": "specificTime", "dateTime": "2020-01-01T00:00:00Z"}])
async def test_a_wait_that_is_over_is_no_wait(parameters: dict[str, Any]) -> None:
    result = await NodeBench(wait).run(parameters, [{"n": 1}])
    assert (result.outcome, result.json()) == (None, [{"n": 1}])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"amount": -1}, "Invalid wait amount"),
        ({"resume": "specificTime", "dateTime": "tomorrow"}, "not a valid date"),
        ({"resume": "webhook", "limitWaitTime": True, "resumeAmount": -1}, "Invalid wait amount"),
        (
            {"resume": "form", "limitWaitTime": True, "limitType": "atSpecifiedTime"},
            "`maxDateAndTime`.*not a valid date",
        ),
    ],
)
async def test_what_cannot_be_waited_for_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(NodeError, match=message):
        await NodeBench(wait).run(parameters)


@pytest.mark.parametrize("mode", ["webhook", "form"])
@pytest.mark.parametrize(
    ("limit", "until"),
    [
        ({}, None),
        ({"limitWaitTime": False, "resumeAmount": 3}, None),
        ({"limitWaitTime": True}, NOON + timedelta(hours=1)),
        ({"limitWaitTime": True, "resumeAmount": 3, "resumeUnit": "days"}, NOON + timedelta(days=3)),
        (
            {"limitWaitTime": True, "limitType": "atSpecifiedTime", "maxDateAndTime": "2030-01-01T00:00:00Z"},
            datetime(2030, 1, 1, tzinfo=UTC),
        ),
    ],
)
async def test_a_call_or_a_form_is_waited_for_as_a_signal(
    mode: str, limit: dict[str, Any], until: datetime | None
) -> None:
    result = await NodeBench(wait).run({"resume": mode, **limit}, [{"n": 1}])
    until_us = None if until is None else (until - EPOCH) // timedelta(microseconds=1)
    assert result.outcome == Suspend(outputs=[[Item({"n": 1}, Link(0))]], until_us=until_us, signal="webhook")


async def test_no_amount_of_waiting_overflows() -> None:
    assert await waits_until({"amount": 1e300, "unit": "days"}) == NOON + timedelta(days=3650)


@pytest.mark.parametrize(
    ("parameters", "message", "description"),
    [
        ({"errorMessage": "Enough"}, "Enough", None),
        ({"errorType": "errorObject", "errorObject": '{"message": "M", "description": "D"}'}, "M", "D"),
        ({"errorType": "errorObject", "errorObject": {"error": "E"}}, "E", None),
        ({"errorType": "errorObject", "errorObject": '{"code": 7}'}, 'Error: {"code":7}', None),
    ],
)
async def test_the_authors_error_is_raised(parameters: dict[str, Any], message: str, description: str | None) -> None:
    with pytest.raises(NodeError) as stopped:
        await NodeBench(stop_and_error).run(parameters, continue_on_fail=True)
    assert (stopped.value.failure.message, stopped.value.failure.description) == (message, description)
    assert stopped.value.failure.permanent


def fails_on_second(_script: str, items: Sequence[Item], each: bool) -> CodeResult:
    if any(item.json["n"] == 2 for item in items):
        raise NodeError("boom [line 1]")
    return CodeResult([Item({"ok": item.json["n"]}, item.paired if each else None) for item in items], ["said"])


async def test_a_scripts_items_and_log_come_back() -> None:
    result = await NodeBench(code).run({"jsCode": "…"}, [{"n": 1}], javascript=fails_on_second)
    assert (result.json(), result.log) == ([{"ok": 1}], ["said"])


async def test_a_script_that_throws_fails_the_node() -> None:
    with pytest.raises(NodeError, match="boom"):
        await NodeBench(code).run({"jsCode": "…"}, [{"n": 2}], javascript=fails_on_second)


@pytest.mark.parametrize(
    ("mode", "outputs"),
    [
        ("runOnceForAllItems", [{"error": "boom [line 1]"}]),
        ("runOnceForEachItem", [{"ok": 1}, {"error": "boom [line 1]"}, {"ok": 3}]),
    ],
)
async def test_under_continue_on_fail_an_error_takes_the_place_of_items(mode: str, outputs: list[Any]) -> None:
    result = await NodeBench(code).run(
        {"jsCode": "…", "mode": mode},
        [{"n": 1}, {"n": 2}, {"n": 3}],
        javascript=fails_on_second,
        continue_on_fail=True,
    )
    assert result.json() == outputs


async def test_python_is_refused_by_name() -> None:
    with pytest.raises(NodeError, match="Python"):
        await NodeBench(code).run({"language": "python", "pythonCode": "return []"})


async def test_a_called_workflow_lets_in_what_it_declares() -> None:
    declared = {"workflowInputs": {"values": [{"name": "a"}, {"name": "b", "type": "number"}]}}
    given = [{"a": 1, "secret": 2}]
    assert (await NodeBench(execute_workflow_trigger).run(declared, given)).json() == [{"a": 1, "b": None}]
    assert (await NodeBench(execute_workflow_trigger, version=1).run(declared, given)).json() == given
    passing = {"inputSource": "passthrough"}
    assert (await NodeBench(execute_workflow_trigger).run(passing, given)).json() == given


async def test_execution_data_is_kept_in_the_nodes_state() -> None:
    stored = {"dataToSave": {"values": [{"key": "id", "value": "={{ $json.id }}"}, {"key": "", "value": "x"}]}}
    result = await NodeBench(execution_data).run(stored, [{"id": 1}, {"id": "z" * 600}])
    assert result.state == {"customData": {"id": "z" * 512}}
    assert len(result.items()) == 2
