"""Failures as data: why an execution, or an attempt at a node, came to nothing."""

from __future__ import annotations

import strawberry

from plugins.errors import Failure


@strawberry.type(description="Why something failed.")
class ExecutionError:
    code: str = strawberry.field(description="Stable and SCREAMING_SNAKE_CASE.")
    message: str = strawberry.field(description="What happened.")
    description: str | None = strawberry.field(description="More of it, and what to do about it.")
    node: str | None = strawberry.field(description="The node that failed, if one did.")
    attempt: int | None = strawberry.field(description="Which of its attempts, from 1.")
    name: str = strawberry.field(description="The class of error as n8n spells it, such as NodeOperationError.")
    item_index: int | None = strawberry.field(description="The item concerned, from 0, if it is about one.")

    @classmethod
    def of(cls, failure: Failure, *, node: str | None = None, attempt: int | None = None) -> ExecutionError:
        return cls(
            code=failure.code,
            message=failure.message,
            description=failure.description,
            node=node,
            attempt=attempt,
            name=failure.name,
            item_index=failure.item_index,
        )
