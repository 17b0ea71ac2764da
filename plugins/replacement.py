"""Replacement text as JavaScript's `replace` reads it: `$1`, `$&`, `$<name>`, `$$`."""

from __future__ import annotations

import re
from typing import Any

_REFERENCE = re.compile(r"\$(?:\$|&|`|'|\d{1,2}|<[^>]*>)")


def replaced(pattern: Any, text: str, replacement: str) -> str:
    """`text.replace(pattern, replacement)` with the pattern's global flag set. `pattern` is an RE2 pattern."""
    if "$" not in replacement:
        return str(pattern.sub(lambda _: replacement, text))
    return str(pattern.sub(lambda found: _filled_in(found, text, replacement), text))


def _filled_in(found: Any, text: str, replacement: str) -> str:
    def meant(reference: re.Match[str]) -> str:
        symbol = reference[0][1:]
        if symbol.isdigit():
            return _group(found, symbol)
        if symbol.startswith("<"):
            names = found.re.groupindex
            return str(found[symbol[1:-1]] or "") if symbol[1:-1] in names else reference[0] if not names else ""
        whole = {"$": "$", "&": str(found[0]), "`": text[: found.start()], "'": text[found.end() :]}
        return whole[symbol]

    return _REFERENCE.sub(meant, replacement)


def _group(found: Any, digits: str) -> str:
    """Two digits mean a group of that number if there is one, else the first digit's; unknown groups stay as text."""
    count = found.re.groups
    for length in (2, 1):
        number = int(digits[:length])
        if len(digits) >= length and 1 <= number <= count:
            return str(found[number] or "") + digits[length:]
    return f"${digits}"
