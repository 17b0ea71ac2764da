"""Relay pagination: connections of typed edges, and cursors that only the list they came from accepts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
import strawberry
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from schema.errors import ApiError, ErrorCode, bad_input

T = TypeVar("T")
R = TypeVar("R")

MAC_BYTES = 12
CURSOR_CHARS = 1_024

Key = tuple[str | int, ...]
"""Where a row stands in its list: the value it is ordered by, then its id."""


class Cursors:
    """Seals and opens cursors. A cursor opens for the tenant, the list, the order and the filter it was made for."""

    def __init__(self, secret: bytes, tenant: str) -> None:
        self._secret = secret
        self._tenant = tenant

    def seal(self, scope: str, key: Key) -> str:
        body = msgspec.json.encode(key)
        return base64.urlsafe_b64encode(self._mac(scope, body) + body).decode().rstrip("=")

    def open(self, scope: str, cursor: str) -> Key:
        """Raises `ApiError(CURSOR_INVALID)` for anything but a cursor that `seal` made for this scope."""
        try:
            if len(cursor) > CURSOR_CHARS:
                raise ValueError
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raise _invalid() from None
        mac, body = sealed[:MAC_BYTES], sealed[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(scope, body)):
            raise _invalid()
        return msgspec.json.decode(body, type=tuple[str | int, ...])

    def _mac(self, scope: str, body: bytes) -> bytes:
        bound = msgspec.json.encode([self._tenant, scope]) + body
        return hmac.digest(self._secret, bound, hashlib.sha256)[:MAC_BYTES]


def _invalid() -> ApiError:
    return ApiError(ErrorCode.CURSOR_INVALID, "This cursor is not one of this list")


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that was asked for: `size` rows after (or, `backwards`, before) a key."""

    size: int
    backwards: bool = False
    key: Key | None = None


def window(
    cursors: Cursors,
    scope: str,
    *,
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
    usual: int = 20,
    most: int = 100,
) -> Window:
    """Raises `ApiError`: BAD_USER_INPUT for a contradiction or a size out of range, CURSOR_INVALID for a cursor."""
    backwards = last is not None or before is not None
    if backwards and (first is not None or after is not None):
        raise bad_input("Page forwards with first and after, or backwards with last and before, not both")
    size = next((size for size in (first, last) if size is not None), usual)
    if not 0 <= size <= most:
        raise bad_input(f"A page has between 0 and {most} rows")
    cursor = before if backwards else after
    return Window(size, backwards, None if cursor is None else cursors.open(scope, cursor))


@strawberry.enum(description="Which way a list is ordered.")
class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more rows follow.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row; null for an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row; null for an empty page.")


@strawberry.type(description="A row of a list, with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The row.")
    cursor: str = strawberry.field(description="Its place in the list, for after and before.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows, in the order asked for.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    total_count: int = strawberry.field(description="How many rows the whole list has. Counted only when asked for.")


def connection(
    rows: Sequence[tuple[T, Key]],
    cursors: Cursors,
    scope: str,
    *,
    has_next: bool,
    has_previous: bool,
    total: int | None,
) -> Connection[T]:
    """A page of rows, each with its key. `total` is None where nobody asked."""
    edges = [Edge(node=node, cursor=cursors.seal(scope, key)) for node, key in rows]
    info = PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info, total_count=total or 0)


def cut(rows: Sequence[R], window: Window, key: Callable[[R], Key]) -> tuple[Sequence[R], bool, bool]:
    """A window of a list that is at hand whole, in the order of its keys: rows, has_next, has_previous."""
    at = window.key
    if window.backwards:
        before = [row for row in rows if at is None or tuple(key(row)) < at]
        page = before[len(before) - window.size :] if window.size else []
        return page, at is not None, len(page) < len(before)
    after = [row for row in rows if at is None or tuple(key(row)) > at]
    return after[: window.size], window.size < len(after), len(after) < len(rows)


def selects(info: strawberry.Info[Any, Any], name: str) -> bool:
    """Whether the field being resolved has `name` among its selected fields, fragments spelled out."""
    raw = info._raw_info
    waiting: list[SelectionSetNode] = [node.selection_set for node in raw.field_nodes if node.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            match selection:
                case FieldNode():
                    if selection.name.value == name:
                        return True
                case InlineFragmentNode():
                    waiting.append(selection.selection_set)
                case FragmentSpreadNode():
                    waiting.append(raw.fragments[selection.name.value].selection_set)
    return False
