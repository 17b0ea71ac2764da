"""Check: the version asked for is a semantic version."""

from __future__ import annotations

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.versions import InvalidVersion, parse


def check_version(version: str, found: Findings) -> None:
    """The version is given beside the definition: the issue points at the whole of it."""
    try:
        parse(version)
    except InvalidVersion as error:
        found.error(Code.INVALID_VERSION, str(error), (), fix="Use three numbers, such as 1.0.0.")
