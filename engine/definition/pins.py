"""Pinned data: the items that stand in for a node's output in manual runs."""

from __future__ import annotations

from collections.abc import Container

import msgspec

from engine.definition.findings import Findings, Spot
from engine.definition.issues import Code
from plugins.items import Item, Items, Json

_ITEM_KEYS = ("json", "pairedItem", "binary", "error")


def read_pins(raw: Json, nodes: Container[str], found: Findings) -> dict[str, Items]:
    """Items by node. Those of a node that is gone stay in the document and are not read."""
    if not isinstance(raw, dict):
        if raw is not None and raw != []:  # [] is how some exporters write an empty object
            found.error(Code.INVALID_STRUCTURE, "pinData must be an object", ("pinData",))
        return {}
    return {
        name: _items(rows, Spot(found, ("pinData", name), name))
        for name, rows in raw.items()
        if name in nodes and rows is not None
    }


def _items(rows: Json, here: Spot) -> Items:
    if not isinstance(rows, list):
        here.error(Code.INVALID_STRUCTURE, "pinned data is a list of items")
        return []
    items = (_item(row, position, here) for position, row in enumerate(rows))
    return [item for item in items if item is not None]


def _item(row: Json, position: int, here: Spot) -> Item | None:
    if not isinstance(row, dict):
        here.error(Code.INVALID_STRUCTURE, "a pinned item is an object", position)
        return None
    if not isinstance(row.get("json"), dict):
        return Item(json=row)  # typed in by hand: n8n takes the object itself for the item's json
    try:
        return msgspec.convert({key: row[key] for key in _ITEM_KEYS if key in row}, Item)
    except msgspec.ValidationError as error:
        here.warning(Code.INVALID_STRUCTURE, f"of this pinned item only the json is used: {error}", position)
        return Item(json=row["json"])
