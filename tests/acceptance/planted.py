"""`heddle serve` with other settings of the write connection, given as words: `synchronous=NORMAL`.

For tests that want a bug to be there, or something rare to be frequent.
"""

from __future__ import annotations

import sys

from api.cli.serve import serve
from engine.store.sqlite import location


def plant(settings: dict[str, str]) -> None:
    usual = location._writer

    def writer(*, owner: bool) -> dict[str, object]:
        return {**usual(owner=owner), **settings}

    location._writer = writer


if __name__ == "__main__":
    plant(dict(word.split("=") for word in sys.argv[1:]))
    serve()
