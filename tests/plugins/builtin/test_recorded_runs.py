"""Runs of these nodes that the oracle recorded, each repeated alone on the bench."""

from __future__ import annotations

import pytest

from tests.plugins.oracle import Comparison, compare_all

TYPES = ("crypto", "dateTime", "filter", "if", "merge", "set", "switch")
ENGINE = {
    "engine-errors/expr-syntax-regular",
    "engine-errors/expr-syntax-stop",
    "engine-params/fn-result",
    "engine-flags/combo-filter-once-always",
    "engine-flags/execute-once-expr-all",
    "engine-order/merge-one-branch-empty-missing",
    "engine-order/merge-one-branch-empty-v0",
    "engine-order/merge-other-branch-empty-missing",
    "engine-order/merge-other-branch-empty-v0",
    "engine-order/two-merges-one-starved-missing",
    "engine-order/two-merges-one-starved-v0",
}
"""What these show is the engine's or the expressions' doing: empty items of order v0, flags, errors of templates."""


@pytest.mark.parametrize("type_", TYPES)
def test_every_recorded_run_comes_out_the_same(type_: str) -> None:
    compared = [one for one in compare_all([type_]) if one.left_out is None and not _left_to_others(one)]
    assert compared
    different = [str(one) for one in compared if one.difference]
    assert not different, "\n".join(different)


def _left_to_others(one: Comparison) -> bool:
    return f"{one.area}/{one.slug}" in ENGINE or "-sql-" in one.slug
