"""A plugin's manifest: what it is and what it needs, told before any of its code is imported.

It is the file `heddle-plugin.toml` in the plugin's package, beside its `__init__.py`: there it lies in a directory, in
a wheel and in an editable install alike, while a `pyproject.toml` is not installed at all.

    [plugin]
    name = "acme-units"
    version = "1.2.0"
    description = "Lengths, weights and temperatures."
    category = "TRANSFORM"
    tags = ["units"]
    requires-heddle = ">=0.1.0,<1.0.0"

    [plugin.dependencies]
    acme-base = ">=2.0.0"
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta
from semver import Version

MANIFEST_FILE = "heddle-plugin.toml"
MOST_BYTES = 65_536
BUILT_IN = "builtin"

PluginName: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Range: TypeAlias = str
"""Comparisons that all hold, joined by commas: `>=1.2.0,<2.0.0`."""


class BadManifest(ValueError):
    """The manifest cannot be read, or does not say what it must."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """`dependencies` are names of other plugins, each with the versions that will do."""

    name: PluginName
    version: str
    description: Annotated[str, Meta(min_length=1, max_length=500)]
    requires_heddle: Range
    category: Annotated[str, Meta(pattern=r"^[A-Z][A-Z_]*\Z")] = "UTILITY"
    tags: tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...] = ()
    dependencies: dict[PluginName, Range] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plugin: Manifest


def read_manifest(path: Path) -> Manifest:
    """Raises `BadManifest` with what is wrong, in words for whoever installed the plugin."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadManifest(f"{MANIFEST_FILE} cannot be read: {error.strerror}") from None
    if len(text) > MOST_BYTES:
        raise BadManifest(f"{MANIFEST_FILE} is larger than {MOST_BYTES} bytes")
    try:
        manifest = msgspec.toml.decode(text, type=_File).plugin
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadManifest(f"{MANIFEST_FILE}: {error}") from None
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    if manifest.name == BUILT_IN:
        raise BadManifest(f"{MANIFEST_FILE}: the name '{BUILT_IN}' is taken by the server itself")
    if not Version.is_valid(manifest.version):
        raise BadManifest(f"{MANIFEST_FILE}: '{manifest.version}' is not a semantic version, such as 1.4.0")
    for name, allowed in {"requires-heddle": manifest.requires_heddle, **manifest.dependencies}.items():
        try:
            within("0.0.0", allowed)
        except ValueError:
            raise BadManifest(
                f"{MANIFEST_FILE}: '{allowed}' ({name}) is no range of versions, such as >=1.2.0,<2.0.0"
            ) from None


def within(version: str, allowed: Range) -> bool:
    """Whether a semantic version is in a range. Raises `ValueError` when the range is none."""
    parsed = Version.parse(version)
    verdicts = [parsed.match(part.strip()) for part in allowed.split(",")]  # every part is read: none may be nonsense
    return all(verdicts)


def heddle_version() -> str:
    """This server's version."""
    return metadata.version("heddle")
