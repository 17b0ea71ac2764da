"""Pieces of Markdown: what becomes of the text of an element once it is known."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from plugins.javascript import SPACE
from plugins.markup.markdown.patterns import Clock


def decoded(raw: str) -> str:
    return html.unescape(raw)


def is_blank(text: str) -> bool:
    return not text.strip(SPACE)


def surrounded(content: str, mark: str, clock: Clock) -> str | None:
    """Every line between marks, which go from within unless they are escaped; a blank at its sides stays outside.

    None for nothing but blanks.
    """
    if is_blank(content):
        return None
    if mark in content:
        content = clock.sub(r"([^\\])" + re.escape(mark), "m", lambda found: found.group(1), content)
    return "".join(_marked(line, mark) + end for line, end in lines(content))


def _marked(line: str, mark: str) -> str:
    inner = line.strip(SPACE)
    if not inner:
        return line
    begin = len(line) - len(line.lstrip(SPACE))
    end = begin + len(inner)
    return line[max(begin - 1, 0) : begin] + mark + inner + mark + line[end : end + 1]


def lines(text: str) -> Iterator[tuple[str, str]]:
    """The lines, each with what ends it. Nothing follows the last end."""
    start = at = 0
    while at < len(text):
        end = "\r\n" if text.startswith("\r\n", at) else text[at] if text[at] in "\r\n" else ""
        at += len(end) or 1
        if end:
            yield text[start : at - len(end)], end
            start = at
    if start < len(text):
        yield text[start:], ""


def quoted(content: str, clock: Clock) -> str:
    found_at = r"^(>*)[^\S\r\n]?"
    return clock.sub(found_at, "m", lambda found: f">{found.group(1)} ", content.strip("\n"))


def coded(content: str, clock: Clock) -> str:
    """Between more backticks than it has."""
    longest = max((len(found.group()) for found in clock.matches("`+", "", content)), default=0)
    fence, padding = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{padding}{content}{padding}{fence}"


def indented(content: str) -> str:
    return "    " + content.replace("\n", "\n    ")


def list_row(content: str, margin: str, clock: Clock) -> str | None:
    if is_blank(content):
        return None

    def next_line(found: Any) -> str:
        return f"{found.group(1)}  \n{margin}"

    content = clock.sub(r"([^\r\n])(?:\r?\n)+", "", next_line, content.strip(SPACE))
    return clock.sub(r"(\S+?)[^\S\r\n]+$", "m", lambda found: found.group(1) + "  ", content)


def table(content: str, clock: Clock) -> str | None:
    """Rows with their columns made equally wide. None for a table without any."""
    rows: list[list[str]] = []
    widths: list[int] = []
    for line, _ in lines(content):
        row = clock.sub(r"^(?:\|\s+)?(.+)\s*\|\s*$", "", lambda found: found.group(1), line, count=1)
        if not row:
            continue
        cells = [cell.strip(SPACE) for cell in row.split(" |")]
        widths += [0] * (len(cells) - len(widths))
        for column, cell in enumerate(cells):
            widths[column] = max(widths[column], units(cell))
        rows.append(cells)
    if not rows:
        return None
    drawn = [_row(cells, widths) for cells in rows]
    drawn.insert(1, "|" + "".join(f" {'-' * width} |" for width in widths))
    return "\n".join(drawn) + "\n"


def _row(cells: list[str], widths: list[int]) -> str:
    padded = cells + [""] * (len(widths) - len(cells))
    return "| " + " ".join(
        cell + " " * (width - units(cell)) + " |" for cell, width in zip(padded, widths, strict=True)
    )


def units(text: str) -> int:
    """Its length as JavaScript counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
