"""The schema as a contract: its snapshot, its documentation, and the rights that each root field needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

import schema
from engine.store.records import Role
from schema.permissions import GRANTED, NEEDED, Scope, may
from schema.root import build_schema, sdl

SNAPSHOT = Path(schema.__file__).parent / "schema.graphql"
CORE: GraphQLSchema = build_schema()._schema

THEIRS = frozenset({"Boolean", "Float", "ID", "Int", "String"})


def test_the_committed_snapshot_is_the_schema_that_is_served() -> None:
    anew = "from schema.root import sdl; open('schema/schema.graphql', 'w').write(sdl())"
    assert SNAPSHOT.read_text() == sdl(), f'write it anew: python -c "{anew}"'


def test_everything_is_documented() -> None:
    assert [name for name, text in descriptions() if not text] == []


def descriptions() -> Iterator[tuple[str, str | None]]:
    for name, kind in CORE.type_map.items():
        if name.startswith("__") or name in THEIRS:
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name})", argument.description
        if isinstance(kind, GraphQLInputObjectType):
            for field_name, given in kind.fields.items():
                yield f"{name}.{field_name}", given.description


def root_fields() -> list[str]:
    roots = (CORE.query_type, CORE.mutation_type, CORE.subscription_type)
    return [f"{root.name}.{name}" for root in roots if root is not None for name in root.fields]


@pytest.mark.parametrize("field", root_fields())
def test_a_root_field_has_a_row_in_the_table_of_rights(field: str) -> None:
    assert field in NEEDED


def test_the_table_of_rights_has_no_row_for_what_is_not_there() -> None:
    assert NEEDED.keys() == set(root_fields())


def test_what_has_no_row_is_refused() -> None:
    assert not may(frozenset(Scope), "Query", {"secrets"})


@pytest.mark.parametrize(("lower", "higher"), [("VIEWER", "OPERATOR"), ("OPERATOR", "EDITOR"), ("EDITOR", "ADMIN")])
def test_a_higher_role_may_do_more(lower: str, higher: str) -> None:
    assert GRANTED[Role[lower]] < GRANTED[Role[higher]]


def test_no_argument_names_a_tenant() -> None:
    named = [name for name, _ in descriptions() if "tenant" in name.lower()]
    assert set(named) == {"Tenant", "Tenant.id", "Tenant.name", "Viewer.tenant"}
