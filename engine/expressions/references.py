"""What templates or code refer to, told from their text alone: it decides how much of the execution goes along.

The scan may see too much (a name in a comment), never too little: whatever it cannot read counts as everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache


class Extent(IntFlag):
    """Which runs of a node are referred to."""

    LATEST = 1
    ANCESTORS = 2
    """Those that the current items descend from."""
    ALL = 4


@dataclass(frozen=True, slots=True)
class References:
    """`nodes` by name; `every_node` when a name is computed. `lineage` when items are traced back through others."""

    nodes: Mapping[str, Extent]
    every_node: bool
    lineage: bool
    whole_inputs: bool
    """Items other than the current one may be read, or the whole current one."""
    definitions: bool
    """Other nodes' parameters, contexts or connections may be read."""
    static_data: bool
    binary: bool

    @property
    def runs(self) -> bool:
        return self.every_node or bool(self.nodes)


_TOKEN = re.compile(r"\$(?:(\()|([A-Za-z_]\w*)|(\{|\d)|)")
_QUOTED = r"""(?:'([^'\\\n]*)'|"([^"\\\n]*)"|`([^`\\$]*)`)"""
_CALLED = re.compile(rf"\s*{_QUOTED}\s*\)\s*(?:\?\.|\.)?\s*([A-Za-z]\w*)?\s*(\(\s*\))?")
_INDEXED = re.compile(rf"\s*(?:\?\.)?\s*\[\s*{_QUOTED}\s*\]")
_NAMED = re.compile(r"\s*\??\.\s*([A-Za-z_]\w*)")
_ARGUMENT = re.compile(rf"\s*\(\s*{_QUOTED}\s*[,)]")
_ITEMS_OF_INPUT = re.compile(r"\s*\??\.\s*(?:item|first|last|all)\b")
_LATEST = frozenset({"first", "last", "all"})
_TRACED = frozenset({"item", "pairedItem", "itemMatching"})
_STATIC = frozenset({"isExecuted", "params", "context"})
_OF_THE_ITEM = frozenset(
    {
        "json", "binary", "itemIndex", "runIndex", "position", "thisItem", "thisItemIndex", "thisRunIndex", "now",
        "today", "jmespath", "jmesPath", "if", "ifEmpty", "max", "min", "average", "not", "mode", "vars", "env",
        "secrets", "workflow", "execution", "prevNode", "fromAI", "pageCount", "response", "request", "tool",
        "agentInfo", "nodeId", "nodeVersion", "webhookId", "parameter", "rawParameter", "self",
    }
)  # fmt: skip
_OF_THE_INPUT = frozenset({"input", "getWorkflowStaticData", "getNodeParameter", "getPairedItem"})


class _Scan:
    def __init__(self) -> None:
        self.nodes: dict[str, Extent] = {}
        self.every_node = self.lineage = self.whole_inputs = self.definitions = False

    def text(self, text: str) -> None:
        for token in _TOKEN.finditer(text):
            called, name, harmless = token.groups()
            if called:
                self._call(text, token.end())
            elif name:
                self._name(text, name, token.end())
            elif not harmless:
                self._everything()

    def _call(self, text: str, at: int) -> None:
        match = _CALLED.match(text, at)
        if match is None:
            self._everything()
            return
        member, no_arguments = match[4], match[5]
        name = _only(match.groups()[:3])
        if member in _LATEST and no_arguments:
            self._node(name, Extent.LATEST)
        elif member in _TRACED:
            self._node(name, Extent.LATEST | Extent.ANCESTORS)
            self.lineage = True
        elif member in _STATIC:
            self._node(name, Extent.LATEST)
        else:
            self._node(name, Extent.ALL)
            self.lineage = True

    def _name(self, text: str, name: str, at: int) -> None:
        if name in _OF_THE_ITEM:
            return
        self.whole_inputs = True
        if name in _OF_THE_INPUT:
            self.definitions |= name == "input" and not _ITEMS_OF_INPUT.match(text, at)
            return
        match = None
        if name == "node":
            match = _INDEXED.match(text, at) or _NAMED.match(text, at)
        elif name == "items":
            match = _ARGUMENT.match(text, at)
        if match is None:
            self._everything()
        else:
            self._node(_only(match.groups()), Extent.ALL)
            self.lineage = True

    def _node(self, name: str, extent: Extent) -> None:
        self.whole_inputs = True
        self.nodes[name] = self.nodes.get(name, Extent(0)) | extent

    def _everything(self) -> None:
        self.every_node = self.lineage = self.whole_inputs = True


def references(texts: Sequence[str], *, code: bool = False) -> References:
    """What these templates refer to, or this code, in which the input items have names without a `$`."""
    return _references(tuple(texts), code)


@lru_cache(4096)
def _references(texts: tuple[str, ...], code: bool) -> References:
    scan = _Scan()
    for text in texts:
        scan.text(text)
    runs = scan.every_node or bool(scan.nodes)
    whole = scan.whole_inputs or code
    return References(
        nodes=scan.nodes,
        every_node=scan.every_node,
        lineage=scan.lineage,
        whole_inputs=whole,
        definitions=runs or scan.definitions,
        static_data=any("StaticData" in text for text in texts),
        binary=whole or any("binary" in text for text in texts),
    )


def _only(groups: Sequence[str | None]) -> str:
    return next(group for group in groups if group is not None)
