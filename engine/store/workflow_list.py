"""What a list of workflows can be narrowed by, and the orders it comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tortoise.expressions import Q

from engine.store.paging import Key
from engine.store.records import WorkflowCategory, WorkflowRecord, WorkflowStatus


class WorkflowOrder(StrEnum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"

    @property
    def columns(self) -> tuple[str, str]:
        columns = {"NAME": "name", "CREATED_AT": "created_at_us", "UPDATED_AT": "updated_at_us"}
        return columns[self.value], "id"

    def key(self, workflow: WorkflowRecord) -> Key:
        """Where a workflow stands in this order: a cursor, before it is made opaque."""
        return getattr(workflow, self.columns[0]), workflow.id


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """What is left empty does not narrow the list, but archived workflows are in it on request only.

    `tags`: the workflow has all of them.
    """

    search: str | None = None
    statuses: frozenset[WorkflowStatus] = frozenset()
    categories: frozenset[WorkflowCategory] = frozenset()
    tags: Sequence[str] = ()
    updated_after_us: int | None = None
    include_archived: bool = False

    def conditions(self) -> list[Q]:
        wanted = [Q(tags__contains=f"\n{tag}\n") for tag in self.tags]
        if self.search:
            wanted.append(Q(search__contains=self.search.casefold()))
        if self.statuses:
            wanted.append(Q(status__in=sorted(self.statuses)))
        elif not self.include_archived:
            wanted.append(Q(status__not=WorkflowStatus.ARCHIVED.value))
        if self.categories:
            wanted.append(Q(category__in=sorted(self.categories)))
        if self.updated_after_us is not None:
            wanted.append(Q(updated_at_us__gt=self.updated_after_us))
        return wanted
