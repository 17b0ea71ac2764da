"""A server that lives many short lives on the same data: started in a moment, killed without a warning."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.acceptance.server import ROOT, free_port

KEY = "hdl_test_owner_key_0123456789abcdefghijklmnop"
POLL_S = 0.004


@dataclass(slots=True)
class Lives:
    """Use it as an async context manager: the spawner is up within, and no server is left behind after.

    `up` is set while a server answers: what a client waits for that has lost its connection.
    """

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    """What is changed in the server, in the words of `planted`."""
    port: int = field(default_factory=free_port)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    births_s: list[float] = field(default_factory=list)
    """How long each life took from the fork to its first answer."""
    _spawner: asyncio.subprocess.Process | None = None
    _pid: int | None = None
    _born: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    async def __aenter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        own = {"HEDDLE_PORT": str(self.port), "HEDDLE_DATA_DIR": str(self.data_dir), "HEDDLE_DEV_API_KEY": KEY}
        with self.log.open("ab") as log:
            self._spawner = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.acceptance.spawner", *self.changes,
                cwd=ROOT, env={**os.environ, **own, **self.environment},
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._spawner is not None
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        assert self._spawner.stdin is not None
        self._spawner.stdin.close()
        await self._spawner.wait()

    async def spawn(self) -> None:
        """Begin a life; it is not ready yet."""
        assert self._spawner is not None
        assert self._spawner.stdin is not None
        self._spawner.stdin.write(b"\n")
        self._pid = await self._line()
        self._born = time.monotonic()

    async def ready(self) -> None:
        """Once it answers."""
        deadline = self._born + 60
        while time.monotonic() < deadline:
            assert self._pid is not None
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(POLL_S)  # another process: there is nothing to await
                continue
            writer.close()
            self.births_s.append(time.monotonic() - self._born)
            self.up.set()
            return
        raise AssertionError(f"the server was not ready in 60 s:\n{self.log.read_text()[-4000:]}")

    async def kill(self) -> None:
        """As a crash would: no warning, no clean-up. Returns once the process is gone."""
        await self._end(signal.SIGKILL, expected=-signal.SIGKILL)

    async def stop(self) -> None:
        """As an operator would."""
        await self._end(signal.SIGTERM, expected=0)

    async def _end(self, by: signal.Signals, *, expected: int) -> None:
        assert self._pid is not None
        self.up.clear()
        os.kill(self._pid, by)
        status = await self._line()
        self._pid = None
        assert status == expected, f"the server ended with {status}:\n{self.log.read_text()[-4000:]}"

    async def _line(self) -> int:
        assert self._spawner is not None
        assert self._spawner.stdout is not None
        line = await self._spawner.stdout.readline()
        assert line, f"the spawner ended:\n{self.log.read_text()[-4000:]}"
        return int(line)
