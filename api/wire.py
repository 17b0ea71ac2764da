"""JSON as it comes in: strict, shallow, and with one value for each key."""

from __future__ import annotations

import asyncio
import json
import math
import re
from typing import NoReturn

import msgspec

from plugins.items import Json

AT_ONCE_BYTES = 65_536
"""Longer texts are read in a thread, so that one request holds up no other for long."""
INTEGER_DIGITS = 300

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


class InvalidJson(ValueError):
    """Not JSON, or JSON that is not accepted here. The message says why, and quotes nothing."""


async def read_json(body: bytes, *, max_depth: int) -> Json:
    """The value of a JSON text in UTF-8.

    Raises `InvalidJson` for what is no JSON (NaN, Infinity, half a surrogate pair and bad UTF-8 included), for
    duplicate keys, for nesting beyond `max_depth` and for integers of more than 300 digits.
    """
    if len(body) <= AT_ONCE_BYTES:
        return parse(body, max_depth=max_depth)
    return await asyncio.to_thread(parse, body, max_depth=max_depth)


def parse(body: bytes, *, max_depth: int) -> Json:
    """What `read_json` promises, at once."""
    if _is_deeper_than(max_depth, body):
        raise InvalidJson(f"the JSON is nested deeper than {max_depth} levels")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise InvalidJson("the text is not UTF-8") from None
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:
            msgspec.json.decode(body)  # It refuses half a surrogate pair, which Python's own decoder lets pass.
    except InvalidJson:
        raise
    except (ValueError, RecursionError):
        raise InvalidJson("the text is not JSON") from None
    return value


def _is_deeper_than(limit: int, body: bytes) -> bool:
    """Counts brackets only, and takes the innermost pairs away level by level: no recursion, whatever the text."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    brackets = _STRING.sub(b"", body).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(limit):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise InvalidJson("an object has the same key twice")
    return value


def _integer(digits: str) -> int:
    if len(digits) > INTEGER_DIGITS:
        raise InvalidJson(f"an integer has more than {INTEGER_DIGITS} digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise InvalidJson("a number is out of range")
    return value


def _constant(_: str) -> NoReturn:
    raise InvalidJson("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
