"""Whether a document is JSON that can be stored and walked: depth, and text that is Unicode."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.pointer import Path
from plugins.items import Json

MAX_DEPTH = 100
"""Levels of nesting. JSON encoders give up near 250, and an answer wraps a definition in some more."""


_CONTAINERS = (dict, list)


def is_sound(document: dict[str, Json], found: Findings) -> bool:
    """False for what nobody should look into further; says where the trouble is."""
    if _depth(document) > MAX_DEPTH:
        path = next(path for path, _ in walk(document) if len(path) == MAX_DEPTH)
        found.error(Code.TOO_LARGE, f"nested deeper than {MAX_DEPTH} levels", path, fix="Flatten it.")
        return False
    try:
        msgspec.json.encode(document)
    except UnicodeEncodeError:
        _find_bad_text(document, found)
        return False
    except (TypeError, ValueError) as error:  # only a caller in this process can bring it about
        found.error(Code.INVALID_STRUCTURE, f"not a JSON document: {error}", ())
        return False
    return True


def walk(value: Json) -> Iterator[tuple[Path, Json]]:
    """Every value inside `value` with its path, without recursion, `value` itself first; never past the depth limit."""
    stack: list[tuple[Path, Json]] = [((), value)]
    while stack:
        path, one = stack.pop()
        yield path, one
        if len(path) >= MAX_DEPTH:
            continue
        if isinstance(one, dict):
            stack += [((*path, key), inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list):
            stack += [((*path, place), one[place]) for place in reversed(range(len(one)))]


def _depth(document: dict[str, Json]) -> int:
    """Level by level, and in comprehensions: a large document has half a million values."""
    level: list[Json] = [document]
    depth = 0
    while level and depth <= MAX_DEPTH:
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, _CONTAINERS)
        ]
        depth += 1
    return depth


def _find_bad_text(document: Json, found: Findings) -> None:
    for path, value in walk(document):
        texts = value.keys() if isinstance(value, dict) else (value,)
        if any(isinstance(text, str) and not _is_unicode(text) for text in texts) and all(map(_is_plain, path)):
            message = "text holds half of a surrogate pair, which is not Unicode"
            found.error(Code.INVALID_TEXT, message, path, fix="Remove or replace the character.")


def _is_plain(token: str | int) -> bool:
    return isinstance(token, int) or _is_unicode(token)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
