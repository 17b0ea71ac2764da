"""GraphQL over HTTP: one POST, one operation, one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import ExecutionResult
from starlette.types import Receive, Scope, Send

from api import answers
from api.answers import Accepts
from api.auth import Door, in_headers
from api.requests import ClientGone, GraphQLRequest, check_media, header, read_body
from api.settings import Settings
from api.wire import InvalidJson, read_json
from schema.caller import Caller
from schema.errors import ApiError, ErrorCode, bad_input
from schema.operations import Operations, RequestErrors
from schema.serving import Contexts


class GraphQLOverHttp:
    """An ASGI app for POST requests. Whatever happens, the answer is JSON with a code, never a stack trace."""

    def __init__(self, operations: Operations, contexts: Contexts, door: Door, settings: Settings) -> None:
        self._operations = operations
        self._contexts = contexts
        self._door = door
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = answers.new_request_id()
        accepts = Accepts.read(header(scope, b"accept"))
        try:
            status, answer = await self._answer(scope, receive, request_id, accepts)
            body = answers.encode(answer)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the last resort of the edge: logged whole, answered masked
            status, answer = answers.of_failure(error, request_id)
            body = answers.encode(answer)
        headers = [(b"x-request-id", request_id.encode())]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if status == 405:
            headers.append((b"allow", b"POST"))
        await answers.send(send, status, body, accepts.media_type(status), headers)

    async def _answer(
        self, scope: Scope, receive: Receive, request_id: str, accepts: Accepts
    ) -> tuple[int, Mapping[str, Any]]:
        """Raises `ApiError` for a request that is refused, and `ClientGone`."""
        if scope["method"] != "POST":
            raise ApiError(ErrorCode.METHOD_NOT_ALLOWED, "Send GraphQL as POST")
        caller = await self._door.admit(in_headers(scope["headers"]))
        if caller is None:
            raise ApiError(ErrorCode.UNAUTHENTICATED, "Send a valid API key or token: Authorization: Bearer …")
        check_media(scope)
        body = await read_body(scope, receive, most=self._settings.body_max_bytes)
        try:
            value = await read_json(body, max_depth=self._settings.json_max_depth)
        except InvalidJson as error:
            raise bad_input(f"The request is refused: {error}") from None
        try:
            result = await self._run(caller, GraphQLRequest.of(value))
        except RequestErrors as refused:
            return answers.of_errors(refused.errors, request_id, accepts)
        return answers.of_result(result, request_id, accepts)

    async def _run(self, caller: Caller, request: GraphQLRequest) -> ExecutionResult:
        prepared = self._operations.prepare(request.query)
        if prepared.is_subscription:
            raise ApiError(ErrorCode.OPERATION_NOT_ALLOWED, "Subscriptions go over WebSocket: graphql-transport-ws")
        context = self._contexts.of(caller)
        return await self._operations.run_within(
            self._settings.operation_timeout_s, prepared, context, request.variables, request.operation_name
        )
