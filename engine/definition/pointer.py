"""JSON pointers (RFC 6901): the address of a value inside a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from plugins.items import Json

Token: TypeAlias = str | int
Path: TypeAlias = tuple[Token, ...]


def pointer(path: Sequence[Token]) -> str:
    """`("nodes", 0, "a/b")` as `/nodes/0/a~1b`; the empty path is the whole document."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)


def resolve(document: Json, text: str) -> Json:
    """The value that a pointer addresses. Raises `LookupError` when there is none."""
    value = document
    for token in _tokens(text):
        value = _step(value, token)
    return value


def nearest(document: Json, path: Sequence[Token]) -> Path:
    """The longest beginning of `path` that exists, and the first step that does not: where something is missing."""
    value = document
    for depth, token in enumerate(path):
        try:
            value = _step(value, str(token))
        except LookupError:
            return tuple(path[: depth + 1])
    return tuple(path)


def _tokens(text: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:]]


def _step(value: Json, token: str) -> Json:
    if isinstance(value, dict):
        return value[token]
    if isinstance(value, list) and token.isascii() and token.isdigit():
        return value[int(token)]
    raise LookupError(token)
