"""Who may do what: each root field needs one scope, each role grants some, and what has no row is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from engine.store.records import Role


class Scope(StrEnum):
    READ = "read"
    EXECUTE = "execute"
    EDIT = "edit"
    ADMINISTER = "administer"


GRANTED: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.OPERATOR: frozenset({Scope.READ, Scope.EXECUTE}),
    Role.EDITOR: frozenset({Scope.READ, Scope.EXECUTE, Scope.EDIT}),
    Role.ADMIN: frozenset(Scope),
    Role.OWNER: frozenset(Scope),
}

NEEDED: Mapping[str, Scope] = {
    "Query.errorStatistics": Scope.READ,
    "Query.execution": Scope.READ,
    "Query.executions": Scope.READ,
    "Query.node": Scope.READ,
    "Query.nodeType": Scope.READ,
    "Query.nodeTypes": Scope.READ,
    "Query.nodeCategories": Scope.READ,
    "Query.plugins": Scope.READ,
    "Query.validateWorkflow": Scope.READ,
    "Query.viewer": Scope.READ,
    "Query.workflow": Scope.READ,
    "Query.workflowByName": Scope.READ,
    "Query.workflows": Scope.READ,
    "Mutation.createWorkflow": Scope.EDIT,
    "Mutation.updateWorkflow": Scope.EDIT,
    "Mutation.publishWorkflow": Scope.EDIT,
    "Mutation.executeWorkflow": Scope.EXECUTE,
    "Mutation.executeDefinition": Scope.EDIT,
    "Mutation.retryExecution": Scope.EXECUTE,
    "Mutation.cancelExecution": Scope.EXECUTE,
    "Mutation.resumeExecution": Scope.EXECUTE,
    "Subscription.executionEvents": Scope.READ,
    "Subscription.runWorkflow": Scope.EXECUTE,
}
"""Root field to scope. Everything below a root field is read with it. `executeDefinition` runs code of one's own."""

FREE = frozenset({"__typename", "__schema", "__type"})
"""Fields of GraphQL itself. Introspection has its own rule, see `schema.limits`."""


def may(scopes: frozenset[Scope], root: str, fields: Iterable[str]) -> bool:
    """Whether these scopes open every one of the fields of a root type."""
    return all(field in FREE or NEEDED.get(f"{root}.{field}") in scopes for field in fields)
