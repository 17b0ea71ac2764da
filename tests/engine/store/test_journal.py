"""The journal of the embedded database keeps the contract, whichever thread runs the statements."""

from __future__ import annotations

import pytest

from engine.store.sqlite import group
from tests.engine.store.journal_contract import JournalContract


class TestSmallBatches(JournalContract):
    """Staged by the loop, committed by the writer thread."""


class TestLargeBatches(JournalContract):
    """Written by the thread from beginning to end."""

    @pytest.fixture(autouse=True)
    def every_batch_is_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(group, "LOOP_BYTES", -1)
