"""JSON text exactly as `JSON.stringify` writes it and `JSON.parse` reads it."""

from __future__ import annotations

import json
import math

import orjson

from plugins.items import Json
from plugins.javascript import number_text, plain
from plugins.values import UNDEFINED, JsDate


def parse(text: str) -> Json:
    """`JSON.parse(text)`. Raises `ValueError` for what is not JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # Numbers too large for orjson, and lone surrogates, are legal for JavaScript.
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_refuse)


def stringify(value: Json, indent: int = 0) -> str:
    """`JSON.stringify(value, null, indent)`; the text `undefined` where that would give undefined."""
    return "undefined" if value is UNDEFINED else _written(value, indent, "\n" if indent else "")


def _written(value: Json, indent: int, line: str) -> str:
    if isinstance(value, dict):
        within = line + " " * indent
        colon = ": " if indent else ":"
        members = [
            f"{_quoted(str(key))}{colon}{_written(inner, indent, within)}"
            for key, inner in value.items()
            if inner is not UNDEFINED
        ]
        return f"{{{within}{f',{within}'.join(members)}{line}}}" if members else "{}"
    if isinstance(value, list):
        within = line + " " * indent
        elements = [_written(inner, indent, within) for inner in value]
        return f"[{within}{f',{within}'.join(elements)}{line}]" if elements else "[]"
    if value is None or value is UNDEFINED:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value) if math.isfinite(value) else "null"
    return "null" if isinstance(value, JsDate) and not value else _quoted(str(value))


def _quoted(text: str) -> str:
    try:
        return orjson.dumps(text).decode()
    except orjson.JSONEncodeError:
        return json.dumps(text)


def _number(digits: str) -> int | float:
    return int(digits) if digits.lstrip("-").isdigit() and len(digits) < 16 else plain(float(digits))


def _refuse(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
