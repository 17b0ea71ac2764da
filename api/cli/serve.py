"""`heddle serve`: the server process, from start to drained."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
import uvicorn
import uvloop
from pydantic import ValidationError

from api import development, telemetry
from api.app import create_app
from api.cli.reloading import Reloading
from api.settings import Settings
from engine.runtime.engine import Engine

GC_THRESHOLDS = (100_000, 50, 100)
BAD_CONFIGURATION = 78
"""Exit status EX_CONFIG: the settings cannot be served with."""


class Server(uvicorn.Server):
    """Stops on SIGINT and SIGTERM and lets the caller finish: uvicorn's own ends the process by the signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for each in signals:
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)


def serve() -> None:
    """Serve the API. Settings come from the environment (HEDDLE_…); Ctrl-C or SIGTERM drains and stops."""
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(["HEDDLE", *(str(part).upper() for part in problem["loc"])])
            typer.echo(f"heddle: {name}: {problem['msg'].removeprefix('Value error, ')}", err=True)
        raise typer.Exit(BAD_CONFIGURATION) from None
    telemetry.configure(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with Engine(settings.engine()) as engine:
        if settings.is_development:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, Reloading(engine).ask)
            key = await development.prepare(engine, settings.dev_api_key)
            sys.stdout.write(development.banner(settings, key))
            sys.stdout.flush()
        app = create_app(engine, settings)
        # What is alive now stays; full collections over large outputs would hold every request up.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="none",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=settings.ws_max_bytes,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.drain_s,
        )
        await Server(config).serve()
