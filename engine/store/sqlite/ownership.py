"""The right to serve from a database file: one process at a time, held by a lock beside it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class DatabaseInUse(Exception):
    """Another server process serves from this file. Stop it, or give this one another data directory."""


class Ownership:
    """Held until closed, or until the process dies: the operating system lets go of it then."""

    def __init__(self, database: Path) -> None:
        """Raises `DatabaseInUse` at once when another process holds it."""
        path = database.with_name(database.name + ".lock")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise DatabaseInUse(
                f"Another server (process {holder}) serves from {database}. "
                "Stop it first, or use another data directory (HEDDLE_DATA_DIR)."
            ) from None
        os.truncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode("ascii"))

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
