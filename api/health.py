"""Health: whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from api.answers import encode
from engine.ports import StoreUnavailable
from engine.runtime.engine import Engine

READY_WITHIN_S = 1.0
NOBODY = "tnt_0"


def alive() -> Response:
    return _json(200, "ok")


async def ready(engine: Engine) -> Response:
    """Ready when the database answers."""
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await engine.access.tenant(NOBODY)
    except (TimeoutError, StoreUnavailable):
        return _json(503, "unavailable")
    return _json(200, "ok")


def _json(status: int, word: str) -> Response:
    return Response(encode({"status": word}), status_code=status, media_type="application/json")
