"""A simulation that catches nothing proves nothing: every planted bug is caught, and soon."""

from __future__ import annotations

import pytest

from tests.simulation.bugs import BUGS, Bug
from tests.simulation.disk import empty_image
from tests.simulation.simulate import Failed, simulate

SEEDS = 400
"""Within so many."""


@pytest.fixture(scope="module", autouse=True)
def _image() -> None:
    empty_image()  # not while anything is planted


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_it_is_caught(bug: Bug) -> None:
    with bug.planted():
        assert caught(SEEDS) is not None


def caught(seeds: int) -> Failed | None:
    """The first failure, if there is one."""
    for seed in range(seeds):
        try:
            simulate(seed)
        except Failed as failure:
            return failure
    return None
