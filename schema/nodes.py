"""Node types: what the installed plugins can do."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from plugins.description import describe
from plugins.node import Effects
from plugins.node import NodeType as NodeTypeDeclared
from schema.context import Context, Info
from schema.fields import resolved
from schema.pagination import Connection, connection, cut, window
from schema.plugins import Plugin, plugin_named

strawberry.enum(
    Effects,
    description=(
        "What running a node again would do. NONE: nothing, it is a pure transformation. IDEMPOTENT: the other side "
        "honours the idempotency key. EXTERNAL: it acts on the world again."
    ),
)


@strawberry.type(description="One version of a node type.")
class NodeType:
    name: str = strawberry.field(description="The type, as workflow documents name it.")
    version: float = strawberry.field(description="The type's version.")
    display_name: str = strawberry.field(description="What people call it.")
    description: str = strawberry.field(description="What it does.")
    category: str = strawberry.field(description="The kind of work that it does.")
    tags: list[str] = strawberry.field(description="Words that it is found by.")
    inputs: list[str] = strawberry.field(description="Its main inputs, with default parameters.")
    outputs: list[str] = strawberry.field(description="Names of its main outputs, with default parameters.")
    credentials: list[str] = strawberry.field(description="Kinds of credentials that it accepts.")
    effects: Effects = strawberry.field(description="What running it again would do to the world.")
    trigger: bool = strawberry.field(description="Whether a workflow can start at it.")
    declared: strawberry.Private[NodeTypeDeclared]

    @resolved("The plugin that brings it.")
    def plugin(self, info: Info) -> Plugin:
        return plugin_named(info.context, self.declared.plugin)

    @resolved("Its parameters: name, type, help, default, options and nested fields of each.")
    def parameters(self) -> JSON:
        return JSON(describe(self.declared.parameters))

    @classmethod
    def of(cls, declared: NodeTypeDeclared) -> NodeType:
        inputs = declared.inputs({}) if callable(declared.inputs) else declared.inputs
        outputs = declared.outputs({}) if callable(declared.outputs) else declared.outputs
        return cls(
            name=declared.name,
            version=declared.version,
            display_name=declared.display_name,
            description=declared.description,
            category=declared.category,
            tags=list(declared.tags),
            inputs=["main"] * inputs,
            outputs=list(outputs),
            credentials=list(declared.credentials),
            effects=declared.effects,
            trigger=declared.trigger,
            declared=declared,
        )


Search = Annotated[str | None, strawberry.argument(description="Words that occur in name, description or tags.")]
Category = Annotated[str | None, strawberry.argument(description="Only this category.")]
Tags = Annotated[list[str] | None, strawberry.argument(description="Only types that have all of these tags.")]


def page_of_types(
    context: Context,
    *,
    first: int | None,
    after: str | None,
    search: str | None,
    category: str | None,
    tags: list[str] | None,
) -> Connection[NodeType]:
    """The latest version of every type that matches, in order of name."""
    scope = f"nodeTypes {[search, category, sorted(tags or ())]}"
    asked = window(context.cursors, scope, first=first, after=after, usual=50, most=context.limits.first)
    found = context.node_types.search(search or "", category=category, tags=tags or ())
    rows, has_next, has_previous = cut(found, asked, lambda declared: (declared.name,))
    return connection(
        [(NodeType.of(declared), (declared.name,)) for declared in rows],
        context.cursors,
        scope,
        has_next=has_next,
        has_previous=has_previous,
        total=len(found),
    )


def type_named(context: Context, name: str, version: float | None) -> NodeType | None:
    """That version exactly, or the latest one."""
    registry = context.node_types
    declared = registry.latest(name) if version is None else registry.find(name, version)
    if declared is None or (version is not None and declared.version != version):
        return None
    return NodeType.of(declared)
