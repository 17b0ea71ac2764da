"""An HTTP request that a node wants made, and the making of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from plugins.context import Context, Response
from plugins.errors import ParameterError
from plugins.items import Json
from plugins.javascript import text
from plugins.web.statuses import failed

ArrayFormat: TypeAlias = Literal["brackets", "indices", "repeat"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Header names are compared without case, and the last of a name wins."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Sequence[tuple[str, str]] = ()
    data: bytes | None = None
    timeout_s: float = 300.0
    follow_redirects: bool = True
    max_redirects: int = 21
    verify_tls: bool = True
    fails_on_status: bool = True

    def with_header(self, name: str, value: str) -> Self:
        kept = {known: old for known, old in self.headers.items() if known.lower() != name.lower()}
        return replace(self, headers={**kept, name: value})

    def with_default_header(self, name: str, value: str) -> Self:
        return self if name.lower() in map(str.lower, self.headers) else self.with_header(name, value)


async def send(ctx: Context[Any], call: Call) -> Response:
    """The response. Raises `NodeError` with its status when that means failure, unless the call bears it."""
    if urlsplit(call.url).scheme not in ("http", "https"):
        raise ParameterError(f'Invalid URL: {call.url}. URL must start with "http" or "https".', parameter="url")
    response = await ctx.http.request(
        call.method,
        call.url,
        headers=call.headers,
        params=call.params,
        data=call.data,
        timeout_s=call.timeout_s,
        follow_redirects=call.follow_redirects,
        max_redirects=call.max_redirects,
        verify_tls=call.verify_tls,
    )
    if call.fails_on_status and not 200 <= response.status < 300:
        raise failed(response)
    return response


def query(values: Mapping[str, Json], arrays: ArrayFormat = "brackets") -> list[tuple[str, str]]:
    """Query parameters out of JSON: lists repeat under one of three spellings, objects nest in brackets."""
    return [pair for name, value in values.items() for pair in _pairs(name, value, arrays)]


def _pairs(name: str, value: Json, arrays: ArrayFormat) -> list[tuple[str, str]]:
    if isinstance(value, list):
        spelled = {"brackets": f"{name}[]", "repeat": name}
        return [
            pair
            for index, inner in enumerate(value)
            for pair in _pairs(spelled.get(arrays, f"{name}[{index}]"), inner, arrays)
        ]
    if isinstance(value, Mapping):
        return [pair for key, inner in value.items() for pair in _pairs(f"{name}[{key}]", inner, arrays)]
    return [] if value is None else [(name, text(value))]
