"""The locks of a sandbox worker: own user, no new privileges, Landlock, resource limits, and a system call filter.

Each lock is applied where the system has it; `Isolation` says which of them hold. Landlock binds only the thread that
asks for it and those it starts, so the worker takes `lock_files` before V8 starts any, and `lock_calls` (which reaches
every thread) once V8 is up.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields

from engine.expressions.syscalls import ALLOWED, ATTACKS, PROCESSORS, Processor

_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_GET_NAME, _PR_SET_NO_NEW_PRIVS, _PR_SET_VMA = 1, 15, 16, 38, 0x53564D41
_FIRST_USER = 1_879_048_192
"""Added to the process id it makes a user id that no other live process has."""
_NOBODY = 65534
_THREADS = 64
_OPEN_FILES = 16


@dataclass(frozen=True, slots=True)
class Isolation:
    """Which locks hold in a worker, beside its being a process of its own."""

    own_user: bool = False
    no_new_privileges: bool = False
    landlock: bool = False
    limits: bool = False
    seccomp: bool = False

    @property
    def complete(self) -> bool:
        """Enough to run the scripts of several tenants on one machine."""
        return self.no_new_privileges and self.landlock and self.limits and self.seccomp

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(lock.name for lock in fields(self) if not getattr(self, lock.name))

    def words(self) -> str:
        return " ".join(lock.name for lock in fields(self) if getattr(self, lock.name))

    @classmethod
    def from_words(cls, words: str) -> Isolation:
        return cls(**{word: True for word in words.split() if word in cls.__slots__})


def lock_files(parent: int) -> Isolation:
    """Give up the user, every file and the network. To be called before any thread is started."""
    if not sys.platform.startswith("linux"):
        return Isolation()
    own_user = _holds(_become_nobody)
    _die_with(parent)  # after the change of user, which clears it
    no_new_privileges = _holds(lambda: _control(_PR_SET_NO_NEW_PRIVS, 1))
    return Isolation(
        own_user=own_user,
        no_new_privileges=no_new_privileges,
        landlock=no_new_privileges and _holds(_deny_files),
    )


def lock_calls(held: Isolation, usage: Usage, *, memory_bytes: int, executable: bool) -> Isolation:
    """Limit memory to what is in use now and `memory_bytes` more, and filter system calls in every thread.

    `executable` lets V8 make machine code.
    """
    limits = _holds(lambda: _limit(usage, memory_bytes, alone=held.own_user))
    processor = PROCESSORS.get(platform.machine()) if sys.platform.startswith("linux") else None
    seccomp = processor is not None and held.no_new_privileges and _holds(lambda: _filter(processor, executable))
    return Isolation(held.own_user, held.no_new_privileges, held.landlock, limits, seccomp)


def _holds(lock: Callable[[], None]) -> bool:
    try:
        lock()
    except (OSError, ValueError):
        return False
    return True


# ------------------------------------------------------------------------------------------------ user


def _become_nobody() -> None:
    """A user id of its own: two workers cannot signal or trace each other. Raises `OSError` unless root."""
    os.setgroups([])
    try:
        _become(_FIRST_USER + os.getpid())
    except OSError:  # not mapped in this user namespace
        _become(_NOBODY)


def _become(user: int) -> None:
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _die_with(parent: int) -> None:
    """An endless script must not outlive the server."""
    _holds(lambda: _control(_PR_SET_PDEATHSIG, signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(0)


# ------------------------------------------------------------------------------------------------ limits


class Usage:
    """How much memory this process has taken. To be opened while files still can be."""

    def __init__(self) -> None:
        try:
            self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        except FileNotFoundError:
            self._statm = -1

    def data_bytes(self) -> int:
        """Private writable memory, touched or not: what `RLIMIT_DATA` counts. Raises `OSError` without a /proc."""
        return int(os.pread(self._statm, 200, 0).split()[5]) * resource.getpagesize()

    def close(self) -> None:
        if self._statm >= 0:
            os.close(self._statm)


def _limit(usage: Usage, memory_bytes: int, *, alone: bool) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    if alone:
        resource.setrlimit(resource.RLIMIT_NPROC, (_THREADS, _THREADS))
    data = usage.data_bytes() + memory_bytes  # RLIMIT_AS would be useless: V8 reserves terabytes of addresses
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))


# ------------------------------------------------------------------------------------------------ Landlock


def _deny_files() -> None:
    """Every right that this kernel's Landlock knows, denied on every path, port and foreign process."""
    create, restrict = _number("landlock_create_ruleset"), _number("landlock_restrict_self")
    version = _call(create, None, 0, 1)
    files = (1 << 13) - 1 | (version >= 2) << 13 | (version >= 3) << 14 | (version >= 5) << 15
    ports = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call(create, struct.pack("QQQ", files, ports, scopes), size, 0)
    try:
        _call(restrict, ruleset, 0)
    finally:
        os.close(ruleset)


