"""Definitions ready to run, by tenant and content hash: read from the store once, validated once, kept compiled."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from engine.definition import n8n
from engine.definition.validation import InvalidDocument, Report, Stage, validate
from engine.expressions.sandbox import V8Sandbox
from engine.runtime.compiled import Compiled, CompiledCache
from engine.store.tenancy import Store
from plugins.items import Json
from plugins.registry import Registry

REPORTS_KEPT = 2_048


class UnknownDefinition(Exception):
    """The store has no definition of that hash for this tenant: the database was tampered with, or half restored."""


@dataclass(frozen=True, slots=True)
class TenantSyntax:
    """A `SyntaxChecker`: one tenant's expressions are parsed in that tenant's worker."""

    sandbox: V8Sandbox
    tenant: str

    async def check(self, templates: Sequence[str]) -> Sequence[str | None]:
        return await self.sandbox.check(self.tenant, templates)


class Definitions:
    """Compiled definitions and validation reports. Both depend on nothing but the content and the tenant's node types,
    so they are never stale until plugins are loaded anew."""

    def __init__(self, node_types: Callable[[str], Registry], sandbox: V8Sandbox) -> None:
        self._node_types = node_types
        self._sandbox = sandbox
        self._compiled = CompiledCache(node_types)
        self._reports: OrderedDict[tuple[str, str, Stage, bool], Report] = OrderedDict()

    def forget(self) -> None:
        """The node types are others now. What was handed out already stays as it is."""
        self._compiled = CompiledCache(self._node_types)
        self._reports.clear()

    async def get(self, store: Store, definition_hash: str) -> Compiled:
        """Raises `UnknownDefinition`."""
        compiled = self._compiled.get(store.tenant, definition_hash)
        if compiled is None:
            body = await store.workflows.definition(definition_hash)
            if body is None:
                raise UnknownDefinition(definition_hash)
            compiled = self._compiled.put(store.tenant, definition_hash, n8n.read(msgspec.json.decode(body)))
        return compiled

    def compile(self, tenant: str, definition_hash: str, document: Json) -> Compiled:
        """The same for a document at hand. Raises `InvalidDocument`."""
        compiled = self._compiled.get(tenant, definition_hash)
        return compiled or self._compiled.put(tenant, definition_hash, n8n.read(document))

    async def report(
        self,
        tenant: str,
        document: Json,
        *,
        stage: Stage,
        strict_dag: bool = False,
        definition_hash: str | None = None,
    ) -> Report:
        """What is wrong with a document, at that stage; any JSON will do. `definition_hash` is the document's own,
        where it is at hand."""
        if not isinstance(document, dict):
            return await self._validate(tenant, document, stage, strict_dag=strict_dag)
        try:
            key = (tenant, definition_hash or n8n.content_hash(document), stage, strict_dag)
        except InvalidDocument:
            return await self._validate(tenant, document, stage, strict_dag=strict_dag)
        report = self._reports.get(key)
        if report is None:
            report = self._reports[key] = await self._validate(tenant, document, stage, strict_dag=strict_dag)
            if len(self._reports) > REPORTS_KEPT:
                self._reports.popitem(last=False)
        return report

    async def _validate(self, tenant: str, document: Json, stage: Stage, *, strict_dag: bool) -> Report:
        # When it runs, a node with a broken expression fails by itself, as in n8n, and its policy decides.
        syntax = None if stage is Stage.RUN else TenantSyntax(self._sandbox, tenant)
        return await validate(document, self._node_types(tenant), stage=stage, strict_dag=strict_dag, syntax=syntax)
