"""Operations: a document is parsed, measured and validated once, then run as often as it is asked."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    map_source_to_response_event,
    parse,
    validate,
)

from schema.context import Context
from schema.errors import ApiError, ErrorCode
from schema.executor import Plan, PlannedExecutor
from schema.limits import Limits, check, root_fields
from schema.permissions import Scope, may
from schema.tuning import plain_fields, settle_inputs, settle_types

KEPT = 1_000
KEPT_CHARS = 20_000
"""Longer documents are prepared anew each time."""


class RequestErrors(Exception):
    """The request was refused before anything ran: its answer has errors, and no data."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be run. `roots` are the fields at its root, `plan` what its runs share."""

    document: DocumentNode
    kind: OperationType
    name: str | None
    roots: frozenset[str]
    plan: Plan

    @property
    def introspects(self) -> bool:
        return not self.roots.isdisjoint({"__schema", "__type"})

    @property
    def is_subscription(self) -> bool:
        return self.kind is OperationType.SUBSCRIPTION


class Operations:
    """`open_to_all` lets everybody introspect, and be told what they may have meant; else administrators only."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, open_to_all: bool) -> None:
        # Strawberry makes the schema; running it through graphql-core itself saves Strawberry's own pipeline of
        # extensions, six sevenths of the time of a small operation.
        self.schema: GraphQLSchema = schema._schema
        self._limits = limits
        self._open = open_to_all
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        settle_types(self.schema)
        settle_inputs(self.schema)
        self._plain = plain_fields(self.schema)

    # ------------------------------------------------------------------------------------------- preparing

    def prepare(self, text: str) -> Prepared:
        """Raises `RequestErrors`."""
        prepared = self._kept.get(text)
        if prepared is not None:
            self._kept.move_to_end(text)
            return prepared
        prepared = self._prepare(text)
        if len(text) <= KEPT_CHARS:
            self._kept[text] = prepared
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return prepared

    def _prepare(self, text: str) -> Prepared:
        document = self._parse(text)
        try:
            measure = check(document, self._limits)
        except ApiError as error:
            raise RequestErrors([GraphQLError(error.message, original_error=error)]) from None
        errors = validate(self.schema, document, max_errors=self._limits.errors, hide_suggestions=not self._open)
        if errors:
            raise RequestErrors([_coded(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors])
        operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        return Prepared(
            document=document,
            kind=operation.operation,
            name=operation.name.value if operation.name else None,
            roots=root_fields(document, operation),
            plan=Plan(shared=measure.directives == 0),
        )

    def _parse(self, text: str) -> DocumentNode:
        try:
            return parse(text, max_lexical_tokens=self._limits.tokens)
        except GraphQLError as error:
            raise RequestErrors([_coded(error, ErrorCode.GRAPHQL_PARSE_FAILED)]) from None

    # ------------------------------------------------------------------------------------------- running

    def permit(self, prepared: Prepared, context: Context) -> None:
        """Raises `ApiError` when the caller may not use one of the fields at the root, or may not introspect."""
        scopes = context.caller.scopes
        if prepared.introspects and not self._open and Scope.ADMINISTER not in scopes:
            raise ApiError(ErrorCode.OPERATION_NOT_ALLOWED, "Introspection is for administrators")
        root = self.schema.get_root_type(prepared.kind)
        assert root is not None, "validation refuses an operation without a root type"
        if not may(scopes, root.name, prepared.roots):
            raise ApiError(ErrorCode.FORBIDDEN, f"The role {context.caller.role} may not do this")

    async def run(
        self, prepared: Prepared, context: Context, variables: Mapping[str, Any] | None, name: str | None
    ) -> ExecutionResult:
        """A query or a mutation. Raises `RequestErrors` or `ApiError` before anything runs."""
        self.permit(prepared, context)
        executor = self._executor(prepared, context, variables, name)
        result = executor.execute_operation()
        return await result if isawaitable(result) else result  # type: ignore[no-any-return]

    async def run_within(
        self,
        timeout_s: float,
        prepared: Prepared,
        context: Context,
        variables: Mapping[str, Any] | None,
        name: str | None,
    ) -> ExecutionResult:
        """The same, given up with `ApiError(TIMEOUT)` when it takes longer; waits that were asked for do not count."""
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                context.deadline = deadline
                return await self.run(prepared, context, variables, name)
        except TimeoutError:
            raise ApiError(ErrorCode.TIMEOUT, "The operation took too long and was given up") from None

    async def follow(
        self, prepared: Prepared, context: Context, variables: Mapping[str, Any] | None, name: str | None
    ) -> AsyncGenerator[ExecutionResult, None]:
        """A subscription. Raises `RequestErrors` or `ApiError` when it does not begin."""
        self.permit(prepared, context)
        executor = self._executor(prepared, context, variables, name)
        source = create_source_event_stream(executor)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            raise RequestErrors(source.errors or [])
        return map_source_to_response_event(executor, source)

    def _executor(
        self, prepared: Prepared, context: Context, variables: Mapping[str, Any] | None, name: str | None
    ) -> PlannedExecutor:
        executor = PlannedExecutor.build(
            self.schema,
            prepared.document,
            None,
            context,
            dict(variables) if variables else None,
            name,
            max_coercion_errors=self._limits.errors,
            hide_suggestions=not self._open,
            plan=prepared.plan,
            plain=self._plain,
        )
        if isinstance(executor, list):
            raise RequestErrors(executor)
        assert isinstance(executor, PlannedExecutor)
        return executor


def _coded(error: GraphQLError, code: ErrorCode) -> GraphQLError:
    error.extensions = {"code": code.value}
    return error
