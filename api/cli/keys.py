"""`heddle tenant create` and `heddle key create`: who may come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
import typer

from api import keys
from api.settings import Settings
from engine.runtime.system import SystemClock, UuidIds
from engine.store.access import TenantExists
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.records import Role

REFUSED = 1

tenant_app = typer.Typer(help="Tenants: each one's data is its own.", no_args_is_help=True)
key_app = typer.Typer(help="API keys of a tenant.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """The configured database, migrated. A server may be running on it at the same time."""
    settings = Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    await migrate(settings.store_url)
    async with await Database.open(settings.store_url, clock=SystemClock(), ids=UuidIds()) as opened:
        yield opened


@tenant_app.command("create")
def create_tenant(name: Annotated[str, typer.Argument(help="A name of its own.")], json: AsJson = False) -> None:
    """Create a tenant."""

    async def create() -> str:
        async with database() as opened:
            return (await opened.access.create_tenant(name)).id

    try:
        tenant_id = asyncio.run(create())
    except TenantExists as error:
        typer.echo(f"heddle: {error}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(orjson.dumps({"id": tenant_id, "name": name}).decode() if json else f"{tenant_id}  {name}")


@key_app.command("create")
def create_key(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    name: Annotated[str, typer.Option(help="What the key is for.")] = "cli",
    role: Annotated[Role, typer.Option(help="What its holder may do.")] = Role.EDITOR,
    expires_in_days: Annotated[float | None, typer.Option(help="When it ends by itself.", min=0.0)] = None,
    json: AsJson = False,
) -> None:
    """Create an API key. Its secret is shown here and never again."""
    secret = keys.new_secret()
    expires = None if expires_in_days is None else datetime.now(UTC) + timedelta(days=expires_in_days)

    async def create() -> str | None:
        async with database() as opened:
            owner = await opened.access.tenant_by_name(tenant)
            if owner is None:
                return None
            key = await opened.access.create_key(
                owner.id,
                name,
                role,
                secret_hash=keys.hash_of(secret),
                prefix=keys.prefix_of(secret),
                expires_at_us=None if expires is None else int(expires.timestamp() * 1e6),
            )
            return key.id

    key_id = asyncio.run(create())
    if key_id is None:
        typer.echo(f"heddle: there is no tenant named {tenant!r}: create it with `heddle tenant create`", err=True)
        raise typer.Exit(REFUSED)
    if json:
        typer.echo(orjson.dumps({"id": key_id, "tenant": tenant, "role": role, "secret": secret}).decode())
    else:
        typer.echo(f"{secret}\n\nShown once: keep it where secrets are kept. ({key_id}, {role} of {tenant})")
