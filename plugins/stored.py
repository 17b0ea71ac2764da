"""Stored parameters read untyped: what does not have the shape that n8n stores counts as not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plugins.items import Json

_NOTHING: Final[Mapping[str, Json]] = {}


def record(value: Json) -> Mapping[str, Json]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def records(value: Json) -> Sequence[Mapping[str, Json]]:
    """A list of objects, or a single one; anything else is an empty list."""
    if isinstance(value, dict):
        return (value,)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else ()


def chosen(value: Json, options: Mapping[str, Any] | Sequence[str], default: str) -> str:
    """One of the options, else the default."""
    return value if isinstance(value, str) and value in options else default
