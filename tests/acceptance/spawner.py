"""A process that has the server's code loaded, and forks a server each time a line arrives on its standard input.

What runs in the fork is `heddle serve` itself, in a process of its own that dies as any process does; only reading the
code from disk is spared, a second and a half each time. Nothing of the engine is made before the fork: no event loop,
no thread, no connection, no identifier.

Its arguments are those of `planted`. A life is told in two lines: the process id, and how it ended.
"""

from __future__ import annotations

import os
import sys
import threading

from api.cli.serve import serve
from plugins.registry import built_in
from tests.acceptance.planted import changed


def main() -> None:
    with changed(sys.argv[1:]):
        spawn()


def spawn() -> None:
    built_in()  # loads the code of the built-in nodes
    assert threading.active_count() == 1, "a fork takes one thread along and leaves the locks of the others held"
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # the server's own words go to the log
    for _ in sys.stdin:
        if (pid := os.fork()) == 0:
            out.close()
            os.close(0)
            os.open(os.devnull, os.O_RDONLY)
            serve()
            os._exit(0)
        print(pid, file=out)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=out)


if __name__ == "__main__":
    main()
