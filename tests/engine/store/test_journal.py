"""The journal of the embedded database keeps the contract."""

from tests.engine.store.journal_contract import JournalContract


class TestGroupJournal(JournalContract):
    pass
