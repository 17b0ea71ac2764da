"""What becomes of fields that several merged items have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

from plugins import Binary, Context, Help, Item, Items, Json, Lineage, Link
from plugins.javascript import text, truth
from plugins.stored import record
from plugins.values import UNDEFINED

Merged: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class ClashParameters:
    resolve_clash: Annotated[str, Help("addSuffix, or the input that is preferred: preferInput1, preferLast, …")] = ""
    merge_mode: Annotated[str, Help("deepMerge reaches into nested objects, shallowMerge does not")] = "deepMerge"
    override_empty: Annotated[bool, Help("Whether empty values give way to values")] = False


@dataclass(frozen=True)
class ClashGroup:
    values: Annotated[ClashParameters, Help("How clashes are resolved")] = field(default_factory=ClashParameters)


@dataclass(frozen=True, slots=True)
class Clashes:
    """How to resolve clashes. `resolve` is None where the author did not choose."""

    resolve: str | None = None
    deep: bool = True
    skip_empty: bool = False

    @classmethod
    def of(cls, ctx: Context[Any]) -> Clashes:
        given = record(ctx.parameter("options.clashHandling.values"))
        resolve = given.get("resolveClash")
        return cls(
            resolve=None if resolve is None else text(resolve),
            deep=given.get("mergeMode", "deepMerge") != "shallowMerge",
            skip_empty=truth(given.get("overrideEmpty", False)),
        )

    @property
    def suffixed(self) -> bool:
        return self.resolve == "addSuffix"

    def combine(self, items: Sequence[Item], lineage: Sequence[Lineage]) -> Item:
        """One item: the fields of all, later ones over earlier ones."""
        json = self._merged([item.json for item in items])
        binary = self._merged([item.binary for item in items if item.binary])
        return Item(json, links(lineage), binary or None)

    def _merged(self, layers: Sequence[Mapping[str, Any]]) -> Merged:
        keep = _keep_where_empty if self.skip_empty else _never_keep
        made: Merged = {}
        for layer in layers:
            made = _laid_over(made, layer, keep) if self.deep else _assigned(made, layer, keep)
        return made


def links(lineage: Sequence[Lineage]) -> list[int | Link]:
    """Several lineages as one."""
    found: list[int | Link] = []
    for one in lineage:
        found += one if isinstance(one, list) else [] if one is None else [one]
    return found


def with_suffix(items: Sequence[Item], suffix: int) -> Items:
    """The items with the number of their input in every field's name."""
    return [Item(_named(item.json, suffix), item.paired, _binaries(item, suffix)) for item in items]


def _binaries(item: Item, suffix: int) -> dict[str, Binary] | None:
    return _named(item.binary, suffix) if item.binary else None


def _named(fields: Mapping[str, Any], suffix: int) -> dict[str, Any]:
    return {f"{name}_{suffix}": value for name, value in fields.items()}


def _keep_where_empty(new: Json) -> bool:
    return new is None or new is UNDEFINED or new == ""


def _never_keep(_: Json) -> bool:
    return False


def _assigned(made: Merged, layer: Mapping[str, Any], keep: Callable[[Json], bool]) -> Merged:
    return {**made, **{key: new for key, new in layer.items() if not (keep(new) and key in made)}}


def _laid_over(old: Merged, layer: Mapping[str, Any], keep: Callable[[Json], bool]) -> Merged:
    """A copy of `old` with `layer` merged in: objects by key, lists by position, anything else replaced."""
    made = dict(old)
    for key, new in layer.items():
        if key not in made:
            made[key] = new
        elif new is not UNDEFINED and not keep(new):
            made[key] = _deeply(made[key], new, keep)
    return made


def _deeply(old: Json, new: Json, keep: Callable[[Json], bool]) -> Json:
    if isinstance(new, dict):
        return _laid_over(old, new, keep) if isinstance(old, dict) else new
    if isinstance(new, list) and isinstance(old, list):
        merged = [_kept(one, other, keep) for one, other in zip(old, new, strict=False)]
        return merged + (new[len(old) :] or old[len(new) :])
    return new


def _kept(old: Json, new: Json, keep: Callable[[Json], bool]) -> Json:
    return old if keep(new) or new is UNDEFINED else _deeply(old, new, keep)
