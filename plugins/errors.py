"""What a node raises when it cannot do its work, and what of that is recorded."""

from __future__ import annotations

from typing import Any

import msgspec


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A failed attempt as data: what the log records, the policies read and the API answers.

    `code` is stable and SCREAMING_SNAKE_CASE. `status` is an HTTP status where there was one. `retry_after_ms` is
    the wait that the other side asked for. `permanent` failures are never retried. `name` is the field's error
    class name as n8n spells it (NodeOperationError, NodeApiError, ExpressionError, …).
    """

    code: str
    message: str
    name: str = "NodeOperationError"
    description: str | None = None
    permanent: bool = False
    status: int | None = None
    retry_after_ms: int | None = None
    item_index: int | None = None
    line_number: int | None = None
    context: dict[str, Any] | None = None


class NodeError(Exception):
    """Raised by a node: says what happened and what to do about it, never a secret.

    `retryable=False` marks a failure that another attempt cannot mend.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "NODE_FAILED",
        name: str = "NodeOperationError",
        description: str | None = None,
        retryable: bool = True,
        status: int | None = None,
        retry_after_ms: int | None = None,
        item_index: int | None = None,
        line_number: int | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.failure = Failure(
            code=code,
            message=message,
            name=name,
            description=description,
            permanent=not retryable,
            status=status,
            retry_after_ms=retry_after_ms,
            item_index=item_index,
            line_number=line_number,
            context=context,
        )

    @classmethod
    def of(cls, failure: Failure) -> NodeError:
        """The error that a recorded failure stands for."""
        error = cls(failure.message)
        error.failure = failure
        return error

    def named(self, name: str) -> NodeError:
        """The same failure under another class name: that of a node which reports other errors as its own."""
        return NodeError.of(msgspec.structs.replace(self.failure, name=name))

    def at(self, position: int) -> NodeError:
        """The same failure, said of the item at that position of input 0."""
        return NodeError.of(msgspec.structs.replace(self.failure, item_index=position))


class ParameterError(NodeError):
    """A parameter is missing, has the wrong type, or its expression could not be evaluated."""

    def __init__(self, message: str, *, parameter: str, item_index: int | None = None) -> None:
        super().__init__(
            message,
            code="INVALID_PARAMETER",
            retryable=False,
            item_index=item_index,
            context={"parameter": parameter},
        )
