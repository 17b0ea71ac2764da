"""Logs, and what becomes of the server when they cannot be written."""

from __future__ import annotations

import contextlib
from pathlib import Path

from api.telemetry import printing_to, tracebacks


def test_a_log_on_a_full_disk_loses_lines_and_stops_nobody() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115  # closing it is bound to fail: nothing of it was written
    logger = printing_to(full)()
    for _ in range(100):
        logger.msg("x" * 1000)
    with contextlib.suppress(OSError):
        full.close()


def test_a_log_is_written_line_by_line(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        printing_to(file)().msg("ready")
        assert (tmp_path / "log").read_text() == "ready\n"


def test_a_traceback_tells_no_variable() -> None:
    def fail(password: str) -> None:
        raise ValueError(len(password))

    try:
        fail("canary"[::1])
    except ValueError as error:
        told = str(tracebacks()(None, "error", {"exc_info": error}))
    assert "'name': 'fail'" in told, "the frames are there"
    assert "canary" not in told
