"""JavaScript itself, to hold Python's imitations of it to."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from py_mini_racer import MiniRacer


@cache
def _engine() -> MiniRacer:
    os.environ["TZ"] = "UTC"
    return MiniRacer()


def answer(expression: str, *values: Any) -> Any:
    """What V8 makes of an expression over `a`, `b`, …: JSON, with NaN and the infinities as text."""
    names = ", ".join("abcdef"[: len(values)])
    given = ", ".join(json.dumps(value) for value in values)
    shown = "v => typeof v === 'number' && !Number.isFinite(v) ? String(v) : v"
    return json.loads(str(_engine().eval(f"JSON.stringify(({shown})((({names}) => {expression})({given})) ?? null)")))
