"""One WebSocket's texts: bounded in what it waits for, and fair to the others."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from api.connection import YIELD_EVERY, Close, Connection, Gone, Stalled

Message = MutableMapping[str, Any]


async def nothing() -> Message:
    return {"type": "websocket.disconnect", "code": 1001}


async def takes(_: Message) -> None:
    return None


async def takes_nothing(_: Message) -> None:
    await asyncio.Event().wait()


async def has_left(_: Message) -> None:
    raise OSError


def connection(receive: Any = nothing, send: Any = takes, *, send_timeout_s: float = 5) -> Connection:
    return Connection(receive, send, send_timeout_s=send_timeout_s, max_depth=64)


@pytest.mark.parametrize(("send", "why"), [(takes_nothing, Stalled), (has_left, Gone)])
async def test_a_peer_that_takes_nothing_is_let_go(send: Any, why: type[Exception]) -> None:
    with pytest.raises(why):
        await connection(send=send, send_timeout_s=0.01).write({"type": "ping"})
    await connection(send=send, send_timeout_s=0.01).close(4408, "there is nobody")


async def test_a_peer_that_leaves_is_gone() -> None:
    with pytest.raises(Gone):
        await connection().read()


async def test_a_long_stream_lets_others_have_their_turn() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    busy, waiting = connection(), asyncio.create_task(other())
    for _ in range(YIELD_EVERY * 3):
        await busy.write({"type": "next"})
    waiting.cancel()
    assert turns == 3


async def test_a_reason_is_never_too_long_for_its_frame() -> None:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await connection(send=keep).close(4400, "é" * 500)
    assert len(sent[0]["reason"].encode()) <= 123


async def test_a_message_is_an_object_with_a_type() -> None:
    async def says() -> Message:
        return {"type": "websocket.receive", "text": '{"type": 1}'}

    with pytest.raises(Close) as closed:
        await connection(says).read()
    assert closed.value.code == 4400
