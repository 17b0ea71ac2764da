"""How a sandbox worker is started: what it is told, what it may see, and V8's flags."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec

from engine.expressions.limits import Limits

_JS = Path(__file__).parent / "js"
_ROOT = Path(__file__).parents[2]
_SITE = Path(msgspec.__file__).parents[1]
_BOOT = (
    f"import sys; sys.path += [{str(_ROOT)!r}, {str(_SITE)!r}]; "
    "from engine.expressions.worker import Orders, main; main(Orders(sys.argv[1]))"
)
_ENVIRONMENT = {"TZ": "UTC", "LANG": "en_US.UTF-8"}
"""All that a worker has of an environment: V8's local time and language, for the functions that follow them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a worker is for, and V8's flags for it (they hold for a whole process)."""

    name: Literal["expressions", "scripts"]
    flags: tuple[str, ...]
    bundle: Path
    """The JavaScript that every isolate starts with."""

    def orders(self, limits: Limits) -> str:
        heap_mb = limits.heap_bytes >> 20
        flags = ["--single-threaded", f"--max-old-space-size={heap_mb}", "--max-semi-space-size=16", "--stack-size=700"]
        return msgspec.json.encode(
            {
                "kind": self.name,
                "parent": os.getpid(),
                "library": str(_library()),
                "bundle": str(self.bundle),
                "flags": [*flags, *self.flags],
                "heap_bytes": limits.heap_bytes,
                "memory_bytes": limits.memory_bytes,
                "reply_bytes": limits.reply_bytes,
                "cell_bytes": limits.cell_bytes,
            }
        ).decode()


EXPRESSIONS = Kind("expressions", ("--jitless",), _JS / "bundle.js")
SCRIPTS = Kind("scripts", (), _JS / "script.js")
SCRIPTS_WITHOUT_JIT = Kind("scripts", ("--jitless",), _JS / "script.js")


@dataclass(frozen=True, slots=True)
class Started:
    """A worker process just started: our end of its frames, and of what it says when it dies."""

    process: subprocess.Popen[bytes]
    frames: socket.socket
    errors: int

    def resident_bytes(self) -> int:
        """The memory it holds. Nought where the system has no /proc: the limits inside the worker must do there."""
        try:
            with open(f"/proc/{self.process.pid}/statm", "rb") as statm:
                return int(statm.read().split()[1]) * resource.getpagesize()
        except (OSError, IndexError):
            return 0


def spawn(kind: Kind, limits: Limits) -> Started:
    """Takes some 2 ms: only the exec is waited for. Raises `OSError`."""
    ours, theirs = socket.socketpair()
    errors, child_errors = os.pipe()
    try:
        for descriptor in (errors, child_errors):
            os.set_blocking(descriptor, False)
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
            [sys.executable, "-I", "-S", "-B", "-c", _BOOT, kind.orders(limits)],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=child_errors,
            env=_ENVIRONMENT,
            cwd="/",
        )
    except BaseException:
        ours.close()
        os.close(errors)
        raise
    finally:
        theirs.close()
        os.close(child_errors)
    return Started(process, ours, errors)


def _library() -> Path:
    """Where mini-racer keeps V8, found without importing it: this process never loads an engine."""
    spec = find_spec("py_mini_racer")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("mini-racer is not installed")
    return Path(spec.submodule_search_locations[0])
