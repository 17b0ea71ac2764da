"""`heddle serve` with something changed, as its arguments say.

`synchronous=NORMAL` and the like are settings of the write connection; `bug=early acknowledgement` is a bug by its name
in the simulation's list. For tests that want a bug to be there, or something rare to be frequent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from unittest.mock import patch

from api.cli.serve import serve
from engine.store.sqlite import location


@contextmanager
def setting(name: str, value: str) -> Iterator[None]:
    usual = location._writer

    def writer(*, owner: bool) -> dict[str, object]:
        return {**usual(owner=owner), name: value}

    with patch.object(location, "_writer", writer):
        yield


def bug(name: str) -> AbstractContextManager[None]:
    from tests.simulation.bugs import BUGS

    (named,) = [each for each in BUGS if each.name == name]
    return named.planted()


@contextmanager
def changed(words: Sequence[str]) -> Iterator[None]:
    with ExitStack() as changes:
        for word in words:
            name, _, value = word.partition("=")
            changes.enter_context(bug(value) if name == "bug" else setting(name, value))
        yield


if __name__ == "__main__":
    with changed(sys.argv[1:]):
        serve()
