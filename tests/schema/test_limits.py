"""What a document may ask for is counted with its fragments spelled out, and in no more time than its text takes."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query, parse

from schema.errors import ApiError, ErrorCode
from schema.limits import Limits, check, root_fields

LIMITS = Limits()


def code_of(document: str) -> ErrorCode | None:
    try:
        check(parse(document), LIMITS)
    except ApiError as error:
        return error.code
    return None


def nested(depth: int) -> str:
    return "{ a " * depth + "{ b }" + " }" * depth


def bomb(doublings: int) -> str:
    fragments = "".join(f"fragment f{n} on T {{ ...f{n + 1} ...f{n + 1} }} " for n in range(doublings))
    return f"{{ ...f0 }} {fragments} fragment f{doublings} on T {{ x }}"


TOO_COMPLEX = {
    "nested": nested(11),
    "circular": "{" + "execution(id: 1) { workflow { executions { edges { node { " * 3 + "id" + "}" * 15 + "}",
    "many fields": "{" + " ".join(f"f{n}" for n in range(501)) + "}",
    "overlapping": "{" + "a { b } " * 251 + "}",
    "aliased": "{" + " ".join(f"x{n}: viewer" for n in range(16)) + "}",
    "aliased mutation": "mutation { a: start b: start }",
    "directives": "{" + " ".join("viewer @include(if: true)" for _ in range(21)) + "}",
    "unknown directives": "{ a " + "@x " * 500 + "}",
    "fragment bomb": bomb(15),
    "aliased fragments": "{ ...f } fragment f on T {" + " ".join(f"x{n}: a" for n in range(16)) + "}",
    "deep introspection": "{ __schema { types " + "{ fields { type " * 12 + "{ name }" + "}" * 24 + "} }",
}


@pytest.mark.parametrize("document", TOO_COMPLEX.values(), ids=TOO_COMPLEX.keys())
def test_a_document_that_asks_for_too_much_is_refused(document: str) -> None:
    assert code_of(document) is ErrorCode.DOCUMENT_TOO_COMPLEX


@pytest.mark.parametrize(
    "document",
    [
        nested(10),
        get_introspection_query(specified_by_url=True, input_value_deprecation=True),
        "{" + " ".join(f"f{n}" for n in range(499)) + "}",
        "{ ...a } fragment a on T { ...b } fragment b on T { ...a }",
        "{workflows{edges{node{executions{edges{node{nodeRuns{edges{node{outputs{items}}}}}}}}}}}",
    ],
)
def test_a_document_within_the_limits_passes(document: str) -> None:
    assert code_of(document) is None


def test_a_request_holds_one_operation() -> None:
    assert code_of("query A { a } query B { b }") is ErrorCode.OPERATION_NOT_ALLOWED


def test_root_fields_are_found_under_fragments_and_conditions() -> None:
    document = parse("{ a ... @skip(if: true) { b } ...f } fragment f on Query { x: c ...f }")
    assert root_fields(document, document.definitions[0]) == {"a", "b", "c"}  # type: ignore[arg-type]
