"""The arguments that all lists share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

First: TypeAlias = Annotated[
    int | None, strawberry.argument(description="Rows of a page, forwards: 20 unless told, at most 100.")
]
After: TypeAlias = Annotated[str | None, strawberry.argument(description="Cursor that the page follows.")]
Last: TypeAlias = Annotated[int | None, strawberry.argument(description="Rows of a page, backwards; at most 100.")]
Before: TypeAlias = Annotated[str | None, strawberry.argument(description="Cursor that the page comes before.")]
Id: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="The id.")]
