"""What a traced server told the operating system, in order: its writes, its syncs, and its words to clients."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

CALLS = "openat,pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate,unlink"


def needs_strace() -> None:
    """Skips the test where there is no strace; in CI, where it belongs, fails it."""
    works = shutil.which("strace") and subprocess.run(
        ["strace", "-o", os.devnull, "true"], capture_output=True, check=False
    )
    if works and works.returncode == 0:
        return
    reason = "power cuts and failing disks are NOT tested here: that needs a strace that may trace (apt install strace)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def traced(log: Path, *more: str) -> tuple[str, ...]:
    """Put before a command: it keeps its process id, and every call that matters goes to the log, with its bytes.

    The tracer is a process beside it that ends with it.
    """
    return (
        "strace", "-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "16777216",
        "-o", str(log), "-e", f"trace={CALLS}", *more, "--",
    )  # fmt: skip


def wait_until_written(log: Path, pid: int) -> None:
    """Once the tracer has noted the end of the process."""
    ended = re.compile(rf"^{pid} +\+\+\+ ".encode(), re.M)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            if ended.search(file.read()):
                return
        time.sleep(0.01)  # another process: there is nothing to wait on
    raise AssertionError("the trace has no end")


# ------------------------------------------------------------------------------------------------ what happened


@dataclass(frozen=True, slots=True)
class Write:
    path: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """Of a file, or of the directory."""

    path: str


@dataclass(frozen=True, slots=True)
class Create:
    path: str


@dataclass(frozen=True, slots=True)
class Unlink:
    path: str


@dataclass(frozen=True, slots=True)
class Say:
    """Bytes for a client."""

    data: bytes


Deed: TypeAlias = Write | Truncate | Sync | Create | Unlink | Say


@dataclass(frozen=True, slots=True)
class Step:
    """A deed begins or is over. Between the two, it may have happened or not."""

    deed: Deed
    number: int
    begins: bool


LINE = re.compile(rb"^(\d+) +(.*)$")
RESUMED = re.compile(rb"^<\.\.\. \w+ resumed>(.*)$")
CALL = re.compile(rb"^(\w+)\((.*)\) += (-?\d+)")
FD = re.compile(rb"^\d+<([^>]*)>")
TEXT = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')


def steps(log: Path, folder: Path) -> Iterator[Step]:
    """What was done to files in the folder, and said to whatever is no file. Calls that failed are left out."""
    raw = list(_calls(log))
    outcome = {number: text for number, text, begins in raw if not begins}
    deeds: dict[int, Deed] = {}
    for number, _, begins in raw:
        if begins and number in outcome and (deed := _deed(outcome[number], str(folder))) is not None:
            deeds[number] = deed
            yield Step(deed, number, begins=True)
        elif not begins and number in deeds:
            yield Step(deeds[number], number, begins=False)


def _calls(log: Path) -> Iterator[tuple[int, bytes, bool]]:
    """A number, the text, and whether it begins; when it is over the text is whole."""
    open_calls: dict[bytes, tuple[int, bytes]] = {}
    with log.open("rb") as lines:
        for number, line in enumerate(lines):
            match = LINE.match(line)
            assert match is not None, line[:200]
            process, text = match.groups()
            if resumed := RESUMED.match(text):
                began, first = open_calls.pop(process)
                yield began, first + resumed[1], False
            elif text.endswith(b"<unfinished ...>"):
                open_calls[process] = number, text.removesuffix(b"<unfinished ...>").rstrip()
                yield number, b"", True
            elif CALL.match(text):
                yield number, b"", True
                yield number, text, False


def _deed(text: bytes, folder: str) -> Deed | None:
    match = CALL.match(text)
    if match is None or int(match[3]) < 0:
        return None
    name, arguments, result = match[1], match[2], int(match[3])
    path, inside = "", False
    if fd := FD.match(arguments):
        path = _decoded(fd[1]).decode(errors="replace")
        inside = path == folder or path.startswith(folder + "/")
    texts = [_decoded(each) for each in TEXT.findall(arguments)]
    match name:
        case b"pwrite64" if inside:
            return Write(path, int(arguments.rsplit(b",", 1)[1]), texts[0][:result])
        case b"fsync" | b"fdatasync" if inside:
            return Sync(path)
        case b"ftruncate" if inside:
            return Truncate(path, int(arguments.rsplit(b",", 1)[1]))
        case b"unlink" if texts[0].decode().startswith(folder + "/"):
            return Unlink(texts[0].decode())
        case b"openat" if b"O_CREAT" in arguments and texts[0].decode().startswith(folder + "/"):
            return Create(texts[0].decode())
        case b"write" | b"writev" | b"sendto" | b"sendmsg" if not path.startswith("/"):
            return Say(b"".join(texts))
    return None


def _decoded(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode()) if text.startswith(b"\\x") else text
