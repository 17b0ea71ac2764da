"""The guarantees' document: every test that it names is there."""

from __future__ import annotations

import re

from tests.acceptance.server import ROOT

DOCUMENT = (ROOT / "docs" / "guarantees.md").read_text()
SCENARIOS = "tests/acceptance/test_scenarios.py"


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", DOCUMENT)
    named += [(SCENARIOS, test) for test in re.findall(r"`(test_\w+)`", DOCUMENT)]
    assert len(named) > 15
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]
    assert not missing


def test_every_scenario_is_in_the_document() -> None:
    scenarios = re.findall(r"^async def (test_\w+)", (ROOT / SCENARIOS).read_text(), re.M)
    assert [test for test in scenarios if f"`{test}`" not in DOCUMENT] == []
