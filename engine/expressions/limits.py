"""What a script may use: time, memory and size, all of them settings."""

from __future__ import annotations

from dataclasses import dataclass

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and seconds. A limit that is hit ends the worker; the next call gets another one."""

    batch_s: float = 2.0
    """Time for a batch of expressions; each thousand cells of it add `thousand_cells_s`, up to `batch_most_s`."""
    thousand_cells_s: float = 0.5
    batch_most_s: float = 30.0
    code_s: float = 60.0
    """Time for a script of a Code node."""
    heap_bytes: int = 192 * _MB
    """V8's heap, for each isolate."""
    memory_bytes: int = 384 * _MB
    """What a worker may take beyond what it has at start, whatever holds it (buffers are not in V8's heap)."""
    request_bytes: int = 64 * _MB
    reply_bytes: int = 64 * _MB
    cell_bytes: int = 4 * _MB
    """The largest value of one expression."""
    start_s: float = 15.0
    """Time for a worker to come up, on a machine that is busy."""

    def batch_deadline_s(self, cells: int) -> float:
        return min(self.batch_s + self.thousand_cells_s * (cells / 1000), max(self.batch_s, self.batch_most_s))


@dataclass(frozen=True, slots=True)
class PoolSize:
    """How many worker processes there are."""

    most: int = 16
    """Workers alive at once; above it the tenant that was served longest ago loses its worker."""
    spare: int = 1
    """Workers started ahead for a tenant that has none."""
    idle_s: float = 300.0
    """A worker that nobody asked for this long is ended."""
