"""The nodes of a document: n8n's node objects and their flags, read one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from engine.definition.findings import Findings, Spot
from engine.definition.issues import Code
from engine.definition.number import number
from engine.definition.pointer import Path
from engine.definition.policy import MAX_DELAY_MS, read_policy
from engine.definition.recovery import Fail, FallbackNode, Recovery, Retry, Skip, Then
from engine.definition.workflow import Node, OnError
from plugins.items import Json

MAX_NODES = 10_000
MAX_NAME = 1_000
"""Characters. A name is repeated in every event of its node."""

_Raw: TypeAlias = Mapping[str, Json]
_NAME_IT = "Give it a name that no other node has."
_FLAGS = ("disabled", "continueOnFail", "retryOnFail", "alwaysOutputData", "executeOnce")


def read_nodes(raw: Json, default: Recovery, found: Findings) -> tuple[dict[str, Node], dict[str, int]]:
    """Nodes by name, and the place of each in the document's list. Of several with one name the first counts."""
    nodes: dict[str, Node] = {}
    places: dict[str, int] = {}
    ids: set[str] = set()
    for place, one in enumerate(_list_of_nodes(raw, found)):
        node = _read_node(one, ("nodes", place), default, found)
        if node is None:
            continue
        if node.name in nodes:
            _duplicate_name(node.name, places[node.name], Spot(found, ("nodes", place), node.name))
            continue
        if node.id in ids:
            message = "another node has this id too"
            found.warning(Code.DUPLICATE_NODE_ID, message, ("nodes", place, "id"), node=node.name)
        ids.add(node.id)
        nodes[node.name], places[node.name] = node, place
    return nodes, places


def _list_of_nodes(raw: Json, found: Findings) -> list[Json]:
    if not isinstance(raw, list):
        found.error(Code.INVALID_STRUCTURE, "nodes must be a list", ("nodes",), fix="Add one, if need be [].")
        return []
    if len(raw) > MAX_NODES:
        found.error(Code.TOO_LARGE, f"more than {MAX_NODES} nodes", ("nodes",), fix="Move a part into a sub-workflow.")
    return raw[:MAX_NODES]


def _duplicate_name(name: str, first: int, here: Spot) -> None:
    here.error(
        Code.DUPLICATE_NODE_NAME,
        f"the name {name!r} belongs to /nodes/{first} already",
        "name",
        fix="Give each node its own name, and use it in the connections.",
    )


def _read_node(raw: Json, at: Path, default: Recovery, found: Findings) -> Node | None:
    if not isinstance(raw, dict):
        found.error(Code.INVALID_STRUCTURE, "a node is an object", at)
        return None
    name = raw.get("name")
    if not isinstance(name, str):
        found.error(Code.INVALID_STRUCTURE, "a node needs a name", (*at, "name"), fix=_NAME_IT)
        return None
    here = Spot(found, at, name)
    _name(name, here)
    _flags(raw, here)
    return Node(
        id=_text(raw, "id") or name,
        name=name,
        type=_type(raw, here),
        type_version=_type_version(raw, here),
        position=_position(raw, here),
        parameters=_object(raw, "parameters", here),
        credentials=_object(raw, "credentials", here),
        disabled=raw.get("disabled") is True,
        on_error=_on_error(raw, here),
        catches_errors=_catches_errors(raw),
        recovery=_recovery(raw, default, here),
        always_output_data=raw.get("alwaysOutputData") is True,
        execute_once=raw.get("executeOnce") is True,
        timeout_ms=_timeout_ms(raw, here),
        webhook_id=_text(raw, "webhookId"),
        notes=_text(raw, "notes"),
    )


def _name(name: str, here: Spot) -> None:
    if not name:
        here.error(Code.EMPTY_NODE_NAME, "a node's name is empty", "name", fix=_NAME_IT)
    if "\0" in name:
        here.error(Code.INVALID_TEXT, "a node's name holds the character NUL", "name", fix="Remove the character.")
    if len(name) > MAX_NAME:
        here.error(Code.TOO_LARGE, f"a node's name is longer than {MAX_NAME} characters", "name", fix="Shorten it.")


def _type(raw: _Raw, here: Spot) -> str:
    value = _text(raw, "type")
    if not value:
        here.error(Code.INVALID_STRUCTURE, "a node needs a type", "type", fix="Name one, such as n8n-nodes-base.set.")
    return value or ""


def _type_version(raw: _Raw, here: Spot) -> float:
    value = raw.get("typeVersion")
    version = 1.0 if value is None else number(value)
    if version is None or version <= 0:
        here.error(Code.INVALID_VERSION, "typeVersion is a number above 0", "typeVersion", fix="As in 1 or 3.4.")
        return 1.0
    return version


