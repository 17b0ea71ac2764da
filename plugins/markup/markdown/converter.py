"""The conversion as a whole: what is done before the rules, and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plugins.items import Json
from plugins.javascript import SPACE
from plugins.markup.markdown.blocks import block_rules, fenced_code
from plugins.markup.markdown.hashing import hash_blocks, hash_code, hash_preformatted, unhash_spans
from plugins.markup.markdown.patterns import Clock, TooSlow
from plugins.markup.markdown.spans import encoded_signs
from plugins.markup.markdown.state import State, revealed, without_tabs

MOST_SECONDS: Final = 3.0
_SIZE: Final = r"(?: =([*\d]+[A-Za-z%]{0,4})x([*\d]+[A-Za-z%]{0,4}))?"
_TITLE: Final = r"""[ \t]*\n?[ \t]*(?:(\n*)["|'(](.+?)["|')][ \t]*)?"""
_LABEL: Final = r"^ {0,3}\[([^\]]+)]:[ \t]*\n?[ \t]*"


def to_html(text: str, options: Mapping[str, Json], *, seconds: float = MOST_SECONDS) -> str:
    """The Markdown as HTML. `options` are showdown's, by its names.

    Raises `TooSlow`, for blocks nested too deeply as well.
    """
    try:
        return _converted(text, State(options, Clock.of(seconds), _converted_within))
    except RecursionError:
        raise TooSlow from None


def _converted_within(text: str, outer: State) -> str:
    """Markdown inside HTML, converted on its own."""
    return _converted(text, State(outer.options, outer.clock, outer.convert))


def _converted(text: str, state: State) -> str:
    if not text:
        return text
    text = text.replace("¨", "¨T").replace("$", "¨D").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u00a0", "&nbsp;")
    if state.on("smartIndentationFix"):
        margin = len(text) - len(text.lstrip(SPACE))
        text = state.clock.sub(rf"^\s{{0,{margin}}}", "m", "", text)
    text = without_tabs(f"\n\n{text}\n\n", state)
    text = state.clock.sub(r"^[ \t]+$", "m", "", text)
    text = _without_metadata(text, state)
    text = fenced_code(hash_preformatted(text, state), state)
    text = hash_code(hash_blocks(text, state), state)
    text = _without_definitions(text, state)
    text = block_rules(text, state)
    text = revealed(unhash_spans(text, state), state)
    text = text.replace("¨D", "$").replace("¨T", "¨")
    return _document(text, state) if state.on("completeHTMLDocument") else text


def _without_definitions(text: str, state: State) -> str:
    """Link definitions are remembered, and leave the text."""
    whole = text = text + "¨0"

    def definition(found: Any) -> str:
        label, url, width, height, blank_lines, title = found.groups()
        label = label.lower()
        if whole.lower().count(label) < 2:
            return str(found.group())
        if state.clock.search(r"^data:.+?\/.+?;base64,", "", url):
            state.urls[label] = state.clock.sub(r"\s", "", "", url)
        else:
            state.urls[label] = encoded_signs(url, state)
        if blank_lines:
            return str(blank_lines + title)
        if title:
            state.titles[label] = title.replace('"', "&quot;").replace("'", "&quot;")
        if state.on("parseImgDimensions") and width and height:
            state.sizes[label] = (width, height)
        return ""

    data = rf"{_LABEL}<?(data:.+?\/.+?;base64,[A-Za-z0-9+/=\n]+?)>?{_SIZE}{_TITLE}(?:\n\n|(?=¨0)|(?=\n\[))"
    text = whole = state.clock.sub(data, "m", definition, text)
    text = state.clock.sub(rf"{_LABEL}<?([^>\s]+)>?{_SIZE}{_TITLE}(?:\n+|(?=¨0))", "m", definition, text)
    return text.replace("¨0", "", 1)


def _without_metadata(text: str, state: State) -> str:
    """Front matter, where it is asked for, is remembered and leaves the text."""
    if not state.on("metadata"):
        return text

    def remembered(found: Any) -> str:
        content = found.group(2).replace("&", "&amp;").replace('"', "&quot;").replace("\n    ", " ")
        state.clock.sub(r"^((?:\S| )+): +([\s\S]+?)$", "m", lambda pair: _remember(pair, state), content)
        return ""

    text = state.clock.sub(r"^\s*«««+(\S*?)\n([\s\S]+?)\n»»»+\n", "", remembered, text)
    return state.clock.sub(r"^\s*---+(\S*?)\n([\s\S]+?)\n---+\n", "", remembered, text)


def _remember(pair: Any, state: State) -> str:
    state.metadata[pair.group(1)] = pair.group(2)
    return ""


def _document(text: str, state: State) -> str:
    known = state.metadata
    doctype, charset, title, language, described = "<!DOCTYPE HTML>\n", '<meta charset="utf-8">\n', "", "", ""
    is_html = True
    if "doctype" in known:
        doctype = f"<!DOCTYPE {known['doctype']}>\n"
        is_html = known["doctype"].lower() in ("html", "html5")
        charset = '<meta charset="utf-8">' if is_html else charset
    for name, value in known.items():
        match name.lower():
            case "doctype":
                continue
            case "title":
                title = f"<title>{known.get('title', 'undefined')}</title>\n"
            case "charset":
                shown = known.get("charset", "undefined")
                charset = f'<meta charset="{shown}">\n' if is_html else f'<meta name="charset" content="{shown}">\n'
            case other:
                language = f' lang="{value}"' if other in ("language", "lang") else language
                described += f'<meta name="{name}" content="{value}">\n'
    head = f"{doctype}<html{language}>\n<head>\n{title}{charset}{described}</head>\n"
    return f"{head}<body>\n{text.strip(SPACE)}\n</body>\n</html>"
