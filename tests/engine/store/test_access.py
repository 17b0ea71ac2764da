"""The door finds tenants and keys without being bound to a tenant."""

from __future__ import annotations

import pytest

from engine.store.access import TenantExists
from engine.store.records import ApiKeyRecord, Role, TenantRecord
from tests.engine.store.world import START_US, World


async def a_key(world: World, name: str = "ci", *, secret_hash: str = "s1") -> ApiKeyRecord:
    return await world.database.access.create_key(
        world.acme.tenant, name, Role.EDITOR, secret_hash=secret_hash, prefix="hdl_abc", expires_at_us=START_US + 9
    )


async def test_a_tenant_is_found_by_id_and_by_name(world: World) -> None:
    made = await world.database.access.create_tenant("initech")
    assert made == TenantRecord(made.id, "initech")
    assert await world.database.access.tenant(made.id) == made
    assert await world.database.access.tenant_by_name("initech") == made
    assert await world.database.access.tenant("tnt_none") is None
    assert await world.database.access.tenant_by_name("Initech") is None


async def test_a_tenants_name_is_its_own(world: World) -> None:
    with pytest.raises(TenantExists, match="acme"):
        await world.database.access.create_tenant("acme")


async def test_a_key_is_found_by_the_hash_of_its_secret_alone(world: World) -> None:
    key = await a_key(world)
    assert key == ApiKeyRecord(
        key.id, world.acme.tenant, "ci", Role.EDITOR, "hdl_abc", START_US, START_US + 9, revoked_at_us=None
    )
    assert await world.database.access.find_key("s1") == key
    assert await world.database.access.find_key("s2") is None


async def test_finding_a_key_is_one_look_up_in_an_index(world: World) -> None:
    plan = await world.database._readers.fetch(
        "EXPLAIN QUERY PLAN SELECT id FROM api_keys WHERE secret_hash = ?", ("s1",)
    )
    assert ["SEARCH" in row["detail"] and "INDEX" in row["detail"] for row in plan] == [True]


async def test_keys_of_a_name_are_revoked_but_one(world: World) -> None:
    await a_key(world, secret_hash="s1")
    kept = await a_key(world, secret_hash="s2")
    other = await a_key(world, "laptop", secret_hash="s3")
    world.clock.forward(5)
    await world.database.access.revoke_keys(world.acme.tenant, name="ci", but="s2")
    revoked = await world.database.access.find_key("s1")
    assert revoked is not None
    assert revoked.revoked_at_us == START_US + 5
    assert await world.database.access.find_key("s2") == kept
    assert await world.database.access.find_key("s3") == other
    await world.database.access.revoke_keys(world.acme.tenant, name="ci")
    assert (await world.database.access.find_key("s2")) != kept


async def test_a_key_remembers_when_it_was_used(world: World) -> None:
    key = await a_key(world)
    world.clock.forward(7)
    await world.database.access.touch(key)
    rows = await world.database._readers.fetch("SELECT last_used_at_us FROM api_keys WHERE id = ?", (key.id,))
    assert rows[0]["last_used_at_us"] == START_US + 7
