"""Numbers in a document as n8n takes them: JSON numbers, and text that is one."""

from __future__ import annotations

import math

from plugins.items import Json


def number(value: Json) -> float | None:
    """A finite number; None for anything that is not one (true and false are not)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return None  # Python would read them; JavaScript does not
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None
