"""Answers: JSON over plain ASGI, and how an outcome becomes a status."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.types import Send

from schema.errors import HTTP_STATUS, ErrorCode, code_of, shown

JSON = b"application/json; charset=utf-8"
RESPONSE_JSON = b"application/graphql-response+json; charset=utf-8"
RETRY_AFTER = {429: b"1", 503: b"1"}

Headers = Sequence[tuple[bytes, bytes]]


_process = secrets.token_hex(8)
_numbers = itertools.count(1)


def new_request_id() -> str:
    """Unique, and no secret: a system call for each would be felt."""
    return f"req_{_process}{next(_numbers):08x}"


def encode(value: object) -> bytes:
    return orjson.dumps(value)


@dataclass(frozen=True, slots=True)
class Accepts:
    """What the client takes. Many GraphQL clients want a 200 for whatever is `application/json`, so one that names
    that type alone gets it for a document that was refused; everybody else gets the status that says what happened."""

    modern: bool = False
    legacy: bool = False

    @classmethod
    def read(cls, accept: bytes | None) -> Accepts:
        accept = accept or b""
        modern = b"application/graphql-response+json" in accept
        return cls(modern=modern, legacy=b"application/json" in accept and not modern)

    def media_type(self, status: int) -> bytes:
        if self.modern or (status != 200 and not self.legacy):
            return RESPONSE_JSON
        return JSON


async def send(send: Send, status: int, body: bytes, media_type: bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    start: list[tuple[bytes, bytes]] = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    if status in RETRY_AFTER:
        start.append((b"retry-after", RETRY_AFTER[status]))
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def of_result(result: ExecutionResult, request_id: str, accepts: Accepts) -> tuple[int, Mapping[str, Any]]:
    """Status and body of an operation that ran. It is a 200 as soon as there is any data."""
    if not result.errors:
        return 200, {"data": result.data}
    body = {"errors": shown(result.errors, request_id), "data": result.data}
    if result.data is not None:
        return 200, body
    return _status(code_of(result.errors[0]), accepts), body


def of_errors(errors: Sequence[GraphQLError], request_id: str, accepts: Accepts) -> tuple[int, Mapping[str, Any]]:
    """Status and body of a document that was refused: there is no `data` at all."""
    return _status(code_of(errors[0]), accepts), {"errors": shown(errors, request_id)}


def of_failure(error: Exception, request_id: str) -> tuple[int, Mapping[str, Any]]:
    """Status and body of a request that never came to its document, or whose caller may not have it run."""
    located = GraphQLError(str(error), original_error=error)
    return HTTP_STATUS.get(code_of(located), 200), {"errors": shown([located], request_id)}


_ABOUT_THE_DOCUMENT = frozenset(
    {
        ErrorCode.GRAPHQL_PARSE_FAILED,
        ErrorCode.GRAPHQL_VALIDATION_FAILED,
        ErrorCode.BAD_USER_INPUT,
        ErrorCode.CURSOR_INVALID,
        ErrorCode.DOCUMENT_TOO_COMPLEX,
    }
)


def _status(code: ErrorCode, accepts: Accepts) -> int:
    return 200 if accepts.legacy and code in _ABOUT_THE_DOCUMENT else HTTP_STATUS.get(code, 200)
