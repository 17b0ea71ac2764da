"""Markdown's blocks: quotes, headers, rules, lists, code, paragraphs."""

from __future__ import annotations

from typing import Any, Final

from plugins.items import Json
from plugins.javascript import SPACE, leading_number
from plugins.markup.markdown.hashing import hash_blocks
from plugins.markup.markdown.spans import span_rules
from plugins.markup.markdown.state import State, encoded_code, outdented, without_tabs
from plugins.markup.markdown.tables import tables

_CHECKBOX: Final = '<input type="checkbox" disabled style="margin: 0px 0.35em 0.25em -1.6em; vertical-align: middle;"'
_BULLET: Final = r"([*+-]|\d+[.])[ \t]+"
_LIST: Final = rf"(( {{0,3}}{_BULLET})[^\r]+?(¨0|\n{{2,}}(?=\S)(?![ \t]*(?:[*+-]|\d+[.])[ \t]+)))"
_ASIDE: Final = r"¨(K|G)(\d+)\1"
_HIGHEST_LEVEL: Final = 1_000_000


def block_rules(text: str, state: State) -> str:
    text = _quotes(text, state)
    text = _headers(text, state)
    text = _rules(text, state)
    text = _lists(text, state)
    text = _indented_code(text, state)
    text = tables(text, state)
    text = hash_blocks(text, state)
    return _paragraphs(text, state)


def _quotes(text: str, state: State) -> str:
    def quote(found: Any) -> str:
        inner = state.clock.sub(r"^[ \t]*>[ \t]?", "m", "", found.group()).replace("¨0", "")
        inner = state.clock.sub(r"^[ \t]+$", "m", "", inner)
        inner = block_rules(fenced_code(inner, state), state)
        inner = "  " + inner.replace("\n", "\n  ")
        inner = state.clock.sub(r"(\s*<pre>[^\r]+?<\/pre>)", "m", lambda pre: _flush(pre.group(1), state), inner)
        return state.block(f"<blockquote>\n{inner}\n</blockquote>")

    source = r"(^ {0,3}>[ \t]?.+\n(.+\n)*\n*)+"
    if state.on("splitAdjacentBlockquotes"):
        source = r"^ {0,3}>[\s\S]*?(?:\n\n)"
    return state.clock.sub(source, "m", quote, text + "\n\n")


def _flush(preformatted: str, state: State) -> str:
    return state.clock.sub("^  ", "m", "", preformatted)


def _rules(text: str, state: State) -> str:
    key = state.block("<hr />")
    for sign in ("-", r"\*", "_"):
        text = state.clock.sub(rf"^ {{0,2}}( ?{sign}){{3,}}[ \t]*$", "m", key, text)
    return text


# ------------------------------------------------------------------------------------------------ headers


def _headers(text: str, state: State) -> str:
    start = leading_number(state.options.get("headerLevelStart", False))
    first = int(start) if abs(start) < _HIGHEST_LEVEL else 1

    def underlined(level: int) -> Any:
        return lambda found: _header(found.group(1), found.group(1), level, state)

    def numbered(found: Any) -> str:
        title = found.group(2)
        if state.on("customizedHeaderId"):
            title = state.clock.sub(r"\s?\{([^{]+?)}\s*$", "", "", title)
        return _header(title, found.group(2), first - 1 + len(found.group(1)), state)

    times = "{2,}" if state.on("smoothLivePreview") else "+"
    text = state.clock.sub(rf"^(.+)[ \t]*\n={times}[ \t]*\n+", "m", underlined(first), text)
    text = state.clock.sub(rf"^(.+)[ \t]*\n-{times}[ \t]*\n+", "m", underlined(first + 1), text)
    blank = "+" if state.on("requireSpaceBeforeHeadingText") else "*"
    return state.clock.sub(rf"^(#{{1,6}})[ \t]{blank}(.+?)[ \t]*#*\n+", "m", numbered, text)


