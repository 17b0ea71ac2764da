"""How severe an issue is at which stage: the one table that decides it."""

from __future__ import annotations

from engine.definition.issues import Code, Stage

_ERRORS: dict[Code, frozenset[Stage]] = {
    Code.UNKNOWN_NODE_TYPE: frozenset({Stage.PUBLISH, Stage.RUN}),
    Code.UNKNOWN_NODE_VERSION: frozenset({Stage.PUBLISH, Stage.RUN}),
    Code.MISSING_PARAMETER: frozenset({Stage.CHECK, Stage.PUBLISH, Stage.RUN}),
    Code.UNUSABLE_PARAMETER: frozenset({Stage.CHECK, Stage.PUBLISH, Stage.RUN}),
    Code.INVALID_PARAMETER: frozenset({Stage.PUBLISH}),
    Code.EXPRESSION_SYNTAX: frozenset({Stage.CHECK, Stage.PUBLISH}),
}


def is_error(code: Code, stage: Stage) -> bool:
    """Whether such an issue, of a node that may run, is an error. Other codes do not depend on the stage."""
    return stage in _ERRORS[code]