def _position(raw: _Raw, here: Spot) -> tuple[float, float]:
    value = raw.get("position")
    if value is None:
        return 0.0, 0.0
    x, y = (number(value[0]), number(value[1])) if isinstance(value, list) and len(value) >= 2 else (None, None)
    if x is None or y is None:
        message = "position is not [x, y]: [0, 0] is used, which may change the order of branches"
        here.warning(Code.INVALID_STRUCTURE, message, "position", fix="Write two numbers.")
        return 0.0, 0.0
    return x, y


def _timeout_ms(raw: _Raw, here: Spot) -> int | None:
    value = raw.get("timeoutMs")
    if value is None:
        return None
    read = None if isinstance(value, str) else number(value)
    if read is None or not read.is_integer() or not 1 <= read <= MAX_DELAY_MS:
        message = f"timeoutMs is a whole number of milliseconds from 1 to {MAX_DELAY_MS}"
        here.error(Code.INVALID_SETTING, message, "timeoutMs", fix="Correct it, or remove it for no limit.")
        return None
    return int(read)


def _object(raw: _Raw, key: str, here: Spot) -> _Raw:
    value = raw.get(key)
    if isinstance(value, dict):
        return value
    if value is not None and value != []:  # [] is how some exporters write an empty object
        here.error(Code.INVALID_STRUCTURE, f"{key} must be an object", key)
    return {}


def _text(raw: _Raw, key: str) -> str | None:
    value = raw.get(key)
    return value if isinstance(value, str) else None


def _flags(raw: _Raw, here: Spot) -> None:
    for flag in _FLAGS:
        value = raw.get(flag)
        if not (value is None or isinstance(value, bool)):
            here.warning(Code.INVALID_SETTING, f"{flag} is neither true nor false, and counts as false", flag)


# ------------------------------------------------------------------------------------------------ on failure


def _on_error(raw: _Raw, here: Spot) -> OnError:
    """`continueOnFail: true` adds to `onError`; `continueOnFail: false` takes nothing from it."""
    match raw.get("onError"):
        case "continueErrorOutput":
            return OnError.CONTINUE_ERROR
        case "continueRegularOutput":
            return OnError.CONTINUE_REGULAR
        case None | "stopWorkflow":
            pass
        case _:
            message = "this onError is not known, and counts as stopWorkflow"
            here.warning(Code.INVALID_SETTING, message, "onError", fix=f"Use one of {', '.join(OnError)}.")
    return OnError.CONTINUE_REGULAR if raw.get("continueOnFail") is True else OnError.STOP


def _catches_errors(raw: _Raw) -> bool:
    """What a node of n8n asks before it makes an error item: `onError` where there is any, else `continueOnFail`."""
    on_error = raw.get("onError")
    if isinstance(on_error, str):
        return on_error in ("continueRegularOutput", "continueErrorOutput")
    return raw.get("continueOnFail") is True


def _recovery(raw: _Raw, default: Recovery, here: Spot) -> Recovery:
    """The node's own policy; without one n8n's flags, and for what they leave open the workflow's policy."""
    own = raw.get("recovery")
    if own is not None:
        return read_policy(own, here.within("recovery")) or default
    retry, then = _n8n_retry(raw), _n8n_then(raw)
    if retry is None and then is None and default.then != FallbackNode(raw["name"]):
        return default
    return Recovery(retry or default.retry, then or _default_then(default, raw["name"]))


def _n8n_retry(raw: _Raw) -> Retry | None:
    """Two to five attempts with a fixed wait of at most five seconds; 0 counts as unset, as in n8n."""
    if raw.get("retryOnFail") is not True:
        return None
    attempts = number(raw.get("maxTries")) or 3
    wait_ms = number(raw.get("waitBetweenTries")) or 1000
    return Retry(
        max_attempts=math.ceil(min(5, max(2, attempts))),
        initial_delay_ms=round(min(5000, max(0, wait_ms))),
    )


def _n8n_then(raw: _Raw) -> Then | None:
    on_error = raw.get("onError")
    if on_error in ("continueRegularOutput", "continueErrorOutput") or raw.get("continueOnFail") is True:
        return Skip()
    return Fail() if on_error == "stopWorkflow" else None


def _default_then(default: Recovery, name: str) -> Then:
    """The workflow's, except that the node which everything falls back to cannot fall back to itself."""
    return Fail() if default.then == FallbackNode(name) else default.then
