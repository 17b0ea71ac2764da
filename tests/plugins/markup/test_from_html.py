"""HTML as Markdown, as node-html-markdown writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.markup.from_html.rules import Options
from plugins.markup.from_html.writer import to_markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h1>H</h1><h2>H2</h2><p>P <b>b</b> <i>i</i> <code>c</code> <del>d</del> x*y_z</p>",
         "# H\n\n## H2\n\nP **b** _i_ `c` ~~d~~ x\\*y\\_z"),
        ("<ul><li>a<ul><li>n</li></ul></li><li>b</li></ul><ol><li>1</li><li></li><li>2</li></ol>",
         "* a  \n   * n\n* b\n1. 1\n2. 2"),
        ('<a href="http://x.y_(z)" title="t">l</a> <a href="u">u</a> <a>plain</a>',
         '[l](http://x.y%5F%28z%29 "t") <u> plain'),
        ('<img src="i" alt="a" title="t"><img src="data:image/png;base64,AA"><img>', '![a](i "t")'),
        ('<pre><code class="language-js">let a\n  = *1*;</code></pre>', "```js\nlet a\n  = *1*;\n```"),
        ("<code>a `b` c</code>", "`` a `b` c ``"),
        ("<blockquote>q<blockquote>r</blockquote></blockquote>", "> q\n> \n>> r"),
        ("<table><caption>C</caption><tr><th>a</th><th>b|c</th></tr><tr><td>1</td></tr></table>",
         "__C__\n| a | b\\|c |\n| - | ---- |\n| 1 |      |"),
        ("a<br>b<hr>c", "a  \nb\n\n---\n\nc"),
        ("<b> x </b>y<b></b>", "**x** y"),
        ("<b>a<b>b</b></b>", "**ab**"),
        ("1. x<br># y<p>- z</p><p>+ w</p>", "1\\. x  \n\\# y\n\n\\- z\n\n\\+ w"),
        ("<!DOCTYPE html><head><title>t</title></head><script>s</script><style>c</style>x", "x"),
        ("<p>a<p>b<div>c", "a\n\nb\n\nc"),
        ("&lt;b&gt; &copy;", "<b> ©"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_rules(html: str, markdown: str) -> None:
    assert to_markdown(html, Options()).strip(" ") == markdown


@pytest.mark.parametrize(
    ("options", "html", "markdown"),
    [
        (Options(bullet="-", emphasis="*", strong="__"), "<ul><li><b>a</b> <i>b</i></li></ul>", "- __a__ *b*"),
        (Options(code_style="indented"), "<pre><code>a\nb</code></pre>", "    a\n    b"),
        (Options(code_fence="~~~"), "<pre><code>a</code></pre>", "~~~\na\n~~~"),
        (Options(keep_data_images=True), '<img src="data:,x">', "![](data:,x)"),
        (Options(link_references=True), '<a href="u">l</a> <a href="u">m</a>', "[l][1] [m][1]\n\n[1]: u"),
        (Options(ignored=("a", "span", "h1")), "<h1>h</h1><span>s</span><a href='u'>l</a>x", "# h\n\nx"),
        (Options(blocks=("span",)), "a<span>b</span>c", "a\n\nb\n\nc"),
        (Options(most_newlines=1), "<p>a</p><p>b</p>", "a\nb"),
        (Options(escape=("*", "!"), line_escape=("-", "?"), replacements=(("a", "b"),)), "a*_*-a", "b!_*?a"),
    ],
)
def test_options(options: Options, html: str, markdown: str) -> None:
    assert to_markdown(html, options) == markdown


@given(st.text(alphabet="ab<>/='\" &;\nliupre", max_size=60))
def test_any_text_is_converted(html: str) -> None:
    assert isinstance(to_markdown(html, Options()), str)
