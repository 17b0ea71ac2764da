"""Requests: a GraphQL request as it came in, checked for shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope

from plugins.items import Json
from schema.errors import ApiError, ErrorCode, bad_input


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    query: str
    variables: Mapping[str, Any] | None
    operation_name: str | None

    @classmethod
    def of(cls, value: Json) -> GraphQLRequest:
        """The parameters of a request, or of a WebSocket's `subscribe`. Raises `ApiError`."""
        if isinstance(value, list):
            raise ApiError(ErrorCode.OPERATION_NOT_ALLOWED, "A request holds one operation, not a batch")
        if not isinstance(value, dict):
            raise bad_input("A request is a JSON object with a query")
        query, variables, name = value.get("query"), value.get("variables"), value.get("operationName")
        if not isinstance(query, str):
            raise bad_input("query must be a text")
        if variables is not None and not isinstance(variables, dict):
            raise bad_input("variables must be an object")
        if name is not None and not isinstance(name, str):
            raise bad_input("operationName must be a text")
        if not isinstance(value.get("extensions", {}), dict | None):
            raise bad_input("extensions must be an object")
        return cls(query, variables, name or None)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that (lower case) name."""
    return next((value for key, value in scope["headers"] if key == name), None)


def check_media(scope: Scope) -> None:
    """Only JSON, in UTF-8, as it is. Raises `ApiError(UNSUPPORTED_MEDIA_TYPE)`."""
    encoding = (header(scope, b"content-encoding") or b"identity").strip().lower()
    media, _, parameters = (header(scope, b"content-type") or b"").decode("latin-1").lower().partition(";")
    charset = next((part.strip()[8:].strip('"') for part in parameters.split(";") if "charset=" in part), "utf-8")
    if media.strip() != "application/json" or encoding != b"identity" or charset not in ("utf-8", "utf8"):
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send application/json in UTF-8, without content-encoding")


class ClientGone(Exception):
    """The client left before its request was complete."""


async def read_body(scope: Scope, receive: Receive, *, most: int) -> bytes:
    """The body, read no further than `most` bytes. Raises `ApiError(PAYLOAD_TOO_LARGE)` or `ClientGone`."""
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(most: int) -> ApiError:
    return ApiError(ErrorCode.PAYLOAD_TOO_LARGE, f"A request has at most {most} bytes")
