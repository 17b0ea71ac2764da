"""A recovery policy as it is written in a document: the API's `RecoveryPolicy`, in camelCase JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from engine.definition.findings import Spot
from engine.definition.issues import Code
from engine.definition.number import number
from engine.definition.recovery import Backoff, Fail, FallbackItems, FallbackNode, Recovery, Retry, Skip, Then
from plugins.items import Json, items_from_json

MAX_ATTEMPTS = 100
MAX_DELAY_MS = 7 * 24 * 3600 * 1000
MAX_FACTOR = 100

_Raw: TypeAlias = Mapping[str, Json]
_Limits: TypeAlias = tuple[int, int]


def read_policy(raw: Json, here: Spot) -> Recovery | None:
    """The policy at this spot; None when there is none. What is wrong is found, and stands at its default."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        _wrong(here, "a recovery policy is an object")
        return None
    return Recovery(retry=_retry(raw.get("retry"), here.within("retry")), then=_then(raw, here))


def _retry(raw: Json, here: Spot) -> Retry | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        _wrong(here, "retry is an object")
        return None
    plain = Retry()
    return Retry(
        max_attempts=_whole(raw, "maxAttempts", plain.max_attempts, (1, MAX_ATTEMPTS), here),
        backoff=_backoff(raw, plain.backoff, here),
        initial_delay_ms=_whole(raw, "initialDelayMs", plain.initial_delay_ms, (0, MAX_DELAY_MS), here),
        max_delay_ms=_whole(raw, "maxDelayMs", plain.max_delay_ms, (0, MAX_DELAY_MS), here),
        factor=_real(raw, "factor", plain.factor, (1, MAX_FACTOR), here),
        jitter=_real(raw, "jitter", plain.jitter, (0, 1), here),
        retry_on=_retry_on(raw, here),
    )


def _whole(raw: _Raw, key: str, default: int, limits: _Limits, here: Spot) -> int:
    value = _real(raw, key, default, limits, here)
    if not value.is_integer():
        _wrong(here, f"{key} is a whole number", key)
        return default
    return int(value)


def _real(raw: _Raw, key: str, default: float, limits: _Limits, here: Spot) -> float:
    value = raw.get(key)
    if value is None:
        return float(default)
    low, high = limits
    read = None if isinstance(value, str) else number(value)
    if read is None or not low <= read <= high:
        _wrong(here, f"{key} is a number from {low} to {high}", key)
        return float(default)
    return read


def _backoff(raw: _Raw, default: Backoff, here: Spot) -> Backoff:
    value = raw.get("backoff")
    if isinstance(value, str) and value in Backoff.__members__:
        return Backoff(value)
    if value is not None:
        _wrong(here, f"backoff is one of {', '.join(Backoff)}", "backoff")
    return default


def _retry_on(raw: _Raw, here: Spot) -> frozenset[str]:
    value = raw.get("retryOn")
    if value is None:
        return frozenset()
    if not isinstance(value, list):
        _wrong(here, "retryOn is a list of error codes and HTTP statuses", "retryOn")
        return frozenset()
    codes = []
    for position, code in enumerate(value):
        if isinstance(code, str | int) and not isinstance(code, bool):
            codes.append(str(code))
        else:
            _wrong(here, "an error code is text, an HTTP status a whole number", "retryOn", position)
    return frozenset(codes)


def _then(raw: _Raw, here: Spot) -> Then:
    match raw.get("then"):
        case "SKIP":
            return Skip()
        case "FALLBACK":
            return _fallback(raw, here)
        case None | "FAIL":
            pass
        case _:
            _wrong(here, "then is one of FAIL, SKIP, FALLBACK", "then")
    return Fail()


def _fallback(raw: _Raw, here: Spot) -> Then:
    items, target = raw.get("fallbackItems"), raw.get("fallbackNode")
    if (items is None) == (target is None):
        _wrong(here, "FALLBACK needs either fallbackItems or fallbackNode", "then")
    elif isinstance(target, str):
        return FallbackNode(target)
    elif target is not None:
        _wrong(here, "fallbackNode is the name of a node", "fallbackNode")
    else:
        try:
            return FallbackItems(items_from_json(items))
        except ValueError as error:
            _wrong(here, f"fallbackItems are not items: {error}", "fallbackItems")
    return Fail()


def _wrong(here: Spot, message: str, *more: str | int) -> None:
    here.error(Code.INVALID_SETTING, message, *more, fix="See RecoveryPolicy in the API's schema.")
