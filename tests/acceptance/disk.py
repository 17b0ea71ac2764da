"""A disk that loses power: what was synced is there; of what was not, any sector may be or not be."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.acceptance.trace import Create, Step, Sync, Truncate, Unlink, Write

SECTOR = 512
VOLATILE = ("-shm", ".lock", ".key", ".log")
"""Made anew from the others, or none of the database's."""


@dataclass(slots=True)
class File:
    """`pending` is what was written since the last sync that covered it: in order, and whether the call has ended."""

    durable: bytearray = field(default_factory=bytearray)
    pending: dict[int, tuple[Write | Truncate, bool]] = field(default_factory=dict)

    def settle(self, numbers: Iterable[int]) -> None:
        """A sync is over that began when these were done."""
        for number in numbers:
            change, _ = self.pending.pop(number)
            apply(self.durable, change)


class Disk:
    """Fed with a trace, step by step; can be photographed as it might be found after a power cut, at any step.

    Directory entries survive in order: a file whose directory was not synced since it was made may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._names: dict[str, File] = {}
        """The directory as processes see it."""
        self._synced_names: dict[str, File] = {}
        self._moves: list[dict[str, File]] = []
        """The directory after each change since it was synced."""
        self._syncing: dict[int, list[int]] = {}

    def feed(self, step: Step) -> None:
        match step.deed:
            case Create(path) if not step.begins and path not in self._names and not path.endswith(VOLATILE):
                self._entries({**self._names, path: File()})
            case Unlink(path) if not step.begins:
                self._entries({name: file for name, file in self._names.items() if name != path})
            case Sync(path) if path == self._folder and not step.begins:
                self._synced_names, self._moves = self._names, []
            case Sync(path) if path in self._names:
                self._sync(self._names[path], step)
            case (Write(path) | Truncate(path)) as change if path in self._names:
                self._names[path].pending[step.number] = change, not step.begins

    def image(self, chance: random.Random) -> dict[str, bytes]:
        """The files as a power cut now might leave them, by name."""
        names = chance.choice([self._synced_names, *self._moves])
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        return {Path(path).name: _image(file, share, chance) for path, file in names.items()}

    def _entries(self, names: dict[str, File]) -> None:
        self._names = names
        self._moves.append(names)

    def _sync(self, file: File, step: Step) -> None:
        if step.begins:
            self._syncing[step.number] = [number for number, (_, done) in file.pending.items() if done]
        else:
            file.settle(number for number in self._syncing.pop(step.number) if number in file.pending)


def _image(file: File, share: float, chance: random.Random) -> bytes:
    content = bytearray(file.durable)
    changes = [change for change, _ in file.pending.values()]
    if chance.random() < 0.3:  # in order, up to some point
        changes, share = changes[: chance.randint(0, len(changes))], 1.0
    for change in changes:
        if isinstance(change, Truncate):
            if chance.random() < share:
                apply(content, change)
        else:
            for sector in _sectors(change):
                if share == 1.0 or chance.random() < share:
                    apply(content, sector)
    return bytes(content)


def _sectors(write: Write) -> list[Write]:
    """The write in parts, none of which crosses from one sector into the next."""
    edges = [
        write.offset,
        *range((write.offset // SECTOR + 1) * SECTOR, write.offset + len(write.data), SECTOR),
        write.offset + len(write.data),
    ]
    return [
        Write(write.path, start, write.data[start - write.offset : end - write.offset])
        for start, end in pairwise(edges)
    ]


def apply(content: bytearray, change: Write | Truncate) -> None:
    match change:
        case Truncate(size=size):
            del content[size:]
            content.extend(bytes(size - len(content)))
        case Write(offset=offset, data=data):
            content.extend(bytes(max(0, offset - len(content))))
            content[offset : offset + len(data)] = data
