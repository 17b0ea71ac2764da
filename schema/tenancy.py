"""Who asks: the viewer, the tenant and the actors named all over the schema."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from engine.store.records import Role
from schema.caller import Caller

strawberry.enum(Role, description="What a caller may do: VIEWER reads, OPERATOR also runs, EDITOR also edits.")


@strawberry.enum(description="What kind of actor did something.")
class ActorKind(StrEnum):
    USER = "USER"
    API_KEY = "API_KEY"
    TRIGGER = "TRIGGER"
    SYSTEM = "SYSTEM"


@strawberry.type(description="Who did something.")
class Actor:
    id: str = strawberry.field(description="The user's, the API key's or the trigger's id.")
    kind: ActorKind = strawberry.field(description="What kind of actor it is.")
    name: str | None = strawberry.field(default=None, description="Its name, where that is known here.")

    @classmethod
    def read(cls, actor: str, name: str | None = None) -> Actor:
        """From the `kind:id` that the store keeps. What is no kind of ours is the system's."""
        kind, _, id = actor.partition(":")
        known = kind in ActorKind.__members__
        return cls(id=id if known else actor, kind=ActorKind[kind] if known else ActorKind.SYSTEM, name=name)


@strawberry.type(description="A tenant: everything that is yours, apart from everything that is not.")
class Tenant:
    id: strawberry.ID = strawberry.field(description="The tenant's id.")
    name: str = strawberry.field(description="The tenant's name.")


@strawberry.type(description="The caller, as the credential says.")
class Viewer:
    actor: Actor = strawberry.field(description="Who is asking.")
    tenant: Tenant = strawberry.field(description="The tenant that the credential belongs to.")
    role: Role = strawberry.field(description="The caller's role in it.")
    scopes: list[str] = strawberry.field(description="What the caller may do: read, execute, edit, administer.")

    @classmethod
    def of(cls, caller: Caller) -> Viewer:
        return cls(
            actor=Actor.read(caller.actor, caller.name),
            tenant=Tenant(id=strawberry.ID(caller.tenant.id), name=caller.tenant.name),
            role=caller.role,
            scopes=sorted(caller.scopes),
        )
