"""The caller: who asks, for which tenant, and what they may do. Made at the door, from the credential alone."""

from __future__ import annotations

from dataclasses import dataclass

from engine.store.records import Role, TenantRecord
from schema.permissions import GRANTED, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """`actor` is `kind:id` (`API_KEY:key_…`, `USER:ada`). `scopes` are those of the role, or fewer.

    After `expires_at_us` the credential is worth nothing, and a connection opened with it is closed.
    """

    tenant: TenantRecord
    actor: str
    role: Role
    scopes: frozenset[Scope]
    name: str | None = None
    expires_at_us: int | None = None

    @classmethod
    def of(
        cls,
        tenant: TenantRecord,
        actor: str,
        role: Role,
        *,
        name: str | None = None,
        expires_at_us: int | None = None,
        narrowed_to: frozenset[str] | None = None,
    ) -> Caller:
        """A caller with the scopes of a role, narrowed to those that a token names when it names any."""
        granted = GRANTED[role]
        scopes = granted if narrowed_to is None else frozenset(scope for scope in granted if scope in narrowed_to)
        return cls(tenant, actor, role, scopes, name, expires_at_us)
