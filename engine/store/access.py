"""What the door looks up before any tenant is known: tenants and API keys."""

from __future__ import annotations

from typing import Any

from tortoise.context import TortoiseContext

from engine.ports import Clock, Ids
from engine.store.models import ApiKey, Tenant
from engine.store.records import ApiKeyRecord, Role, TenantRecord
from engine.store.rows import Rows
from engine.store.session import Session

KEY_FIELDS = (
    "id", "tenant_id", "name", "role", "prefix", "created_at_us", "expires_at_us", "revoked_at_us",
)  # fmt: skip
KEY_BY_SECRET = f"SELECT {', '.join(KEY_FIELDS)} FROM api_keys WHERE secret_hash = ?"  # noqa: S608  # constants only
TENANT_BY_ID = "SELECT id, name FROM tenants WHERE id = ?"
TENANT_BY_NAME = "SELECT id, name FROM tenants WHERE name = ?"


class TenantExists(Exception):
    """There is a tenant of that name."""


class Access:
    """Not bound to a tenant, so nothing past the door may hold one."""

    def __init__(self, context: TortoiseContext, rows: Rows, *, clock: Clock, ids: Ids) -> None:
        self._context = context
        self._rows = rows
        self._clock = clock
        self._ids = ids

    async def find_key(self, secret_hash: str) -> ApiKeyRecord | None:
        """The key whose secret has this hash. Whether it has expired or was revoked is for the caller to judge."""
        rows = await self._rows.fetch(KEY_BY_SECRET, (secret_hash,))
        return _key_record(rows[0]) if rows else None

    async def tenant(self, tenant_id: str) -> TenantRecord | None:
        return await self._tenant(TENANT_BY_ID, tenant_id)

    async def tenant_by_name(self, name: str) -> TenantRecord | None:
        return await self._tenant(TENANT_BY_NAME, name)

    async def create_tenant(self, name: str) -> TenantRecord:
        """Raises `TenantExists` or `StoreUnavailable`."""
        tenant = TenantRecord(self._ids.new("tnt"), name)
        async with Session(self._context, tenant.id).writing():
            if await Tenant.exists(name=name):
                raise TenantExists(f"There is a tenant named {name!r} already")
            await Tenant.create(id=tenant.id, name=name, created_at_us=self._clock.now_us())
        return tenant

    async def create_key(
        self,
        tenant_id: str,
        name: str,
        role: Role,
        *,
        secret_hash: str,
        prefix: str,
        expires_at_us: int | None = None,
    ) -> ApiKeyRecord:
        """A key of an existing tenant; its secret was made, and shown, by the caller."""
        key = ApiKeyRecord(
            id=self._ids.new("key"),
            tenant_id=tenant_id,
            name=name,
            role=role,
            prefix=prefix,
            created_at_us=self._clock.now_us(),
            expires_at_us=expires_at_us,
            revoked_at_us=None,
        )
        values = {field: getattr(key, field) for field in KEY_FIELDS}
        async with Session(self._context, tenant_id).writing():
            await ApiKey.create(**values, secret_hash=secret_hash)
        return key

    async def revoke_keys(self, tenant_id: str, *, name: str, but: str | None = None) -> None:
        """End every key of that name, except the one with this secret hash."""
        async with Session(self._context, tenant_id).writing():
            ended = ApiKey.filter(name=name, revoked_at_us__isnull=True)
            await (ended.exclude(secret_hash=but) if but else ended).update(revoked_at_us=self._clock.now_us())

    async def touch(self, key: ApiKeyRecord) -> None:
        """Note that a key was used just now."""
        async with Session(self._context, key.tenant_id).writing():
            await ApiKey.filter(id=key.id).update(last_used_at_us=self._clock.now_us())

    async def _tenant(self, query: str, value: str) -> TenantRecord | None:
        rows = await self._rows.fetch(query, (value,))
        return TenantRecord(rows[0]["id"], rows[0]["name"]) if rows else None


def _key_record(row: Any) -> ApiKeyRecord:
    return ApiKeyRecord(**{field: row[field] for field in KEY_FIELDS if field != "role"}, role=Role(row["role"]))
