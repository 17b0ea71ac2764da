"""An HTTP client for tests: answers from a function, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from plugins.context import Response
from plugins.items import Json

Answer: TypeAlias = Callable[["Request"], "Response | Awaitable[Response]"]


@dataclass(frozen=True)
class Request:
    """What a node asked the HTTP client for."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Sequence[tuple[str, str]]
    json: Json
    data: bytes | None
    options: Mapping[str, Any]


@dataclass
class FakeHttp:
    """An HTTP client that answers from a function, and remembers what it was asked."""

    answer: Answer
    requests: list[Request] = field(default_factory=list)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: Json = None,
        data: bytes | None = None,
        **options: Any,
    ) -> Response:
        asked = Request(method, url, dict(headers or {}), tuple(params), json, data, options)
        self.requests.append(asked)
        answer = self.answer(asked)
        return await answer if isinstance(answer, Awaitable) else answer


def respond(
    body: bytes | str = b"", *, status: int = 200, reason: str = "OK", headers: Mapping[str, str] | None = None
) -> Answer:
    """A fake server's answer to every request."""

    def answer(request: Request) -> Response:
        content = body.encode() if isinstance(body, str) else body
        return Response(status=status, reason=reason, headers=headers or {}, body=content, url=request.url)

    return answer
