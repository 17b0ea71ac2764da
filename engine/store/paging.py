"""Keyset pagination: a page is what follows a key, so rows that come and go shift nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, TypeVar

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from engine.store.records import Page

R = TypeVar("R")
Key: TypeAlias = tuple[str | int, ...]
"""Where a row stands in an order: the values of the ordering's columns, the last of them unique."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Up to `limit` rows after `key` in the order asked for or, `backward`, the last ones before it."""

    limit: int
    key: Key | None = None
    backward: bool = False

    @classmethod
    def first(cls, limit: int, *, after: Key | None = None) -> Self:
        return cls(limit, after)

    @classmethod
    def last(cls, limit: int, *, before: Key | None = None) -> Self:
        return cls(limit, before, backward=True)


@dataclass(frozen=True, slots=True)
class Order:
    """Columns to order by, the last of them unique; all in one direction."""

    columns: tuple[str, ...]
    descending: bool = False


async def read_page(
    query: QuerySet[Any],
    order: Order,
    part: Slice,
    *,
    columns: Sequence[str],
    record: Callable[[Mapping[str, Any]], R],
    with_total: bool = False,
) -> Page[R]:
    """One page of the query. Raises `ValueError` for a key that is not of this order."""
    descending = order.descending is not part.backward
    total = await query.count() if with_total else None
    wanted = query if part.key is None else query.filter(_beyond(order.columns, part.key, descending=descending))
    rows = (
        await wanted.order_by(*(f"-{column}" if descending else column for column in order.columns))
        .limit(part.limit + 1)
        .values(*columns)
    )
    more, rows = len(rows) > part.limit, rows[: part.limit]
    if part.backward:
        rows.reverse()
    came_from = part.key is not None
    return Page(
        rows=[record(row) for row in rows],
        has_next=came_from if part.backward else more,
        has_previous=more if part.backward else came_from,
        total=total,
    )


def _beyond(columns: tuple[str, ...], key: Key, *, descending: bool) -> Q:
    """Row values compared column by column: the first that differs decides."""
    if len(key) != len(columns):
        raise ValueError("this cursor belongs to another order")
    comparison = "lt" if descending else "gt"
    beyond = _is(f"{columns[-1]}__{comparison}", key[-1])
    for column, value in zip(columns[-2::-1], key[-2::-1], strict=True):
        # The first condition says nothing new, but it is one that an index can begin at.
        beyond = _is(f"{column}__{comparison}e", value) & (_is(f"{column}__{comparison}", value) | beyond)
    return beyond


def _is(condition: str, value: str | int) -> Q:
    # Q's annotations leave no room for a condition that is put together.
    conditions: dict[str, Any] = {condition: value}
    return Q(**conditions)
