"""Markdown as HTML, as showdown writes it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.markup.markdown.converter import to_html
from plugins.markup.markdown.patterns import TooSlow


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# Head One\n\ntext", '<h1 id="headone">Head One</h1>\n<p>text</p>'),
        ("A\n===\nA\n---\n", '<h1 id="a">A</h1>\n<h2 id="a-1">A</h2>'),
        ("**b** __b__ *i* _i_ ***bi*** a_b_c", "<p><strong>b</strong> <strong>b</strong> <em>i</em> <em>i</em> "
         "<strong><em>bi</em></strong> a<em>b</em>c</p>"),
        ("- a\n- b\n  - c\n", "<ul>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ul>"),
        ("- a\n    - b\n", "<ul>\n<li>a<ul>\n<li>b</li></ul></li>\n</ul>"),
        ("- a\n\n- b\n", "<ul>\n<li><p>a</p></li>\n<li><p>b</p></li>\n</ul>"),
        ("3. x\n4. y\n", '<ol start="3">\n<li>x</li>\n<li>y</li>\n</ol>'),
        ("- a\n1. b\n", "<ul>\n<li>a</li>\n</ul>\n<ol>\n<li>b</li>\n</ol>"),
        ("> q\n> r\n", "<blockquote>\n  <p>q\n  r</p>\n</blockquote>"),
        ("```js\nlet a<1;\n```", '<pre><code class="js language-js">let a&lt;1;\n</code></pre>'),
        ("    code *x*\n", "<pre><code>code *x*\n</code></pre>"),
        ("a `b*c*` ``d `e` f``", "<p>a <code>b*c*</code> <code>d `e` f</code></p>"),
        ("---\n\n* * *", "<hr />\n<hr />"),
        ('[l](http://x.y "t") [r][ID] [id]\n\n[id]: http://r.z \'u\'',
         '<p><a href="http://x.y" title="t">l</a> <a href="http://r.z" title="u">r</a> '
         '<a href="http://r.z" title="u">id</a></p>'),
        ("![i](http://i.j 'T') ![n][o]", '<p><img src="http://i.j" alt="i" title="T" /> ![n][o]</p>'),
        ("<http://a.b>", '<p><a href="http://a.b">http://a.b</a></p>'),
        ("a  \nb...", "<p>a<br />\nb…</p>"),
        ("1 < 2 & &amp; \\*x\\* $1 ¨", "<p>1 &lt; 2 &amp; &amp; *x* $1 ¨</p>"),
        ("<div>\n*raw*\n</div>\n\n<span>*x*</span>", "<div>\n*raw*\n</div>\n<p><span><em>x</em></span></p>"),
        ('<div markdown="1">\n*x*\n</div>', '<div markdown="1"><p><em>x</em></p></div>'),
        ("<!-- c -->\n\n<pre><code>a *b*\n</code></pre>", "<!-- c -->\n<pre><code>a *b*\n</code></pre>"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_rules(markdown: str, html: str) -> None:
    assert to_html(markdown, {}) == html


@pytest.mark.parametrize(
    ("options", "markdown", "html"),
    [
        ({"tables": True, "tablesHeaderId": True}, "| a b | c |\n|:--|--:|\n| 1 | *2* |\n",
         '<table>\n<thead>\n<tr>\n<th id="a_b" style="text-align:left;">a b</th>\n'
         '<th id="c" style="text-align:right;">c</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
         '<td style="text-align:left;">1</td>\n<td style="text-align:right;"><em>2</em></td>\n</tr>\n</tbody>\n'
         "</table>"),
        ({"simplifiedAutoLink": True, "excludeTrailingPunctuationFromURLs": True}, "see www.a.b!",
         '<p>see <a href="http://www.a.b">www.a.b</a>!</p>'),
        ({"literalMidWordUnderscores": True, "literalMidWordAsterisks": True}, "a_b_c _d_ x*y*z *w*",
         "<p>a_b_c <em>d</em> x*y*z <em>w</em></p>"),
        ({"underline": True}, "__u__ _n_", "<p><u>u</u> _n_</p>"),
        ({"ghMentions": True, "ghMentionsLink": "/u/{u}"}, "hi @me", '<p>hi <a href="/u/me">@me</a></p>'),
        ({"emoji": True}, ":smile: :nope:", "<p>😄 :nope:</p>"),
        ({"openLinksInNewWindow": True}, "[l](http://x.y)",
         '<p><a href="http://x.y" rel="noopener noreferrer" target="_blank">l</a></p>'),
        ({"parseImgDimensions": True}, "![i](u =10x*)", '<p><img src="u" alt="i" width="10" height="auto" /></p>'),
        ({"headerLevelStart": 3, "prefixHeaderId": "p-", "ghCompatibleHeaderId": True}, "# A b!\n",
         '<h3 id="p-a-b">A b!</h3>'),
        ({"customizedHeaderId": True}, "# A {#mine}\n", '<h1 id="mine">A</h1>'),
        ({"requireSpaceBeforeHeadingText": True}, "#A\n", "<p>#A</p>"),
        ({"simpleLineBreaks": True}, "a\nb", "<p>a<br />\nb</p>"),
        ({"ghCodeBlocks": False}, "```\nx\n```", "<p><code>\nx\n</code></p>"),
        ({"splitAdjacentBlockquotes": True}, "> a\n\n> b\n",
         "<blockquote>\n  <p>a</p>\n</blockquote>\n<blockquote>\n  <p>b</p>\n</blockquote>"),
        ({"backslashEscapesHTMLTags": True}, "\\<div>x", "<p>&lt;div&gt;x</p>"),
        ({"metadata": True, "completeHTMLDocument": True}, "---\ntitle: T\nlang: en\n---\nx",
         '<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<title>T</title>\n<meta charset="utf-8">\n'
         '<meta name="lang" content="en">\n</head>\n<body>\n<p>x</p>\n</body>\n</html>'),
    ],
)  # fmt: skip
def test_options(options: dict[str, Any], markdown: str, html: str) -> None:
    assert to_html(markdown, options) == html


def test_addresses_are_obscured_the_same_way_every_time() -> None:
    first, second = to_html("<me@x.y>", {}), to_html("<me@x.y>", {})
    assert first == second
    assert "me@x.y" not in first
    assert to_html("<me@x.y>", {"encodeEmails": False}) == '<p><a href="mailto:me@x.y">me@x.y</a></p>'


@pytest.mark.parametrize("hostile", ["`" * 20_000, "![](" * 5_000, "<div>" * 5_000, "> " * 5_000, "<" * 20_000])
def test_hostile_text_is_given_up_in_time(hostile: str) -> None:
    begin = time.monotonic()
    with pytest.raises(TooSlow):
        to_html(hostile, {}, seconds=0.05)
    assert time.monotonic() - begin < 2


@given(st.text(alphabet="ab *_`~[]()<>#-+1.!\n\t|¨$&:", max_size=60))
def test_any_text_is_converted_and_nothing_that_was_put_aside_is_lost(markdown: str) -> None:
    html = to_html(markdown, {"tables": True, "strikethrough": True})
    assert "¨K" not in html.replace("¨", "", markdown.count("¨"))
