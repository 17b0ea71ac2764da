"""The guarded client against a real server on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.egress.addresses import EgressPolicy
from engine.egress.client import MAX_BODY, GuardedHttp, Request, redirected
from plugins import NodeError

CLOSING = web.AppKey("closing", asyncio.Event)
LOOPBACK = EgressPolicy.of(["127.0.0.0/8", "::1/128"])


async def echo(request: web.Request) -> web.Response:
    told = {"method": request.method, "path": request.path_qs, "headers": dict(request.headers)}
    return web.json_response({**told, "body": await request.text()})


async def away(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.query["to"])


async def around(request: web.Request) -> web.Response:
    raise web.HTTPFound("/around")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(MAX_BODY // 65_536 + 2):
        await response.write(b"x" * 65_536)
    return response


async def bomb(request: web.Request) -> web.Response:
    response = web.Response(body=b"\0" * (MAX_BODY + 1))
    response.enable_compression(web.ContentCoding.gzip)
    return response


async def silent(request: web.Request) -> web.Response:
    await request.app[CLOSING].wait()
    return web.Response()


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application()
    app[CLOSING] = asyncio.Event()
    for path, handler in (
        ("/echo", echo), ("/away", away), ("/around", around), ("/endless", endless), ("/bomb", bomb),
        ("/silent", silent),
    ):  # fmt: skip
        app.router.add_route("*", path, handler)
    async with TestServer(app) as started:
        yield started
        app[CLOSING].set()


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    async with GuardedHttp(LOOPBACK) as client:
        yield client


async def refusal(client: GuardedHttp, method: str, url: str, **how: object) -> str:
    """The code of the error that the request must end with."""
    with pytest.raises(NodeError) as caught:
        await client.request(method, url, **how)  # type: ignore[arg-type]
    return caught.value.failure.code


async def test_a_request_carries_its_parts(http: GuardedHttp, server: TestServer) -> None:
    answer = await http.request(
        "post", str(server.make_url("/echo")), params=[("a", "1"), ("a", "2")], json={"x": "ü"}, idempotency_key="k1"
    )
    assert answer.status == 200
    assert b'"path": "/echo?a=1&a=2"' in answer.body
    assert b'"Content-Type": "application/json"' in answer.body or b'"content-type": "application/json"' in answer.body
    assert b"idempotency-key" in answer.body.lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/echo", "http://localhost:{port}/echo", "http://127.1:{port}/echo",
        "http://0x7f000001:{port}/echo", "http://0177.0.0.1:{port}/echo", "http://2130706433:{port}/echo",
        "http://[::1]:{port}/echo", "http://[::ffff:127.0.0.1]:{port}/echo", "http://0:{port}/echo",
        "http://user@127.0.0.1:{port}/echo", "http://１２７.0.0.1:{port}/echo", "http://127.0.0.1\\@example.com:{port}/",
        "file:///etc/passwd", "gopher://127.0.0.1:{port}/", "ftp://127.0.0.1/", "data:text/plain,x", "unix:/run/x.sock",
    ],
)  # fmt: skip
async def test_no_spelling_of_loopback_is_let_through(server: TestServer, url: str) -> None:
    async with GuardedHttp(EgressPolicy()) as guarded:
        code = await refusal(guarded, "GET", url.format(port=server.port))
    assert code in {"EGRESS_DENIED", "BAD_USER_INPUT"}


async def test_a_redirect_is_checked_like_the_first_request(http: GuardedHttp, server: TestServer) -> None:
    for target in ("http://10.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd"):
        url = str(server.make_url("/away").with_query(to=target))
        assert await refusal(http, "GET", url) == "EGRESS_DENIED"


async def test_redirects_end(http: GuardedHttp, server: TestServer) -> None:
    answer = await http.request("GET", str(server.make_url("/around")))
    assert answer.status == 302


def test_credentials_do_not_follow_to_another_origin() -> None:
    request = Request("POST", "https://a.example/x", {"Authorization": "Bearer s", "X-Own": "1"}, (), b"{}")
    elsewhere = redirected(request, 307, "https://b.example/y")
    assert "Authorization" not in elsewhere.headers
    assert elsewhere.headers["X-Own"] == "1"
    assert redirected(request, 307, "/y").headers["Authorization"] == "Bearer s"
    assert redirected(request, 303, "/y").method == "GET"
    assert redirected(request, 303, "/y").body is None


async def test_the_proxies_of_the_environment_are_ignored(
    http: GuardedHttp, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert (await http.request("GET", str(server.make_url("/echo")))).status == 200


@pytest.mark.parametrize("path", ["/endless", "/bomb"])
async def test_a_body_is_cut_at_its_limit(http: GuardedHttp, server: TestServer, path: str) -> None:
    assert await refusal(http, "GET", str(server.make_url(path))) == "RESPONSE_TOO_LARGE"


async def test_a_server_that_does_not_answer_is_given_up(http: GuardedHttp, server: TestServer) -> None:
    assert await refusal(http, "GET", str(server.make_url("/silent")), timeout_s=0.05) == "TIMEOUT"


@pytest.mark.parametrize(
    ("method", "headers"),
    [("GET\r\nX: y", {}), ("GET", {"A\r\nB": "c"}), ("GET", {"A": "b\r\nC: d"}), ("GET", {"A": "b\0"}), ("", {})],
)
async def test_line_breaks_cannot_be_smuggled(
    http: GuardedHttp, server: TestServer, method: str, headers: dict[str, str]
) -> None:
    code = await refusal(http, method, str(server.make_url("/echo")), headers=headers)
    assert code == "BAD_USER_INPUT"


async def test_nothing_listens_is_a_clear_error(http: GuardedHttp) -> None:
    assert await refusal(http, "GET", "http://127.0.0.1:9/") == "CONNECTION_FAILED"
