"""Recovery policies, as a workflow's nodes and settings name them."""

from __future__ import annotations

from enum import StrEnum

import strawberry
from strawberry.scalars import JSON

from engine.definition.recovery import Backoff, Fail, FallbackItems, FallbackNode, Recovery, Retry, Skip
from plugins.items import Items

strawberry.enum(Backoff, description="How the wait grows from one attempt to the next.")


@strawberry.enum(description="What happens when the last attempt has failed.")
class RecoveryAction(StrEnum):
    FAIL = "FAIL"
    SKIP = "SKIP"
    FALLBACK = "FALLBACK"


@strawberry.type(description="How often, and how long apart, a failing node is tried again.")
class RetryPolicy:
    max_attempts: int = strawberry.field(description="Attempts in all, the first one included.")
    backoff: Backoff = strawberry.field(description="How the wait grows.")
    initial_delay_ms: int = strawberry.field(description="Wait before the second attempt, in milliseconds.")
    max_delay_ms: int = strawberry.field(description="The longest wait, in milliseconds.")
    factor: float = strawberry.field(description="What an exponential wait is multiplied by.")
    jitter: float = strawberry.field(description="Random part of each wait, as a fraction of it.")
    retry_on: list[str] = strawberry.field(
        description="Error codes and HTTP statuses worth another attempt; empty means all that are not permanent."
    )

    @classmethod
    def of(cls, retry: Retry) -> RetryPolicy:
        return cls(
            max_attempts=retry.max_attempts,
            backoff=retry.backoff,
            initial_delay_ms=retry.initial_delay_ms,
            max_delay_ms=retry.max_delay_ms,
            factor=retry.factor,
            jitter=retry.jitter,
            retry_on=sorted(retry.retry_on),
        )


@strawberry.type(
    description="What happens when a node fails: try again, and when that is over, one of fail, skip or fall back."
)
class RecoveryPolicy:
    retry: RetryPolicy | None = strawberry.field(description="How it is tried again; null for a single attempt.")
    then: RecoveryAction = strawberry.field(description="What happens after the last attempt.")
    fallback_items: JSON | None = strawberry.field(description="Items to carry on with instead.")
    fallback_node: str | None = strawberry.field(description="Node to carry on at instead.")

    @classmethod
    def of(cls, recovery: Recovery) -> RecoveryPolicy:
        action, items, node = _then(recovery)
        return cls(
            retry=RetryPolicy.of(recovery.retry) if recovery.retry is not None else None,
            then=action,
            fallback_items=None if items is None else JSON(items),
            fallback_node=node,
        )


def _then(recovery: Recovery) -> tuple[RecoveryAction, Items | None, str | None]:
    match recovery.then:
        case Fail():
            return RecoveryAction.FAIL, None, None
        case Skip():
            return RecoveryAction.SKIP, None, None
        case FallbackItems(items):
            return RecoveryAction.FALLBACK, items, None
        case FallbackNode(node):
            return RecoveryAction.FALLBACK, None, node
