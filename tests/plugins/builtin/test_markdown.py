"""Markdown."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.builtin.markdown import markdown
from plugins.errors import NodeError
from plugins.items import Binary, Item
from plugins.markup.markdown.patterns import TooSlow
from plugins.testing import NodeBench


async def convert(parameters: dict[str, Any], item: Any = None) -> Any:
    [row] = (await NodeBench(markdown).run(parameters, [{} if item is None else item])).json()
    return row


async def test_the_result_goes_where_its_path_says_beside_the_rest() -> None:
    item = Item({"k": 1}, None, {"f": Binary("text/plain", "")})
    result = await NodeBench(markdown).run({"html": "<h1>T</h1>", "destinationKey": "a.b"}, [item])
    assert result.json() == [{"k": 1, "a": {"b": "# T"}}]
    assert result.items()[0].binary == item.binary


async def test_options_for_html_are_those_of_showdown() -> None:
    given = {"mode": "markdownToHtml", "markdown": "# A\n~~b~~", "options": {"strikethrough": True, "noHeaderId": True}}
    assert await convert(given) == {"data": "<h1>A</h1>\n<p><del>b</del></p>"}


async def test_options_for_markdown_reach_the_writer() -> None:
    options = {
        "bulletMarker": "-",
        "strongDelimiter": "__",
        "codeBlockStyle": "indented",
        "ignore": "span, i",
        "keepDataImages": True,
        "useLinkReferenceDefinitions": True,
        "globalEscape": {"value": {"pattern": "*", "replacement": "<$&>"}},
        "textReplace": {"values": [{"pattern": "one", "replacement": "two"}]},
    }
    html = '<ul><li>one * *</li></ul><b>x</b><span>gone</span> <a href="u">l</a><img src="data:,">'
    assert await convert({"html": html, "options": options}) == {
        "data": "- two <*> *\n__x__ [l][1]![](data:,)\n\n[1]: u"
    }


async def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> str:
        raise TooSlow

    monkeypatch.setattr("plugins.builtin.markdown.to_html", never)
    with pytest.raises(NodeError, match="too large or too deeply nested"):
        await convert({"mode": "markdownToHtml", "markdown": "x"})
