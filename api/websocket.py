"""GraphQL over WebSocket: the graphql-transport-ws protocol, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import structlog
from graphql import ExecutionResult
from starlette.types import Receive, Scope, Send

from api.answers import new_request_id, of_failure
from api.auth import Door, in_headers, in_payload
from api.connection import Close, Connection, Gone, Stalled
from api.requests import GraphQLRequest, header
from api.settings import Settings
from engine.ports import Clock, StoreUnavailable
from plugins.items import Json
from schema.caller import Caller
from schema.errors import ApiError, ErrorCode, shown
from schema.operations import Operations, RequestErrors
from schema.serving import Contexts

PROTOCOL = "graphql-transport-ws"

log = structlog.get_logger(__name__)


class GraphQLOverWebSocket:
    """An ASGI app for WebSocket handshakes."""

    def __init__(
        self, operations: Operations, contexts: Contexts, door: Door, settings: Settings, *, clock: Clock
    ) -> None:
        self.operations = operations
        self.contexts = contexts
        self.door = door
        self.settings = settings
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not self._is_our_page(scope):
            await send({"type": "websocket.close", "code": 1008})  # Before the handshake's end: HTTP 403.
            return
        known = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if known else None})
        connection = Connection(
            receive,
            send,
            send_timeout_s=self.settings.ws_send_timeout_s,
            max_depth=self.settings.json_max_depth,
        )
        if not known:
            await connection.close(4406, f"Speak {PROTOCOL}")
            return
        await Conversation(self, connection, in_headers(scope["headers"])).hold()

    def _is_our_page(self, scope: Scope) -> bool:
        """Whether the page that opens the socket, if a page does, is one of ours or an allowed one."""
        origin = (header(scope, b"origin") or b"").decode("latin-1")
        if not origin or origin in self.settings.allowed_origins:
            return True
        return urlsplit(origin).netloc == (header(scope, b"host") or b"").decode("latin-1")


class Conversation:
    """One connection from its first message to its last, with the operations that run on it."""

    def __init__(self, edge: GraphQLOverWebSocket, connection: Connection, credential: str | None) -> None:
        self._edge = edge
        self._connection = connection
        self._credential = credential
        self._running: dict[str, asyncio.Task[None]] = {}

    async def hold(self) -> None:
        """Returns when the connection has ended, and every operation on it with it."""
        try:
            async with asyncio.TaskGroup() as group:
                try:
                    await self._converse(group)
                finally:
                    for task in self._running.values():
                        task.cancel()
        except* Close as closed:
            first = _first(closed)
            assert isinstance(first, Close)
            await self._connection.close(first.code, first.reason)
        except* Gone:
            pass
        except* Stalled:
            await self._connection.close(4408, "Reconnect where you were")
        except* StoreUnavailable:
            await self._connection.close(1013, "Try again later")
        except* Exception:
            log.exception("unexpected_error", request_id=new_request_id())
            await self._connection.close(1011, "Something went wrong on our side")

    async def _converse(self, group: asyncio.TaskGroup) -> None:
        try:
            async with asyncio.timeout(self._edge.settings.ws_init_timeout_s):
                caller = await self._greet()
        except TimeoutError:
            raise Close(4408, "Connection initialisation timeout") from None
        try:
            async with asyncio.timeout(self._lifetime_s(caller)):
                while True:
                    await self._heed(await self._connection.read(), caller, group)
        except TimeoutError:
            raise Close(4403, "The credential has expired") from None

    def _lifetime_s(self, caller: Caller) -> float | None:
        if caller.expires_at_us is None:
            return None
        return max(0.0, (caller.expires_at_us - self._edge.clock.now_us()) / 1_000_000)

    async def _greet(self) -> Caller:
        """The first message is `connection_init`, and says who is there."""
        while True:
            message = await self._connection.read()
            match message["type"]:
                case "connection_init":
                    break
                case "ping":
                    await self._connection.write({"type": "pong"})
                case "pong":
                    pass
                case "subscribe":
                    raise Close(4401, "Unauthorized")
                case _:
                    raise Close(4400, "Invalid message type")
        payload = message.get("payload")
        if not isinstance(payload, dict | None):
            raise Close(4400, "Invalid connection init payload")
        caller = await self._edge.door.admit(in_payload(payload or {}) or self._credential)
        if caller is None:
            raise Close(4401, "Unauthorized")
        await self._connection.write({"type": "connection_ack"})
        return caller

    async def _heed(self, message: Mapping[str, Json], caller: Caller, group: asyncio.TaskGroup) -> None:
        match message["type"]:
            case "subscribe":
                await self._begin(message, caller, group)
            case "complete":
                self._drop(_id_of(message))
            case "ping":
                await self._connection.write({"type": "pong"})
            case "pong":
                pass
            case "connection_init":
                raise Close(4429, "Too many initialisation requests")
            case _:
                raise Close(4400, "Invalid message type")

    # ------------------------------------------------------------------------------------------- operations

    async def _begin(self, message: Mapping[str, Json], caller: Caller, group: asyncio.TaskGroup) -> None:
        id = _id_of(message)
        if id in self._running:
            raise Close(4409, f"Subscriber for {id} already exists")
        try:
            request = GraphQLRequest.of(message.get("payload"))
        except ApiError as error:
            raise Close(4400, error.message) from None
        if len(self._running) >= self._edge.settings.ws_max_operations:
            most = self._edge.settings.ws_max_operations
            full = ApiError(ErrorCode.QUOTA_EXCEEDED, f"A connection runs at most {most} operations at once")
            await self._connection.write(_error(id, of_failure(full, new_request_id())[1]["errors"]))
            return
        self._running[id] = group.create_task(self._operate(id, request, caller))

    def _drop(self, id: str) -> None:
        """The id is free at once: the client may use it again."""
        task = self._running.pop(id, None)
        if task is not None:
            task.cancel()

    async def _operate(self, id: str, request: GraphQLRequest, caller: Caller) -> None:
        """Everything that one `subscribe` brings about, to its `complete` or `error`."""
        request_id = new_request_id()
        try:
            await self._answer(id, request, caller, request_id)
            end: Mapping[str, Any] = {"id": id, "type": "complete"}
        except RequestErrors as refused:
            end = _error(id, shown(refused.errors, request_id))
        except (Gone, Stalled):
            raise
        except Exception as error:  # noqa: BLE001 - the last resort of the edge: logged whole, answered masked
            end = _error(id, of_failure(error, request_id)[1]["errors"])
        if self._running.get(id) is asyncio.current_task():
            del self._running[id]
        await self._connection.write(end)

    async def _answer(self, id: str, request: GraphQLRequest, caller: Caller, request_id: str) -> None:
        operations = self._edge.operations
        prepared = operations.prepare(request.query)
        context = self._edge.contexts.of(caller)
        variables, name = request.variables, request.operation_name
        if not prepared.is_subscription:
            result = await operations.run_within(
                self._edge.settings.operation_timeout_s, prepared, context, variables, name
            )
            return await self._next(id, result, request_id)
        async with aclosing(await operations.follow(prepared, context, variables, name)) as stream:
            async for result in stream:
                await self._next(id, result, request_id)

    async def _next(self, id: str, result: ExecutionResult, request_id: str) -> None:
        payload: dict[str, Any] = {"data": result.data}
        if result.errors:
            payload["errors"] = shown(result.errors, request_id)
        await self._connection.write({"id": id, "type": "next", "payload": payload})


def _error(id: str, errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"id": id, "type": "error", "payload": errors}


def _id_of(message: Mapping[str, Json]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Close(4400, "A message of this type has an id")
    return id


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
