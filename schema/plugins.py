"""Plugins: what was found on this server, whether it works, and what its nodes have done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from plugins.plugin import Plugin as PluginFound
from plugins.plugin import PluginStatus
from plugins.statistics import Figures
from schema.context import Context, Info
from schema.errors import bad_input
from schema.fields import resolved
from schema.permissions import Scope
from schema.scalars import BigInt

if TYPE_CHECKING:
    from schema.nodes import NodeType

strawberry.enum(
    PluginStatus,
    description="READY: its nodes can run. FAILED: it was refused, or could not be started. DISABLED: by the settings.",
)


@strawberry.type(description="What the caller's tenant had run in this process since it started.")
class PluginStatistics:
    runs: BigInt = strawberry.field(description="Attempts that came to an end.")
    failures: BigInt = strawberry.field(description="Those of them that failed.")
    mean_duration_ms: float = strawberry.field(description="How long an attempt took on average; 0 without any.")
    loop_blocked: BigInt = strawberry.field(description="Attempts that held everybody else up: a fault of the plugin.")

    @classmethod
    def of(cls, figures: Figures) -> PluginStatistics:
        return cls(
            runs=BigInt(figures.runs),
            failures=BigInt(figures.failures),
            mean_duration_ms=figures.mean_duration_ms,
            loop_blocked=BigInt(figures.blocked),
        )


@strawberry.type(description="What brings node types.")
class Plugin:
    name: str = strawberry.field(description="Its name, unique on this server.")
    version: str | None = strawberry.field(description="Its semantic version. Null where it could not be read.")
    status: PluginStatus = strawberry.field(description="Whether it works.")
    origin: str = strawberry.field(description="Where it was found.")
    description: str = strawberry.field(description="What it is for.")
    category: str = strawberry.field(description="The kind of work that it does.")
    tags: list[str] = strawberry.field(description="Words that describe it.")
    initialized_in_ms: float | None = strawberry.field(description="What bringing it up took. Null unless it is ready.")
    found: strawberry.Private[PluginFound]
    of_type: strawberry.Private[bool] = False

    @resolved("Why it failed. Whoever may not administer is told that it did, and no more.")
    def error(self, info: Info) -> str | None:
        if self.found.error is None or Scope.ADMINISTER in info.context.caller.scopes:
            return self.found.error
        return "It could not be brought up"

    @resolved("The latest version of each type that it brings and the caller's tenant may use, by name.")
    def node_types(self, info: Info) -> list[Annotated[NodeType, strawberry.lazy("schema.nodes")]]:
        if self.of_type:  # types of a plugin of a type of a plugin: every turn is a hundred times as many
            raise bad_input("A node type's plugin does not tell its node types: ask `plugins` for them")
        from schema.nodes import NodeType  # noqa: PLC0415 - a type and its plugin name each other

        return [NodeType.of(declared) for declared in info.context.node_types.of_plugin(self.name)]

    @resolved("What its nodes have done.")
    def statistics(self, info: Info) -> PluginStatistics:
        context = info.context
        return PluginStatistics.of(context.engine.plugins.statistics.of_plugin(context.store.tenant, self.name))

    @resolved("How many lookups of its types found them resolved already: 0 to 1.")
    def cache_hit_rate(self, info: Info) -> float:
        return info.context.node_types.hit_rate(self.name)

    @classmethod
    def of(cls, found: PluginFound, *, of_type: bool = False) -> Plugin:
        return cls(
            name=found.name,
            version=found.version,
            status=found.status,
            origin=found.origin,
            description=found.description,
            category=found.category,
            tags=list(found.tags),
            initialized_in_ms=found.initialized_in_ms,
            found=found,
            of_type=of_type,
        )


@strawberry.type(description="A kind of work that node types do.")
class NodeCategory:
    name: str = strawberry.field(description="Its name, in capitals.")

    @resolved("What its nodes have done.")
    def statistics(self, info: Info) -> PluginStatistics:
        context = info.context
        return PluginStatistics.of(context.engine.plugins.statistics.of_category(context.store.tenant, self.name))


def plugins_of(context: Context) -> list[Plugin]:
    return [Plugin.of(found) for found in context.engine.plugins.all]


def plugin_named(context: Context, name: str) -> Plugin:
    """The plugin of a registered type, which is there."""
    return next(Plugin.of(found, of_type=True) for found in context.engine.plugins.all if found.name == name)


def categories_of(context: Context) -> list[NodeCategory]:
    return [NodeCategory(name=name) for name in context.node_types.categories()]
