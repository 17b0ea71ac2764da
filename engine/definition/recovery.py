"""What to do when a node fails, as data. Interpreted by `engine.kernel.recover`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from plugins.items import Items


class Backoff(StrEnum):
    CONSTANT = "CONSTANT"
    LINEAR = "LINEAR"
    EXPONENTIAL = "EXPONENTIAL"
    FIBONACCI = "FIBONACCI"


@dataclass(frozen=True, slots=True)
class Retry:
    """`max_attempts` counts the first one. Delays in milliseconds; `jitter` is a fraction (0..1) of the delay."""

    max_attempts: int = 3
    backoff: Backoff = Backoff.CONSTANT
    initial_delay_ms: int = 1000
    max_delay_ms: int = 300_000
    factor: float = 2.0
    jitter: float = 0.0
    retry_on: frozenset[str] = frozenset()
    """Failure codes and HTTP statuses (as text) worth another attempt; empty: all that are not permanent."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Stop the execution."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Carry on as if the node had passed input 0 through (n8n's continueRegularOutput for a whole-node failure)."""


@dataclass(frozen=True, slots=True)
class FallbackItems:
    """Carry on with these items on output 0."""

    items: Items


@dataclass(frozen=True, slots=True)
class FallbackNode:
    """Carry on at another node of the workflow, which is given input 0."""

    node: str


Then: TypeAlias = Fail | Skip | FallbackItems | FallbackNode


@dataclass(frozen=True, slots=True)
class Recovery:
    retry: Retry | None = None
    then: Then = field(default_factory=Fail)
