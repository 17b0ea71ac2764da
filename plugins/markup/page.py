"""An HTML page: parsed as browsers do, searched by selectors, and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from plugins.items import Json
from plugins.markup.selectors import MARK, Containing, InvalidSelector, Position, parsed
from plugins.values import UNDEFINED

_UNREAD = ("script", "style")


class Page:
    """A parsed document. A fragment gets the elements around it that HTML prescribes."""

    def __init__(self, html: str) -> None:
        self._document = LexborHTMLParser(html)

    def select(self, selector: str) -> list[LexborNode]:
        """The elements that a selector finds, in document order. Raises `InvalidSelector`."""
        if not selector.strip() or self._document.root is None:
            return []
        wanted = parsed(selector)
        self._mark(wanted.containing)
        try:
            found = [self._follow(path) for path in wanted.paths]
        except SelectolaxError:
            raise InvalidSelector(f"Unmatched selector: {selector}") from None
        finally:
            for containing in wanted.containing:
                _unmark(self._document.css(f"[{containing.mark}]"), containing.mark)
        return found[0] if len(found) == 1 else self._in_order([node for nodes in found for node in nodes])

    def _follow(self, path: Sequence[tuple[str, Position | None]]) -> list[LexborNode]:
        mark, found = f"{MARK}at", list[LexborNode]()
        for css, position in path:
            before = found
            for node in before:
                node.attrs[mark] = ""
            found = _distinct(self._document.css(css.replace("{}", f"[{mark}]")))
            _unmark(before, mark)
            if position is not None:
                found = _CHOICES[position.name](found, position.number)
        return found

    def _mark(self, texts: Sequence[Containing]) -> None:
        for wanted in texts:
            needle = wanted.text.lower() if wanted.any_case else wanted.text
            for node in self._document.css("*"):
                text = node.text(deep=True)
                if needle in (text.lower() if wanted.any_case else text):
                    node.attrs[wanted.mark] = ""

    def _in_order(self, nodes: Sequence[LexborNode]) -> list[LexborNode]:
        places = {node.mem_id: place for place, node in enumerate(self._document.css("*"))}
        return sorted(_distinct(nodes), key=lambda node: places[node.mem_id])


_CHOICES: dict[str, Callable[[list[LexborNode], int], list[LexborNode]]] = {
    "first": lambda found, _: found[:1],
    "last": lambda found, _: found[-1:],
    "eq": lambda found, n: found[n:][:1] if -len(found) <= n else [],
    "nth": lambda found, n: found[n:][:1] if -len(found) <= n else [],
    "gt": lambda found, n: found[n + 1 :] if n >= 0 else found,
    "lt": lambda found, n: found[:n],
    "even": lambda found, _: found[::2],
    "odd": lambda found, _: found[1::2],
}


def _unmark(nodes: Sequence[LexborNode], mark: str) -> None:
    for node in nodes:
        del node.attrs[mark]


def _distinct(nodes: Sequence[LexborNode]) -> list[LexborNode]:
    return list({node.mem_id: node for node in nodes}.values())


# ------------------------------------------------------------------------------------------------ reading


def children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def text(nodes: Sequence[LexborNode]) -> str:
    """The text of the nodes, one after the other, without that of scripts and styles."""
    parts: list[str] = []
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node.is_text_node:
            parts.append(node.text_content or "")
        elif node.tag == "noscript":
            parts.append(node.inner_html or "")
        elif node.is_element_node and node.tag not in _UNREAD:
            waiting.extend(reversed(list(children(node))))
    return "".join(parts)


def attributes(node: LexborNode) -> dict[str, str]:
    return {name: value or "" for name, value in node.attributes.items()}


def form_value(node: LexborNode) -> Json:
    """What a form field holds; UNDEFINED for other elements."""
    match node.tag:
        case "textarea":
            return text([node])
        case "select":
            return _selected(node)
        case "input" | "option":
            return attributes(node).get("value", UNDEFINED)
    return UNDEFINED


def _selected(node: LexborNode) -> Json:
    options = node.css("option")
    chosen = [option for option in options if "selected" in option.attributes]
    if "multiple" in node.attributes:
        return [_option_value(option) for option in chosen]
    chosen = chosen or options[:1]
    return _option_value(chosen[0]) if chosen else UNDEFINED


def _option_value(option: LexborNode) -> str:
    return attributes(option).get("value", text([option]))
