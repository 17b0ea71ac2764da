"""graphql-core's executor, with what it recomputes for every object and every event kept with the document."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from graphql import (
    Executor,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.execution.types import ExecutionResult
from graphql.pyutils import AwaitableOrValue, Path, Undefined, gather_with_cancel

from schema.tuning import Plain, PlainFields

NO_FIELDS: Mapping[str, Plain] = {}
SURPRISE: Final = object()


@dataclass(frozen=True, slots=True)
class Plan:
    """The selections of one document, collected once. `shared` unless they depend on variables (@skip, @include)."""

    shared: bool
    root: list[GroupedFieldSet] = field(default_factory=list)
    selections: dict[tuple[GraphQLObjectType, int], tuple[FieldDetailsList, CollectedFields]] = field(
        default_factory=dict
    )


class PlannedExecutor(Executor[None]):
    """Answers as graphql-core does, for a schema without incremental delivery and without abort signals."""

    def __init__(self, *args: Any, plan: Plan, plain: PlainFields, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plain = plain
        self._plan = plan
        if plan.shared:
            self._relevant_sub_fields = plan.selections

    def build_per_event_executor(self, payload: Any) -> PlannedExecutor:
        """graphql-core lets all events of a subscription share one memo whose keys are new for each: that leaks.

        Here the keys live as long as the document, or else the memo as long as the event.
        """
        executor: PlannedExecutor = super().build_per_event_executor(payload)  # type: ignore[assignment]
        if not self._plan.shared:
            executor._relevant_sub_fields = {}
        return executor

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        operation = self.operation.operation
        root_type = self.schema.get_root_type(operation)
        assert root_type is not None, "validation refuses an operation without a root type"
        try:
            result = self.execute_root_grouped_field_set(
                root_type,
                self.root_value,
                self._root_fields(root_type),
                operation is OperationType.MUTATION if serially is None else serially,
                None,
            )
        except GraphQLError as error:
            return self._failed(error)
        if self.is_awaitable(result):
            return self._awaited(result)
        return ExecutionResult(result, self.collected_errors.errors or None)  # type: ignore[arg-type]

    async def _awaited(self, result: Any) -> ExecutionResult:
        try:
            data = await result
        except GraphQLError as error:
            return self._failed(error)
        return ExecutionResult(data, self.collected_errors.errors or None)

    def _failed(self, error: GraphQLError) -> ExecutionResult:
        self.collected_errors.add(error, None)
        return ExecutionResult(None, self.collected_errors.errors)

    def _root_fields(self, root_type: GraphQLObjectType) -> GroupedFieldSet:
        if self._plan.shared and self._plan.root:
            return self._plan.root[0]
        collected = collect_fields(
            self.schema, self.fragments, self.variable_values, root_type, self.operation, self.hide_suggestions
        )
        if self._plan.shared:
            self._plan.root.append(collected.grouped_field_set)
        return collected.grouped_field_set

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Plain fields are read straight off the object. The others, and any surprise, go graphql-core's way."""
        plain = self._plain.get(parent_type.name, NO_FIELDS)
        results: dict[str, Any] = {}
        pending: list[str] = []
        try:
            for response_name, details in grouped_field_set.items():
                value = _read(plain.get(details[0].node.name.value), source_value)
                if value is SURPRISE:
                    at = Path(path, response_name, parent_type.name)
                    value = self.execute_field(parent_type, source_value, details, at, position_context)
                    if isinstance(value, Awaitable):
                        pending.append(response_name)
                if value is not Undefined:
                    results[response_name] = value
        except Exception:
            self.settle_in_background([results[name] for name in pending])
            raise
        return self._gathered(results, pending) if pending else results

    async def _gathered(self, results: dict[str, Any], pending: list[str]) -> dict[str, Any]:
        if len(pending) == 1:
            results[pending[0]] = await results[pending[0]]
        else:
            awaited = await gather_with_cancel(*(results[name] for name in pending))
            results.update(zip(pending, awaited, strict=True))
        return results

    def complete_value(  # noqa: PLR0917 - graphql-core's signature
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: None,
    ) -> AwaitableOrValue[Any]:
        """What was encoded already (lists of JSON, whole) is done."""
        if type(result) is orjson.Fragment:
            return result
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


def _read(plain: Plain | None, source: Any) -> Any:
    """The field's answer, or SURPRISE: whatever it is, the full executor meets it again and reports it."""
    if plain is None:
        return SURPRISE
    value = getattr(source, plain.attribute, None)
    if value is None:
        return SURPRISE if plain.required else None
    try:
        return plain.write(value)
    except Exception:  # noqa: BLE001 - values may be anything, and so may what their scalar raises
        return SURPRISE
