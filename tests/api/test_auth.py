"""The door: who comes in, by which credential, and with which rights."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import pytest_asyncio

from api.auth import Door, in_headers, in_payload
from api.tokens import Key, Tokens
from engine.store.records import Role, TenantRecord
from schema.caller import Caller
from schema.permissions import GRANTED, NEEDED, Scope
from tests.serving import Client, Edge, edge_in

SECRET = "s" * 32
TOKENS = Tokens("https://id", "heddle", frozenset({"JWT"}), {"": Key(SECRET, "HS256")})


@pytest_asyncio.fixture(loop_scope="session")
async def door(edge: Edge) -> AsyncIterator[Door]:
    yield Door(edge.engine.access, TOKENS, clock=edge.engine.clock, ttl_s=0)


def token(tenant: TenantRecord, **changes: Any) -> str:
    plain = {"iss": "https://id", "aud": "heddle", "sub": "ada", "exp": int(time.time()) + 60, "role": "OPERATOR"}
    return jwt.encode({**plain, "tenant": tenant.id, **changes}, SECRET, algorithm="HS256")


async def test_a_key_stands_for_its_tenant_and_role(edge: Edge, door: Door) -> None:
    tenant = await edge.tenant()
    caller = await door.admit(await edge.key(tenant, Role.EDITOR))
    assert isinstance(caller, Caller)
    assert (caller.tenant, caller.role, caller.scopes) == (tenant, Role.EDITOR, GRANTED[Role.EDITOR])
    assert caller.actor.startswith("API_KEY:key_")


async def test_a_key_is_worth_nothing_once_it_has_expired(edge: Edge, door: Door) -> None:
    key = await edge.key(await edge.tenant(), Role.OWNER, expires_at_us=edge.engine.clock.now_us() - 1)
    assert await door.admit(key) is None


@pytest.mark.parametrize("credential", [None, "", "hdl_unknown", "hdl_" + "A" * 43, "a.b.c", "x" * 10_000, "é\ud800"])
async def test_what_nobody_was_given_opens_nothing(door: Door, credential: str | None) -> None:
    assert await door.admit(credential) is None


async def test_a_token_stands_for_a_user_of_a_tenant_that_exists(edge: Edge, door: Door) -> None:
    tenant = await edge.tenant()
    caller = await door.admit(token(tenant))
    assert isinstance(caller, Caller)
    assert (caller.tenant, caller.actor, caller.role) == (tenant, "USER:ada", Role.OPERATOR)
    assert await door.admit(token(TenantRecord("tnt_nobody", "nobody"))) is None


async def test_a_token_may_narrow_its_role_but_not_widen_it(edge: Edge, door: Door) -> None:
    caller = await door.admit(token(await edge.tenant(), scopes=["read", "administer"]))
    assert isinstance(caller, Caller)
    assert caller.scopes == {Scope.READ}


async def test_a_credential_that_was_good_is_believed_for_a_moment_and_no_longer_than_it_lasts(edge: Edge) -> None:
    clock = Clock(edge.engine.clock.now_us())
    counting = Counting(edge.engine.access)
    door = Door(counting, None, clock=clock, ttl_s=5)  # type: ignore[arg-type]
    key = await edge.key(await edge.tenant(), Role.VIEWER, expires_at_us=clock.now + 8_000_000)
    for _ in range(3):
        assert await door.admit(key) is not None
    assert counting.asked == 1
    clock.now += 6_000_000
    assert await door.admit(key) is not None
    assert counting.asked == 2
    clock.now += 3_000_000
    assert await door.admit(key) is None


class Clock:
    def __init__(self, now: int) -> None:
        self.now = now

    def now_us(self) -> int:
        return self.now


class Counting:
    """The real look-ups, counted."""

    def __init__(self, access: Any) -> None:
        self._access = access
        self.asked = 0

    async def find_key(self, secret_hash: str) -> Any:
        self.asked += 1
        return await self._access.find_key(secret_hash)

    async def tenant(self, tenant_id: str) -> Any:
        return await self._access.tenant(tenant_id)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([(b"authorization", b"Bearer abc")], "abc"),
        ([(b"authorization", b"bearer  abc ")], "abc"),
        ([(b"x-api-key", b"abc")], "abc"),
        ([(b"authorization", b"Basic abc"), (b"x-api-key", b"key")], "key"),
        ([(b"authorization", b"Basic abc")], None),
        ([(b"authorization", b"Bearer ")], None),
        ([(b"cookie", b"authorization=abc")], None),
        ([], None),
    ],
)
def test_where_a_credential_is_in_a_request(headers: list[tuple[bytes, bytes]], found: str | None) -> None:
    assert in_headers(headers) == found


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"Authorization": "Bearer abc"}, "abc"),
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "abc"}, "abc"),
        ({"apiKey": "abc"}, "abc"),
        ({"x-api-key": "abc"}, "abc"),
        ({"apiKey": 7}, None),
        ({"token": "abc"}, None),
        ({}, None),
    ],
)
def test_where_a_credential_is_in_a_payload(payload: dict[str, object], found: str | None) -> None:
    assert in_payload(payload) == found


CALLS = {
    "Query.viewer": "{ viewer { role } }",
    "Query.workflows": "{ workflows { totalCount } }",
    "Mutation.createWorkflow": "mutation { createWorkflow(input: {definition: {}}) { __typename } }",
    "Mutation.updateWorkflow": (
        'mutation { updateWorkflow(input: {id: "wf_1", expectedVersion: "1.0.0"}) { __typename } }'
    ),
    "Mutation.publishWorkflow": 'mutation { publishWorkflow(input: {id: "wf_1"}) { __typename } }',
    "Mutation.executeWorkflow": 'mutation { executeWorkflow(input: {workflowId: "wf_1"}) { __typename } }',
    "Mutation.executeDefinition": "mutation { executeDefinition(input: {definition: {}}) { __typename } }",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("field", CALLS)
async def test_a_role_may_do_what_its_row_says_and_no_more(edge: Edge, role: Role, field: str) -> None:
    answer = await (await edge.client(role)).post(CALLS[field])
    if NEEDED[field] in GRANTED[role]:
        assert answer.status_code == 200
        assert "errors" not in answer.json()
    else:
        assert answer.status_code == 403
        assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert "data" not in answer.json()


async def test_a_forbidden_field_cannot_be_reached_under_an_alias_or_a_fragment(edge: Edge) -> None:
    client = await edge.client(Role.VIEWER)
    for document in (
        'mutation { x: publishWorkflow(input: {id: "wf_1"}) { __typename } }',
        'mutation { ...f } fragment f on Mutation { publishWorkflow(input: {id: "wf_1"}) { __typename } }',
        'mutation { ... on Mutation { publishWorkflow(input: {id: "wf_1"}) { __typename } } }',
    ):
        assert (await client.refused(document))["extensions"]["code"] == "FORBIDDEN"


async def test_a_token_opens_the_api_as_a_key_does(tmp_path: Path) -> None:
    jwt_settings = {"jwt_issuer": "https://id", "jwt_audience": "heddle", "jwt_key": SECRET}
    async with edge_in(tmp_path, **jwt_settings) as edge:
        tenant = await edge.tenant()
        client = Client(edge.http, token(tenant, name="Ada"), tenant)
        viewer = (await client.ask("{ viewer { actor { id kind name } tenant { id } role scopes } }"))["viewer"]
        assert viewer == {
            "actor": {"id": "ada", "kind": "USER", "name": "Ada"},
            "tenant": {"id": tenant.id},
            "role": "OPERATOR",
            "scopes": ["execute", "read"],
        }
        stranger = Client(edge.http, token(tenant, aud="else"), tenant)
        assert (await stranger.post("{ viewer { role } }")).status_code == 401
