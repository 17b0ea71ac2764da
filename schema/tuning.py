"""What is known of a schema once it is built, looked up once instead of for every value.

Strawberry builds for any schema; ours is of one kind: every object is an instance of a Strawberry class, each class is
one type, and the fields of inputs are plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    get_named_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.scalars import JSON_SCALAR, write_json


@dataclass(frozen=True, slots=True)
class Plain:
    """A field that is an attribute of the object at hand, of a scalar or an enum type, or a list of JSON."""

    attribute: str
    write: Callable[[Any], Any]
    required: bool


PlainFields = Mapping[str, Mapping[str, Plain]]
"""Type name to field name."""


def plain_fields(schema: GraphQLSchema) -> PlainFields:
    """Which fields of which object types can be read straight off their Strawberry object."""
    return {
        name: plain
        for name, kind in schema.type_map.items()
        if is_object_type(kind) and not name.startswith("__")
        if (plain := dict(_plain_of(kind)))
    }


def _plain_of(kind: GraphQLObjectType) -> list[tuple[str, Plain]]:
    return [(name, plain) for name, declared in kind.fields.items() if (plain := _plain(declared)) is not None]


def _plain(declared: GraphQLField) -> Plain | None:
    origin = declared.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(origin, StrawberryField) or not origin.is_basic_field or origin.extensions or declared.args:
        return None
    required = is_non_null_type(declared.type)
    kind = declared.type.of_type if required else declared.type  # type: ignore[union-attr]
    if is_leaf_type(kind):
        return Plain(origin.python_name, kind.coerce_output_value, required)
    if is_list_type(kind) and get_named_type(kind).name == JSON_SCALAR:
        return Plain(origin.python_name, write_json, required)
    return None


def settle_types(schema: GraphQLSchema) -> None:
    """Teach the schema which Python class is which object type: one look-up instead of a search for every object.

    Every abstract value of ours is an instance of a Strawberry class, and each such class is one object type.
    """
    names = {
        definition.origin: name
        for name, kind in schema.type_map.items()
        if is_object_type(kind)
        and (definition := kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)) is not None
    }

    def resolve_type(value: Any, _info: GraphQLResolveInfo[Any], _abstract: Any) -> str | None:
        return names.get(type(value))

    for kind in schema.type_map.values():
        if is_object_type(kind):
            kind.is_type_of = None
        elif hasattr(kind, "resolve_type"):
            kind.resolve_type = resolve_type


def settle_inputs(schema: GraphQLSchema) -> None:
    """Make an input of plain values in one call: graphql-core has checked and read every one of them already."""
    for kind in schema.type_map.values():
        if is_input_object_type(kind) and all(is_leaf_type(get_named_type(each.type)) for each in kind.fields.values()):
            definition = kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
            definition.from_input = _reader(kind)


def _reader(kind: GraphQLInputObjectType) -> Callable[..., Any]:
    python_names = {
        name: field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].python_name
        for name, field in kind.fields.items()
    }

    def read(cls: Callable[..., Any], value: Mapping[str, Any], _context: object) -> Any:
        return cls(**{python_names[name]: each for name, each in value.items()})

    return read
