"""Replies of a worker as values: cells with what JSON cannot carry, scripts' items, and failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec

from engine.ports import ScriptResult
from plugins.errors import Failure
from plugins.items import Item, Json
from plugins.values import UNDEFINED, JsDate, LuxonDateTime, Undefined

Cell: TypeAlias = Json | Undefined | Failure
T_co = TypeVar("T_co", covariant=True)


class Reply(Protocol[T_co]):
    """A reply that may come in parts before its last frame."""

    def part(self, payload: bytes) -> None: ...
    def whole(self, payload: bytes) -> T_co: ...


class _Error(msgspec.Struct):
    message: str = "Unknown error"
    name: str = "ExpressionError"
    description: str | None = None
    context: dict[str, Any] | None = None
    type: str | None = None


class _Column(msgspec.Struct):
    v: list[Any]
    s: list[int] = []
    e: dict[int, _Error] = {}


class _Columns(msgspec.Struct):
    columns: list[_Column]


class _ScriptError(msgspec.Struct, rename="camel"):
    message: str = "Unknown error"
    name: str = "Error"
    description: str | None = None
    line_number: int | None = None
    item_index: int | None = None


class _Script(msgspec.Struct, rename="camel"):
    items: list[Item] = []
    log: list[str] = []
    static_data: dict[str, Any] | None = None
    error: _ScriptError | None = None


_columns = msgspec.json.Decoder(_Columns)
_messages = msgspec.json.Decoder(list[str | None])
_script = msgspec.json.Decoder(_Script)
_cells_part = msgspec.json.Decoder(tuple[int, list[Any]])
_items_part = msgspec.json.Decoder(tuple[int, list[Item]])


class Cells:
    """The reply to a batch, as it comes in. Raises `msgspec.DecodeError` and `ValueError` for what is no reply."""

    def __init__(self, templates: int, indexes: int) -> None:
        self._values: list[list[Json]] = [[] for _ in range(templates)]
        self._indexes = indexes

    def part(self, payload: bytes) -> None:
        number, values = _cells_part.decode(payload)
        self._values[number] += values

    def whole(self, payload: bytes) -> Sequence[Sequence[Cell]]:
        columns = _columns.decode(payload).columns
        if len(columns) != len(self._values):
            raise ValueError("a reply with another number of columns than templates")
        return [self._column(values, column) for values, column in zip(self._values, columns, strict=True)]

    def _column(self, before: list[Json], column: _Column) -> list[Cell]:
        values: list[Cell] = before + column.v if before else column.v
        if len(values) != self._indexes:
            raise ValueError("a reply with another number of cells than indexes")
        for position in column.s:
            values[position] = _revive(values[position])
        for position, error in column.e.items():
            values[position] = _cell_failure(error)
        return values


class ScriptReply:
    """The reply to a script, as it comes in. Raises as `Cells` does."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def part(self, payload: bytes) -> None:
        self._items += _items_part.decode(payload)[1]

    def whole(self, payload: bytes) -> ScriptResult | Failure:
        reply = _script.decode(payload)
        if reply.error is not None:
            return _script_failure(reply.error, reply.log)
        return ScriptResult(self._items + reply.items, reply.log, reply.static_data)


class Messages:
    """The reply to a check: for each template, what is wrong with it. Raises as `Cells` does."""

    def part(self, payload: bytes) -> None:
        raise ValueError(f"a check has no parts, and here is one of {len(payload)} bytes")

    def whole(self, payload: bytes) -> list[str | None]:
        return _messages.decode(payload)


def _revive(value: Json) -> Cell:
    if isinstance(value, list):
        return [_revive(element) for element in value]
    if not isinstance(value, dict):
        return value
    match value.get("$js"):
        case None:
            return {key: _revive(element) for key, element in value.items()}
        case "undefined":
            return UNDEFINED
        case "nan":
            return float("nan")
        case "inf":
            return float("inf")
        case "-inf":
            return float("-inf")
        case "date":
            return JsDate(value["v"])
        case "datetime":
            return LuxonDateTime(value["v"])
        case "raw":
            return {key: _revive(element) for key, element in value["v"].items()}
        case tag:
            raise ValueError(f"a reply with an unknown tag: {tag}")


def _cell_failure(error: _Error) -> Failure:
    context: Mapping[str, Any] = error.context or {}
    if error.type is not None:
        context = {**context, "type": error.type}
    return Failure(
        code="EXPRESSION_ERROR",
        message=error.message,
        name=error.name,
        description=error.description,
        permanent=True,
        context=dict(context) or None,
    )


def _script_failure(error: _ScriptError, log: list[str]) -> Failure:
    return Failure(
        code="NODE_FAILED",
        message=error.message,
        name=error.name,
        description=error.description,
        item_index=error.item_index,
        line_number=error.line_number,
        context={"log": log} if log else None,
    )


def too_slow(what: str) -> Failure:
    """The time limit was hit. Another attempt may find the machine less busy."""
    return Failure(code="EXPRESSION_TIMEOUT", name="ExpressionError", message=f"{what} took too long")


def too_large(what: str) -> Failure:
    message = f"{what} needed more memory than it may use"
    return Failure(code="EXPRESSION_MEMORY", name="ExpressionError", message=message, permanent=True)


def refusal(message: str) -> Failure:
    return Failure(code="EXPRESSION_ERROR", name="ExpressionError", message=message, permanent=True)
