"""The corpus: workflows with what n8n did when it ran them, and which of them may differ, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REFUSALS = HERE.parents[1] / "docs" / "compatibility.md"
OPEN = HERE / "open_cases.txt"


@dataclass(frozen=True, slots=True)
class Case:
    """`id` is `area/slug`. `mode` is "cli" (production) or "manual" (a test run, pin data in force)."""

    id: str
    area: str
    mode: str
    workflow: dict[str, Any]
    sub_workflows: tuple[dict[str, Any], ...]
    expect: dict[str, Any]

    @property
    def types(self) -> frozenset[str]:
        return frozenset(node["type"] for node in self.workflow["nodes"])


@cache
def cases() -> tuple[Case, ...]:
    return tuple(_read())


def _read() -> Iterator[Case]:
    for path in sorted((HERE / "n8n" / "workflows").glob("*.json")):
        for row in json.loads(path.read_text()):
            yield Case(
                id=f"{row['area']}/{row['slug']}",
                area=row["area"],
                mode=row["mode"],
                workflow=row["workflow"],
                sub_workflows=tuple(row.get("subWorkflows", ())),
                expect=row["expect"],
            )


def refused() -> frozenset[str]:
    """Cases that differ knowingly: rows of the table in docs/compatibility.md that begin with a case's id."""
    return (
        frozenset(re.findall(r"^\| `([\w-]+/[\w.-]+)` \|", REFUSALS.read_text(), re.M))
        if REFUSALS.exists()
        else frozenset()
    )


def still_open() -> frozenset[str]:
    """Cases that are not equal yet. The list only ever gets shorter: an equal case on it fails the test."""
    lines = OPEN.read_text().splitlines() if OPEN.exists() else []
    return frozenset(line for line in lines if line and not line.startswith("#"))
