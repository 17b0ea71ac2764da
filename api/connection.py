"""One WebSocket as the protocol sees it: texts in, messages out, and an end that has a code and a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive, Send

from api.wire import InvalidJson, parse
from plugins.items import Json

YIELD_EVERY = 32
"""Sends after which others get a turn: a send that is buffered does not suspend, and a stream can be long."""
REASON_BYTES = 120


class Close(Exception):
    """The connection ends here, with this code. The codes are those of graphql-transport-ws."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """The peer has left."""


class Stalled(Exception):
    """The peer takes nothing any more. It may come back, and go on where it was."""


class Connection:
    """Reads and writes whole messages."""

    def __init__(self, receive: Receive, send: Send, *, send_timeout_s: float, max_depth: int) -> None:
        self._receive = receive
        self._send = send
        self._send_timeout_s = send_timeout_s
        self._max_depth = max_depth
        self._sent = 0

    async def read(self) -> Mapping[str, Json]:
        """The next message. Raises `Gone`, and `Close(4400)` for anything but a JSON object with a type."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Gone
        text = event.get("text")
        if text is None:
            raise Close(4400, "Messages are texts")
        try:
            message = parse(text.encode("utf-8", "surrogatepass"), max_depth=self._max_depth)
        except InvalidJson as error:
            raise Close(4400, f"Invalid message: {error}") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Close(4400, "A message is a JSON object with a type")
        return message

    async def write(self, message: Mapping[str, Any]) -> None:
        """Returns when the message is out, or buffered within bounds. Raises `Gone` or `Stalled`."""
        text = orjson.dumps(message).decode()
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await self._send({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Stalled from None
        except OSError:
            raise Gone from None
        self._sent += 1
        if self._sent % YIELD_EVERY == 0:
            await asyncio.sleep(0)

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye; a peer that has left already hears nothing of it."""
        try:
            async with asyncio.timeout(self._send_timeout_s):
                await self._send({"type": "websocket.close", "code": code, "reason": _short(reason)})
        except (TimeoutError, OSError):
            return


def _short(reason: str) -> str:
    """What fits into the frame that closes."""
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")
