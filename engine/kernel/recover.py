"""Applying a recovery policy to a failed attempt: another attempt, something in its place, or the end."""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

from engine.definition.recovery import Backoff, Fail, FallbackItems, FallbackNode, Recovery, Retry, Skip
from engine.kernel.events import ExecutionFailed, NodeRecovered, NodeRetryScheduled, RecoveryStrategy
from plugins.errors import Failure
from plugins.items import Outputs

LONGEST_RETRY_AFTER_MS = 86_400_000
"""A day. The other side may ask for a longer wait than the policy's longest, but not for any wait."""

Recovered: TypeAlias = NodeRetryScheduled | NodeRecovered | ExecutionFailed


def recover(
    policy: Recovery, *, node: str, run: int, attempt: int, failure: Failure, salt: int, now_us: int
) -> Recovered:
    """What follows when `attempt` has failed. `salt` makes the jitter of one execution differ from another's."""
    if policy.retry is not None and attempt < policy.retry.max_attempts and worth_retrying(policy.retry, failure):
        delay_us = delay_before_next(policy.retry, attempt, failure, _roll(salt, node, run, attempt))
        return NodeRetryScheduled(
            at_us=now_us,
            node=node,
            run=run,
            attempt=attempt,
            due_us=now_us + delay_us,
            delay_us=delay_us,
            error=failure,
        )
    outputs: Outputs | None = None
    fallback_node = None
    strategy = RecoveryStrategy.FALLBACK
    match policy.then:
        case Fail():
            return ExecutionFailed(at_us=now_us, error=failure, node=node, run=run, attempt=attempt)
        case Skip():
            strategy = RecoveryStrategy.SKIP
        case FallbackItems(items):
            outputs = [items]
        case FallbackNode(name):
            outputs, fallback_node = [], name
    return NodeRecovered(
        at_us=now_us,
        node=node,
        run=run,
        attempt=attempt,
        strategy=strategy,
        error=failure,
        outputs=outputs,
        fallback_node=fallback_node,
    )


def worth_retrying(retry: Retry, failure: Failure) -> bool:
    """Never when the failure is permanent; else when the policy names its code or status, or names none."""
    if failure.permanent:
        return False
    known_as = {failure.code} if failure.status is None else {failure.code, str(failure.status)}
    return not retry.retry_on or not retry.retry_on.isdisjoint(known_as)


def delay_before_next(retry: Retry, attempt: int, failure: Failure, roll: float) -> int:
    """Microseconds to wait after failed attempt number `attempt`. `roll` (0..1) places it within the jitter.

    Never above the policy's longest delay, and never below what the other side asked for.
    """
    # The ceiling comes before the jitter too: those who wait the longest delay must not all wake at once.
    steady_ms = min(retry.initial_delay_ms * _growth(retry, attempt), retry.max_delay_ms)
    jittered_ms = min(steady_ms * (1 + retry.jitter * (2 * roll - 1)), retry.max_delay_ms)
    asked_ms = min(failure.retry_after_ms or 0, LONGEST_RETRY_AFTER_MS)
    return round(max(jittered_ms, asked_ms, 0) * 1000)


def _growth(retry: Retry, attempt: int) -> float:
    match retry.backoff:
        case Backoff.CONSTANT:
            return 1
        case Backoff.LINEAR:
            return attempt
        case Backoff.EXPONENTIAL:
            return _power(retry.factor, attempt - 1)
        case Backoff.FIBONACCI:
            return _fibonacci(attempt)


def _power(factor: float, exponent: int) -> float:
    """Huge instead of infinite, so that no delay times it is still no delay."""
    try:
        return float(factor**exponent)
    except OverflowError:
        return 1e300


def _fibonacci(n: int) -> int:
    """1, 1, 2, 3, 5, … from n = 1. Beyond the hundredth no delay tells the difference."""
    before, here = 0, 1
    for _ in range(min(n, 100) - 1):
        before, here = here, before + here
    return here


def _roll(salt: int, node: str, run: int, attempt: int) -> float:
    """A number in [0, 1) that looks random and is the same in every replay."""
    digest = blake2b(f"{salt}/{run}/{attempt}/{node}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
