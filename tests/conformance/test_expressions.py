"""Every recorded expression, through the resolver and the real sandbox: equal to n8n, or named in the documentation."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console
from rich.table import Table

from engine.expressions.resolve import Resolver
from engine.expressions.sandbox import V8Sandbox
from plugins.errors import NodeError
from plugins.values import UNDEFINED
from tests.conformance.corpus import REFUSALS
from tests.conformance.judge import same
from tests.conformance.moments import Case, cases, moments

MOST_REFUSED = 0.03


def refused() -> frozenset[str]:
    """Cases that differ knowingly: rows of the tables in docs/compatibility.md that begin with a case's id."""
    text = REFUSALS.read_text() if REFUSALS.exists() else ""
    return frozenset(re.findall(r"^\| `([\w-]+-\d+)` \|", text, re.M)) & {case.id for case in cases()}


def plain(value: Any) -> Any:
    """The JSON form of a value: undefined is dropped from objects, and null in lists; so is what is not finite."""
    match value:
        case dict():
            return {key: plain(each) for key, each in value.items() if each is not UNDEFINED}
        case list():
            return [None if each is UNDEFINED else plain(each) for each in value]
        case float() if not math.isfinite(value):
            return None
        case str():
            return str(value)
        case _:
            return value


async def difference(resolver: Resolver, case: Case) -> str | None:
    """How our value differs from n8n's; None when it does not."""
    resolved = await resolver.resolve(
        {"value": case.parameter},
        literal=frozenset(),
        indexes=[case.index],
        tenant="conformance",
        world=lambda: moments()[case.context],
    )
    try:
        value = resolved.get("value", case.index)
    except NodeError as error:
        return _error_difference(error, case.expect)
    return _value_difference(value, case.expect)


def _error_difference(error: NodeError, expect: Mapping[str, Any]) -> str | None:
    message = expect.get("error", expect.get("jsonError"))
    return None if error.failure.message == message else f"error {error.failure.message!r} instead of {dict(expect)}"


def _value_difference(value: Any, expect: Mapping[str, Any]) -> str | None:
    if "error" in expect or "jsonError" in expect:
        equal = False
    elif "value" in expect:
        equal = value is not UNDEFINED and same(plain(value), expect["value"])
    elif "text" in expect:
        equal = value == expect["text"]
    else:  # undefined, or a symbol, which JSON drops
        equal = value is UNDEFINED
    return None if equal else f"{value!r} instead of {dict(expect)}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judged() -> AsyncIterator[dict[str, str | None]]:
    """Case id -> how it differs, for the whole corpus."""
    async with V8Sandbox() as sandbox:
        resolver = Resolver(sandbox)
        yield {case.id: await difference(resolver, case) for case in cases()}


def report(judged: Mapping[str, str | None]) -> None:
    """Print the table by area."""
    table = Table("area", "cases", "equal", "%", "refused knowingly", title="Expressions as n8n 2.8.4 evaluates them")
    for area in [*sorted({case.area for case in cases()}), "all"]:
        ids = [case.id for case in cases() if area in (case.area, "all")]
        equal = sum(judged[each] is None for each in ids)
        known = len(refused().intersection(ids))
        table.add_row(area, str(len(ids)), str(equal), f"{100 * equal / len(ids):.1f}", str(known))
    Console(width=100).print(table)


@pytest.mark.asyncio(loop_scope="module")
async def test_every_expression_is_equal_or_known_to_differ(judged: dict[str, str | None]) -> None:
    report(judged)
    different = {each: found for each, found in judged.items() if found is not None}
    surprises = {each: found for each, found in different.items() if each not in refused()}
    assert not surprises, f"{len(surprises)} cases differ from n8n: " + "\n".join(map(str, surprises.items()))
    assert not refused() - different.keys(), "equal after all, so take them out of docs/compatibility.md"
    assert len(refused()) <= MOST_REFUSED * len(judged)
