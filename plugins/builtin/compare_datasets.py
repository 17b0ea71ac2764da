"""Compare Datasets: what two inputs have in common, where they differ, and what only one of them has."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Literal, TypeAlias

from plugins import Context, Help, Item, Json, Link, NodeError, Outputs, node
from plugins.likeness import Equal, alike, alike_with_zero, fingerprint, same
from plugins.paths import child, get, names, with_value, without
from plugins.values import UNDEFINED

Resolve: TypeAlias = Literal["preferInput1", "preferInput2", "mix", "includeBoth"]
Read: TypeAlias = Callable[[Any, str], Json]
Find: TypeAlias = Callable[[list[Json]], Iterator[int]]


@dataclass(frozen=True, slots=True)
class FieldPair:
    field1: Annotated[str, Help("Field of input A", required=True)] = ""
    field2: Annotated[str, Help("Field of input B", required=True)] = ""


@dataclass(frozen=True, slots=True)
class CompareOptions:
    skip_fields: Annotated[str, Help("Fields whose differences do not matter, separated by commas")] = ""
    fuzzy_compare: Annotated[bool, Help("Whether values of different types may be the same")] = False
    disable_dot_notation: Annotated[bool, Help("Take dots in field names as they are")] = False
    multiple_matches: Annotated[Literal["first", "all"], Help("Which of several matches to compare with")] = "first"


@dataclass(frozen=True, slots=True)
class CompareParameters:
    merge_by_fields: Annotated[
        tuple[FieldPair, ...], Help("Fields that tell which items to compare", group="values")
    ] = ()
    resolve: Annotated[Resolve, Help("What goes out when items differ")] = "includeBoth"
    fuzzy_compare: Annotated[bool, Help("Whether values of different types may be the same")] = False
    prefer_when_mix: Annotated[Literal["input1", "input2"], Help(when={"resolve": ("mix",)})] = "input1"
    except_when_mix: Annotated[str, Help("Fields of the other input", when={"resolve": ("mix",)})] = ""
    options: CompareOptions = CompareOptions()


@dataclass(frozen=True, slots=True)
class FirstCompareParameters(CompareParameters):
    resolve: Annotated[Resolve, Help("What goes out when items differ")] = "preferInput2"


COMPARED = ("In A only", "Same", "Different", "In B only")


@node(
    "n8n-nodes-base.compareDatasets",
    version=(1, 2),
    display_name="Compare Datasets",
    category="TRANSFORM",
    tags=("diff", "join"),
    parameters=FirstCompareParameters,
    inputs=2,
    outputs=COMPARED,
    required_inputs=1,
    per_item=False,
)
async def compare_datasets_v1(ctx: Context[CompareParameters], _items: Sequence[Item]) -> Outputs:
    """Compare two inputs for changes."""
    return compared(ctx)


@node(
    "n8n-nodes-base.compareDatasets",
    version=(2.1, 2.2, 2.3),
    display_name="Compare Datasets",
    category="TRANSFORM",
    tags=("diff", "join"),
    parameters=CompareParameters,
    inputs=2,
    outputs=COMPARED,
    required_inputs=1,
    per_item=False,
)
async def compare_datasets(ctx: Context[CompareParameters], _items: Sequence[Item]) -> Outputs:
    """Compare two inputs for changes."""
    return compared(ctx)


def compared(ctx: Context[CompareParameters]) -> Outputs:
    """Only in A, the same, different, only in B. Raises `NodeError` for a field that an input lacks altogether."""
    wanted = ctx.parameters()
    left, right = _input(ctx, 0), _input(ctx, 1)
    comparison = Comparison.of(wanted, ctx.node.type_version)
    _check(left, [pair.field1 for pair in comparison.pairs], comparison.read, "Input A")
    _check(right, [pair.field2 for pair in comparison.pairs], comparison.read, "Input B")
    outputs: list[list[Item]] = [[], [], [], []]
    matched: set[int] = set()
    matches = comparison.matcher(right)
    for item in left:
        positions = matches(item)
        matched.update(positions)
        if not positions:
            outputs[0].append(item)
        for position in positions:
            is_same, result = comparison.result(item, right[position])
            outputs[1 if is_same else 2].append(result)
    outputs[3] = [item for position, item in enumerate(right) if position not in matched]
    return list(outputs)


def _input(ctx: Context[CompareParameters], index: int) -> Sequence[Item]:
    """A single item without data stands for an input that nothing reached."""
    items = (ctx.inputs[index] if index < len(ctx.inputs) else None) or []
    return [] if len(items) == 1 and not items[0].json else items


def _check(items: Sequence[Item], fields: Sequence[str], read: Read, label: str) -> None:
    for field in fields:
        if items and all(read(item.json, field) is UNDEFINED for item in items):
            raise NodeError(f"Field '{field}' is not present in any of items in '{label}'", retryable=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How to compare: what was asked for, in the terms that are used for every pair of items."""

    wanted: CompareParameters
    pairs: Sequence[FieldPair]
    skipped: Sequence[str]
    equal: Equal
    read: Read
    labels: tuple[str, str]
    fuzzy: bool

    @classmethod
    def of(cls, wanted: CompareParameters, version: float) -> Comparison:
        """Raises `NodeError` without fields to match by."""
        pairs = [pair for pair in wanted.merge_by_fields if pair.field1 and pair.field2]
        if not pairs:
            raise NodeError(
                "You need to define at least one pair of fields in 'Fields to Match' to match on", retryable=False
            )
        fuzzy = wanted.fuzzy_compare or wanted.options.fuzzy_compare
        loosely = alike_with_zero if version >= 2 else alike
        return cls(
            wanted=wanted,
            pairs=pairs,
            skipped=names(wanted.options.skip_fields),
            equal=loosely if fuzzy else same,
            read=child if wanted.options.disable_dot_notation else get,
            labels=("inputA", "inputB") if version >= 2 else ("input1", "input2"),
            fuzzy=fuzzy,
        )

    def matcher(self, others: Sequence[Item]) -> Callable[[Item], list[int]]:
        """For an item of input A, the positions of those of input B to compare it with. An item that lacks a field
        matches none."""
        rows = [[self.read(other.json, pair.field2) for pair in self.pairs] for other in others]
        find = self._scanning(rows) if self.fuzzy else self._indexed(rows)
        most = None if self.wanted.options.multiple_matches == "all" else 1

        def matches(item: Item) -> list[int]:
            keys = [self.read(item.json, pair.field1) for pair in self.pairs]
            return [] if UNDEFINED in keys else list(islice(find(keys), most))

        return matches

    def _indexed(self, rows: Sequence[list[Json]]) -> Find:
        index: dict[Hashable, list[int]] = {}
        for position, row in enumerate(rows):
            index.setdefault(fingerprint(row), []).append(position)
        return lambda keys: iter(index.get(fingerprint(keys), ()))

    def _scanning(self, rows: Sequence[list[Json]]) -> Find:
        def find(keys: list[Json]) -> Iterator[int]:
            return (position for position, row in enumerate(rows) if all(map(self.equal, keys, row)))

        return find

    def result(self, left: Item, right: Item) -> tuple[bool, Item]:
        """Whether they are the same, and the item that goes out."""
        if self._are_same(left.json, right.json):
            return True, right if self.fuzzy and self.wanted.resolve == "preferInput2" else left
        match self.wanted.resolve:
            case "preferInput1":
                return False, left
            case "preferInput2":
                return False, right
            case "mix":
                return False, self._mixed(left, right)
            case "includeBoth":
                lineage: list[int | Link] = [link for item in (left, right) if isinstance(link := item.paired, Link)]
                return False, Item(self._differences(left.json, right.json), lineage)

    def _are_same(self, left: Mapping[str, Json], right: Mapping[str, Json]) -> bool:
        left, right = self._without_skipped(left), self._without_skipped(right)
        return all(self._equal_at(key, left, right) for key in left | right if not self._is_key(key))

    def _is_key(self, key: str) -> bool:
        """Whether a top-level field is one that items are matched by, and so is the same."""
        return any(pair.field1 == key == pair.field2 for pair in self.pairs)

    def _equal_at(self, key: str, left: Mapping[str, Json], right: Mapping[str, Json]) -> bool:
        return self.equal(left.get(key, UNDEFINED), right.get(key, UNDEFINED))

    def _without_skipped(self, json: Mapping[str, Json]) -> dict[str, Json]:
        kept = dict(json)
        for field in self.skipped:
            if self.read is get:
                kept = without(kept, field)
            else:
                kept.pop(field, None)
        return kept

    def _mixed(self, left: Item, right: Item) -> Item:
        preferred, other = (left, right) if self.wanted.prefer_when_mix == "input1" else (right, left)
        json = dict(preferred.json)
        for field in names(self.wanted.except_when_mix):
            value = self.read(other.json, field)
            if value is not UNDEFINED:
                json = with_value(json, field, value) if self.read is get else {**json, field: value}
        return preferred.with_json(json)

    def _differences(self, left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json]:
        """`{keys, same, different, skipped}`; of a field that differs, skipped parts are told apart from the rest."""
        equal = {key: left[key] for key in left if self._is_key(key) or self._equal_at(key, left, right)}
        differing = [key for key in {**left, **right} if key not in equal and not self._equal_at(key, left, right)]
        bare = self._without_skipped(left), self._without_skipped(right)
        skipped_names = {field if self.read is child else field.split(".", 1)[0] for field in self.skipped}
        answer: dict[str, Json] = {
            "keys": {pair.field1: self.read(left, pair.field1) for pair in self.pairs},
            "same": equal,
            "different": {
                key: self._both(bare[0].get(key), bare[1].get(key))
                for key in differing
                if key not in skipped_names or key in bare[0] or key in bare[1]
            },
        }
        if skipped := {key: self._skipped(key, left, right) for key in differing if key in skipped_names}:
            answer["skipped"] = skipped
        return answer

    def _both(self, left: Json, right: Json) -> dict[str, Json]:
        return {self.labels[0]: left, self.labels[1]: right}

    def _skipped(self, key: str, left: Mapping[str, Json], right: Mapping[str, Json]) -> Json:
        return self._both(*(self._skipped_parts(key, json) for json in (left, right)))

    def _skipped_parts(self, key: str, json: Mapping[str, Json]) -> Json:
        """What is skipped of a field: all of it, or the parts named by a path."""
        if key in self.skipped:
            return json.get(key)
        parts: dict[str, Json] = {}
        for field in self.skipped:
            value = get(json, field)
            if field.startswith(f"{key}.") and value is not UNDEFINED:
                parts = with_value(parts, field[len(key) + 1 :], value)
        return parts
