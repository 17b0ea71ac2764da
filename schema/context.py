"""The context of one operation: the caller, the store bound to the caller's tenant, and what is loaded once for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from engine.runtime.engine import Engine
from engine.store.tenancy import Store
from plugins.registry import Registry
from schema.caller import Caller
from schema.limits import Limits
from schema.loading import Loaders
from schema.pagination import Cursors


@dataclass(slots=True)
class Context:
    """`deadline` is when the operation is given up; a resolver that was asked to wait puts it off by as much."""

    caller: Caller
    engine: Engine
    store: Store
    cursors: Cursors
    limits: Limits
    loaders: Loaders = field(init=False)
    deadline: asyncio.Timeout | None = None

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.store)

    @property
    def node_types(self) -> Registry:
        """The node types that the caller's tenant may use."""
        return self.engine.plugins.of(self.store.tenant)

    def put_off(self, ms: int) -> None:
        if self.deadline is not None and (when := self.deadline.when()) is not None:
            self.deadline.reschedule(when + ms / 1000)


Info: TypeAlias = strawberry.Info[Context, None]
