"""Node runs that the oracle recorded, each repeated alone on the bench."""

from __future__ import annotations

import pytest

from tests.plugins.oracle import Comparison, compare_all

JUDGED_ALONE = (
    "aggregate", "compareDatasets", "executeWorkflowTrigger", "itemLists", "limit", "manualTrigger", "noOp",
    "removeDuplicates", "renameKeys", "sort", "splitInBatches", "splitOut", "stopAndError", "summarize", "wait",
)  # fmt: skip
FORCED_TO_RUN = {("engine-order/compare-datasets-missing-v0", "B")}
"""Order v0 pulls these in with an empty item, although their recorded source says otherwise."""


@pytest.mark.parametrize("type_", JUDGED_ALONE)
def test_every_recorded_run_comes_out_the_same(type_: str) -> None:
    found = [one for one in compare_all([type_]) if (f"{one.area}/{one.slug}", one.node) not in FORCED_TO_RUN]
    different = [str(one) for one in found if one.difference]
    assert not different, "\n".join(different)
    assert any(_compared(one) for one in found)


def _compared(one: Comparison) -> bool:
    return one.left_out is None
