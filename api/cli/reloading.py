"""How a serving process is asked to load its plugins anew: by SIGHUP, in development."""

from __future__ import annotations

import asyncio

from engine.runtime.engine import Engine


class Reloading:
    """Loads plugins anew when asked, once at a time; whoever asks meanwhile gets another turn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def ask(self) -> None:
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._reload())

    async def _reload(self) -> None:
        while self._again:
            self._again = False
            await self._engine.reload_plugins()
