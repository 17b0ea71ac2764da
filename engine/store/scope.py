"""The second lock between tenants: a query of a tenant-owned table runs inside exactly one tenant, or not at all.

Tortoise's managers can be passed by in many ways. Each is closed here: what cannot be scoped is refused. Tenant-owned
models have no relation fields, so there is no join that could lead out of the tenant; their composite foreign keys
`(tenant_id, id)` live in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn, TypeVar

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import RawSQL, Subquery
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import BulkCreateQuery, QuerySet, UpdateQuery

M = TypeVar("M", bound=Model)

_tenant: ContextVar[str] = ContextVar("tenant")


class TenantBreach(Exception):
    """Code tried to reach past the bound tenant. A bug, never a user's mistake."""


class UnscopedQuery(TenantBreach):
    """A tenant-owned table was queried outside any tenant scope."""


@contextmanager
def tenant_scope(tenant: str) -> Iterator[None]:
    """Within the block, tenant-owned models are this tenant's alone."""
    token = _tenant.set(tenant)
    try:
        yield
    finally:
        _tenant.reset(token)


def current_tenant() -> str:
    """Raises `UnscopedQuery` outside a scope."""
    try:
        return _tenant.get()
    except LookupError:
        raise UnscopedQuery("no tenant is bound here") from None


class TenantQuerySet(QuerySet[M]):
    """A query set without the methods that forget its filters."""

    __slots__ = ()

    def update(self, **changes: Any) -> UpdateQuery:
        if "tenant_id" in changes:
            raise TenantBreach("a row never moves to another tenant")
        return super().update(**changes)

    def annotate(self, **terms: Any) -> QuerySet[M]:
        for term in terms.values():
            if isinstance(term, RawSQL | Subquery):
                raise TenantBreach("raw SQL and subqueries are not scoped")
        return super().annotate(**terms)

    def bulk_create(
        self,
        objects: Iterable[M],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_fields: Iterable[str] | None = None,
        on_conflict: Iterable[str] | None = None,
    ) -> BulkCreateQuery[M]:
        if update_fields or on_conflict:
            raise TenantBreach("an upsert would overwrite whatever row has the key, whoever owns it")
        rows = list(objects)
        tenant = current_tenant()
        if any(row.tenant_id != tenant for row in rows):  # type: ignore[attr-defined]
            raise TenantBreach("a row of another tenant")
        return super().bulk_create(rows, batch_size, ignore_conflicts)

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise TenantBreach("bulk_update finds rows by key alone: use filter(…).update(…)")

    def raw(self, sql: str) -> NoReturn:  # noqa: ARG002  # Tortoise's signature
        raise TenantBreach("raw SQL is not scoped")

    def select_related(self, *_: str) -> NoReturn:
        raise TenantBreach("a join is not scoped")

    def prefetch_related(self, *_: Any) -> NoReturn:
        raise TenantBreach("tenant-owned models have no relations")


class TenantManager(Manager):
    """Where every query of a tenant-owned model begins."""

    def get_queryset(self) -> QuerySet[Any]:
        return TenantQuerySet(self._model).filter(tenant_id=current_tenant())


class TenantModel(Model):
    """A row that belongs to one tenant. Made with `create` or `bulk_create`, changed by scoped queries only."""

    owned: ClassVar[list[type[TenantModel]]] = []
    """Every tenant-owned model there is."""

    tenant_id = fields.CharField(max_length=40)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A base's Meta.manager is not inherited, so each model is given its own.
        cls._meta.manager = TenantManager(cls)
        if not cls._meta.abstract:
            TenantModel.owned.append(cls)

    @classmethod
    async def create(cls, using_db: BaseDBAsyncClient | None = None, **values: Any) -> Any:
        return await super().create(using_db=using_db, **{"tenant_id": current_tenant(), **values})

    async def save(
        self,
        using_db: BaseDBAsyncClient | None = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,  # noqa: ARG002  # Tortoise's signature
        force_update: bool = False,
    ) -> None:
        """A new row only: Tortoise updates by key alone, and a forged key would be another tenant's."""
        if self._saved_in_db or update_fields or force_update:
            raise TenantBreach("save() updates by key alone: use filter(…).update(…)")
        if self.tenant_id != current_tenant():
            raise TenantBreach("a row of another tenant")
        await super().save(using_db=using_db, force_create=True)

    async def delete(self, using_db: BaseDBAsyncClient | None = None) -> NoReturn:  # noqa: ARG002
        raise TenantBreach("delete() goes by key alone: use filter(…).delete()")

    async def refresh_from_db(
        self,
        fields: Iterable[str] | None = None,  # noqa: ARG002
        using_db: BaseDBAsyncClient | None = None,  # noqa: ARG002
    ) -> NoReturn:
        raise TenantBreach("refresh_from_db() goes by key alone: use get(…)")

    class Meta:
        abstract = True
