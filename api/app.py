"""The application: the only place where the parts of the edge are joined."""

from __future__ import annotations

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from api import answers, health, pages, secret
from api.auth import Door
from api.graphql import GraphQLOverHttp
from api.settings import Settings
from api.tokens import tokens_of
from api.websocket import GraphQLOverWebSocket
from engine.runtime.engine import Engine
from schema.errors import ApiError, ErrorCode
from schema.operations import Operations
from schema.root import build_schema
from schema.serving import Contexts


def create_app(engine: Engine, settings: Settings) -> Starlette:
    """The ASGI application over an engine that has been started, and that is stopped by whoever started it.

    Raises `ValueError` for a key of JWTs that cannot be read.
    """
    operations = Operations(build_schema(), settings.limits, open_to_all=settings.is_development)
    contexts = Contexts(engine, settings.limits, secret.load(settings.data_dir))
    door = Door(engine.access, tokens_of(settings), clock=engine.clock, ttl_s=settings.credential_ttl_s)
    http = GraphQLOverHttp(operations, contexts, door, settings)
    websocket = GraphQLOverWebSocket(operations, contexts, door, settings, clock=engine.clock)
    app = Starlette(
        routes=_routes(engine, http, websocket),
        exception_handlers={HTTPException: _refused, ApiError: _refused, Exception: _failed},
    )
    app.router.redirect_slashes = False
    return app


class GraphQLPath:
    """GET shows the page to a browser; everything else is a request."""

    def __init__(self, http: GraphQLOverHttp) -> None:
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" and pages.wants_page(Request(scope)):
            await pages.graphiql()(scope, receive, send)
        else:
            await self._http(scope, receive, send)


def _routes(engine: Engine, http: GraphQLOverHttp, websocket: GraphQLOverWebSocket) -> list[BaseRoute]:
    async def healthz(_: Request) -> Response:
        return health.alive()

    async def readyz(_: Request) -> Response:
        return await health.ready(engine)

    return [
        Route("/graphql", GraphQLPath(http)),
        WebSocketRoute("/graphql", websocket),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Mount("/static", pages.Assets()),
    ]


# ------------------------------------------------------------------------------------------------ what has no answer


async def _refused(_: Request, error: Exception) -> Response:
    """A path or a method that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = ErrorCode.METHOD_NOT_ALLOWED if status == 405 else ErrorCode.NOT_FOUND
    return _json(status, ApiError(code, HTTPStatus(status).phrase))


async def _failed(_: Request, __: Exception) -> Response:
    """Whatever went wrong outside GraphQL. Starlette raises it again, so it is logged; it is shown to nobody."""
    return _json(500, ApiError(ErrorCode.INTERNAL, "Something went wrong on our side; tell us the requestId"))


def _json(status: int, error: ApiError) -> Response:
    request_id = answers.new_request_id()
    body = answers.encode(answers.of_failure(error, request_id)[1])
    headers = {"x-request-id": request_id, "x-content-type-options": "nosniff"}
    return Response(body, status, headers, media_type="application/graphql-response+json")
