"""Ids: opaque to clients, typed by their prefix, and compared exactly."""

from __future__ import annotations

from enum import StrEnum
from re import compile as pattern


class Kind(StrEnum):
    """What an id names, by its prefix."""

    WORKFLOW = "wf"
    VERSION = "wfv"
    EXECUTION = "exe"


_SHAPE = pattern(r"([a-z]{1,8})_[0-9A-Za-z]{1,64}")
_KINDS = {kind.value: kind for kind in Kind}


def kind_of(id: str) -> Kind | None:
    """None for what cannot be an id of ours: it is answered like one that never existed."""
    shape = _SHAPE.fullmatch(id)
    return None if shape is None else _KINDS.get(shape[1])


def is_a(kind: Kind, id: str) -> bool:
    return kind_of(id) is kind


def node_run_id(execution_id: str, execution_index: int) -> str:
    """A node run has no row of its own: its id is the execution's and its position there."""
    return f"run_{execution_id.partition('_')[2]}_{execution_index}"
