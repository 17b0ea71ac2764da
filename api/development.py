"""Development mode: a demo tenant with an owner's key and a few workflows, so that there is something to try."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from api import keys
from api.settings import Settings
from engine.runtime.engine import Engine
from engine.runtime.lifecycle import NewWorkflow, create
from engine.store.records import Role
from engine.store.tenancy import Store

TENANT = "demo"
KEY_NAME = "development"
ACTOR = "SYSTEM:heddle"


async def prepare(engine: Engine, given_key: str | None) -> str:
    """Make sure that the demo tenant, its samples and the key are there. Answers the key's secret.

    Without a given key each start makes another one, and the last one ends.
    """
    tenant = await engine.access.tenant_by_name(TENANT) or await engine.access.create_tenant(TENANT)
    secret = given_key or keys.new_secret()
    secret_hash = keys.hash_of(secret)
    await engine.access.revoke_keys(tenant.id, name=KEY_NAME, but=secret_hash)
    if await engine.access.find_key(secret_hash) is None:
        prefix = keys.prefix_of(secret)
        await engine.access.create_key(tenant.id, KEY_NAME, Role.OWNER, secret_hash=secret_hash, prefix=prefix)
    await add_samples(engine, engine.store(tenant.id))
    return secret


async def add_samples(engine: Engine, store: Store) -> None:
    """Create and publish the sample workflows that are not there yet."""
    for sample in sorted(files("api").joinpath("samples").iterdir(), key=lambda each: each.name):
        document = msgspec.json.decode(sample.read_bytes())
        if await store.workflows.by_name(document["name"]) is None:
            await create(engine, store, NewWorkflow(document, publish=True), actor=ACTOR)


def banner(settings: Settings, key: str) -> str:
    """What `make run` prints."""
    base = f"http://{settings.host}:{settings.port}"
    return (
        f"\n  Heddle is serving at {base}  (development mode: tenant '{TENANT}', data in {settings.data_dir})\n\n"
        f"  API key    {key}\n"
        f"  GraphiQL   {base}/graphql#apiKey={key}\n\n"
    )
