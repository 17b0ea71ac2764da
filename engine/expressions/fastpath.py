"""Templates that are plain property paths, answered in Python exactly as V8 would, or not at all.

Three quarters of all expressions in the wild are `={{ $json.a.b }}` or text around such paths. What is not certain to
have the same answer here (a method, a prototype's property, a number that JavaScript would round) is declined: V8
decides. The differential test in `tests/engine/expressions` holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias

from engine.expressions.lineage import first_of, origin_of
from engine.expressions.properties import DECLINED, Keys, at, text_of
from engine.expressions.world import WorldInput
from plugins.items import Json
from plugins.values import Undefined

MOST_CHARS = 16 * 1024 * 1024
"""Of text that is put together, for all items."""


class Plan(Protocol):
    """A template that Python can answer."""

    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined] | None:
        """The value for each index, or None when V8 must decide. Values are shared with the items, not copied."""
        ...


@lru_cache(8192)
def plan(template: str) -> Plan | None:
    """How to answer a template (with its leading `=`) in Python; None when V8 must."""
    if "\\" in template:
        return None
    text, *blocks = template[1:].split("{{")
    pieces: list[str | _Value] = [text]
    for block in blocks:
        code, end, text = block.partition("}}")
        value = _value(code) if end else None
        if value is None:
            return None
        pieces += (value, text)
    if len(pieces) == 1:
        return _Text(text)
    if len(pieces) == 3 and pieces[0] == pieces[2] == "" and not isinstance(pieces[1], str):
        return pieces[1]
    return _Mixed(tuple(piece for piece in pieces if piece != ""))


# ------------------------------------------------------------------------------------------------ parsing

_NAME = r"[A-Za-z_$][A-Za-z0-9_$]*"
_STEP = rf"(?:\??\.{_NAME}|(?:\?\.)?\[[ ]*(?:'[^'\n\r]*'|\"[^\"\n\r]*\"|0|[1-9][0-9]{{0,8}})[ ]*\])"
_STEPS = re.compile(rf"\??\.({_NAME})|\[[ ]*(?:'([^']*)'|\"([^\"]*)\"|([0-9]+))[ ]*\]")
_ROOT = r"""\$json|\$input\.(?:item|first\(\))\.json|\$\((?:'[^'\n\r]+'|"[^"\n\r]+")\)\.(?:item|first\(\))\.json"""
_PATH = re.compile(rf"[ \t\n]*({_ROOT})((?:{_STEP})*)[ \t\n]*")
_INDEX = re.compile(r"[ \t\n]*\$(itemIndex|runIndex)[ \t\n]*")
_NODE = re.compile(r"""\$\((?:'(.+)'|"(.+)")\)\.(item|first)""")
_UNSPEAKABLE = frozenset(
    {
        "__proto__", "prototype", "constructor", "getPrototypeOf", "mainModule", "binding", "_linkedBinding", "_load",
        "prepareStackTrace", "__lookupGetter__", "__lookupSetter__", "__defineGetter__", "__defineSetter__",
    }
)  # fmt: skip


def _value(code: str) -> _Value | None:
    if index := _INDEX.fullmatch(code):
        return _ItemIndex() if index[1] == "itemIndex" else _RunIndex()
    path = _PATH.fullmatch(code)
    if path is None:
        return None
    keys = tuple(_key(*step) for step in _STEPS.findall(path[2]))
    if any(name in _UNSPEAKABLE for name, _ in keys):
        return None
    if path[1] in ("$json", "$input.item.json"):
        return _OfItem(keys)
    if path[1] == "$input.first().json":
        return _OfFirst(keys)
    node = _NODE.match(path[1])
    assert node is not None
    return _OfNode(node[1] or node[2], node[3] == "first", keys)


def _key(name: str, single: str, double: str, digits: str) -> tuple[str, int]:
    key = name or digits or single or double
    is_index = key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and len(key) < 10
    return key, int(key) if is_index else -1


# ------------------------------------------------------------------------------------------------ plans


@dataclass(frozen=True, slots=True)
class _Text:
    """A template without any block."""

    text: str

    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined]:  # noqa: ARG002
        return [self.text] * len(indexes)


@dataclass(frozen=True, slots=True)
class _OfItem:
    """A path from the current item's `json`."""

    keys: Keys

    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined] | None:
        items = given.items
        if len(items) <= max(indexes, default=-1):
            return None
        keys, values = self.keys, []
        for index in indexes:
            value = at(items[index].json, keys)
            if value is DECLINED:
                return None
            values.append(value)
        return values


@dataclass(frozen=True, slots=True)
class _OfFirst:
    """A path from the first input item's `json`."""

    keys: Keys

    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined] | None:
        items = given.items
        return _same(items[0].json, self.keys, indexes) if items else None


@dataclass(frozen=True, slots=True)
class _OfNode:
    """A path from an item of another node: its first, or the one that the current item descends from."""

    name: str
    first: bool
    keys: Keys

    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined] | None:
        if self.first:
            first = first_of(given, self.name)
            return None if first is None else _same(first.json, self.keys, indexes)
        values = []
        for index in indexes:
            item = origin_of(given, self.name, index)
            value = DECLINED if item is None else at(item.json, self.keys)
            if value is DECLINED:
                return None
            values.append(value)
        return values


@dataclass(frozen=True, slots=True)
class _ItemIndex:
    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined]:  # noqa: ARG002
        return list(indexes)


@dataclass(frozen=True, slots=True)
class _RunIndex:
    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined]:
        return [given.run] * len(indexes)


_Value: TypeAlias = _OfItem | _OfFirst | _OfNode | _ItemIndex | _RunIndex


@dataclass(frozen=True, slots=True)
class _Mixed:
    """Text and values, joined to a string."""

    pieces: tuple[str | _Value, ...]

    def column(self, given: WorldInput, indexes: Sequence[int]) -> list[Json | Undefined] | None:
        texts: list[Sequence[str]] = []
        chars = 0
        for piece in self.pieces:
            if isinstance(piece, str):
                texts.append([piece] * len(indexes))
                continue
            values = piece.column(given, indexes)
            column = [text_of(value) for value in values or ()]
            if values is None or None in column:
                return None
            texts.append(column)  # type: ignore[arg-type]  # no None in it
            chars += sum(map(len, texts[-1]))
            if chars > MOST_CHARS:
                return None  # V8 has limits for that
        return list(map("".join, zip(*texts, strict=True)))


def _same(json: Json, keys: Keys, indexes: Sequence[int]) -> list[Json | Undefined] | None:
    value = at(json, keys)
    return None if value is DECLINED else [value] * len(indexes)
