"""Function and Function Item."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.builtin.function import function, function_item
from plugins.context import CodeResult
from plugins.items import Item
from plugins.testing import NodeBench


def doubled(code: str, items: Sequence[Item], _: bool) -> CodeResult:
    assert "return" in code
    return CodeResult([item for item in items for _ in range(2)], ["said"])


async def test_a_function_answers_what_its_script_answers() -> None:
    result = await NodeBench(function).run({"functionCode": "return items;"}, [{"n": 1}], javascript=doubled)
    assert result.json() == [{"n": 1}, {"n": 1}]
    assert result.log == ["said"]


async def test_without_a_script_the_example_of_the_editor_runs() -> None:
    assert len((await NodeBench(function_item).run({}, [{"n": 1}], javascript=doubled)).items()) == 2


async def test_the_script_of_a_function_is_never_an_expression() -> None:
    result = await NodeBench(function).run({"functionCode": "={{ return }}"}, [{"n": 1}], javascript=doubled)
    assert len(result.items()) == 2
