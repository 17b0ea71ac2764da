"""The guarded HTTP client: every socket is checked as it is opened, every hop of a redirect anew."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
import orjson

from engine.egress.addresses import EgressPolicy
from plugins.context import Response
from plugins.errors import NodeError
from plugins.items import Json

MAX_BODY = 16 * 1024 * 1024
DEFAULT_TIMEOUT_S = 30.0
REDIRECTS = (301, 302, 303, 307, 308)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


class EgressDenied(OSError):
    """The address behind the URL is not one that nodes may reach."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    params: Sequence[tuple[str, str]]
    body: bytes | None

    @property
    def origin(self) -> tuple[str, str | None, int | None]:
        parts = urlsplit(self.url)
        return parts.scheme, parts.hostname, parts.port


class GuardedHttp:
    """Implements `plugins.context.Http`. One connection pool for the process; the environment's proxies are ignored."""

    def __init__(self, policy: EgressPolicy) -> None:
        self._policy = policy
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(socket_factory=self._socket, limit=256, use_dns_cache=False)
        self._session = aiohttp.ClientSession(
            connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] = (),
        json: Json = None,
        data: bytes | None = None,
        timeout_s: float | None = None,
        follow_redirects: bool = True,
        max_redirects: int = 5,
        verify_tls: bool = True,
        idempotency_key: str | None = None,
    ) -> Response:
        sent = dict(headers or {})
        if json is not None:
            data = orjson.dumps(json)
            sent.setdefault("content-type", "application/json")
        if idempotency_key is not None:
            sent.setdefault("idempotency-key", idempotency_key)
        request = checked(Request(method.upper(), url, sent, params, data))
        try:
            async with asyncio.timeout(timeout_s or DEFAULT_TIMEOUT_S):
                return await self._follow(request, max_redirects if follow_redirects else 0, verify_tls)
        except TimeoutError:
            raise NodeError(
                f"{method} {without_secrets(url)} took too long", code="TIMEOUT", name="NodeApiError"
            ) from None
        except EgressDenied as error:
            raise NodeError(str(error), code="EGRESS_DENIED", name="NodeApiError", retryable=False) from None
        except aiohttp.InvalidURL as error:
            raise bad_input(f"The URL is not valid: {error}") from None
        except aiohttp.ClientError as error:
            raise _connection_failed(error) from None

    async def _follow(self, request: Request, hops: int, verify_tls: bool) -> Response:
        while True:
            response = await self._once(request, verify_tls)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or location is None or hops <= 0:
                return response
            request, hops = checked(redirected(request, response.status, location)), hops - 1

    async def _once(self, request: Request, verify_tls: bool) -> Response:
        assert self._session is not None, "the client is used inside `async with`"
        async with self._session.request(
            request.method,
            request.url,
            params=list(request.params) or None,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
            ssl=verify_tls,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(65_536):
                body += chunk
                if len(body) > MAX_BODY:
                    raise NodeError(
                        f"The response is larger than {MAX_BODY // 1_048_576} MB",
                        code="RESPONSE_TOO_LARGE",
                        name="NodeApiError",
                        retryable=False,
                    )
            headers: dict[str, str] = {}
            for name, value in response.headers.items():
                key = name.lower()
                headers[key] = f"{headers[key]}, {value}" if key in headers else value
            return Response(response.status, response.reason or "", headers, bytes(body), str(response.url))

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = address
        if not self._policy.permits(str(host), int(port)):
            raise EgressDenied(f"Requests to {host} are not allowed: it is not a public address")
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        return opened


def checked(request: Request) -> Request:
    """The request itself. Raises `NodeError` (BAD_USER_INPUT, EGRESS_DENIED) for one that must not be sent."""
    parts = _split(request.url)
    if parts.scheme not in ("http", "https"):
        raise NodeError(
            f"Only http and https URLs can be requested, not '{parts.scheme or request.url[:20]}'",
            code="EGRESS_DENIED",
            retryable=False,
        )
    if not parts.hostname:
        raise bad_input("The URL has no host")
    if not _TOKEN.fullmatch(request.method):
        raise bad_input("The method is not a valid HTTP method")
    for name, value in request.headers.items():
        if not _TOKEN.fullmatch(name) or any(char in value for char in "\r\n\0"):
            raise bad_input(f"The header {name[:40]!r} has characters that are not allowed in a header")
    return request


def _split(url: str) -> SplitResult:
    if any(char in url for char in "\r\n\t\0\\"):
        raise bad_input("The URL has characters that are not allowed in a URL")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise bad_input(f"The URL is not valid: {error}") from None
    return parts


def redirected(request: Request, status: int, location: str) -> Request:
    """The next hop. Credentials do not follow to another origin; 303, and a POST's 301 and 302, become GET."""
    url = urljoin(request.url, location)
    become_get = status == 303 or (status in (301, 302) and request.method == "POST")
    target = Request("GET" if become_get else request.method, url, {}, (), None if become_get else request.body)
    kept = {
        name: value
        for name, value in request.headers.items()
        if (target.origin == request.origin or name.lower() not in _SECRET_HEADERS)
        and not (become_get and name.lower() in ("content-type", "content-length"))
    }
    return Request(target.method, url, kept, (), target.body)


def bad_input(message: str) -> NodeError:
    return NodeError(message, code="BAD_USER_INPUT", retryable=False)


def without_secrets(url: str) -> str:
    """Scheme, host and path: what may be named in an error."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _connection_failed(error: aiohttp.ClientError) -> NodeError:
    if isinstance(error.__cause__, EgressDenied) or isinstance(getattr(error, "os_error", None), EgressDenied):
        denied = error.__cause__ if isinstance(error.__cause__, EgressDenied) else getattr(error, "os_error", error)
        return NodeError(str(denied), code="EGRESS_DENIED", name="NodeApiError", retryable=False)
    return NodeError(
        "The service refused the connection - perhaps it is offline",
        code="CONNECTION_FAILED",
        name="NodeApiError",
        description=f"{type(error).__name__}: {error}"[:300],
    )
