"""The README's commands, run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.server import ROOT, Server

BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("readme") / "data").start()
    yield server
    server.close()


def script(server: Server) -> str:
    """Every bash block in one go; only the address and the place of the virtual environment are this test's own."""
    blocks = BLOCK.findall((ROOT / "README.md").read_text())
    assert len(blocks) >= 4, "the README shows how to look, create, execute, and use the command line"
    text = "set -euo pipefail\n" + "\n".join(f"{block}\necho" for block in blocks)
    return text.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}").replace(".venv/bin/", f"{sys.prefix}/bin/")


def test_the_readme_works_as_written(server: Server, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", script(server)],
        cwd=tmp_path,
        env={**os.environ, "HEDDLE_KEY": server.key, "NO_COLOR": "1", "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"name":"demo"' in done.stdout
    assert re.search(r"^wf_\w+$", done.stdout, re.M), "the workflow's id is shown"
    assert '"status":"SUCCEEDED"' in done.stdout
    assert "Hello, ADA!" in done.stdout
    assert "succeeded" in done.stdout, "heddle run tells the story"
    assert '"lastNodeExecuted":"Greet"' in done.stdout
