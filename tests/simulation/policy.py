"""A node's recovery policy, read from its document a second time: what the log is judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.errors import Failure

GROWTH: Mapping[str, Callable[[int, float], float]] = {
    "CONSTANT": lambda attempt, factor: 1,
    "LINEAR": lambda attempt, factor: attempt,
    "EXPONENTIAL": lambda attempt, factor: factor ** (attempt - 1),
    "FIBONACCI": lambda attempt, factor: (1, 1, 2, 3, 5, 8)[attempt - 1],
}


@dataclass(frozen=True)
class Policy:
    raw: dict[str, Any]

    @property
    def then(self) -> str:
        """FAIL, SKIP or FALLBACK."""
        return str(self.raw.get("then", "FAIL"))

    def retries(self, attempt: int, failure: Failure) -> bool:
        """Whether another attempt follows when this one has failed so."""
        retry = self.raw.get("retry")
        if retry is None or attempt >= retry["maxAttempts"] or failure.permanent:
            return False
        return not retry["retryOn"] or failure.code in retry["retryOn"] or str(failure.status) in retry["retryOn"]

    def delay_us(self, attempt: int, failure: Failure) -> tuple[int, int]:
        """The shortest and the longest wait after this attempt."""
        retry = self.raw["retry"]
        most = retry["maxDelayMs"]
        steady = min(most, retry["initialDelayMs"] * GROWTH[retry["backoff"]](attempt, retry["factor"]))
        asked = failure.retry_after_ms or 0
        low, high = (max(asked, min(most, steady * (1 + jitter))) for jitter in (-retry["jitter"], retry["jitter"]))
        return round(low * 1000), round(high * 1000)
