"""Settings: names as documented, and a refusal that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from api import secret
from api.settings import Mode, Settings
from plugins.allowance import Allowance


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = {"HOST": "0.0.0.0", "PORT": "9000", "DATA_DIR": str(tmp_path), "MODE": "production", "MAX_DEPTH": "7"}
    for name, value in names.items():
        monkeypatch.setenv(f"HEDDLE_{name}", value)
    settings = Settings()
    assert (settings.host, settings.port, settings.mode) == ("0.0.0.0", 9000, Mode.PRODUCTION)
    assert settings.store_url == f"sqlite://{tmp_path}/heddle.sqlite3"
    assert settings.limits.depth == 7


def test_a_development_key_is_refused_outside_development() -> None:
    with pytest.raises(ValidationError, match="unset it, or set HEDDLE_MODE=development"):
        Settings(mode=Mode.PRODUCTION, dev_api_key="hdl_something")


def test_an_empty_development_key_is_none() -> None:
    assert Settings(dev_api_key="").dev_api_key is None


@pytest.mark.parametrize("wrong", [{"jwt_key": "k"}, {"jwt_key": "k", "jwt_jwks_file": "f"}, {"egress_allowed": ["x"]}])
def test_settings_that_cannot_be_served_with_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]


def test_the_secret_of_a_data_directory_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    made = secret.load(tmp_path)
    assert len(made) == 32
    assert secret.load(tmp_path) == made
    assert (tmp_path / secret.FILE).stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == [secret.FILE]


def test_no_node_may_call_the_server_itself() -> None:
    policy = Settings(egress_allowed=["127.0.0.0/8"]).engine().egress
    assert not policy.permits("127.0.0.1", 8000)
    assert policy.permits("127.0.0.1", 8001)


def test_plugins_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDDLE_PLUGIN_DIRS", "/srv/plugins:/opt/more")
    monkeypatch.setenv("HEDDLE_PLUGINS_DISABLED", '["acme"]')
    monkeypatch.setenv("HEDDLE_NODE_ACCESS", '{"tnt_a": {"deny": ["*.code"]}, "*": {"allow": ["builtin"]}}')
    plugins = Settings().plugins()
    assert plugins.directories == (Path("/srv/plugins"), Path("/opt/more"))
    assert plugins.disabled == {"acme"}
    assert plugins.allowances.of("tnt_a") == Allowance(deny=("*.code",))
    assert plugins.allowances.of("tnt_b") == Allowance(allow=("builtin",))


def test_an_access_that_says_what_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(node_access={"*": {"forbid": []}})  # type: ignore[dict-item]
