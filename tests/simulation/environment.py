"""The engine's modules as the simulation needs them, for as long as it lasts."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import structlog

from engine.runtime import engine, worker
from engine.store.sqlite import immediate
from tests.simulation.watched import WatchedInvoker, WatchedRunner


@contextmanager
def environment(*, quiet: bool) -> Iterator[Callable[[Mapping[tuple[Any, str], Any]], None]]:
    """Hands out a way to change more settings (by module and name). `quiet`: nothing is logged."""
    configuration = structlog.get_config()
    disabled = logging.root.manager.disable
    collecting = gc.isenabled()
    with ExitStack() as stack:

        def change(settings: Mapping[tuple[Any, str], Any]) -> None:
            for (module, name), value in settings.items():
                stack.enter_context(patch.object(module, name, value))

        # A thread that waits for another process would wait in real time.
        change(
            {(immediate, "PATIENCE_S"): -1.0, (worker, "Runner"): WatchedRunner, (engine, "Invoker"): WatchedInvoker}
        )
        if quiet:
            structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_drop])
            logging.disable(logging.CRITICAL)
        gc.disable()  # what is collected when, is nothing that a seed determines
        try:
            yield change
        finally:
            if collecting:
                gc.enable()
            logging.disable(disabled)
            structlog.configure(**configuration)


def _drop(*_: Any) -> Any:
    raise structlog.DropEvent
