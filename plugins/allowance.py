"""Which node types a tenant may use: what the operator allows, and denies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import NoReturn

from plugins.errors import NodeError
from plugins.items import Json
from plugins.node import Effects, NodeType

EVERYONE = "*"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Patterns over the names of node types and of plugins (`n8n-nodes-base.*`, `acme-units`). A denial outweighs."""

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()

    def permits(self, node_type: NodeType) -> bool:
        return _matches(node_type, self.allow) and not _matches(node_type, self.deny)


@dataclass(frozen=True, slots=True)
class Allowances:
    """By tenant id; `*` is for tenants that are not named."""

    by_tenant: Mapping[str, Allowance] = field(default_factory=dict)

    def of(self, tenant: str) -> Allowance:
        return self.by_tenant.get(tenant) or self.by_tenant.get(EVERYONE) or Allowance()


def refusing(node_type: NodeType) -> NodeType:
    """A type that stands in for one which the tenant may not use: the same to look at, and it cannot be run."""
    message = f"This server does not allow the node type '{node_type.name}' here"

    def refuse(*_: object) -> NoReturn:
        raise NodeError(message, code="NODE_NOT_ALLOWED", retryable=False)

    def check(_: Mapping[str, Json]) -> Mapping[str, str]:
        return {"": message}

    return replace(node_type, run=refuse, run_each=None, effects=Effects.NONE, check=check, literal=frozenset())


def _matches(node_type: NodeType, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for name in (node_type.name, node_type.plugin) for pattern in patterns)
