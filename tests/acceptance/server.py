"""A real `heddle serve` in a process of its own, and the clients that tests talk to it with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import websockets
from websockets.typing import Subprotocol

ROOT = Path(__file__).resolve().parents[2]
START_S = 60
SERVE = (sys.executable, "-m", "api.cli", "serve")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class GraphQLFailed(AssertionError):
    """The answer had errors where the test expected none."""


@dataclass(slots=True)
class Server:
    """One server process. `start` after `kill` is a restart on the same data."""

    data_dir: Path
    key: str = "hdl_test_owner_key_0123456789abcdefghijklmnop"
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = SERVE
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    def start(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "HEDDLE_PORT": str(self.port),
                    "HEDDLE_DATA_DIR": str(self.data_dir),
                    "HEDDLE_DEV_API_KEY": self.key,
                    **self.environment,
                },
            )
        self._await_ready()
        return self

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"the server ended at start:\n{self.log.read_text()}"
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            time.sleep(0.02)  # polling another process from outside: there is nothing to await
        raise AssertionError(f"the server was not ready in {START_S} s:\n{self.log.read_text()}")

    def kill(self) -> None:
        """As a crash would: no warning, no clean-up."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """As an operator would. Answers the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    async def ask(self, query: str, *, client: httpx.AsyncClient | None = None, **variables: Any) -> Any:
        """The `data` of the answer. Raises `GraphQLFailed` when it has errors."""
        async with contextlib.AsyncExitStack() as stack:
            if client is None:
                client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
            response = await client.post(
                f"{self.url}/graphql",
                json={"query": query, "variables": variables},
                headers={"authorization": f"Bearer {self.key}"},
            )
        answer = response.json()
        if "errors" in answer:
            raise GraphQLFailed(json.dumps(answer["errors"])[:2000])
        return answer["data"]

    async def subscribe(self, query: str, **variables: Any) -> AsyncIterator[Any]:
        """The `data` of every result, until the server completes. Spoken by hand: graphql-transport-ws."""
        async with websockets.connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            max_size=None,
        ) as socket_:
            await socket_.send(
                json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {self.key}"}})
            )
            assert json.loads(await socket_.recv())["type"] == "connection_ack"
            await socket_.send(
                json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})
            )
            async for text in socket_:
                message = json.loads(text)
                match message["type"]:
                    case "next":
                        if message["payload"].get("errors"):
                            raise GraphQLFailed(json.dumps(message["payload"]["errors"])[:2000])
                        yield message["payload"]["data"]
                    case "error":
                        raise GraphQLFailed(json.dumps(message["payload"])[:2000])
                    case "complete":
                        return
                    case "ping":
                        await socket_.send(json.dumps({"type": "pong"}))


async def gather(*awaitables: Any, at_once: int = 50) -> list[Any]:
    """Their results in order, so many at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(awaitable: Any) -> Any:
        async with gate:
            return await awaitable

    return await asyncio.gather(*(one(each) for each in awaitables))
