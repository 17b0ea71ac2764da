"""What the nodes of this process did since it started: counted by tenant, plugin and category."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugins.node import NodeType


@dataclass(slots=True)
class Tally:
    runs: int = 0
    failures: int = 0
    duration_us: int = 0
    blocked: int = 0
    """How often a node kept the event loop for itself longer than it should."""


@dataclass(frozen=True, slots=True)
class Figures:
    """`mean_duration_ms` is 0 without runs."""

    runs: int
    failures: int
    mean_duration_ms: float
    blocked: int


class Statistics:
    """Attempts that came to an end, whichever. A tenant's figures are of its own attempts alone."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, str], Tally] = {}

    def record(
        self, tenant: str, node_type: NodeType, *, duration_us: int, failed: bool = False, blocked: bool = False
    ) -> None:
        key = (tenant, node_type.plugin, node_type.category)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
        tally.runs += 1
        tally.failures += failed
        tally.duration_us += duration_us
        tally.blocked += blocked

    def of_plugin(self, tenant: str, plugin: str) -> Figures:
        return self._sum(lambda of, its_plugin, _: (of, its_plugin) == (tenant, plugin))

    def of_category(self, tenant: str, category: str) -> Figures:
        return self._sum(lambda of, _, its_category: (of, its_category) == (tenant, category))

    def _sum(self, wanted: Callable[[str, str, str], bool]) -> Figures:
        tallies = [tally for key, tally in self._tallies.items() if wanted(*key)]
        runs = sum(tally.runs for tally in tallies)
        return Figures(
            runs=runs,
            failures=sum(tally.failures for tally in tallies),
            mean_duration_ms=sum(tally.duration_us for tally in tallies) / 1000 / runs if runs else 0.0,
            blocked=sum(tally.blocked for tally in tallies),
        )
