"""Documents by content hash, lately used ones kept in memory: what a hash stands for never changes."""

from __future__ import annotations

from collections import OrderedDict

from engine.store.rows import TenantRows

MAX_BYTES = 32 * 1024 * 1024

DOCUMENT = "SELECT document FROM definitions WHERE tenant_id = ? AND hash = ?"


class DefinitionCache:
    """Bounded by the bytes it holds; the least recently used go first. A key is tenant and hash, never a hash alone."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._documents: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._bytes = 0

    def get(self, tenant: str, definition_hash: str) -> bytes | None:
        document = self._documents.get((tenant, definition_hash))
        if document is not None:
            self._documents.move_to_end((tenant, definition_hash))
        return document

    def put(self, tenant: str, definition_hash: str, document: bytes) -> None:
        if (tenant, definition_hash) in self._documents or len(document) > self._max_bytes:
            return
        self._documents[tenant, definition_hash] = document
        self._bytes += len(document)
        while self._bytes > self._max_bytes:
            _, oldest = self._documents.popitem(last=False)
            self._bytes -= len(oldest)


class Definitions:
    """One tenant's documents."""

    def __init__(self, tenant: str, rows: TenantRows, cache: DefinitionCache) -> None:
        self._tenant = tenant
        self._rows = rows
        self._cache = cache

    async def get(self, definition_hash: str) -> bytes | None:
        """The canonical JSON bytes; None when this tenant has no document of that hash."""
        document = self._cache.get(self._tenant, definition_hash)
        if document is None:
            rows = await self._rows.fetch(DOCUMENT, definition_hash)
            if not rows:
                return None
            document = bytes(rows[0]["document"])
            self._cache.put(self._tenant, definition_hash, document)
        return document
