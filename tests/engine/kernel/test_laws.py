"""Every law of the kernel holds in every world that hypothesis can think of."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.kernel.free import FreeWorld, free_world
from tests.engine.kernel.laws import LAWS
from tests.engine.kernel.parallel_laws import PARALLEL_LAWS
from tests.engine.kernel.worlds import World, world

worlds = st.builds(world, st.randoms(use_true_random=False))
free_worlds = st.builds(free_world, st.randoms(use_true_random=False))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds)
def test_law(law: Callable[[World], None], world: World) -> None:
    law(world)


@pytest.mark.parametrize("law", PARALLEL_LAWS, ids=lambda law: law.__name__)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=free_worlds)
def test_parallel_law(law: Callable[[FreeWorld], None], world: FreeWorld) -> None:
    law(world)
