"""Finding plugins: what is there, what is refused, and that nothing is imported meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from plugins.discovery import Found, Rejected, discover
from tests.plugins.packages import manifest, write_plugin


def found(*directories: Path) -> list[str]:
    return [each.name for each in discover(directories, entry_points=False) if isinstance(each, Found)]


def refusals(*directories: Path) -> Mapping[str, str]:
    return {each.name: each.reason for each in discover(directories, entry_points=False) if isinstance(each, Rejected)}


def test_every_folder_with_a_manifest_is_a_plugin(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme-b")
    write_plugin(tmp_path, "acme-a")
    (tmp_path / "notes").mkdir()
    (tmp_path / "loose.py").touch()
    assert found(tmp_path) == ["acme-a", "acme-b"]


def test_finding_imports_nothing(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme-loud", before="raise SystemExit('imported')")
    assert found(tmp_path) == ["acme-loud"]
    assert "acme_loud" not in sys.modules


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refusals(tmp_path / "none") == {"none": "it cannot be read: No such file or directory"}


@pytest.mark.parametrize("name", ["../../x", "a/b", "/etc", "a\\b", "Ä", ""])
def test_a_name_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    package = write_plugin(tmp_path, "acme")
    (package / "heddle-plugin.toml").write_text(manifest(name.replace("\\", "\\\\")))
    assert "name" in refusals(tmp_path)["acme"]


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    package = write_plugin(tmp_path, "acme")
    (tmp_path / "secret.py").touch()
    (package / "linked.py").symlink_to(tmp_path / "secret.py")
    assert refusals(tmp_path) == {"acme": "'linked.py' is a symbolic link that leads out of the plugin"}


def test_a_link_within_is_fine(tmp_path: Path) -> None:
    package = write_plugin(tmp_path, "acme")
    (package / "again.py").symlink_to("__init__.py")
    assert found(tmp_path) == ["acme"]


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    write_plugin(tmp_path / "elsewhere", "acme")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "acme").symlink_to(tmp_path / "elsewhere" / "acme")
    assert "symbolic link" in refusals(tmp_path / "here")["acme"]


def test_what_everyone_may_write_to_is_refused(tmp_path: Path) -> None:
    folder, file = write_plugin(tmp_path, "acme-folder"), write_plugin(tmp_path, "acme-file")
    folder.chmod(0o777)
    (file / "__init__.py").chmod(0o666)
    assert refusals(tmp_path) == {
        "acme_folder": "its folder is writable by everyone",
        "acme_file": "'__init__.py' is writable by everyone",
    }


def test_a_plugin_directory_that_everyone_may_write_to_is_refused_whole(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    write_plugin(shared, "acme")
    shared.chmod(0o1777)
    assert "everyone may write to it" in refusals(shared)["shared"]


def test_a_directory_above_that_everyone_may_change_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    write_plugin(open_to_all / "plugins", "acme")
    open_to_all.chmod(0o777)
    assert refusals(open_to_all / "plugins") == {"acme": "a directory above it is writable by everyone"}


@pytest.mark.parametrize("folder", ["json", "engine", "plugins", "pytest"])
def test_a_package_that_is_there_already_is_not_shadowed(tmp_path: Path, folder: str) -> None:
    write_plugin(tmp_path, "acme", folder=folder)
    assert "is installed already" in refusals(tmp_path)[folder]


def test_a_folder_without_a_package_is_refused(tmp_path: Path) -> None:
    (write_plugin(tmp_path, "acme") / "__init__.py").unlink()
    assert refusals(tmp_path) == {"acme": "its package has no __init__.py"}


def test_nobody_wins_a_name_that_two_claim(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", folder="one")
    write_plugin(tmp_path, "acme", folder="two")
    judged = discover([tmp_path], entry_points=False)
    assert [type(each) for each in judged] == [Rejected, Rejected]
    assert "'acme' is claimed more than once (folder one, folder two)" in refusals(tmp_path)["acme"]


def test_nobody_wins_a_package_that_two_claim(tmp_path: Path) -> None:
    write_plugin(tmp_path / "a", "acme-one", folder="acme")
    write_plugin(tmp_path / "b", "acme-two", folder="acme")
    assert set(refusals(tmp_path / "a", tmp_path / "b")) == {"acme-one", "acme-two"}


def test_a_plugin_for_another_server_is_refused(tmp_path: Path) -> None:
    write_plugin(tmp_path, "acme", requires_heddle='">=99.0.0"')
    assert "it needs Heddle >=99.0.0" in refusals(tmp_path)["acme"]


def test_what_a_plugin_needs_must_be_there_in_the_right_version(tmp_path: Path) -> None:
    write_plugin(tmp_path, "base")
    write_plugin(tmp_path, "lost", dependencies='nowhere = ">=1.0.0"')
    write_plugin(tmp_path, "new", dependencies='base = ">=2.0.0"')
    write_plugin(tmp_path, "well", dependencies='base = ">=1.0.0,<2.0.0"')
    assert found(tmp_path) == ["base", "well"]
    assert refusals(tmp_path) == {
        "lost": "it needs the plugin 'nowhere' >=1.0.0, which is not there",
        "new": "it needs the plugin 'base' >=2.0.0, and 1.0.0 is there",
    }


def test_plugins_that_need_each_other_are_refused_and_the_others_stay(tmp_path: Path) -> None:
    write_plugin(tmp_path, "a", dependencies='b = ">=1.0.0"')
    write_plugin(tmp_path, "b", dependencies='a = ">=1.0.0"')
    write_plugin(tmp_path, "narcissus", dependencies='narcissus = ">=1.0.0"')
    write_plugin(tmp_path, "free")
    assert found(tmp_path) == ["free"]
    assert all("it needs itself" in why for why in refusals(tmp_path).values())


def distribution(site: Path, name: str, entry: str, value: str) -> None:
    info = site / f"{name.replace(chr(45), chr(95))}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[heddle.plugins]\n{entry} = {value}\n")


def installed() -> Mapping[str, str | None]:
    return {each.name: each.reason if isinstance(each, Rejected) else None for each in discover()}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_an_installed_plugin_is_found_by_its_entry_point(site: Path) -> None:
    write_plugin(site, "acme-installed")
    distribution(site, "acme-dist", "acme-installed", "acme_installed")
    assert installed() == {"acme-installed": None}
    assert "acme_installed" not in sys.modules


def test_an_entry_point_that_two_distributions_have_is_nobodys(site: Path) -> None:
    write_plugin(site, "acme-twice")
    distribution(site, "acme-first", "acme-twice", "acme_twice")
    distribution(site, "acme-second", "acme-twice", "acme_twice")
    assert "claimed more than once" in str(installed()["acme-twice"])


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [
        ("acme-nowhere", "acme_nowhere", "is not installed"),
        ("acme-attribute", "acme_installed:nodes", "does not name a package"),
        ("acme-core", "plugins", "does not name a package"),
        ("acme-main", "__main__", "does not name a package"),
        ("another", "acme_named", "called 'another', and its manifest 'acme-named'"),
    ],
)
def test_an_entry_point_that_leads_to_no_plugin_is_told(site: Path, entry: str, value: str, said: str) -> None:
    write_plugin(site, "acme-named")
    distribution(site, "acme-dist", entry, value)
    assert said in str(installed()[entry])
