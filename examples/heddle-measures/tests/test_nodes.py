"""The two nodes, on a bench: no server, no network."""

from __future__ import annotations

import pytest
from heddle_measures.convert import convert_measure
from heddle_measures.report import report_measure

from plugins import Link, NodeError
from plugins.laws import LAWS, Law, Sample
from plugins.node import NodeType
from plugins.testing import FakeHttp, NodeBench, respond

SAMPLES = {
    convert_measure[0]: Sample({"source": "km", "target": "mi"}, [{"value": 1}, {"value": 2}]),
    report_measure[0]: Sample({"url": "https://acme.test/reports"}, [{"value": 1}, {"value": 2}]),
}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.name)
async def test_every_node_keeps_the_law(kind: NodeType, law: Law) -> None:
    await law(kind, SAMPLES[kind])


async def test_each_item_is_converted_and_keeps_its_lineage() -> None:
    result = await NodeBench(convert_measure).run(
        {"source": "°F", "target": "°C"}, [{"value": 212, "at": "sea"}, {"value": 32}]
    )
    assert result.json() == [{"value": 100.0, "at": "sea", "unit": "°C"}, {"value": 0.0, "unit": "°C"}]
    assert [item.paired for item in result.items()] == [Link(0), Link(1)]


async def test_units_of_two_quantities_are_refused() -> None:
    with pytest.raises(NodeError, match="km is a length and kg a weight") as refused:
        await NodeBench(convert_measure).run({"source": "km", "target": "kg"}, [{"value": 1}])
    assert refused.value.failure.permanent


async def test_each_report_has_a_key_of_its_own() -> None:
    server = FakeHttp(respond(status=201))
    result = await NodeBench(report_measure).run(
        {"url": "https://acme.test/reports"}, [{"value": 1}, {"value": 2}], http=server
    )
    assert [request.json for request in server.requests] == [{"value": 1.0}, {"value": 2.0}]
    assert len({request.options["idempotency_key"] for request in server.requests}) == 2
    assert result.progress == [(1, 2, None), (2, 2, None)]
    assert result.json()[0] == {"value": 1, "status": 201}


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (429, False), (503, False)])
async def test_a_report_that_is_refused_is_worth_another_try_or_not(status: int, permanent: bool) -> None:
    with pytest.raises(NodeError) as refused:
        await NodeBench(report_measure).run({"url": "https://acme.test"}, [{"value": 1}], http=respond(status=status))
    assert (refused.value.failure.status, refused.value.failure.permanent) == (status, permanent)
