"""Whether a directory's files are the operator's alone: nothing leads out of it, and nobody else may write to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

MOST_FILES = 10_000


def untrusted(folder: Path) -> str | None:
    """Why this plugin's directory must not be loaded; None when nothing speaks against it.

    Paths in the answer are relative to the folder: it may be shown to people who do not know the machine.
    """
    if folder.is_symlink():
        return "its folder is a symbolic link: name the folder that it leads to instead"
    root = folder.resolve()
    if any(_anyone_may_swap(parent) for parent in root.parents):
        return "a directory above it is writable by everyone"
    for count, path in enumerate(_everything(root)):
        if count >= MOST_FILES:
            return f"it has more than {MOST_FILES} files"
        if why := _untrusted_entry(path, root):
            return why
    return None


def writable_by_everyone(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IWOTH)


def _everything(root: Path) -> Iterator[Path]:
    yield root
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield Path(folder, name)


def _untrusted_entry(path: Path, root: Path) -> str | None:
    shown = path.relative_to(root).as_posix()
    if path.is_symlink():
        inside = path.resolve().is_relative_to(root)
        return None if inside else f"'{shown}' is a symbolic link that leads out of the plugin"
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH:
        return "its folder is writable by everyone" if path == root else f"'{shown}' is writable by everyone"
    return None if stat.S_ISDIR(mode) or stat.S_ISREG(mode) else f"'{shown}' is neither a file nor a directory"


def _anyone_may_swap(folder: Path) -> bool:
    """In a directory like /tmp everyone may write, but only touch what is their own."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX
