"""Items: the rows that travel along a connection, and where each of them came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict. The only `Any` that travels."""


class SourceOverwrite(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Reroutes a lineage trace to another node run (loops use it to point past themselves)."""

    previous_node: str
    previous_node_output: int | None = None
    previous_node_run: int | None = None


class Link(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One step of lineage: item number `item` on input number `input` of the run that made this item."""

    item: int
    input: int | None = None
    source_overwrite: SourceOverwrite | None = None


Lineage: TypeAlias = int | Link | list[int | Link] | None
"""n8n's `pairedItem`. A bare number is short for `Link(number)`; None is unknown lineage."""


class Binary(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Binary data of an item. `data` is base64 text; `id` is a reference to stored bytes."""

    mime_type: str
    data: str | None = None
    id: str | None = None
    file_name: str | None = None
    file_extension: str | None = None
    file_size: str | None = None
    file_type: str | None = None
    directory: str | None = None


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row. Encodes to exactly an n8n item: `json`, and `pairedItem`, `binary`, `error` where set.

    `json` is shared, never copied: whoever made an Item must not change its dict afterwards.
    """

    json: dict[str, Json]
    paired: Lineage = msgspec.field(default=None, name="pairedItem")
    binary: dict[str, Binary] | None = None
    error: Json = None

    def derive(self, **changes: Json) -> Self:
        """This item with some fields of `json` set; lineage and binary are kept."""
        return msgspec.structs.replace(self, json={**self.json, **changes})

    def with_json(self, json: Mapping[str, Json]) -> Self:
        """This item with another `json`; lineage and binary are kept."""
        return msgspec.structs.replace(self, json=dict(json))

    def paired_with(self, paired: Lineage) -> Self:
        """This item with another lineage."""
        return msgspec.structs.replace(self, paired=paired)


Items: TypeAlias = list[Item]
Outputs: TypeAlias = list[Items | None]
"""One list of items for each main output of a node run; None where n8n records null."""


_encoder = msgspec.json.Encoder(enc_hook=str.__str__)


def to_json(value: Items | Outputs) -> bytes:
    """Items, or lists of them, as JSON: what JSON cannot say becomes null, and a date its ISO 8601 text."""
    # A JavaScript date is a subclass of str here, which msgspec does not take for text by itself.
    return _encoder.encode(value)


def items_from_json(value: Json) -> Items:
    """Items out of what a client sends: an object, a list of objects, or n8n items.

    Raises `ValueError` naming the offending position when an element is not an object.
    """
    rows: Sequence[Json] = value if isinstance(value, list) else [value]
    return [_item_from_json(row, position) for position, row in enumerate(rows)]


def _item_from_json(row: Json, position: int) -> Item:
    if not isinstance(row, dict):
        raise ValueError(f"item {position} must be an object, not {type(row).__name__}")
    if isinstance(row.get("json"), dict) and row.keys() <= {"json", "pairedItem", "binary", "error"}:
        try:
            return msgspec.convert(row, Item)
        except msgspec.ValidationError as error:
            raise ValueError(f"item {position} is not a valid item: {error}") from None
    return Item(json=row)
