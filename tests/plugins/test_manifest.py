"""A manifest says what a plugin is, or what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.manifest import BadManifest, Manifest, heddle_version, read_manifest, within
from tests.plugins.packages import manifest


def read(tmp_path: Path, text: str) -> Manifest:
    path = tmp_path / "heddle-plugin.toml"
    path.write_text(text)
    return read_manifest(path)


def test_a_manifest_says_what_a_plugin_is(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        manifest(
            "acme-units",
            version='"1.4.0-rc.1"',
            category='"TRANSFORM"',
            tags='["units", "length"]',
            requires_heddle='">=0.1.0,<1.0.0"',
            dependencies='acme-base = ">=2.0.0"',
        ),
    )
    assert said == Manifest(
        name="acme-units",
        version="1.4.0-rc.1",
        description="A plugin for a test.",
        category="TRANSFORM",
        tags=("units", "length"),
        requires_heddle=">=0.1.0,<1.0.0",
        dependencies={"acme-base": ">=2.0.0"},
    )


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("../../x", {}, "name"),
        ("Acme", {}, "name"),
        ("a" * 65, {}, "name"),
        ("builtin", {}, "taken by the server"),
        ("acme", {"version": '"1.4"'}, "'1.4' is not a semantic version"),
        ("acme", {"version": ""}, "version"),
        ("acme", {"requires_heddle": '"^1.2"'}, "requires-heddle"),
        ("acme", {"requires_heddle": '">=0.1.0,nonsense"'}, "no range"),
        ("acme", {"dependencies": 'other = "any"'}, "other"),
        ("acme", {"dependencies": '"../x" = ">=1.0.0"'}, "dependencies"),
        ("acme", {"category": '"Some thing"'}, "category"),
        ("acme", {"tags": '"units"'}, "tags"),
        ("acme", {"colour": '"red"'}, "colour"),
        ("acme", {"description": '""'}, "description"),
    ],
)
def test_a_manifest_that_says_it_wrongly_is_refused(
    tmp_path: Path, name: str, fields: dict[str, str], said: str
) -> None:
    with pytest.raises(BadManifest, match=said):
        read(tmp_path, manifest(name, **fields))


@pytest.mark.parametrize("text", ["", "[plugin", "\ud800", "[plugin]\nname = 1", "[other]"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "heddle-plugin.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadManifest):
        read_manifest(path)


def test_a_manifest_that_is_not_there_or_endless_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadManifest, match="cannot be read"):
        read_manifest(tmp_path / "heddle-plugin.toml")
    with pytest.raises(BadManifest, match="larger than"):
        read(tmp_path, "#" * 100_000)


@pytest.mark.parametrize(
    ("version", "allowed", "holds"),
    [
        ("1.2.3", ">=1.2.0,<2.0.0", True),
        ("2.0.0", ">=1.2.0,<2.0.0", False),
        ("1.2.3", "1.2.3", True),
        ("1.2.3", "==1.2.4", False),
        ("1.2.3", ">=1.0.0, !=1.2.3", False),
        ("1.0.0-rc.1", ">=1.0.0", False),
    ],
)
def test_a_version_is_within_a_range_when_every_comparison_holds(version: str, allowed: str, holds: bool) -> None:
    assert within(version, allowed) is holds


def test_this_server_has_a_version_that_can_be_compared() -> None:
    assert within(heddle_version(), ">=0.1.0")
