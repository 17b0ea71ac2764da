"""Semantic versions of a workflow, and the next one."""

from __future__ import annotations

from enum import StrEnum

from semver import Version

MAX_LENGTH = 100


class InvalidVersion(ValueError):
    """Not a semantic version."""


class Bump(StrEnum):
    MAJOR = "MAJOR"
    MINOR = "MINOR"
    PATCH = "PATCH"


def parse(text: str) -> Version:
    """Versions compare by precedence, in which build metadata does not count. Raises `InvalidVersion`."""
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError
        return Version.parse(text)
    except ValueError:
        raise InvalidVersion(f"{text[:MAX_LENGTH]!r} is not a semantic version") from None


def bump(version: Version, by: Bump) -> Version:
    """The next version of that kind: above `version`, and neither a pre-release nor with build metadata."""
    match by:
        case Bump.MAJOR:
            return version.bump_major()
        case Bump.MINOR:
            return version.bump_minor()
        case Bump.PATCH:
            return version.bump_patch()
