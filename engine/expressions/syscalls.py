"""Numbers of the system calls that the sandbox worker's filter names, for each processor it knows."""

from __future__ import annotations

from dataclasses import dataclass

X86_64 = 0xC000003E
AARCH64 = 0xC00000B7
_NONE = -1

_NUMBERS: dict[str, tuple[int, int]] = {
    # needed by a running isolate, most frequent first
    "futex": (202, 98),
    "read": (0, 63),
    "readv": (19, 65),
    "write": (1, 64),
    "poll": (7, _NONE),
    "ppoll": (271, 73),
    "madvise": (28, 233),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "brk": (12, 214),
    "mremap": (25, 216),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, _NONE),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "membarrier": (324, 283),
    "pkey_mprotect": (329, 288),
    "pkey_alloc": (330, 289),
    "pkey_free": (331, 290),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "set_tid_address": (218, 96),
    "close": (3, 57),
    "exit": (60, 93),
    "exit_group": (231, 94),
    # allowed with certain arguments only
    "clone": (56, 220),
    "clone3": (435, 435),
    "prctl": (157, 167),
    "tgkill": (234, 131),
    # an attempt is an attack
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "socket": (41, 198),
    "connect": (42, 203),
    "fork": (57, _NONE),
    "vfork": (58, _NONE),
    # the locks themselves
    "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
}

_NAMES = tuple(_NUMBERS)
ALLOWED = _NAMES[: _NAMES.index("clone")]
"""What a worker may do once it is locked."""
ATTACKS = _NAMES[_NAMES.index("execve") : _NAMES.index("seccomp")]
"""What ends a locked worker at once. Anything else is refused with EPERM."""


@dataclass(frozen=True)
class Processor:
    """A processor as the kernel's filter sees it."""

    audit: int
    column: int

    def number(self, name: str) -> int | None:
        """None where the processor has no such call."""
        number = _NUMBERS[name][self.column]
        return None if number == _NONE else number


PROCESSORS = {"x86_64": Processor(X86_64, 0), "aarch64": Processor(AARCH64, 1), "arm64": Processor(AARCH64, 1)}
