"""Tables in Markdown."""

from __future__ import annotations

from typing import Any, Final

from plugins.javascript import SPACE
from plugins.markup.markdown.spans import code_spans, span_rules
from plugins.markup.markdown.state import State, escaped

_RULE: Final = r"[ \t]*:?[ \t]*(?:[-=]){2,}[ \t]*:?[ \t]*"
_TABLE: Final = rf"^ {{0,3}}\|?.+\|.+\n {{0,3}}\|?{_RULE}\|[ \t]*:?[ \t]*(?:[-=]){{2,}}[\s\S]+?(?:\n\n|¨0)"
_ONE_COLUMN: Final = rf"^ {{0,3}}\|.+\|[ \t]*\n {{0,3}}\|{_RULE}\|[ \t]*\n( {{0,3}}\|.+\|[ \t]*\n)*(?:\n|¨0)"
_ALIGNMENTS: Final = (
    (r"^:[ \t]*--*$", "left"),
    (r"^--*[ \t]*:[ \t]*$", "right"),
    (r"^:[ \t]*--*[ \t]*:$", "center"),
)


def tables(text: str, state: State) -> str:
    if not state.on("tables"):
        return text
    text = escaped(r"\\(\|)", text, state)
    for source in (_TABLE, _ONE_COLUMN):
        text = state.clock.sub(source, "m", lambda found: _table(found, state), text)
    return text


def _table(found: Any, state: State) -> str:
    lines = [_line(line, state) for line in found.group().split("\n")]
    headers, rules, *rows = [[cell.strip(SPACE) for cell in line.split("|")] for line in lines if line.strip(SPACE)]
    if len(headers) < len(rules):
        return str(found.group())
    styles = [_style(rule, state) for rule in rules] + [""] * (len(headers) - len(rules))
    html = "<table>\n<thead>\n<tr>\n"
    html += "".join(_header(header, style, state) for header, style in zip(headers, styles, strict=True))
    html += "</tr>\n</thead>\n<tbody>\n"
    for row in rows:
        cells = row + [""] * (len(headers) - len(row))
        html += "<tr>\n"
        html += "".join(
            f"<td{style}>{span_rules(cell, state)}</td>\n" for cell, style in zip(cells, styles, strict=False)
        )
        html += "</tr>\n"
    return html + "</tbody>\n</table>\n"


def _line(line: str, state: State) -> str:
    """Without the bars at its ends."""
    line = state.clock.sub(r"^ {0,3}\|", "", "", line)
    line = state.clock.sub(r"\|[ \t]*$", "", "", line)
    return code_spans(line, state)


def _style(rule: str, state: State) -> str:
    for source, side in _ALIGNMENTS:
        if state.clock.search(source, "", rule):
            return f' style="text-align:{side};"'
    return ""


def _header(header: str, style: str, state: State) -> str:
    with_id = state.on("tablesHeaderId") or state.on("tableHeaderId")
    id_ = f' id="{header.replace(" ", "_").lower()}"' if with_id else ""
    return f"<th{id_}{style}>{span_rules(header, state)}</th>\n"
