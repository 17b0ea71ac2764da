"""The real clock and the real ids, behind the ports that the simulation replaces."""

from __future__ import annotations

import time

import uuid_utils


class SystemClock:
    """Wall time that never goes back within a process, whatever is done to the machine's clock."""

    def __init__(self) -> None:
        self._offset_us = time.time_ns() // 1000 - time.monotonic_ns() // 1000

    def now_us(self) -> int:
        return time.monotonic_ns() // 1000 + self._offset_us


class UuidIds:
    """`prefix_` and a UUIDv7: sortable by creation, unguessable enough to be no oracle."""

    def new(self, prefix: str) -> str:
        return f"{prefix}_{uuid_utils.uuid7().hex}"
