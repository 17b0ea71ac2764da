"""What runs a node, by type and version: the resolved ones kept at hand, the least recently used let go first."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from plugins.node import NodeType

KEPT = 1024


@dataclass(slots=True)
class Lookups:
    """How often a plugin's types were asked for, and found at hand."""

    asked: int = 0
    at_hand: int = 0

    @property
    def hit_rate(self) -> float:
        return self.at_hand / self.asked if self.asked else 0.0


class Handlers:
    """An LRU over `resolve(type, version)`; unknown types are kept too, under the plugin ''."""

    def __init__(self, resolve: Callable[[str, float], NodeType | None], *, kept: int = KEPT) -> None:
        self._resolve = resolve
        self._kept = kept
        self._known: OrderedDict[tuple[str, float], NodeType | None] = OrderedDict()
        self.lookups: defaultdict[str, Lookups] = defaultdict(Lookups)

    def find(self, type: str, version: float = 1.0) -> NodeType | None:
        """That version, else the nearest lower one, else the lowest; None for unknown types."""
        key = (type, version)
        at_hand = key in self._known
        if at_hand:
            self._known.move_to_end(key)
        else:
            self._known[key] = self._resolve(type, version)
            if len(self._known) > self._kept:
                self._known.popitem(last=False)
        found = self._known.get(key)
        lookups = self.lookups["" if found is None else found.plugin]
        lookups.asked += 1
        lookups.at_hand += at_hand
        return found
