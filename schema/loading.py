"""Loaders: what several fields of one operation ask for is read from the store once, and together."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from engine.store.records import VersionRecord, WorkflowRecord
from engine.store.tenancy import Store

V = TypeVar("V")


class Loaders:
    """For one operation and one tenant: nothing loaded outlives the operation, and nothing crosses tenants."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def workflows(self) -> DataLoader[str, WorkflowRecord | None]:
        return _loader(self._store.workflows.many)

    @cached_property
    def versions(self) -> DataLoader[str, VersionRecord | None]:
        return _loader(self._store.workflows.versions)


def _loader(
    read: Callable[[Iterable[str]], Coroutine[Any, Any, Mapping[str, V]]],
) -> DataLoader[str, V | None]:
    async def load(ids: list[str]) -> list[V | None]:
        found = await read(ids)
        return [found.get(id) for id in ids]

    return DataLoader(load)
