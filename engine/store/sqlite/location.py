"""Where the database file is, and what every connection to it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

WRITER = "sqlite_writer"
READERS = "sqlite_readers"
"""Tortoise caches statements by connection name, so a name is never shared with another kind of database."""

SCHEME = "sqlite://"
BUSY_TIMEOUT_MS = 5_000
PAGE_BYTES = 8_192
"""Event bodies of a kilobyte and more fit into a page: 40 % fewer bytes written than with the default."""
WAL_LIMIT_BYTES = 64 * 1024 * 1024


def path_of(url: str) -> Path:
    """The file that a `sqlite:///abs/path.sqlite3` url names. Raises `ValueError` for any other url."""
    if not url.startswith(SCHEME) or url.endswith(":memory:") or len(url) == len(SCHEME):
        raise ValueError(f"The database url must be sqlite:///absolute/path.sqlite3, not {url!r}")
    return Path(unquote(url.removeprefix(SCHEME)))


def connections(path: Path, *, owner: bool) -> dict[str, Any]:
    """Tortoise's connection settings. Only the owner of the file checkpoints: a second checkpointer can corrupt the
    write-ahead log in SQLite before 3.51.3."""
    return {
        WRITER: {
            "engine": "engine.store.sqlite.writer",
            "credentials": {"file_path": str(path), **_writer(owner=owner)},
        },
        READERS: {
            "engine": "engine.store.sqlite.readers",
            "credentials": {"file_path": str(path), **_READER},
        },
    }


def _writer(*, owner: bool) -> dict[str, Any]:
    return {
        "busy_timeout": BUSY_TIMEOUT_MS,
        "page_size": PAGE_BYTES,
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "foreign_keys": "ON",
        "journal_size_limit": WAL_LIMIT_BYTES,
        "wal_autocheckpoint": 1_000 if owner else 0,
        "cache_size": -16_384,
        "temp_store": "MEMORY",
    }


_READER = {
    "busy_timeout": BUSY_TIMEOUT_MS,
    "query_only": "ON",
    "wal_autocheckpoint": 0,
    "cache_size": -8_192,
    "temp_store": "MEMORY",
}
