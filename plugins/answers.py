"""A plugin's answer made sound: items, of bounded size, exactly as the log will hold them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import msgspec

from plugins.errors import NodeError
from plugins.items import Item, Items, Json, Outputs

OUTPUT_BYTES = 64 * 1024 * 1024
STATE_BYTES = 1024 * 1024

_encoder = msgspec.json.Encoder(enc_hook=str.__str__)
_decoder = msgspec.json.Decoder(Item)


class Budget:
    """What is left of the size that a node's answer may have."""

    def __init__(self, most_bytes: int = OUTPUT_BYTES) -> None:
        self._most = self._left = most_bytes

    def spend(self, size: int) -> None:
        """Raises `NodeError` when there is not so much left."""
        self.check(size)
        self._left -= size

    def check(self, size: int) -> None:
        if size > self._left:
            raise NodeError(
                f"The node answered more than {self._most >> 20} MB",
                code="RESPONSE_TOO_LARGE",
                description="Answer fewer items at a time, or store large data as binary data.",
                retryable=False,
            )


def sound(outputs: Outputs, *, outputs_declared: int, budget: Budget) -> Outputs:
    """The outputs as they will be read back: what a replay sees is what the next node is given now.

    Raises `NodeError` that says what is no item, no JSON, or too much.
    """
    if len(outputs) > outputs_declared:
        raise unsound(f"it answered {len(outputs)} outputs, and declares {outputs_declared}")
    return [None if items is None else list(_sound_items(items, budget)) for items in outputs]


def _sound_items(items: Items, budget: Budget) -> Iterator[Item]:
    if not isinstance(items, list | tuple):
        raise unsound(f"it answered {_a(items)} where a list of items belongs")
    for item in items:
        yield sound_item(item, budget)


def sound_item(item: Any, budget: Budget) -> Item:
    if not isinstance(item, Item) or not isinstance(item.json, dict):
        raise unsound(f"it answered {_a(item)} where an Item of an object belongs")
    # Before anything is copied: what is far too large is mostly one long text.
    for value in item.json.values():
        if isinstance(value, str | bytes | bytearray):
            budget.check(len(value))
    try:
        text = _encoder.encode(item)
        decoded = _decoder.decode(text)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise unsound(f"it answered what JSON cannot say ({type(error).__name__}: {error})"[:300]) from None
    budget.spend(len(text))
    return decoded


async def sound_stream(items: AsyncIterator[Item], budget: Budget) -> AsyncIterator[Item]:
    """The items as they come, so that a stream without end is ended."""
    async for item in items:
        yield sound_item(item, budget)


def check_state(state: Mapping[str, Json]) -> None:
    """Raises `NodeError` for state that the log cannot hold."""
    try:
        size = len(_encoder.encode(dict(state)))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise unsound(f"its state is not JSON ({error})"[:300]) from None
    if size > STATE_BYTES:
        raise unsound(f"its state is larger than {STATE_BYTES >> 20} MB")


def unsound(what: str) -> NodeError:
    return NodeError(
        f"The node's answer cannot be recorded: {what}",
        code="BAD_NODE_OUTPUT",
        description="This is a fault of the node's plugin.",
        retryable=False,
    )


def _a(value: object) -> str:
    return f"a value of type {type(value).__name__}"
