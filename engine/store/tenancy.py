"""A tenant's store: the only way to its data, and named once, when it is made.

A `Store` is made in two places: where a request's credentials have been checked, and where an execution is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.store.executions import Executions
from engine.store.failures import Failures
from engine.store.workflows import Workflows


@dataclass(frozen=True, slots=True)
class Store:
    """Bound to one tenant. Nothing it offers takes or answers another's data."""

    tenant: str
    workflows: Workflows
    executions: Executions
    failures: Failures
