"""Set, versions 1 and 2: values grouped by type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from plugins import Context, Help, Item, Json, node, paths
from plugins.fieldtypes import Unfit, convert
from plugins.items import Items
from plugins.javascript import text, truth
from plugins.running import link_to
from plugins.stored import record, records
from plugins.values import UNDEFINED

GROUPS: Final = ("boolean", "number", "string")
"""The order in which the groups are written: a name in two of them ends as text."""
_EMPTY: Final[dict[str, Json]] = {"boolean": False, "number": 0, "string": ""}


@dataclass(frozen=True)
class NamedValue:
    name: Annotated[str, Help("Field to set; dots reach into objects")] = "propertyName"
    value: Annotated[Json, Help("Its value")] = None


@dataclass(frozen=True)
class GroupedValues:
    boolean: Annotated[tuple[NamedValue, ...], Help("Fields that are true or false")] = ()
    number: Annotated[tuple[NamedValue, ...], Help("Fields that are numbers")] = ()
    string: Annotated[tuple[NamedValue, ...], Help("Fields that are text")] = ()


@dataclass(frozen=True)
class FirstSetOptions:
    dot_notation: Annotated[bool, Help("Whether dots in names reach into objects")] = True


@dataclass(frozen=True)
class FirstSetParameters:
    keep_only_set: Annotated[bool, Help("Whether the fields of the input, and its binary data, are dropped")] = False
    values: Annotated[GroupedValues, Help("Fields to set")] = field(default_factory=GroupedValues)
    options: Annotated[FirstSetOptions, Help("More")] = field(default_factory=FirstSetOptions)


@node(
    "n8n-nodes-base.set",
    version=(1, 2),
    display_name="Set",
    category="DATA",
    tags=("fields", "assign"),
    parameters=FirstSetParameters,
    catches_item_errors=False,
)
async def first_set(ctx: Context[FirstSetParameters], items: Sequence[Item]) -> Items:
    """Set fields of items, and optionally drop all others."""
    return [_made(ctx, item, position) for position, item in enumerate(items)]


def _made(ctx: Context[FirstSetParameters], item: Item, position: int) -> Item:
    only_set = truth(ctx.parameter("keepOnlySet", position, False))
    dots = truth(ctx.parameter("options.dotNotation", position, True))
    values = record(ctx.parameter("values", position))
    converts = ctx.node.type_version >= 2
    json = {} if only_set else dict(item.json)
    for group in GROUPS:
        for given in records(values.get(group)):
            name, value = text(given.get("name", "propertyName")), given.get("value", _EMPTY[group])
            value = _fitted(value, group) if converts and group != "string" else value
            if value is UNDEFINED:
                json = paths.without(json, name) if dots else {k: v for k, v in json.items() if k != name}
            else:
                json = paths.with_value(json, name, value) if dots else {**json, name: value}
    return Item(json, link_to(position), None if only_set else item.binary)


def _fitted(value: Json, group: str) -> Json:
    """Since version 2 what can be a number or a truth value becomes one, and the rest stays."""
    if value is None or value is UNDEFINED:
        return value
    try:
        return convert(value, group)
    except Unfit:
        return value
