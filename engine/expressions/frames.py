"""The frames between the server and a sandbox worker: a length, a kind, and JSON text."""

from __future__ import annotations

import struct
from enum import IntEnum

HEADER = struct.Struct("<IB")
"""Length of the payload in bytes, and its kind."""

PART_BYTES = 256 * 1024
"""A reply above this size travels in parts, so that reading it never holds up the server's event loop for long."""


class Ask(IntEnum):
    """What the server asks for."""

    EVALUATE = 1
    CHECK = 2
    CODE = 3
    FUNCTION = 4
    """Code of the nodes that came before the Code node."""


CLEARS_UP = frozenset({Ask.CODE, Ask.FUNCTION})
"""Scripts: the worker throws away what they ran in before it takes another."""


class Answer(IntEnum):
    """What a worker answers."""

    READY = 10
    """Once, at start: which locks hold, as `name=value` words."""
    WHOLE = 11
    """The whole reply."""
    PART = 12
    """`[list number, [values…]]`: some of the values of one of the reply's long lists."""
    LAST = 13
    """The reply, its long lists emptied: their values went before it, in parts."""
    MEMORY = 14
    """The script ran into the memory limit. The worker ends after this."""
    THROWN = 15
    """The request as a whole failed: a message."""
    IDLE = 16
    """After a script: its isolate is gone, and the next one is ready."""


def frame(kind: int, payload: bytes) -> bytes:
    return HEADER.pack(len(payload), kind) + payload
