"""HTML and HTML Extract."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.builtin.html import html
from plugins.builtin.html_extract import html_extract
from plugins.errors import NodeError
from plugins.items import Link
from plugins.testing import NodeBench

PAGE = {"data": '<h1>Title  here</h1><p>One</p><p class="x">Two\n lines</p><a href="/l">L</a><input value="v">'}


async def extract(*values: dict[str, Any], version: float = 1.2, options: dict[str, Any] | None = None) -> Any:
    parameters = {
        "operation": "extractHtmlContent",
        "extractionValues": {"values": list(values)},
        "options": options or {},
    }
    [row] = (await NodeBench(html, version=version).run(parameters, [PAGE])).json()
    return row


async def test_a_template_is_filled_in_for_each_item() -> None:
    result = await NodeBench(html).run(
        {"html": "<p>{{ $json.n }}</p><b>{{ $json.x }}</b>"}, [{"n": 1}, {"n": 2, "x": "$$"}]
    )
    assert result.json() == [{"html": "<p>1</p><b>undefined</b>"}, {"html": "<p>2</p><b>$</b>"}]


async def test_text_is_raw_in_the_first_versions_and_laid_out_since() -> None:
    wanted = {"key": "p", "cssSelector": "p"}
    assert await extract(wanted, version=1.1) == {"p": "OneTwo\n lines"}
    assert await extract(wanted) == {"p": "One"}


async def test_what_is_not_there_is_empty_text_or_left_out() -> None:
    wanted = ({"key": "t", "cssSelector": "i"}, {"key": "l", "cssSelector": "i", "returnArray": True})
    assert await extract(*wanted, version=1) == {"l": []}
    assert await extract(*wanted) == {"t": "", "l": []}


async def test_attributes_markup_and_values() -> None:
    assert await extract(
        {"key": "href", "cssSelector": "a", "returnValue": "attribute", "attribute": "href"},
        {"key": "all", "cssSelector": "a", "returnValue": "attribute"},
        {"key": "inner", "cssSelector": "body", "returnValue": "html"},
        {"key": "value", "cssSelector": "input", "returnValue": "value"},
        {"key": "none", "cssSelector": "a", "returnValue": "value"},
    ) == {"href": "/l", "all": {"href": "/l"}, "inner": PAGE["data"], "value": "v"}


async def test_cleaning_up_condenses_blanks() -> None:
    wanted = {"key": "p", "cssSelector": "p.x"}
    assert await extract(wanted, version=1, options={"cleanUpText": True}) == {"p": "Two lines"}


async def test_a_list_of_documents_gives_an_item_for_each() -> None:
    parameters = {"dataPropertyName": "pages", "extractionValues": {"values": [{"key": "t", "cssSelector": "p"}]}}
    result = await NodeBench(html_extract).run(parameters, [{"pages": ["<p>a", "<p>b"]}])
    assert [(item.json, item.paired) for item in result.items()] == [({"t": "a"}, Link(0)), ({"t": "b"}, Link(0))]


async def test_a_missing_field_is_named_and_may_be_gone_past() -> None:
    with pytest.raises(NodeError, match='No property named "data" exists!'):
        await NodeBench(html_extract).run({}, [{}])
    result = await NodeBench(html_extract).run({}, [{}, PAGE], continue_on_fail=True)
    assert result.json() == [{"error": 'No property named "data" exists!'}, {}]


async def test_a_bad_selector_is_refused() -> None:
    with pytest.raises(NodeError, match="unmatched pseudo-class :nope"):
        await extract({"key": "t", "cssSelector": "p:nope"})


async def test_a_table_has_the_fields_of_all_items_as_columns() -> None:
    items = [{"first_name": 1, "b": True}, {"c": None}]
    options = {"customStyling": True, "capitalize": True, "caption": "Cap", "cellAttributes": "c"}
    result = await NodeBench(html).run({"operation": "convertToHtmlTable", "options": options}, items)
    assert result.items()[0].paired == [Link(0), Link(1)]
    assert result.json()[0]["table"] == (
        "<table  ><caption>Cap</caption><thead  ><tr><th>First Name</th><th>B</th><th>C</th></tr></thead><tbody>"
        '<tr  ><td  c>1</td><td  c><input type="checkbox" checked="checked"/></td><td  c>undefined</td></tr>'
        "<tr  ><td  c>undefined</td><td  c>undefined</td><td  c>null</td></tr></tbody></table>"
    )
