"""A request as JSON text, made piece by piece, so that a large one does not hold up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_SLICE = 100
"""Elements of a list that are encoded at once while nothing is known of their size."""
_PIECE_BYTES = 256 * 1024
_PAUSE_BYTES = 512 * 1024
_CONTAINERS = frozenset({dict, list, tuple})
_DEPTH = 6
"""Lists of items lie no deeper than this in a request (`world.runs.<node>.<run>.outputs.<output>`)."""


async def encode(request: Mapping[str, Any]) -> Sequence[bytes]:
    """The request's JSON text in pieces. Raises `ValueError` for what has no JSON form."""
    try:
        if not _long(request, _DEPTH):
            return (_encode(request),)
        pieces: list[bytes] = []
        size = 0
        for piece in _pieces(request, _DEPTH):
            pieces.append(piece)
            size += len(piece)
            if size > _PAUSE_BYTES:
                size = 0
                await asyncio.sleep(0)
        return pieces
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(f"the data of this node cannot be written as JSON: {error}") from error


def _long(value: Any, depth: int) -> bool:
    if depth < 0:
        return False
    if isinstance(value, dict):
        elements: Collection[Any] = value.values()
    elif isinstance(value, list | tuple):
        if len(value) > _SLICE:
            return True
        elements = value
    else:
        return False
    for element in elements:  # noqa: SIM110 - faster than `any`, and this runs for every request
        if element.__class__ in _CONTAINERS and _long(element, depth - 1):
            return True
    return False


def _pieces(value: Any, depth: int) -> Iterator[bytes]:
    if depth > 0 and isinstance(value, dict) and _long(value, depth):
        yield b"{"
        for number, (key, element) in enumerate(value.items()):
            yield (b"," if number else b"") + _encode(str(key)) + b":"
            yield from _pieces(element, depth - 1)
        yield b"}"
    elif isinstance(value, list | tuple) and _long(value, depth):
        yield b"["
        yield from _elements(value, depth)
        yield b"]"
    else:
        yield _encode(value)


def _elements(values: Sequence[Any], depth: int) -> Iterator[bytes]:
    if len(values) <= _SLICE:
        for number, element in enumerate(values):
            if number:
                yield b","
            yield from _pieces(element, depth - 1)
        return
    start, count = 0, _SLICE
    while start < len(values):
        piece = _encode(values[start : start + count])[1:-1]
        yield b"," + piece if start else piece
        start += count
        count = max(1, count * _PIECE_BYTES // max(len(piece), 1))  # as many as should fill a piece
