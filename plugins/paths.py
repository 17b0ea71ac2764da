"""Paths into JSON, `a.b[0].c`, read as lodash reads them: a key that is there as written comes before a path.

Values are never changed in place: `with_value` and `without` copy what lies along the path, and share the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from plugins.items import Json
from plugins.javascript import text
from plugins.values import UNDEFINED

_PART = re.compile(
    r"""[^.\[\]]+|\[(?:(-?\d+(?:\.\d+)?)|(["'])((?:(?!\2)[^\\]|\\.)*?)\2)\]|(?=(?:\.|\[\])(?:\.|\[\]|$))"""
)
_INDEX = re.compile(r"0|[1-9]\d*")


@lru_cache(maxsize=4096)
def steps(path: str) -> tuple[str, ...]:
    """The keys along a path. A leading dot stands for an empty key."""
    found = [match[3] if match[2] else match[1] or match[0] for match in _PART.finditer(path)]
    return ("", *found) if path.startswith(".") else tuple(found)


def get(value: Json, path: str) -> Json:
    """What is at the path, or UNDEFINED."""
    if isinstance(value, dict) and path in value:
        return value[path]
    keys = steps(path)
    for key in keys:
        value = child(value, key)
        if value is UNDEFINED:
            break
    return value if keys else UNDEFINED


def child(value: Json, key: str) -> Json:
    """`value[key]`, or UNDEFINED."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, str | list):
        if key == "length":
            return len(value)
        if _INDEX.fullmatch(key) and int(key) < len(value):
            return value[int(key)]
    return UNDEFINED


def with_value(value: Mapping[str, Json], path: str, new: Json) -> dict[str, Json]:
    """A copy with `new` at the path. What is in the way becomes an object, or a list where an index follows."""
    keys = (path,) if path in value or ("." not in path and "[" not in path) else steps(path)
    if not keys:
        return dict(value)
    placed = _placed(dict(value), keys, new)
    assert isinstance(placed, dict)
    return placed


def _placed(copy: dict[str, Json] | list[Json], keys: Sequence[str], new: Json) -> Json:
    key, rest = keys[0], keys[1:]
    if rest:
        below = child(copy, key)
        if isinstance(below, list):
            new = _placed(list(below), rest, new)
        elif isinstance(below, dict):
            new = _placed(dict(below), rest, new)
        else:
            new = _placed([] if _INDEX.fullmatch(rest[0]) else {}, rest, new)
    if isinstance(copy, dict):
        copy[key] = new
    elif _INDEX.fullmatch(key) and int(key) < len(copy) + 10_000:
        copy.extend([None] * (int(key) + 1 - len(copy)))
        copy[int(key)] = new
    return copy


def without(value: Mapping[str, Json], path: str) -> dict[str, Json]:
    """A copy with nothing at the path."""
    if path in value:
        return {key: inner for key, inner in value.items() if key != path}
    cut = _cut(value, steps(path))
    return cut if isinstance(cut, dict) else dict(value)


def _cut(value: Json, keys: Sequence[str]) -> Json:
    below = child(value, keys[0]) if keys else UNDEFINED
    if below is UNDEFINED or isinstance(value, str):
        return value
    if isinstance(value, list):
        if keys[0] == "length":
            return value
        changed = None if len(keys) == 1 else _cut(below, keys[1:])
        return [changed if index == int(keys[0]) else inner for index, inner in enumerate(value)]
    if len(keys) == 1:
        return {key: inner for key, inner in value.items() if key != keys[0]}
    return {**value, keys[0]: _cut(below, keys[1:])}


def pick(value: Mapping[str, Json], paths: Sequence[str]) -> dict[str, Json]:
    """Only what is at these paths, each where it was."""
    picked: dict[str, Json] = {}
    for path in paths:
        found = get(value, path)
        if found is not UNDEFINED:
            picked = {**picked, path: found} if path in value else with_value(picked, path, found)
    return picked


def flattened(value: Json, prefix: str = "") -> Iterator[str]:
    """The paths to all leaves. Empty objects and lists have none."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flattened(inner, f"{prefix}.{index}")
    else:
        yield prefix


def names(value: Json) -> list[str]:
    """Field names out of what an author typed: a list, or text with commas. Blanks around them and empty ones go."""
    if value is None or value is UNDEFINED or value == "":
        return []
    parts = map(text, value) if isinstance(value, list) else text(value).split(",")
    return [part.strip() for part in parts if part.strip()]
