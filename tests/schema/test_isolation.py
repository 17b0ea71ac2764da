"""Every field that takes an id, found in the schema itself: another tenant's id answers as one that never existed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

from schema.ids import Kind
from schema.root import build_schema
from tests.serving import Client, Edge, chain, create, execute
from tests.websockets import Socket, served

CORE: GraphQLSchema = build_schema()._schema
ROOTS = {"query": CORE.query_type, "mutation": CORE.mutation_type, "subscription": CORE.subscription_type}
KINDS = ("wf", "exe", "wfv")
PLAUSIBLE: dict[str, Any] = {"Version": "1.0.0", "JSON": chain("a"), "Int": 0, "String": "text", "Boolean": False}


@dataclass(frozen=True, slots=True)
class IdArgument:
    """A place of the schema where a client names something by its id."""

    operation: str
    field: str
    argument: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.field, self.argument, *self.path))

    def document(self) -> str:
        root = ROOTS[self.operation]
        assert root is not None
        declared = root.fields[self.field]
        needed = {
            name: argument
            for name, argument in declared.args.items()
            if name == self.argument or is_required_argument(argument)
        }
        variables = ", ".join(f"${name}: {argument.type}" for name, argument in needed.items())
        passed = ", ".join(f"{name}: ${name}" for name in needed)
        return f"{self.operation} ({variables}) {{ {self.field}({passed}) {selection(declared.type)} }}"

    def variables(self, id: str) -> dict[str, Any]:
        root = ROOTS[self.operation]
        assert root is not None
        given = {
            name: plausible(argument.type)
            for name, argument in root.fields[self.field].args.items()
            if is_required_argument(argument)
        }
        at: dict[str, Any] = given
        for name in (self.argument, *self.path)[:-1]:
            at = at.setdefault(name, {})
        at[(self.argument, *self.path)[-1]] = id
        return given


def plausible(kind: GraphQLInputType) -> Any:
    named: GraphQLNamedType = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return {name: plausible(field.type) for name, field in named.fields.items() if is_required_input_field(field)}
    return PLAUSIBLE.get(named.name)


def selection(kind: Any) -> str:
    named = get_named_type(kind)
    if not is_composite_type(named):
        return ""
    if named.name == "ErrorStatistics":
        return "{ total byNode { key count } recent { executionId } }"
    if named.name.endswith("Connection"):
        return "{ edges { cursor node { __typename } } pageInfo { hasNextPage } totalCount }"
    problems = "".join(
        f" ... on {name} {{ code message }}"
        for name in ("NotFound",)
        if isinstance(named, GraphQLNamedType) and name in {t.name for t in getattr(named, "types", ())}
    )
    return f"{{ __typename{problems} }}"


def id_arguments() -> Iterator[IdArgument]:
    for operation, root in ROOTS.items():
        assert root is not None
        for field, declared in root.fields.items():
            for argument, given in declared.args.items():
                for path in id_paths(given.type):
                    yield IdArgument(operation, field, argument, path)


def id_paths(kind: GraphQLInputType) -> Iterator[tuple[str, ...]]:
    named = get_named_type(kind)
    if named.name == "ID":
        yield ()
    elif isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            for rest in id_paths(field.type):
                yield (name, *rest)


ARGUMENTS = list(id_arguments())


async def things_of(client: Client) -> dict[str, str]:
    """A workflow, an execution of it that failed and one that did not, and a version."""
    workflow = await create(client, with_a_stop(chain("a")))
    failing = "mutation ($i: ExecuteWorkflowInput!) { executeWorkflow(input: $i) { __typename } }"
    await client.ask(failing, i={"workflowId": workflow, "startNode": "Stop", "waitMs": 10_000})
    execution = await execute(client, workflow)
    query = "query ($id: ID!) { workflow(id: $id) { latestVersion { id } } }"
    version = (await client.ask(query, id=workflow))["workflow"]["latestVersion"]["id"]
    return {"wf": workflow, "exe": execution, "wfv": version}


def with_a_stop(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition, and a node by itself that fails."""
    kind = {"type": "n8n-nodes-base.stopAndError", "typeVersion": 1, "parameters": {"errorMessage": "enough"}}
    definition["nodes"].append({"id": "stop", "name": "Stop", "position": [0, 400], **kind})
    return definition