def _header(title: str, written: str, level: int, state: State) -> str:
    html = span_rules(title, state)
    id_ = "" if state.on("noHeaderId") else f' id="{_header_id(written, state)}"'
    return state.block(f"<h{level}{id_}>{html}</h{level}>")


def _header_id(title: str, state: State) -> str:
    if state.on("customizedHeaderId") and (found := state.clock.search(r"\{([^{]+?)}\s*$", "", title)):
        title = found.group(1)
    prefix = _prefix(state.options.get("prefixHeaderId", False))
    raw_prefix = state.on("rawPrefixHeaderId")
    title = _as_id(title if raw_prefix else prefix + title, state)
    if raw_prefix:
        title = prefix + title
    count = state.header_ids.get(title, 0)
    state.header_ids[title] = count + 1
    return f"{title}-{count}" if count else title


def _prefix(option: Json) -> str:
    if option is True:
        return "section-"
    return option if isinstance(option, str) else ""


def _as_id(title: str, state: State) -> str:
    if state.on("ghCompatibleHeaderId"):
        title = title.replace(" ", "-").replace("&amp;", "").replace("¨T", "").replace("¨D", "")
        return state.clock.sub(r"""[&+$,\/:;=?@"#{}|^¨~\[\]`\\*)(%.!'<>]""", "", "", title).lower()
    if state.on("rawHeaderId"):
        title = title.replace(" ", "-").replace("&amp;", "&").replace("¨T", "¨").replace("¨D", "$")
        return state.clock.sub("[\"']", "", "-", title).lower()
    return state.clock.sub(r"[^\w]", "", "", title).lower()


# ------------------------------------------------------------------------------------------------ code


def fenced_code(text: str, state: State) -> str:
    if not state.on("ghCodeBlocks"):
        return text

    def fence(found: Any) -> str:
        language = found.group(2)
        kind = f' class="{language} language-{language}"' if language else ""
        return state.fence(found.group(), state.block(_code(found.group(3), kind, state)))

    source = r"(?:^|\n)(?: {0,3})(```+|~~~+)(?: *)([^\s`~]*)\n([\s\S]*?)\n(?: {0,3})\1"
    return state.clock.sub(source, "", fence, text + "¨0").replace("¨0", "", 1)


def _indented_code(text: str, state: State) -> str:
    def code(found: Any) -> str:
        return state.block(_code(outdented(found.group(1), state), "", state)) + str(found.group(2))

    source = r"(?:\n\n|^)((?:(?:[ ]{4}|\t).*\n+)+)(\n*[ ]{0,3}[^ \t\n]|(?=¨0))"
    return state.clock.sub(source, "", code, text + "¨0").replace("¨0", "", 1)


def _code(text: str, kind: str, state: State) -> str:
    code = without_tabs(encoded_code(text, state), state).strip("\n")
    return f"<pre><code{kind}>{code}{'' if state.on('omitExtraWLInCodeBlocks') else chr(10)}</code></pre>"


# ------------------------------------------------------------------------------------------------ lists


def _lists(text: str, state: State) -> str:
    nested = state.list_level > 0

    def list_(found: Any) -> str:
        written, first = found.group("list"), found.group("first")
        kind = "ul" if any(sign in first for sign in "*+-") else "ol"
        return _consecutive(written, kind, nested, state)

    named = _LIST.replace("((", "(?P<list>(?P<first>", 1)
    source = rf"^{named}" if nested else rf"(\n\n|^\n?){named}"
    return state.clock.sub(source, "m", list_, text + "¨0").replace("¨0", "", 1)


