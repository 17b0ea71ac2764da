"""The scalars: instants, versions and JSON, and how each is written and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NewType

import msgspec
import orjson
import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

DateTime = NewType("DateTime", int)
"""Epoch microseconds, UTC."""

Version = NewType("Version", str)

BigInt = NewType("BigInt", int)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UTC_EPOCH = EPOCH.replace(tzinfo=None)
JSON_SCALAR = "JSON"
MOST_DIGITS = 20

_encoder = msgspec.json.Encoder()


def instant(at_us: int | None) -> DateTime | None:
    return None if at_us is None else DateTime(at_us)


def write_instant(at_us: int) -> str:
    """RFC 3339 with microseconds, in UTC."""
    return (UTC_EPOCH + timedelta(microseconds=at_us)).isoformat(timespec="microseconds") + "Z"


def read_instant(value: object) -> DateTime:
    """An RFC 3339 instant with its offset. Raises `StrawberryInputCoercionError`."""
    if not isinstance(value, str):
        raise StrawberryInputCoercionError("A DateTime is an RFC 3339 text, such as 2026-01-31T08:00:00Z")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise StrawberryInputCoercionError(f"'{value[:40]}' is not an RFC 3339 instant with its offset")
    return DateTime((read - EPOCH) // timedelta(microseconds=1))


def write_json(value: object) -> orjson.Fragment:
    """The value encoded once, opaque to GraphQL: nothing walks it again. NaN and infinities become null."""
    return value if isinstance(value, orjson.Fragment) else orjson.Fragment(_encoder.encode(value))


def read_whole(value: object) -> int:
    """A whole number, or the text of one. Raises `StrawberryInputCoercionError`."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) <= MOST_DIGITS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise StrawberryInputCoercionError("A BigInt is a whole number, or the text of one")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise StrawberryInputCoercionError("A Version is a text, such as 1.4.0")
    return value


def _same(value: object) -> object:
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant: RFC 3339, UTC, with microseconds.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_instant,
        parse_value=read_instant,
    ),
    Version: strawberry.scalar(
        name="Version",
        description="A semantic version, such as 1.4.0.",
        specified_by_url="https://semver.org",
        serialize=str,
        parse_value=_text,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number that may be larger than an Int: its digits, as text.",
        serialize=str,
        parse_value=read_whole,
    ),
    JSON: strawberry.scalar(
        name=JSON_SCALAR,
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=write_json,
        parse_value=_same,
    ),
}