async def answer(client: Client, socket: Socket, place: IdArgument, id: str) -> str:
    """The bytes of the answer, but for the id of the request."""
    document, variables = place.document(), place.variables(id)
    if place.operation == "subscription":
        said = str(await socket.everything(document, variables))
    else:
        said = (await client.post(document, **variables)).text
    return re.sub(r"req_[0-9a-f]+", "req", said)


def test_the_walk_finds_every_field_that_takes_an_id() -> None:
    assert {str(place) for place in ARGUMENTS} == {
        "node.id",
        "workflow.id",
        "execution.id",
        "executions.filter.workflowId",
        "errorStatistics.workflowId",
        "updateWorkflow.input.id",
        "publishWorkflow.input.id",
        "executeWorkflow.input.workflowId",
        "retryExecution.input.executionId",
        "cancelExecution.id",
        "resumeExecution.input.executionId",
        "executionEvents.executionId",
        "runWorkflow.input.workflowId",
    }


def test_no_id_is_taken_below_the_root_but_of_what_is_the_callers_already() -> None:
    below = {
        f"{name}.{field}"
        for name, kind in CORE.type_map.items()
        if isinstance(kind, GraphQLObjectType) and kind not in ROOTS.values() and not name.startswith("__")
        for field, declared in kind.fields.items()
        for argument in declared.args.values()
        if any(True for _ in id_paths(argument.type))
    }
    assert below == {"Workflow.executions"}


@pytest.mark.parametrize("place", ARGUMENTS, ids=str)
async def test_an_id_of_another_tenant_answers_as_one_that_never_existed(edge: Edge, place: IdArgument) -> None:
    attacker, victim = await edge.client(), await edge.client()
    theirs = await things_of(victim)
    async with served(edge.app) as url, Socket.open(url, attacker.key) as socket:
        for kind in KINDS:
            unknown = await answer(attacker, socket, place, f"{kind}_{'0' * 32}")
            foreign = await answer(attacker, socket, place, theirs[kind])
            assert foreign == unknown


@pytest.mark.parametrize("place", ARGUMENTS, ids=str)
async def test_the_walk_bites_the_owner_is_answered_differently(edge: Edge, place: IdArgument) -> None:
    owner = await edge.client()
    own = await things_of(owner)
    async with served(edge.app) as url, Socket.open(url, owner.key) as socket:
        unknown = [await answer(owner, socket, place, f"{kind}_{'0' * 32}") for kind in KINDS]
        known = [await answer(owner, socket, place, own[kind]) for kind in KINDS]
    assert known != unknown


@pytest.mark.parametrize("field", ["executions", "workflows"])
async def test_a_list_has_the_callers_own_rows_alone(edge: Edge, field: str) -> None:
    attacker, victim = await edge.client(), await edge.client()
    await things_of(victim)
    query = f"{{ {field} {{ totalCount edges {{ node {{ id }} }} }} }}"
    assert (await attacker.ask(query))[field] == {"totalCount": 0, "edges": []}


async def test_a_name_of_another_tenant_is_free_and_unknown(edge: Edge) -> None:
    attacker, victim = await edge.client(), await edge.client()
    await create(victim, chain("a", name="Secret plans"))
    query = '{ workflowByName(name: "Secret plans") { id } }'
    assert (await attacker.ask(query))["workflowByName"] is None
    assert await create(attacker, chain("a", name="Secret plans"))


def test_kinds_of_ids_are_those_that_the_schema_knows() -> None:
    assert set(KINDS) == {kind.value for kind in Kind}
