"""Top-level errors: one closed list of codes, and how an error becomes what a client sees."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from engine.ports import IdempotencyMismatch, SandboxUnavailable, StoreUnavailable

log = structlog.get_logger(__name__)


@strawberry.enum(description="The codes of top-level errors, under extensions.code: this list is closed.")
class ErrorCode(StrEnum):
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    DOCUMENT_TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
    OPERATION_NOT_ALLOWED = "OPERATION_NOT_ALLOWED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    CURSOR_INVALID = "CURSOR_INVALID"
    RATE_LIMITED = "RATE_LIMITED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    TIMEOUT = "TIMEOUT"
    SANDBOX_UNAVAILABLE = "SANDBOX_UNAVAILABLE"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    INTERNAL = "INTERNAL"


HTTP_STATUS = {
    ErrorCode.PAYLOAD_TOO_LARGE: 413,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.STORAGE_UNAVAILABLE: 503,
    ErrorCode.SHUTTING_DOWN: 503,
    ErrorCode.GRAPHQL_PARSE_FAILED: 400,
    ErrorCode.GRAPHQL_VALIDATION_FAILED: 400,
    ErrorCode.BAD_USER_INPUT: 400,
    ErrorCode.DOCUMENT_TOO_COMPLEX: 400,
    ErrorCode.OPERATION_NOT_ALLOWED: 400,
    ErrorCode.CURSOR_INVALID: 400,
}
"""Statuses of requests that were refused whole; every other code is a 200 with errors."""


class ApiError(Exception):
    """A refusal with a code that the client may rely on. The message is shown as it is: it never holds a secret."""

    def __init__(self, code: ErrorCode, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extensions = extensions


def bad_input(message: str) -> ApiError:
    return ApiError(ErrorCode.BAD_USER_INPUT, message)


def not_found(what: str) -> ApiError:
    """The same words for an id that never existed, one of another tenant, and one of another kind."""
    return ApiError(ErrorCode.NOT_FOUND, f"{what} not found")


def shown(errors: Sequence[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """What a client may see of these errors. Unexpected ones are logged under the request's id, and masked."""
    return [_shown(error, request_id) for error in errors]


def code_of(error: GraphQLError) -> ErrorCode:
    match error.original_error:
        case None:
            return ErrorCode.GRAPHQL_PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else _code_said(error)
        case ApiError() as known:
            return known.code
        case GraphQLError() as inner:
            return code_of(inner)
        case StrawberryInputCoercionError():
            return ErrorCode.BAD_USER_INPUT
        case IdempotencyMismatch():
            return ErrorCode.IDEMPOTENCY_MISMATCH
        case StoreUnavailable():
            return ErrorCode.STORAGE_UNAVAILABLE
        case SandboxUnavailable():
            return ErrorCode.SANDBOX_UNAVAILABLE
        case _:
            return ErrorCode.INTERNAL


def _code_said(error: GraphQLError) -> ErrorCode:
    """Errors of graphql-core itself, without an exception behind them: a variable or an argument of the wrong shape."""
    code = (error.extensions or {}).get("code")
    return ErrorCode(code) if code is not None else ErrorCode.BAD_USER_INPUT


_SAID_ANYWAY = {
    ErrorCode.STORAGE_UNAVAILABLE: "The database does not take this request now; try again",
    ErrorCode.SANDBOX_UNAVAILABLE: "The expression sandbox is not available now; try again",
    ErrorCode.IDEMPOTENCY_MISMATCH: "This idempotency key was used before, for another request",
    ErrorCode.INTERNAL: "Something went wrong on our side; tell us the requestId",
}


def _shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    code = code_of(error)
    if code is ErrorCode.INTERNAL:
        log.error("unexpected_error", request_id=request_id, path=error.path, exc_info=error.original_error)
    answer: dict[str, Any] = {"message": _SAID_ANYWAY.get(code, error.message)}
    if error.locations:
        answer["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        answer["path"] = error.path
    more = error.original_error.extensions if isinstance(error.original_error, ApiError) else {}
    answer["extensions"] = {"code": code.value, "requestId": request_id, **more}
    return answer
