"""CSS selectors as cheerio reads them: the standard, jQuery's extensions, and its complaints.

A selector becomes standard CSS wherever possible. What CSS cannot say is left to the search: positions in what was
found so far (`li:first a`), and elements that contain a text, which the search marks with an attribute.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_NAME = re.compile(r"[^\\#]?(?:\\(?:[\da-fA-F]{1,6}\s?|.)|[\w\-\u00b0-\uffff])+", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([\da-fA-F]{1,6})\s?|(.))", re.DOTALL)
_COMBINATOR = re.compile(r"\s*([>~+])\s*")
_BLANK = " \n\t\f\r"
_NOTHING: Final = ":not(*)"
MARK: Final = "data-heddle-mark-"
_POSITIONS: Final = frozenset({"first", "last", "eq", "nth", "gt", "lt", "even", "odd"})
_LISTS: Final = {"not": "not", "is": "is", "matches": "is", "where": "is", "has": "has"}
_COUNTED: Final = frozenset({"nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"})
_NEVER: Final = frozenset({"hover", "visited", "active", "focus"})
_PLAIN: Final = frozenset(
    {
        "root", "empty", "first-child", "last-child", "first-of-type", "last-of-type", "only-child", "only-of-type",
        "any-link", "link", "disabled", "enabled",
    }
)  # fmt: skip
_ALIASES: Final = {
    "parent": ":not(:empty)",
    "header": ":is(h1,h2,h3,h4,h5,h6)",
    "button": ":is(button,input[type=\"button\" i])",
    "input": ":is(input,textarea,select,button)",
    "text": "input:is(:not([type]),[type=\"text\" i])",
    "checked": ":is(option[selected],input[checked]:is([type=\"checkbox\" i],[type=\"radio\" i]))",
    "selected": ":is(option[selected],select:not([multiple]):not(:has(option[selected])) option:first-of-type)",
    "required": ":is(input,select,textarea)[required]",
    "optional": ":is(input,select,textarea):not([required])",
    **{
        kind: f'[type="{kind}" i]'
        for kind in ("checkbox", "file", "image", "password", "radio", "reset", "submit")
    },
}  # fmt: skip


class InvalidSelector(ValueError):
    """A selector that cannot be read. Its text is what cheerio says."""


@dataclass(frozen=True, slots=True)
class Position:
    """A choice among what was found so far, in document order."""

    name: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Containing:
    """Elements with this text in them bear the attribute `mark` while the search runs."""

    mark: str
    text: str
    any_case: bool


@dataclass(frozen=True, slots=True)
class Selector:
    """`paths` are alternatives. Each is a run of CSS selectors; what a position left of one is where the next begins,
    at the place of `{}`."""

    paths: tuple[tuple[tuple[str, Position | None], ...], ...]
    containing: tuple[Containing, ...]


@lru_cache(maxsize=512)
def parsed(source: str) -> Selector:
    """The selector. Raises `InvalidSelector`."""
    return _Reader(source).selector()


@dataclass(slots=True)
class _Reader:
    source: str
    at: int = 0
    depth: int = 0
    containing: list[Containing] = field(default_factory=list)

    def selector(self) -> Selector:
        paths = self._alternatives()
        if self.at < len(self.source):
            raise InvalidSelector(f"Unmatched selector: {self.source[self.at :]}")
        return Selector(tuple(paths), tuple(self.containing))

    def _alternatives(self) -> list[tuple[tuple[str, Position | None], ...]]:
        paths = [self._path()]
        while self._peek() == ",":
            self.at += 1
            paths.append(self._path())
        return paths

    def _path(self) -> tuple[tuple[str, Position | None], ...]:
        """Compounds and combinators up to a comma or the end, cut after each position."""
        self._skip_blanks()
        steps: list[tuple[str, Position | None]] = []
        css = ""
        if self.depth and (found := _COMBINATOR.match(self.source, self.at)):
            css, self.at = f"{found.group(1)} ", found.end()
        begin = self.at
        while self.at < len(self.source) and self._peek() not in ",)":
            if found := _COMBINATOR.match(self.source, self.at):
                css, self.at = f"{css} {found.group(1)} ", found.end()
            elif self._peek() in _BLANK:
                self._skip_blanks()
                css += "" if self._peek() in ("", ",", ")") else " "
            else:
                part = self._simple()
                if isinstance(part, Position):
                    steps.append((css or "*", part))
                    css = "{}"
                else:
                    css = _joined(css, part)
        if self.at == begin:
            raise InvalidSelector("Empty sub-selector")
        if css.lstrip()[:1] in tuple(">~+") and not self.depth:
            css = _NOTHING
        if css.endswith(("> ", "~ ", "+ ")):
            css += "*"
        return (*steps, (css, None)) if css != "{}" else tuple(steps)

    def _simple(self) -> str | Position:
        match self._peek():
            case "*":
                self.at += 1
                return "*"
            case "#":
                return f'[id="{_quoted(self._name(1))}" s]'
            case ".":
                return f'[class~="{_quoted(self._name(1))}" s]'
            case "[":
                return self._attribute()
            case ":":
                return self._pseudo()
        if _NAME.match(self.source, self.at) is None:
            raise InvalidSelector(f"Unmatched selector: {self.source[self.at :]}")
        return _identifier(self._name(0))

    def _name(self, offset: int) -> str:
        found = _NAME.match(self.source, self.at + offset)
        if found is None:
            raise InvalidSelector(f"Expected name, found {self.source[self.at + offset :]}")
        self.at = found.end()
        return _unescaped(found.group())

    # -------------------------------------------------------------------------------------------- attributes

    def _attribute(self) -> str:
        self.at += 1
        self._skip_blanks()
        name = _identifier(self._name(0))
        self._skip_blanks()
        action = self._peek() if self._peek() in tuple("~^$*!|") else ""
        if self.source.startswith("=", self.at + len(action)):
            self.at += len(action) + 1
            value = self._value()
            css = f'[{name}{action.replace("!", "")}="{_quoted(value)}"{self._flag()}]'
            self._end_attribute()
            return f":not({css})" if action == "!" else css
        self._end_attribute()
        return f"[{name}]"

    def _value(self) -> str:
        self._skip_blanks()
        quote = self._peek()
        if quote in ("'", '"'):
            begin = self.at + 1
            self.at = begin
            while self.at < len(self.source) and self.source[self.at] != quote:
                self.at += 2 if self.source[self.at] == "\\" else 1
            if self.at >= len(self.source):
                raise InvalidSelector("Attribute value didn't end")
            self.at += 1
            return _unescaped(self.source[begin : self.at - 1])
        begin = self.at
        while self.at < len(self.source) and self.source[self.at] not in _BLANK + "]":
            self.at += 2 if self.source[self.at] == "\\" else 1
        return _unescaped(self.source[begin : self.at])

    def _flag(self) -> str:
        self._skip_blanks()
        flag = self._peek().lower()
        if flag not in ("i", "s"):
            return ""
        self.at += 1
        return f" {flag}"

    def _end_attribute(self) -> None:
        self._skip_blanks()
        if self._peek() != "]":
            raise InvalidSelector("Attribute selector didn't terminate")
        self.at += 1

    # -------------------------------------------------------------------------------------------- pseudo-classes

    def _pseudo(self) -> str | Position:
        if self.source.startswith("::", self.at):
            raise InvalidSelector("Pseudo-elements are not supported by css-select")
        name = self._name(1).lower()
        if name in _LISTS:
            return self._nested(name)
        data = self._data() if self._peek() == "(" else None
        if name in _POSITIONS and not self.depth:
            return Position(name, _number(data))
        if name in ("contains", "icontains") and data is not None:
            return self._contains(name, data)
        if name in _COUNTED and data is not None:
            return f":{name}({data})"
        if name in _PLAIN:
            return f":{name}"
        if name in _NEVER:
            return _NOTHING
        if name in _ALIASES:
            alias = _ALIASES[name]
            return alias if alias.startswith((":", "[")) else f":is({alias})"
        raise InvalidSelector(f"unmatched pseudo-class :{name}")

    def _nested(self, name: str) -> str:
        if self._peek() != "(":
            raise InvalidSelector(f"unmatched pseudo-class :{name}")
        self.at += 1
        if self.at == len(self.source):
            raise InvalidSelector(f"Missing closing parenthesis in :{name} ({self.source})")
        self.depth += 1
        inner = [path[0][0] for path in self._alternatives()]
        self.depth -= 1
        if self._peek() != ")":
            raise InvalidSelector(f"Missing closing parenthesis in :{name} ({self.source})")
        self.at += 1
        return f":{_LISTS[name]}({','.join(inner)})"

    def _data(self) -> str:
        """What stands between the parentheses, which may nest."""
        begin, level = self.at + 1, 0
        while self.at < len(self.source):
            character = self.source[self.at]
            level += {"(": 1, ")": -1}.get(character, 0)
            self.at += 2 if character == "\\" else 1
            if level == 0:
                return self.source[begin : self.at - 1]
        raise InvalidSelector("Parenthesis not matched")

    def _contains(self, name: str, data: str) -> str:
        text = data[1:-1] if len(data) > 1 and data[0] == data[-1] and data[0] in "'\"" else data
        mark = f"{MARK}{len(self.containing)}"
        self.containing.append(Containing(mark, _unescaped(text), name == "icontains"))
        return f"[{mark}]"

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _skip_blanks(self) -> None:
        while self.at < len(self.source) and self.source[self.at] in _BLANK:
            self.at += 1


def _joined(css: str, part: str) -> str:
    """A type name may follow a mark, and has to stand before it."""
    if css.endswith("{}") and part[0] not in "[:":
        return f"{css}:is({part})"
    return css + part


def _number(data: str | None) -> int:
    found = re.match(r"\s*[+-]?\d+", data or "")
    return int(found.group()) if found else 0


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    if escape.group(1) is None:
        return escape.group(2)
    code = int(escape.group(1), 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _quoted(text: str) -> str:
    """For a CSS string in double quotes."""
    return re.sub(r'[\x00-\x1f"\\]', lambda found: f"\\{ord(found.group()):x} ", text)


def _identifier(text: str) -> str:
    """For a CSS name: everything odd is escaped."""
    return re.sub(r"^\d|^-(?=\d|$)|[^\w\-\u0080-\U0010ffff]", lambda found: f"\\{ord(found.group()):x} ", text)
