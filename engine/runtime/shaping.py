"""From what a node answered to what is recorded: error items, lineage, the error output, alwaysOutputData.

Pure, and in this order, which n8n's observable behaviour fixes (`normalise`, `route_errors`, `leaving`, `never_empty`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.definition.workflow import Node, OnError
from engine.kernel.lineage import leaving
from plugins.items import Item, Items, Json, Link, Outputs

Inputs = Sequence[Items | None]


def shape(outputs: Outputs, *, node: Node, inputs: Inputs, regular_outputs: int) -> Outputs:
    """The outputs to record for a node run that came to its end."""
    outputs = [normalise(items) for items in outputs]
    if node.on_error is OnError.CONTINUE_ERROR:
        outputs = route_errors(outputs, inputs, regular_outputs)
    outputs = leaving(outputs, inputs)
    if node.always_output_data:
        outputs = never_empty(outputs, inputs)
    return outputs


def normalise(items: Items | None) -> Items | None:
    """Items that carry an error object become plain error items: `json` is `{error: message}`."""
    if not items or not any(item.error is not None or "$error" in item.json for item in items):
        return items
    return [_plain_error(item) for item in items]


def _plain_error(item: Item) -> Item:
    if "$error" in item.json and "$json" in item.json:
        return msgspec.structs.replace(item, json={"error": _message(item.json["$error"])}, error=None)
    if item.error is not None:
        return msgspec.structs.replace(item, json={"error": _message(item.error)}, error=None)
    return item


def _message(error: Json) -> Json:
    return error.get("message", error) if isinstance(error, dict) else error


def route_errors(outputs: Outputs, inputs: Inputs, regular_outputs: int) -> Outputs:
    """Error items move to one more, last output, with the json of the item they came from merged under theirs."""
    errors: Items = []
    kept: Outputs = []
    for items in outputs[:regular_outputs]:
        good = [item for item in items or () if not is_error(item)]
        errors.extend(_with_origin(item, inputs) for item in items or () if is_error(item))
        kept.append(good)
    kept.extend([] for _ in range(regular_outputs - len(kept)))
    return [*kept, errors]


def is_error(item: Item) -> bool:
    """n8n tells an error item by its shape: only `error`, or only `error` and `message`."""
    if item.error is not None:
        return True
    keys = item.json.keys()
    return bool(item.json.get("error")) and (len(keys) == 1 or (len(keys) == 2 and "message" in keys))


def _with_origin(item: Item, inputs: Inputs) -> Item:
    # A bare number is a lineage, but one that n8n does not follow here.
    link = item.paired[0] if isinstance(item.paired, list) and item.paired else item.paired
    if not isinstance(link, Link):
        return item
    source = inputs[link.input or 0] if (link.input or 0) < len(inputs) else None
    if not source or link.item >= len(source):
        return item
    return msgspec.structs.replace(item, json={**source[link.item].json, **item.json})


def never_empty(outputs: Outputs, inputs: Inputs) -> Outputs:
    """alwaysOutputData: an empty output 0 gets one empty item, descended from every input item."""
    if outputs and outputs[0]:
        return outputs
    lineage = [
        Link(position, number or None) for number, items in enumerate(inputs) for position in range(len(items or ()))
    ]
    return [[Item(json={}, paired=list(lineage))], *outputs[1:]]


def is_soft_failure(outputs: Outputs) -> bool:
    """A first item with an `error` counts as a failed attempt while the retry policy has another one left."""
    first = outputs[0][0] if outputs and outputs[0] else None
    return first is not None and bool(first.json.get("error"))
