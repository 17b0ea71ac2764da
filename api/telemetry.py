"""Logs: one JSON object a line in production, words in a terminal while developing."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from api.settings import Settings


class Undaunted:
    """A stream that loses a line where another would raise: a log on a full disk must not stop what it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def printing_to(stream: TextIO) -> Any:
    """What makes structlog's loggers."""
    return structlog.PrintLoggerFactory(cast(TextIO, Undaunted(stream)))


def configure(settings: Settings) -> None:
    """Called once, by the process that serves."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    renderers: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if _in_words(settings)
        else [tracebacks(), structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=printing_to(sys.stderr),
        cache_logger_on_first_use=True,
    )


def tracebacks() -> structlog.typing.Processor:
    """Without the variables of their frames: credentials and people's data are among those."""
    return structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def _in_words(settings: Settings) -> bool:
    if settings.log_format == "auto":
        return settings.is_development and sys.stderr.isatty()
    return settings.log_format == "console"


def quiet() -> None:
    """For commands that run once: what the engine has to say goes to standard error, and only where it matters."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=printing_to(sys.stderr),
    )
