"""Workflow files on the command line: read, or refused with one clear line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import typer

from plugins.items import Json

UNUSABLE = 2
"""Exit status: what was given cannot be used."""


def read_json(path: Path) -> Json:
    """The document in the file. Ends the command with exit status 2 when there is none."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        typer.echo(f"heddle: cannot read {path}: {error.strerror}", err=True)
    except msgspec.DecodeError as error:
        typer.echo(f"heddle: {path} is not JSON: {error}", err=True)
    raise typer.Exit(UNUSABLE)