def _consecutive(text: str, kind: str, trim: bool, state: State) -> str:
    """What was taken for one list may be several, of both kinds by turns."""
    indent = " ?" if state.on("disableForced4SpacesIndentedSublists") else " {0,3}"
    begins = {"ol": rf"^{indent}\d+\.[ \t]", "ul": rf"^{indent}[*+-][ \t]"}
    whole, html = text, ""
    while True:
        other = "ol" if kind == "ul" else "ul"
        found = state.clock.search(begins[other], "m", text)
        part = text[: found.start()] if found else text
        html += f"\n\n<{kind}{_start(whole, kind, state)}>\n{_items(part, trim, state)}</{kind}>\n"
        if found is None:
            return html
        text, kind = text[found.start() :], other


def _start(text: str, kind: str, state: State) -> str:
    found = state.clock.search(r"^ *(\d+)\.", "", text) if kind == "ol" else None
    return f' start="{found.group(1)}"' if found and found.group(1) != "1" else ""


def _items(text: str, trim: bool, state: State) -> str:
    state.list_level += 1
    text = state.clock.sub(r"\n{2,}$", "", "\n", text, count=1) + "¨0"
    with_paragraphs = state.clock.search(r"\n[ \t]*\n(?!¨0)", "", text) is not None
    margin = r"\2" if state.on("disableForced4SpacesIndentedSublists") else " {0,3}"
    source = (
        r"(\n)?(^ {0,3})([*+-]|\d+[.])[ \t]+((\[(x|X| )?])?[ \t]*[^\r]+?(\n{1,2}))"
        rf"(?=\n*(¨0|{margin}([*+-]|\d+[.])[ \t]+))"
    )
    text = state.clock.sub(source, "m", lambda found: _item(found, with_paragraphs, state), text).replace("¨0", "")
    state.list_level -= 1
    return text.rstrip(SPACE) if trim else text


def _item(found: Any, with_paragraphs: bool, state: State) -> str:
    before, task, checked = found.group(1), found.group(5), found.group(6)
    item, style = outdented(found.group(4), state), ""
    if task and state.on("tasklists"):
        style = ' class="task-list-item" style="list-style-type: none;"'
        box = f"{_CHECKBOX}{' checked' if checked and checked.strip() else ''}>"
        item = state.clock.sub(r"^[ \t]*\[(x|X| )?]", "m", box, item, count=1)
    item = state.clock.sub(r"^([-*+]|\d\.)[ \t]+(?:\S|[\n ])*", "", lambda whole: "¨A" + whole.group(), item)
    if before or state.clock.search(r"\n{2,}", "", item):
        item = block_rules(fenced_code(item, state), state)
    else:
        item = hash_blocks(_lists(item, state).removesuffix("\n"), state)
        item = state.clock.sub(r"\n\n+", "", "\n\n", item)
        item = _paragraphs(item, state) if with_paragraphs else span_rules(item, state)
    return f"<li{style}>{item.replace('¨A', '', 1)}</li>\n"


# ------------------------------------------------------------------------------------------------ paragraphs


def _paragraphs(text: str, state: State) -> str:
    made: list[str] = []
    for paragraph in state.clock.split(r"\n{2,}", text.strip("\n")):
        if state.clock.search(_ASIDE, "", paragraph):
            made.append(paragraph)
        elif paragraph.strip(SPACE):
            made.append(f"<p>{span_rules(paragraph, state).lstrip(' ' + chr(9))}</p>")
    return "\n".join(_unhashed(paragraph, state) for paragraph in made).strip("\n")


def _unhashed(paragraph: str, state: State) -> str:
    """Blocks put aside are brought back. A fence within code was no fence."""
    in_code = False
    while found := state.clock.search(_ASIDE, "", paragraph):
        number = int(found.group(2))
        if found.group(1) == "K":
            block = state.blocks[number]
        elif in_code:
            block = encoded_code(state.fences[number][0], state)
        else:
            block = state.fences[number][1]
        paragraph = state.clock.sub(r"(\n\n)?¨(K|G)\d+\2(\n\n)?", "", block, paragraph, count=1)
        in_code = in_code or state.clock.search(r"^<pre\b[^>]*>\s*<code\b[^>]*>", "", paragraph) is not None
    return paragraph
