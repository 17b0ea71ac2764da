"""Settings: what the operator decides, from the environment, all names under HEDDLE_."""

from __future__ import annotations

import os
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from engine.egress.addresses import EgressPolicy
from engine.runtime.engine import EngineSettings
from engine.runtime.limits import DataLimits
from plugins.allowance import Allowance, Allowances
from plugins.initialization import PluginSettings
from schema.limits import Limits

DATABASE_FILE = "heddle.sqlite3"
MIN_DEV_KEY_CHARS = 8
DEFAULTS = Limits()
DATA = DataLimits()


class Mode(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class NodeAccess(BaseModel):
    """Patterns over names of node types and plugins. What is denied is denied, allowed or not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()


def _paths(value: object) -> object:
    return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


def _networks(texts: list[str]) -> list[str]:
    EgressPolicy.of(texts)
    return texts


class Settings(BaseSettings):
    """Raises `pydantic.ValidationError` for settings that cannot be served with. Lists are written as JSON."""

    model_config = SettingsConfigDict(env_prefix="HEDDLE_", extra="ignore", frozen=True)

    mode: Mode = Mode.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    data_dir: Path = Path("data")
    database_url: str | None = None
    dev_api_key: str | None = None

    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto`: words where somebody watches a terminal while developing, else one JSON object a line."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_key: SecretStr | None = None
    """A PEM public key, or a shared secret for HS256."""
    jwt_jwks_file: Path | None = None
    jwt_types: list[str] = ["at+jwt", "JWT"]
    """Values of a token's `typ` header that make it an access token; a token without one passes too."""

    credential_ttl_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    """How long a credential that was checked is believed without being looked up again."""
    allowed_origins: list[str] = []
    """Origins, besides our own, whose pages may open a WebSocket."""

    body_max_bytes: int = 8 * 1024 * 1024
    json_max_depth: int = 64
    operation_timeout_s: float = 10.0
    """What an operation may take, beside the time that it was asked to wait."""

    ws_max_bytes: int = 262_144
    ws_init_timeout_s: float = 10.0
    ws_send_timeout_s: float = 5.0
    """A peer that takes nothing for this long is let go: it reconnects where it was."""
    ws_max_operations: int = 100

    max_tokens: int = DEFAULTS.tokens
    max_operations: int = DEFAULTS.operations
    max_fields: int = DEFAULTS.fields
    max_depth: int = DEFAULTS.depth
    max_aliases: int = DEFAULTS.aliases
    max_directives: int = DEFAULTS.directives
    max_page: int = DEFAULTS.first
    max_wait_ms: int = DEFAULTS.wait_ms

    capacity: Annotated[int, Field(ge=1)] = 256
    """Executions that run at once in this process."""
    drain_s: Annotated[int, Field(ge=0)] = 10
    """What running executions get to come to an end when the server stops."""
    max_node_items: Annotated[int, Field(ge=1)] = DATA.items
    """Items that a node may put out at a time, or an execution be started with."""
    max_node_bytes: Annotated[int, Field(ge=1024)] = DATA.bytes
    """The same, as JSON."""
    egress_allowed: Annotated[list[str], AfterValidator(_networks)] = []
    """Private networks that nodes may reach."""

    plugin_dirs: Annotated[list[Path], NoDecode, BeforeValidator(_paths)] = []
    """Directories whose folders are plugins, separated as in PATH."""
    plugins_disabled: list[str] = []
    """Names of plugins that are left out."""
    node_access: dict[str, NodeAccess] = {}
    """By tenant id, or `*` for all others: which node types a tenant may use."""

    @field_validator("dev_api_key")
    @classmethod
    def _only_in_development(cls, key: str | None, info: ValidationInfo) -> str | None:
        if key is None or key == "":
            return None
        if info.data.get("mode") is Mode.PRODUCTION:
            raise ValueError("a development key opens the demo tenant: unset it, or set HEDDLE_MODE=development")
        if len(key) < MIN_DEV_KEY_CHARS:
            raise ValueError(f"a key has at least {MIN_DEV_KEY_CHARS} characters")
        return key

    @model_validator(mode="after")
    def _jwt_is_whole(self) -> Self:
        if self.jwt_key is not None and self.jwt_jwks_file is not None:
            raise ValueError("set HEDDLE_JWT_KEY or HEDDLE_JWT_JWKS_FILE, not both")
        if self.accepts_tokens and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError("tokens need HEDDLE_JWT_ISSUER and HEDDLE_JWT_AUDIENCE too")
        return self

    @property
    def is_development(self) -> bool:
        return self.mode is Mode.DEVELOPMENT

    @property
    def accepts_tokens(self) -> bool:
        return self.jwt_key is not None or self.jwt_jwks_file is not None

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite://{(self.data_dir / DATABASE_FILE).absolute()}"

    @cached_property
    def limits(self) -> Limits:
        return Limits(
            tokens=self.max_tokens,
            operations=self.max_operations,
            fields=self.max_fields,
            depth=self.max_depth,
            aliases=self.max_aliases,
            directives=self.max_directives,
            first=self.max_page,
            wait_ms=self.max_wait_ms,
        )

    def engine(self) -> EngineSettings:
        return EngineSettings(
            database_url=self.store_url,
            capacity=self.capacity,
            egress=EgressPolicy.of(self.egress_allowed, self._own_doors()),
            drain_s=self.drain_s,
            data=DataLimits(items=self.max_node_items, bytes=self.max_node_bytes),
            plugins=self.plugins(),
        )

    def plugins(self) -> PluginSettings:
        return PluginSettings(
            directories=tuple(self.plugin_dirs),
            disabled=frozenset(self.plugins_disabled),
            allowances=Allowances(
                {tenant: Allowance(access.allow, access.deny) for tenant, access in self.node_access.items()}
            ),
        )

    def _own_doors(self) -> list[tuple[str, int]]:
        """No node may call this server, whatever networks are allowed."""
        return [(host, self.port) for host in {self.host, "127.0.0.1", "::1"}]
