"""Where plugins are found: installed distributions (entry points) and directories; told without importing anything.

Nobody wins a clash: when two plugins claim one name or one package, both are refused, and the report names them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from plugins.manifest import MANIFEST_FILE, BadManifest, Manifest, heddle_version, read_manifest, within
from plugins.trust import untrusted, writable_by_everyone

GROUP = "heddle.plugins"
OWN_PACKAGES = frozenset({"api", "engine", "plugins", "schema", "tests"})


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A plugin whose manifest was read. `path` is the directory of its package.

    `installed`: importable by its name already; a package that lies in a directory is made so (`plugins.loading`).
    """

    manifest: Manifest
    package: str
    path: Path
    origin: str
    installed: bool

    @property
    def name(self) -> str:
        return self.manifest.name


@dataclass(frozen=True, slots=True)
class Rejected:
    """A plugin that is there and will not be loaded. `manifest` is None where it could not be read."""

    name: str
    origin: str
    reason: str
    manifest: Manifest | None = None


Discovered: TypeAlias = Found | Rejected


class _Refused(Exception):
    """Why a candidate is no plugin of this server."""


def discover(directories: Sequence[Path] = (), *, entry_points: bool = True) -> list[Discovered]:
    """Every plugin there is, judged, in order of name. Imports none of their code, and never raises."""
    candidates = list(_installed()) if entry_points else []
    for directory in directories:
        candidates += _in_directory(directory)
    return sorted(judge(candidates, heddle_version()), key=lambda each: (each.name, each.origin))


# ------------------------------------------------------------------------------------------------ installed ones


def _installed() -> Iterator[Discovered]:
    for entry in metadata.entry_points(group=GROUP):
        origin = f"distribution {entry.dist.name} {entry.dist.version}" if entry.dist else "an entry point"
        try:
            yield _installed_one(entry, origin)
        except (_Refused, BadManifest) as error:
            yield Rejected(entry.name, origin, str(error))


def _installed_one(entry: metadata.EntryPoint, origin: str) -> Found:
    package = entry.value
    if not package.isidentifier() or package.startswith("_") or package in sys.stdlib_module_names | OWN_PACKAGES:
        raise _Refused(f"its entry point '{package}' does not name a package of its own")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise _Refused(f"its package '{package}' is not installed")
    path = Path(next(iter(spec.submodule_search_locations)))
    manifest = _manifest(path)
    if manifest.name != entry.name:
        raise _Refused(f"its entry point is called '{entry.name}', and its manifest '{manifest.name}'")
    if writable_by_everyone(path):
        raise _Refused("its folder is writable by everyone")
    return Found(manifest, package, path, origin, installed=True)


# ------------------------------------------------------------------------------------------------ in directories


def _in_directory(directory: Path) -> Iterator[Discovered]:
    """Every folder in it that has a manifest."""
    try:
        folders = sorted(each for each in directory.iterdir() if (each / MANIFEST_FILE).exists())
        trusted = not writable_by_everyone(directory)
    except OSError as error:
        yield Rejected(directory.name, "a plugin directory", f"it cannot be read: {error.strerror}")
        return
    if not trusted:
        yield Rejected(directory.name, "a plugin directory", "everyone may write to it, so nothing in it is loaded")
        return
    for folder in folders:
        origin = f"folder {folder.name}"
        try:
            yield _folder(folder, origin)
        except (_Refused, BadManifest) as error:
            yield Rejected(folder.name, origin, str(error))
        except OSError as error:
            yield Rejected(folder.name, origin, f"it cannot be read: {error.strerror}")


def _folder(folder: Path, origin: str) -> Found:
    if why := untrusted(folder):
        raise _Refused(why)
    manifest = _manifest(folder)
    if not folder.name.isidentifier() or folder.name.startswith("_"):
        raise _Refused(f"'{folder.name}' is no name of a package: a letter, then letters, digits and underscores")
    if _is_taken(folder.name, folder):
        raise _Refused(f"a package '{folder.name}' is installed already: rename the folder")
    return Found(manifest, folder.name, folder.resolve(), origin, installed=False)


def _manifest(path: Path) -> Manifest:
    if not (path / "__init__.py").is_file():
        raise _Refused("its package has no __init__.py")
    return read_manifest(path / MANIFEST_FILE)


def _is_taken(package: str, folder: Path) -> bool:
    if package in sys.stdlib_module_names | OWN_PACKAGES:
        return True
    spec = find_spec(package)
    # It may be this very plugin, when plugins are loaded anew.
    return spec is not None and spec.origin != str(folder.resolve() / "__init__.py")


# ------------------------------------------------------------------------------------------------ judging

Check: TypeAlias = Callable[[Sequence[Found]], Mapping[Found, str]]
"""The plugins to refuse, and why."""


def judge(candidates: Sequence[Discovered], version: str) -> list[Discovered]:
    """Refuse what clashes, what is not made for this server's version, and what lacks another plugin."""
    judged = list(candidates)
    known = {each.name: each.manifest for each in candidates if each.manifest is not None}
    checks: tuple[Check, ...] = (
        lambda found: _clashing(found, lambda each: each.name, "name"),
        lambda found: _clashing(found, lambda each: each.package, "package"),
        lambda found: {each: why for each in found if (why := _unfit(each, version))},
        lambda found: {each: why for each in found if (why := _lacking(each, known))},
        _circular,
    )
    for check in checks:
        refused = check([each for each in judged if isinstance(each, Found)])
        judged = [_reject(each, refused) for each in judged]
    return judged


def _reject(each: Discovered, refused: Mapping[Found, str]) -> Discovered:
    if isinstance(each, Found) and each in refused:
        return Rejected(each.name, each.origin, refused[each], each.manifest)
    return each


def _clashing(found: Sequence[Found], claim: Callable[[Found], str], what: str) -> Mapping[Found, str]:
    claims: defaultdict[str, list[Found]] = defaultdict(list)
    for each in found:
        claims[claim(each)].append(each)
    return {
        each: f"the {what} '{claimed}' is claimed more than once ({', '.join(other.origin for other in rivals)})"
        for claimed, rivals in claims.items()
        if len(rivals) > 1
        for each in rivals
    }


def _unfit(found: Found, version: str) -> str | None:
    allowed = found.manifest.requires_heddle
    return None if within(version, allowed) else f"it needs Heddle {allowed}, and this is {version}"


def _lacking(found: Found, known: Mapping[str, Manifest]) -> str | None:
    for name, allowed in found.manifest.dependencies.items():
        if name not in known:
            return f"it needs the plugin '{name}' {allowed}, which is not there"
        if not within(known[name].version, allowed):
            return f"it needs the plugin '{name}' {allowed}, and {known[name].version} is there"
    return None


def _circular(found: Sequence[Found]) -> Mapping[Found, str]:
    """One circle at a time, until none is left."""
    refused: dict[Found, str] = {}
    while True:
        left = {each.name: each for each in found if each not in refused}
        try:
            TopologicalSorter({name: each.manifest.dependencies.keys() for name, each in left.items()}).prepare()
        except CycleError as error:
            circle = [str(name) for name in error.args[1]]
            refused |= {left[name]: f"it needs itself: {' → '.join(circle)}" for name in circle}
        else:
            return refused
