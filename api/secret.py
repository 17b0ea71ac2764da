"""The server's own secret: what cursors are sealed with. Made once, and kept beside the data."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE = "cursor.key"
BYTES = 32


def load(data_dir: Path) -> bytes:
    """The secret of this data directory. Losing it costs open cursors, nothing else."""
    path = data_dir / FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _make(path)


def _make(path: Path) -> bytes:
    """Of two processes that start at once, the second takes what the first has made."""
    made = path.with_suffix(f".{os.getpid()}")
    made.touch(mode=0o600)
    made.write_bytes(secrets.token_bytes(BYTES))
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_bytes()
