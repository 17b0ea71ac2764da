"""What a node run that has begun and not settled is doing: variants that carry only what is legal in each."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.kernel.calls import Calling
from plugins.errors import Failure
from plugins.items import Outputs


class Running(msgspec.Struct, frozen=True):
    """An attempt is under way; somebody will report how it ended. At `due_us` it has taken too long."""

    node: str
    run: int
    attempt: int
    due_us: int | None = None


class Pinned(msgspec.Struct, frozen=True):
    """Begun, and about to settle with its pinned items: nothing runs."""

    node: str
    run: int
    attempt: int


class Lost(msgspec.Struct, frozen=True):
    """The attempt was under way in a process that is gone: it starts again under the same number."""

    node: str
    run: int
    attempt: int


class Faltered(msgspec.Struct, frozen=True):
    """An attempt failed, and nobody has yet decided what to do about it."""

    node: str
    run: int
    attempt: int
    failure: Failure


class Delayed(msgspec.Struct, frozen=True):
    """The next attempt starts at `due_us`, not before."""

    node: str
    run: int
    attempt: int
    due_us: int


class Suspended(msgspec.Struct, frozen=True):
    """Waiting for an instant or a signal, to settle with `outputs`."""

    node: str
    run: int
    attempt: int
    outputs: Outputs
    until_us: int | None
    signal: str | None


class Mended(msgspec.Struct, frozen=True):
    """Settled by a later attempt: that recovery is yet to be written down."""

    node: str
    run: int
    attempt: int
    failure: Failure


Activity: TypeAlias = Running | Pinned | Lost | Faltered | Delayed | Suspended | Calling | Mended