# ------------------------------------------------------------------------------------------------ seccomp

_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _REFUSE, _ABSENT = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_AT_NUMBER, _AT_PROCESSOR, _AT_FIRST, _AT_THIRD = 0, 4, 16, 32
_PROT_EXEC, _CLONE_THREAD = 4, 0x10000
_MAKES_CODE = ("mmap", "mprotect", "pkey_mprotect")

_Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def _filter(processor: Processor, executable: bool) -> None:
    steps = b"".join(struct.pack("HBBI", *step) for step in _steps(processor, executable))
    buffer = ctypes.create_string_buffer(steps, len(steps))
    program = _Program(len(steps) // 8, ctypes.addressof(buffer))
    if _call(_number("seccomp"), 1, 1, ctypes.byref(program)):  # a filter, for all threads
        raise OSError("a thread could not be brought under the filter")


def _steps(processor: Processor, executable: bool) -> list[_Step]:
    steps = [(_LOAD, 0, 0, _AT_PROCESSOR), (_IF_EQUAL, 1, 0, processor.audit), (_RETURN, 0, 0, _KILL)]
    steps.append((_LOAD, 0, 0, _AT_NUMBER))

    def when(name: str, *then: _Step) -> None:
        number = processor.number(name)
        if number is not None:
            steps.extend([(_IF_EQUAL, 0, len(then), number), *then])

    allow, refuse = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)
    for name in ALLOWED:
        if executable or name not in _MAKES_CODE:
            when(name, allow)
        else:
            when(name, (_LOAD, 0, 0, _AT_THIRD), (_IF_ANY_BIT, 0, 1, _PROT_EXEC), refuse, allow)
    when("clone", (_LOAD, 0, 0, _AT_FIRST), (_IF_ANY_BIT, 1, 0, _CLONE_THREAD), refuse, allow)
    when("clone3", (_RETURN, 0, 0, _ABSENT))  # its flags are out of a filter's sight: the C library falls back
    when("tgkill", (_LOAD, 0, 0, _AT_FIRST), (_IF_EQUAL, 1, 0, os.getpid()), refuse, allow)
    names = [(_IF_EQUAL, 3 - at, 0, option) for at, option in enumerate((_PR_SET_NAME, _PR_GET_NAME, _PR_SET_VMA))]
    when("prctl", (_LOAD, 0, 0, _AT_FIRST), *names, refuse, allow)
    for name in ATTACKS:
        when(name, (_RETURN, 0, 0, _KILL))
    return [*steps, refuse]


# ------------------------------------------------------------------------------------------------ system calls

_libc = ctypes.CDLL(None, use_errno=True)


def _number(name: str) -> int:
    processor = PROCESSORS.get(platform.machine())
    number = processor.number(name) if processor else None
    if number is None:
        raise OSError(f"no number is known for {name} on {platform.machine()}")
    return number


def _call(number: int, *arguments: object) -> int:
    plain = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = _libc.syscall(ctypes.c_long(number), *plain)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


def _control(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
