"""The app on a real socket, and a client that speaks graphql-transport-ws word by word."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
import websockets
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

PROTOCOL = "graphql-transport-ws"
PATIENCE_S = 20


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address of the app on a free port: ws://127.0.0.1:…/graphql."""
    config = uvicorn.Config(
        app, port=0, lifespan="off", loop="none", ws="websockets-sansio", ws_max_size=262_144, log_level="error"
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}/graphql"
        finally:
            server.should_exit = True
            await serving


@dataclass(slots=True)
class Socket:
    raw: ClientConnection
    ids: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, *, protocol: str | None = PROTOCOL, **more: Any) -> AsyncIterator[Socket]:
        """Connected, and nothing said yet."""
        protocols = None if protocol is None else [Subprotocol(protocol)]
        async with websockets.connect(url, subprotocols=protocols, **more) as raw:
            yield cls(raw)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, key: str) -> AsyncIterator[Socket]:
        """Connected and acknowledged."""
        async with cls.connect(url) as socket:
            await socket.say(type="connection_init", payload={"Authorization": f"Bearer {key}"})
            assert (await socket.hear())["type"] == "connection_ack"
            yield socket

    async def say(self, **message: Any) -> None:
        await self.raw.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        text = await asyncio.wait_for(self.raw.recv(), PATIENCE_S)
        assert isinstance(text, str), "messages are texts"
        return json.loads(text)  # type: ignore[no-any-return]

    async def subscribe(self, query: str, variables: dict[str, Any] | None = None, *, id: str | None = None) -> str:
        id = id or str(next(self.ids))
        await self.say(id=id, type="subscribe", payload={"query": query, "variables": variables or {}})
        return id

    async def everything(self, query: str, variables: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """All messages of one operation, without their id, to its end."""
        id = await self.subscribe(query, variables)
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["type"] not in ("complete", "error"):
            message = await self.hear()
            if message.pop("id", None) == id:
                heard.append(message)
        return heard

    async def closed(self) -> int:
        """The code with which the server closes; whatever it says before is let pass."""
        async with asyncio.timeout(PATIENCE_S):
            await self.raw.wait_closed()
        assert self.raw.close_code is not None
        return self.raw.close_code
