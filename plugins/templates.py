"""The text of expressions: where the blocks of a template are."""

from __future__ import annotations

import re

from plugins.items import Json

_BLOCK = re.compile(r"(?<!\\)(\{\{.*?(?:\}\}|\Z))", re.DOTALL)


def has_expression(value: Json) -> bool:
    """Whether a stored parameter is an expression, or has one anywhere inside."""
    if isinstance(value, str):
        return value.startswith("=")
    if isinstance(value, dict):
        return any(map(has_expression, value.values()))
    return isinstance(value, list) and any(map(has_expression, value))


def blocks(template: str) -> list[str]:
    """A stored expression cut up: text, block, text, …, text. Blocks keep their braces; a last `}}` may be missing."""
    return _BLOCK.split(template.removeprefix("="))
