"""HTML as plain text."""

from __future__ import annotations

import pytest

from plugins.markup.page import Page
from plugins.markup.plaintext import plain_text


def laid_out(html: str, skip: str = "") -> str:
    page = Page(html)
    return plain_text(page.select("body")[0], skip={node.mem_id for node in page.select(skip)})


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Title  here</h1><p>One <b>b</b></p><p>Two\n  lines</p>", "TITLE HERE\n\nOne b\n\nTwo lines"),
        ("a<br>b<hr>c", f"a\nb\n\n{'-' * 80}\n\nc"),
        ('<a href="mailto:a@b.c">Mail</a> <a href="#top">Up</a> <a href="/x"></a>', "Mail [a@b.c] Up /x"),
        ('<img src="i.png" alt="al"><img alt="z"><img src="j">', "al [i.png]z[j]"),
        ("<ul><li>1<ul><li>n</li></ul></li><li>2</li></ul>", " * 1\n   * n\n * 2"),
        ('<ol start="9"><li>a</li><li>b</li></ol>', " 9.  a\n 10. b"),
        ('<ol type="i"><li>a</li><li>b<br>c</li></ol>', " i.  a\n ii. b\n     c"),
        ('<ol type="A" start="27"><li>a</li></ol>', " AA. a"),
        ("<blockquote>q<br>r</blockquote>", "> q\n> r"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "ab"),
        ("<script>x</script><style>y</style>z<!-- c -->", "z"),
        ("<div>a</div><div>b</div>c", "a\nb\nc"),
    ],
)
def test_layout(html: str, text: str) -> None:
    assert laid_out(html) == text


def test_lines_break_at_eighty_columns() -> None:
    assert [len(line) for line in laid_out("<p>" + "word " * 30).split("\n")] == [79, 69]


def test_skipped_elements_leave_nothing() -> None:
    assert laid_out("<p>a <i>b</i> <b>c</b></p>", "i, b") == "a"


def test_depth_is_no_obstacle() -> None:
    assert laid_out("<div>" * 20_000 + "deep") == "deep"
