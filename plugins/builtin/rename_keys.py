"""Rename Keys: other names for fields, one by one or by pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from plugins import Context, Help, Item, Json, NodeError, node
from plugins.paths import get, with_value, without
from plugins.patterns import InvalidPattern, compiled
from plugins.replacement import replaced
from plugins.values import UNDEFINED

EVERY_DEPTH = -1


@dataclass(frozen=True, slots=True)
class Renaming:
    current_key: Annotated[str, Help("The name now; a path reaches into objects")] = ""
    new_key: Annotated[str, Help("The name it gets; a path reaches into objects")] = ""


@dataclass(frozen=True, slots=True)
class PatternOptions:
    case_insensitive: bool = False
    depth: Annotated[int, Help("How many levels deep to rename: 0 is the top level alone, -1 all of them")] = (
        EVERY_DEPTH
    )


@dataclass(frozen=True, slots=True)
class PatternRenaming:
    search_regex: Annotated[str, Help("What to look for in every name", required=True)] = ""
    replace_regex: Annotated[str, Help("What takes its place; $1 is the first group")] = ""
    options: PatternOptions = PatternOptions()


@dataclass(frozen=True, slots=True)
class AdditionalOptions:
    regex_replacement: Annotated[tuple[PatternRenaming, ...], Help("By pattern", group="replacements")] = ()


@dataclass(frozen=True, slots=True)
class RenameKeysParameters:
    keys: Annotated[tuple[Renaming, ...], Help("One by one", group="key")] = ()
    additional_options: AdditionalOptions = AdditionalOptions()


@node(
    "n8n-nodes-base.renameKeys",
    display_name="Rename Keys",
    category="TRANSFORM",
    tags=("fields", "regex"),
    parameters=RenameKeysParameters,
    each=True,
)
def rename_keys(ctx: Context[RenameKeysParameters], item: Item, position: int) -> Item:
    """Update item field names."""
    wanted = ctx.parameters(position)
    json = _renamed(item.json, wanted.keys)
    for renaming in wanted.additional_options.regex_replacement:
        json = _matching_renamed(json, _renamer(renaming), renaming.options.depth)
    return item.with_json(json)


def _renamed(before: dict[str, Json], renamings: Sequence[Renaming]) -> dict[str, Json]:
    """Values are looked up in the item as it came: a swap of two names loses what the first one overwrites."""
    after = before
    for renaming in renamings:
        if not renaming.current_key or not renaming.new_key or renaming.current_key == renaming.new_key:
            continue
        value = get(before, renaming.current_key)
        if value is not UNDEFINED:
            after = without(with_value(after, renaming.new_key, value), renaming.current_key)
    return after


@lru_cache(maxsize=64)
def _renamer(renaming: PatternRenaming) -> Callable[[str], str]:
    """The new name for a name. Items have the same few names over and over: each is looked at once."""
    try:
        pattern = compiled(renaming.search_regex, "gi" if renaming.options.case_insensitive else "g")
    except InvalidPattern as error:
        raise NodeError(str(error), retryable=False) from None
    return lru_cache(maxsize=1024)(lambda name: replaced(pattern, name, renaming.replace_regex))


def _matching_renamed(value: Json, rename: Callable[[str], str], depth: int) -> Json:
    """The value with every name in it renamed, down to a depth. Lists count as a level, and keep their order."""

    def below(inner: Json) -> Json:
        return inner if depth == 0 else _matching_renamed(inner, rename, depth - 1)

    if isinstance(value, list):
        return [below(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, Json] = {}
    changed: dict[str, Json] = {}
    for name, inner in value.items():
        new_name = rename(name)
        (kept if new_name == name else changed)[new_name] = below(inner)
    return kept | changed
