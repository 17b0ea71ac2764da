"""How a long reply is cut into parts in the worker, so that the server reads it without ever pausing for long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from engine.expressions.frames import CLEARS_UP, PART_BYTES, Answer, Ask, frame

_encode = msgspec.json.encode
_EMPTY = msgspec.Raw(b"[]")


class _Column(msgspec.Struct):
    v: list[msgspec.Raw]
    s: msgspec.Raw = _EMPTY
    e: dict[str, msgspec.Raw] = {}


class _Columns(msgspec.Struct):
    columns: list[_Column]


_columns = msgspec.json.Decoder(_Columns)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_values = msgspec.json.Decoder(list[msgspec.Raw])


def parts(ask: int, reply: bytes, cell_bytes: int) -> Iterator[bytes]:
    """The frames that carry `reply`: `PART`s with the values of its long lists, then `LAST` with what remains.

    A cell above `cell_bytes` becomes an error of its own.
    """
    if ask == Ask.EVALUATE:
        columns = _columns.decode(reply).columns
        for number, column in enumerate(columns):
            _refuse_large(column, cell_bytes)
            yield from _cut(number, column.v)
            column.v = []
        yield frame(Answer.LAST, _encode(_Columns(columns)))
    elif ask in CLEARS_UP:
        result = _fields.decode(reply)
        yield from _cut(0, _values.decode(result.pop("items", _EMPTY)))
        yield frame(Answer.LAST, _encode(result))
    else:
        yield frame(Answer.WHOLE, reply)


def _refuse_large(column: _Column, cell_bytes: int) -> None:
    for position, value in enumerate(column.v):
        if len(value) > cell_bytes:
            message = f"The result of the expression is larger than {cell_bytes} bytes"
            column.v[position] = msgspec.Raw(b"null")
            column.e[str(position)] = msgspec.Raw(_encode({"message": message, "name": "ExpressionError"}))


def _cut(number: int, values: Sequence[msgspec.Raw]) -> Iterator[bytes]:
    batch: list[msgspec.Raw] = []
    size = 0
    for value in values:
        if batch and size + len(value) > PART_BYTES:
            yield frame(Answer.PART, _encode([number, batch]))
            batch, size = [], 0
        batch.append(value)
        size += len(value)
    if batch:
        yield frame(Answer.PART, _encode([number, batch]))
