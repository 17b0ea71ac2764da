"""The world that nodes act on: an HTTP server that notes each request before it answers, and takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.acceptance.oracle import Oracle

SLOW_S = 0.03
"""Between the effect and the answer: where a crash leaves the outcome unknown."""


@asynccontextmanager
async def effect_server(oracle: Oracle) -> AsyncIterator[str]:
    """Its URL. A request's body has the `key` of its execution and the name of its `node`."""

    async def act(request: web.Request) -> web.Response:
        body = await request.json()
        oracle.effect(body["key"], body["node"])
        await asyncio.sleep(SLOW_S)
        return web.json_response({"key": body["key"]})

    app = web.Application()
    app.router.add_post("/effect", act)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/effect"
    finally:
        await runner.cleanup()
