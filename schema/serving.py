"""Contexts: the one place where a caller's tenant becomes a store."""

from __future__ import annotations

from engine.runtime.engine import Engine
from schema.caller import Caller
from schema.context import Context
from schema.limits import Limits
from schema.pagination import Cursors


class Contexts:
    """Makes a context for each operation. `secret` seals cursors."""

    def __init__(self, engine: Engine, limits: Limits, secret: bytes) -> None:
        self._engine = engine
        self._limits = limits
        self._secret = secret

    def of(self, caller: Caller) -> Context:
        store = self._engine.store(caller.tenant.id)
        return Context(caller, self._engine, store, Cursors(self._secret, caller.tenant.id), self._limits)
