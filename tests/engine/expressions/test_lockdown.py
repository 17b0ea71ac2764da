"""A locked process can compute, and nothing else. Told from inside such a process, not from the code."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.expressions.lockdown import Isolation
from engine.expressions.sandbox import V8Sandbox
from engine.expressions.syscalls import ALLOWED, ATTACKS, PROCESSORS
from engine.ports import SandboxUnavailable

ROOT = Path(__file__).parents[3]
LOCKED = """
import ctypes, os, mmap, resource, signal, socket, subprocess, sys, threading
sys.path.append({root!r})
from engine.expressions.lockdown import Usage, lock_calls, lock_files
usage = Usage()
{before}
held = lock_calls(lock_files(os.getppid()), usage, memory_bytes=32 << 20, executable={executable})
usage.close()
print(held.words(), flush=True)
{code}
"""

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() not in PROCESSORS, reason="locks are Linux's"
)


def locked(code: str, *, executable: bool = False, before: str = "") -> subprocess.CompletedProcess[str]:
    """What a process does with `code` once it is locked."""
    program = LOCKED.format(root=str(ROOT), code=code, executable=executable, before=before)
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)


def read(path: str) -> bytes:
    return Path(path).read_bytes()


@linux
def test_every_lock_that_this_system_has_holds() -> None:
    held = Isolation.from_words(locked("").stdout)
    assert held.complete
    assert held.own_user == (os.getuid() == 0)


@linux
@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/proc/self/environ')",
        "open('/tmp/heddle', 'w')",
        "os.listdir('/')",
        "os.fork()",
        "os.kill(os.getppid(), 9)",
        "os.kill(os.getppid(), 0)",
        "os.setuid(0)",
        "os.pipe()",
        "os.eventfd(0)",
        "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
        "resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)",
    ],
)
def test_what_reaches_outside_is_refused(attempt: str) -> None:
    done = locked(
        f"try:\n    {attempt}\nexcept (OSError, ValueError) as error: print('refused', error.__class__.__name__)"
    )
    assert "refused" in done.stdout, done


@linux
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "os.execv('/bin/sh', ['sh'])",
        "ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
        "ctypes.CDLL(None).unshare(0x10000000)",
        "ctypes.CDLL(None).mount(b'a', b'b', b'c', 0, None)",
    ],
)
def test_an_attempt_at_an_attack_is_the_end(attempt: str) -> None:
    assert locked(attempt).returncode == -signal.SIGSYS


@linux
def test_memory_ends_where_the_limit_says() -> None:
    assert "MemoryError" in locked("bytearray(64 << 20)").stderr
    assert locked("bytearray(8 << 20); print('fits')").stdout.endswith("fits\n")


@linux
def test_threads_and_time_go_on_working() -> None:
    code = "import time; t = threading.Thread(target=print, args=('thread',)); t.start(); t.join(); time.sleep(0)"
    assert locked(code).stdout.endswith("thread\n")


@linux
def test_machine_code_may_be_made_only_where_it_is_allowed() -> None:
    code = "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC); print('made')"
    assert locked(code, executable=True).stdout.endswith("made\n")


@linux
async def test_a_worker_has_no_environment_no_files_and_no_parents_descriptors(unguarded: V8Sandbox) -> None:
    with open(__file__) as held:  # noqa: ASYNC230
        os.set_inheritable(held.fileno(), True)
        async with unguarded._expressions.lease("ada") as worker:
            descriptors = sorted(os.listdir(f"/proc/{worker.pid}/fd"))
            environment = read(f"/proc/{worker.pid}/environ")
    assert descriptors == ["0", "1", "2"]
    assert environment == b"TZ=UTC\0LANG=en_US.UTF-8\0"


@linux
async def test_the_server_is_told_which_locks_hold(unguarded: V8Sandbox) -> None:
    assert unguarded.isolation.complete
    assert set(unguarded.isolation.missing) <= {"own_user"}


@linux
def test_on_a_processor_without_a_table_the_locks_it_lacks_are_said() -> None:
    held = Isolation.from_words(locked("", before="import platform; platform.machine = lambda: 'abacus'").stdout)
    assert held.no_new_privileges
    assert held.limits
    assert not held.complete
    assert {"landlock", "seccomp"} <= set(held.missing)


@linux
def test_a_lock_that_the_kernel_refuses_is_not_claimed() -> None:
    refused = "import engine.expressions.lockdown as lockdown; lockdown._number = lambda name: 9999"
    held = Isolation.from_words(locked("", before=refused).stdout)
    assert set(held.missing) >= {"landlock", "seccomp"}


async def test_a_worker_that_cannot_start_is_unavailable() -> None:
    nowhere = V8Sandbox(bundle=Path("/nonexistent/bundle.js"))
    with pytest.raises(SandboxUnavailable, match="status 1"):
        await nowhere.start()
    await nowhere.close()


def test_a_lock_that_is_missing_is_named() -> None:
    assert Isolation.from_words("landlock seccomp limits no_new_privileges").missing == ("own_user",)
    assert Isolation.from_words("landlock limits no_new_privileges nonsense").complete is False


@pytest.mark.parametrize("processor", PROCESSORS.values(), ids=PROCESSORS.keys())
def test_nothing_is_both_allowed_and_an_attack(processor: object) -> None:
    numbers = [number for name in (*ALLOWED, *ATTACKS) if (number := processor.number(name)) is not None]  # type: ignore[attr-defined]
    assert len(numbers) == len(set(numbers))
