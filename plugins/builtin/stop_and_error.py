"""Stop and Error: end the execution with an error of the author's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from plugins import Context, Help, Item, Items, Json, NodeError, ParameterError, node


@dataclass(frozen=True, slots=True)
class StopAndErrorParameters:
    error_type: Annotated[Literal["errorMessage", "errorObject"], Help("What the error is made of")] = "errorMessage"
    error_message: Annotated[str, Help("What the error says", required=True, when={"errorType": ("errorMessage",)})] = (
        ""
    )
    error_object: Annotated[
        Json,
        Help("JSON with `message`, and `description` if need be", required=True, when={"errorType": ("errorObject",)}),
    ] = ""


@node(
    "n8n-nodes-base.stopAndError",
    display_name="Stop and Error",
    category="FLOW",
    tags=("error", "throw"),
    parameters=StopAndErrorParameters,
    per_item=False,
    catches_item_errors=False,
)
async def stop_and_error(ctx: Context[StopAndErrorParameters], _items: Sequence[Item]) -> Items:
    """Throws an error in the workflow."""
    wanted = ctx.parameters()
    if wanted.error_type == "errorMessage":
        raise NodeError(wanted.error_message, code="STOPPED", retryable=False)
    described = _parsed(wanted.error_object)
    description = described.get("description")
    raise NodeError(
        _message(described),
        code="STOPPED",
        description=description if isinstance(description, str) else None,
        retryable=False,
    )


def _parsed(value: Json) -> Mapping[str, Json]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ParameterError(f"The error object is not valid JSON: {error}", parameter="errorObject") from None
    if not isinstance(value, Mapping):
        raise ParameterError("The error object must be a JSON object", parameter="errorObject")
    return value


def _message(described: Mapping[str, Json]) -> str:
    said = (described.get(key) for key in ("message", "description", "error"))
    whole = json.dumps(described, separators=(",", ":"), ensure_ascii=False)
    return next((text for text in said if isinstance(text, str)), f"Error: {whole}")
