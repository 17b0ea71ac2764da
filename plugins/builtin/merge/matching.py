"""Which items of two inputs belong together, because fields of theirs are equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from plugins import Context, Help, Item, Items, Json, NodeError, paths
from plugins.bounds import at_most
from plugins.builtin.merge.clashes import Clashes, with_suffix
from plugins.javascript import text, truth
from plugins.likeness import alike, fingerprint
from plugins.stored import records
from plugins.values import UNDEFINED

ENRICHING: Final = ("enrichInput1", "enrichInput2")


@dataclass(frozen=True)
class FieldPair:
    field1: Annotated[str, Help("Field of input 1")] = ""
    field2: Annotated[str, Help("Field of input 2")] = ""


@dataclass(slots=True)
class Matches:
    """Pairs of items that belong together, and those left over. `matched1` and `matched2` name each item once."""

    pairs: list[tuple[Item, Item]] = field(default_factory=list)
    matched1: Items = field(default_factory=list)
    matched2: Items = field(default_factory=list)
    unmatched1: Items = field(default_factory=list)
    unmatched2: Items = field(default_factory=list)


def combine_by_fields(ctx: Context[Any], pairs: Sequence[FieldPair], preferred_last: str) -> Items:
    """Join input 0 and 1 as the parameters say. `preferred_last` is what this version calls "prefer the last input"."""
    check(pairs)
    left, right = (list(ctx.inputs[index] or ()) if index < len(ctx.inputs) else [] for index in (0, 1))
    join = ctx.parameter("joinMode", 0, "keepMatches")
    source = ctx.parameter("outputDataFrom", 0, "both")
    if not left or not right:
        return _one_sided(left, right, join, source)
    found = find(ctx, left, right, pairs, first_only=_first_only(ctx, join))
    clashes = Clashes.of(ctx)
    if join in ENRICHING:
        rest = (
            _suffixed(found.unmatched1, 1, clashes)
            if join == "enrichInput1"
            else _suffixed(found.unmatched2, 2, clashes)
        )
        return _joined(found.pairs, clashes, preferred_last, first_wins=join == "enrichInput2") + rest
    if join == "keepNonMatches":
        return _non_matches(found, source)
    if source != "both":
        return found.matched1 if source == "input1" else found.matched2
    merged = _joined(found.pairs, clashes, preferred_last, first_wins=False)
    if join == "keepEverything":
        merged += _suffixed(found.unmatched1, 1, clashes) + _suffixed(found.unmatched2, 2, clashes)
    return merged


def check(pairs: Sequence[FieldPair]) -> None:
    """Raises `NodeError` for missing names of fields."""
    if not pairs or (len(pairs) == 1 and not pairs[0].field1 and not pairs[0].field2):
        raise NodeError(
            'You need to define at least one pair of fields in "Fields to Match" to match on',
            name="Error",
            retryable=False,
        )
    for number, pair in enumerate(pairs, start=1):
        if not pair.field1 or not pair.field2:
            raise NodeError(
                f'You need to define both fields in "Fields to Match" for pair {number}, '
                f"field 1 = '{pair.field1}' field 2 = '{pair.field2}'",
                name="Error",
                retryable=False,
            )


def pairs_in(stored: Json) -> list[FieldPair]:
    """The pairs as they are stored."""
    return [FieldPair(text(pair.get("field1", "")), text(pair.get("field2", ""))) for pair in records(stored)]


def find(
    ctx: Context[Any], left: Sequence[Item], right: Sequence[Item], pairs: Sequence[FieldPair], *, first_only: bool
) -> Matches:
    """Match every item of `left` with all of `right`, or with the first that fits."""
    dots = not truth(ctx.parameter("options.disableDotNotation", 0, False))
    fuzzy = truth(ctx.parameter("options.fuzzyCompare", 0, False))
    of_left = [_values(item, [pair.field1 for pair in pairs], dots) for item in left]
    of_right = [_values(item, [pair.field2 for pair in pairs], dots) for item in right]
    partners = _fuzzy_partners(of_right) if fuzzy else _exact_partners(of_right)
    found, taken = Matches(), set[int]()
    for item, values in zip(left, of_left, strict=True):
        positions = [] if UNDEFINED in values else partners(values)[: 1 if first_only else None]
        taken.update(positions)
        at_most(len(found.pairs) + len(positions))
        found.pairs += [(item, right[position]) for position in positions]
        (found.matched1 if positions else found.unmatched1).append(item)
    for position, item in enumerate(right):
        (found.matched2 if position in taken else found.unmatched2).append(item)
    return found


def _values(item: Item, fields: Sequence[str], dots: bool) -> tuple[Json, ...]:
    if dots:
        return tuple(paths.get(item.json, name) for name in fields)
    return tuple(item.json.get(name, UNDEFINED) for name in fields)


def _exact_partners(of_right: Sequence[tuple[Json, ...]]) -> Callable[[tuple[Json, ...]], list[int]]:
    positions: dict[Any, list[int]] = {}
    for position, values in enumerate(of_right):
        positions.setdefault(tuple(map(fingerprint, values)), []).append(position)
    return lambda values: positions.get(tuple(map(fingerprint, values)), [])


def _fuzzy_partners(of_right: Sequence[tuple[Json, ...]]) -> Callable[[tuple[Json, ...]], list[int]]:
    return lambda values: [position for position, others in enumerate(of_right) if all(map(alike, values, others))]


def _first_only(ctx: Context[Any], join: str) -> bool:
    return join != "keepNonMatches" and ctx.parameter("options.multipleMatches", 0, "all") == "first"


def _one_sided(left: Items, right: Items, join: str, source: str) -> Items:
    """What comes of a join when an input is empty."""
    if join == "keepMatches" or (join == "enrichInput1" and not left) or (join == "enrichInput2" and not right):
        return []
    if join == "keepNonMatches" and source != "both":
        return left if source == "input1" else right
    return [*left, *right]


def _non_matches(found: Matches, source: str) -> Items:
    if source != "both":
        return found.unmatched1 if source == "input1" else found.unmatched2
    return [item.derive(_source="input1") for item in found.unmatched1] + [
        item.derive(_source="input2") for item in found.unmatched2
    ]


def _suffixed(items: Items, number: int, clashes: Clashes) -> Items:
    return with_suffix(items, number) if clashes.suffixed else items


def _joined(pairs: Sequence[tuple[Item, Item]], clashes: Clashes, preferred_last: str, *, first_wins: bool) -> Items:
    """Each pair as one item. A preference that this version does not know leaves nothing of it, as in n8n."""
    if clashes.suffixed:
        first = with_suffix([pair[0] for pair in pairs], 1)
        second = with_suffix([pair[1] for pair in pairs], 2)
        return [clashes.combine(pair, [item.paired for item in pair]) for pair in zip(first, second, strict=True)]
    resolve = clashes.resolve or ("preferInput1" if first_wins else preferred_last)
    if resolve not in ("preferInput1", preferred_last):
        return [Item({}, []) for _ in pairs]
    ordered = [(pair[1], pair[0]) for pair in pairs] if resolve == "preferInput1" else pairs
    return [clashes.combine(pair, [item.paired for item in pair]) for pair in ordered]
