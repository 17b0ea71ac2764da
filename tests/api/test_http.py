"""The error contract over HTTP: every refusal is JSON, with a code, a request id, and the right status."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import pages
from api.settings import Mode
from engine.ports import StoreUnavailable
from engine.store.records import Role
from schema.errors import ErrorCode
from tests.serving import Client, Edge, edge_in

MODERN = "application/graphql-response+json"
LEGACY = "application/json"
VIEWER = b'{"query": "{ viewer { role } }"}'


@dataclass(frozen=True, slots=True)
class Case:
    status: int
    code: str
    body: bytes = VIEWER
    method: str = "POST"
    path: str = "/graphql"
    headers: dict[str, str] = field(default_factory=dict)


JSON = {"content-type": "application/json"}

CASES = {
    "text/plain": Case(415, "UNSUPPORTED_MEDIA_TYPE", headers={"content-type": "text/plain"}),
    "form": Case(415, "UNSUPPORTED_MEDIA_TYPE", headers={"content-type": "application/x-www-form-urlencoded"}),
    "multipart": Case(415, "UNSUPPORTED_MEDIA_TYPE", headers={"content-type": "multipart/form-data; boundary=x"}),
    "no content type": Case(415, "UNSUPPORTED_MEDIA_TYPE"),
    "other charset": Case(
        415, "UNSUPPORTED_MEDIA_TYPE", headers={"content-type": "application/json; charset=iso-8859-1"}
    ),
    "gzip": Case(415, "UNSUPPORTED_MEDIA_TYPE", headers={**JSON, "content-encoding": "gzip"}, body=b"\x1f\x8b"),
    "GET query": Case(405, "METHOD_NOT_ALLOWED", method="GET", path="/graphql?query={viewer{role}}"),
    "GET mutation": Case(405, "METHOD_NOT_ALLOWED", method="GET", path="/graphql?query=mutation{x}"),
    "PUT": Case(405, "METHOD_NOT_ALLOWED", method="PUT", headers=JSON),
    "DELETE": Case(405, "METHOD_NOT_ALLOWED", method="DELETE"),
    "too large": Case(413, "PAYLOAD_TOO_LARGE", headers=JSON, body=b" " * (8 * 1024 * 1024 + 1)),
    "a lie about the length": Case(413, "PAYLOAD_TOO_LARGE", headers={**JSON, "content-length": "99999999"}),
    "no JSON": Case(400, "BAD_USER_INPUT", headers=JSON, body=b"{"),
    "empty": Case(400, "BAD_USER_INPUT", headers=JSON, body=b""),
    "deep": Case(400, "BAD_USER_INPUT", headers=JSON, body=b"[" * 100_000),
    "NaN": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{ viewer { role } }", "variables": {"a": NaN}}'),
    "query twice": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{a}", "query": "{b}"}'),
    "bad UTF-8": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "\xff"}'),
    "surrogate": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{a}", "variables": {"a": "\\ud800"}}'),
    "batch": Case(400, "OPERATION_NOT_ALLOWED", headers=JSON, body=b"[" + VIEWER + b"]"),
    "no query": Case(400, "BAD_USER_INPUT", headers=JSON, body=b"{}"),
    "query is a number": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": 1}'),
    "variables are a list": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{a}", "variables": []}'),
    "name is a number": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{a}", "operationName": 1}'),
    "extensions are a text": Case(400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{a}", "extensions": "x"}'),
    "syntax": Case(400, "GRAPHQL_PARSE_FAILED", headers=JSON, body=b'{"query": "{ viewer { "}'),
    "nested selections": Case(
        400, "GRAPHQL_PARSE_FAILED", headers=JSON, body=b'{"query": "' + b"{a" * 3_000 + b"}" * 3_000 + b'"}'
    ),
    "too many tokens": Case(400, "GRAPHQL_PARSE_FAILED", headers=JSON, body=b'{"query": "{' + b"a " * 6_000 + b'}"}'),
    "unknown field": Case(400, "GRAPHQL_VALIDATION_FAILED", headers=JSON, body=b'{"query": "{ nothing }"}'),
    "fragment cycle": Case(
        400,
        "GRAPHQL_VALIDATION_FAILED",
        headers=JSON,
        body=b'{"query": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"}',
    ),
    "mass assignment": Case(
        400,
        "GRAPHQL_VALIDATION_FAILED",
        headers=JSON,
        body=b'{"query": "mutation { createWorkflow(input: {definition: {}, tenantId: \\"t\\"}) { __typename } }"}',
    ),
    "order that is no enum": Case(
        400,
        "GRAPHQL_VALIDATION_FAILED",
        headers=JSON,
        body=b'{"query": "{ workflows(orderBy: {field: tenant__name}) { totalCount } }"}',
    ),
    "aliases": Case(
        400,
        "DOCUMENT_TOO_COMPLEX",
        headers=JSON,
        body=b'{"query": "{' + b" ".join(b"x%d: viewer { role }" % n for n in range(300)) + b'}"}',
    ),
    "many operations": Case(
        400,
        "OPERATION_NOT_ALLOWED",
        headers=JSON,
        body=b'{"query": "' + b" ".join(b"query q%d { viewer { role } }" % n for n in range(200)) + b'"}',
    ),
    "unknown operation": Case(
        400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{ viewer { role } }", "operationName": "x"}'
    ),
    "missing variable": Case(
        400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "query ($id: ID!) { workflow(id: $id) { id } }"}'
    ),
    "variable of another type": Case(
        400,
        "BAD_USER_INPUT",
        headers=JSON,
        body=b'{"query": "query ($n: Int) { workflows(first: $n) { totalCount } }", "variables": {"n": "x"}}',
    ),
    "page too large": Case(
        400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{ workflows(first: 2147483647) { totalCount } }"}'
    ),
    "both directions": Case(
        400, "BAD_USER_INPUT", headers=JSON, body=b'{"query": "{ workflows(first: 1, last: 1) { totalCount } }"}'
    ),
    "forged cursor": Case(
        400, "CURSOR_INVALID", headers=JSON, body=b'{"query": "{ workflows(after: \\"x\\") { totalCount } }"}'
    ),
    "subscription": Case(
        400,
        "OPERATION_NOT_ALLOWED",
        headers=JSON,
        body=b'{"query": "subscription { executionEvents(executionId: \\"exe_1\\") { lastSeq } }"}',
    ),
    "another path": Case(404, "NOT_FOUND", method="GET", path="/graphql/"),
    "path tricks": Case(404, "NOT_FOUND", path="/graphql/x/healthz", headers=JSON),
    "missing asset": Case(404, "NOT_FOUND", method="GET", path="/static/nothing.js"),
    "traversal": Case(404, "NOT_FOUND", method="GET", path="/static/%2e%2e/settings.py"),
}


def assert_refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith(MODERN)
    body = answer.json()
    error = body["errors"][0]
    assert error["extensions"]["code"] == code
    assert ErrorCode(code)
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert "/work" not in answer.text
    assert "site-packages" not in answer.text
    return dict(error)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_request_that_is_not_one_is_refused_with_its_code(edge: Edge, case: Case) -> None:
    client = await edge.client()
    headers = {"authorization": f"Bearer {client.key}", "accept": MODERN, **case.headers}
    answer = await edge.http.request(case.method, case.path, content=case.body, headers=headers)
    assert_refused(answer, case.status, case.code)
    assert answer.json().get("data") is None


async def test_a_refusal_is_json_whatever_the_client_would_rather_have(edge: Edge) -> None:
    client = await edge.client()
    for accept in ("*/*", "text/plain", "text/html", "image/png"):
        headers = {**JSON, "authorization": f"Bearer {client.key}", "accept": accept}
        assert_refused(await edge.http.post("/graphql", content=b"{", headers=headers), 400, "BAD_USER_INPUT")


async def test_a_client_of_application_json_alone_gets_a_200_for_a_document_that_was_refused(edge: Edge) -> None:
    client = await edge.client()
    headers = {**JSON, "authorization": f"Bearer {client.key}", "accept": "application/json"}
    answer = await edge.http.post("/graphql", content=b'{"query": "{ nothing }"}', headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    unknown = await edge.http.post("/graphql", content=VIEWER, headers=headers | {"authorization": "Bearer x"})
    assert unknown.status_code == 401


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (MODERN, MODERN),
    ],
)
async def test_an_answer_has_the_media_type_that_was_asked_for(edge: Edge, accept: str | None, media: str) -> None:
    client = await edge.client()
    headers = {**JSON, "authorization": f"Bearer {client.key}", "accept": accept or ""}
    answer = await edge.http.post("/graphql", content=VIEWER, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json() == {"data": {"viewer": {"role": "OWNER"}}}


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer hdl_wrong"}, {"x-api-key": "wrong"}, {"cookie": "apiKey=x"}, {"authorization": "x"}],
    ids=str,
)
async def test_nobody_comes_in_without_a_credential(edge: Edge, headers: dict[str, str]) -> None:
    for body in (VIEWER, b'{"query": "{ __schema { queryType { name } } }"}', b"{"):
        answer = await edge.http.post("/graphql", content=body, headers={**JSON, **headers})
        assert_refused(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_in_the_address_is_not_read(edge: Edge) -> None:
    client = await edge.client()
    answer = await edge.http.post(
        f"/graphql?apiKey={client.key}&authorization={client.key}", content=VIEWER, headers=JSON
    )
    assert_refused(answer, 401, "UNAUTHENTICATED")


async def test_an_api_key_may_come_in_its_own_header(edge: Edge) -> None:
    client = await edge.client()
    answer = await edge.http.post("/graphql", content=VIEWER, headers={**JSON, "x-api-key": client.key})
    assert answer.json() == {"data": {"viewer": {"role": "OWNER"}}}


async def test_a_body_without_a_length_is_cut_where_it_becomes_too_long(edge: Edge) -> None:
    client = await edge.client()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1_048_576

    headers = {**JSON, "authorization": f"Bearer {client.key}"}
    answer = await edge.http.post("/graphql", content=endless(), headers=headers)
    assert_refused(answer, 413, "PAYLOAD_TOO_LARGE")
    assert sent <= 10


# ------------------------------------------------------------------------------------------------ masking


async def failing(edge: Edge, monkeypatch: pytest.MonkeyPatch, error: Exception) -> httpx.Response:
    client = await edge.client()

    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(edge.engine), "validate", fail)
    return await client.post("{ validateWorkflow(definition: {}) { valid } }")


async def test_what_was_not_expected_is_logged_and_masked(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = await failing(edge, monkeypatch, RuntimeError("the password is hunter2"))
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert set(error["extensions"]) == {"code", "requestId"}
    assert "hunter2" not in answer.text


async def test_a_database_that_takes_nothing_is_a_503_to_be_tried_again(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await failing(edge, monkeypatch, StoreUnavailable("SELECT secret FROM table"))
    assert_refused(answer, 503, "STORAGE_UNAVAILABLE")
    assert answer.headers["retry-after"]
    assert "SELECT" not in answer.text


async def test_a_door_that_cannot_look_anybody_up_is_a_503(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(type(edge.engine.access), "find_key", fail)
    headers = {**JSON, "x-api-key": "hdl_anything"}
    answer = await edge.http.post("/graphql", content=VIEWER, headers=headers)
    assert_refused(answer, 503, "STORAGE_UNAVAILABLE")


async def test_without_its_files_the_page_is_not_there(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_page", lambda: None)
    answer = await edge.http.get("/graphql", headers={"accept": "text/html"})
    assert_refused(answer, 404, "NOT_FOUND")


async def test_an_operation_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with edge_in(tmp_path, operation_timeout_s=0.05) as edge:

        async def never(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(type(edge.engine), "validate", never)
        client = await edge.client()
        refused = await client.refused("{ validateWorkflow(definition: {}) { valid } }")
        assert refused["extensions"]["code"] == "TIMEOUT"


# ------------------------------------------------------------------------------------------------ production


async def introspect(client: Client) -> httpx.Response:
    return await client.post("{ __schema { queryType { name } } }")


async def test_in_production_administrators_alone_introspect_and_nobody_is_given_hints(tmp_path: Path) -> None:
    async with edge_in(tmp_path, mode=Mode.PRODUCTION) as edge:
        editor, admin = await edge.client(Role.EDITOR), await edge.client(Role.ADMIN)
        assert_refused(await introspect(editor), 400, "OPERATION_NOT_ALLOWED")
        assert (await introspect(admin)).json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
        assert (await editor.ask("{ __typename }"))["__typename"] == "Query"
        refused = await editor.refused("{ viewr { role } }")
        assert "Did you mean" not in refused["message"]
        many = await editor.post("{" + " ".join(f"unknown{n}" for n in range(400)) + "}")
        assert len(many.json()["errors"]) <= 11


async def test_in_development_everybody_introspects(edge: Edge) -> None:
    assert (await introspect(await edge.client(Role.VIEWER))).status_code == 200


# ------------------------------------------------------------------------------------------------ beside GraphQL


async def test_a_browser_gets_the_page_under_a_strict_policy(edge: Edge) -> None:
    answer = await edge.http.get("/graphql", headers={"accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 200
    assert "<title>Heddle" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"].replace("https:", "http")
    asset = await edge.http.get("/static/graphiql/page.css")
    assert asset.status_code == 200
    assert asset.headers["x-content-type-options"] == "nosniff"


async def test_health_is_open_to_all_and_says_little(edge: Edge) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await edge.http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
