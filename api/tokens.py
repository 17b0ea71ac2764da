"""JWTs: whose they are, as far as the token itself can tell. Keys are in memory, and nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.exceptions import PyJWTError

from api.settings import Settings
from engine.store.records import Role

HEADERS = frozenset({"alg", "kid", "typ"})
"""A token with any other header (jku, x5u, jwk, crit, …) is refused unread."""
TOKEN_CHARS = 8_192
LEEWAY_S = 30
REQUIRED = ["iss", "aud", "exp", "sub"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. The tenant is still to be found."""

    subject: str
    tenant: str
    role: Role
    expires_at_us: int
    scopes: frozenset[str] | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the one algorithm that it is for: the token does not choose."""

    key: Any
    algorithm: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """`keys` by key id; the one under "" is for tokens without one."""

    issuer: str
    audience: str
    types: frozenset[str]
    keys: Mapping[str, Key]

    def read(self, token: str) -> Claims | None:
        """None for a token that is not ours, not valid now, or not an access token; the reason is nobody's business."""
        try:
            key = self._key(token)
            if key is None:
                return None
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY_S,
                options={"require": REQUIRED, "strict_aud": True},
            )
        except PyJWTError:
            return None
        return _claims(claims)

    def _key(self, token: str) -> Key | None:
        if len(token) > TOKEN_CHARS:
            return None
        header = jwt.get_unverified_header(token)
        if not header.keys() <= HEADERS or header.get("typ", next(iter(self.types), None)) not in self.types:
            return None
        return self.keys.get(str(header.get("kid", "")))


def tokens_of(settings: Settings) -> Tokens | None:
    """None when no tokens are accepted. Raises `ValueError` for a key that cannot be read."""
    if not settings.accepts_tokens:
        return None
    assert settings.jwt_issuer is not None
    assert settings.jwt_audience is not None
    keys = _key_set(settings.jwt_jwks_file) if settings.jwt_jwks_file else {"": _single(settings)}
    return Tokens(settings.jwt_issuer, settings.jwt_audience, frozenset(settings.jwt_types), keys)


def _single(settings: Settings) -> Key:
    assert settings.jwt_key is not None
    text = settings.jwt_key.get_secret_value()
    if not text.lstrip().startswith("-----BEGIN"):
        return Key(text, "HS256")
    key = load_pem_public_key(text.encode())
    match key:
        case RSAPublicKey():
            return Key(key, "RS256")
        case EllipticCurvePublicKey():
            return Key(key, "ES256")
        case Ed25519PublicKey():
            return Key(key, "EdDSA")
        case _:
            raise ValueError("HEDDLE_JWT_KEY is a public key of a kind that signs no tokens: use RSA, P-256 or Ed25519")


def _key_set(path: Path) -> Mapping[str, Key]:
    """Raises `ValueError` for a file that is no JSON Web Key Set of keys that we know."""
    keys = {}
    try:
        for raw in orjson.loads(path.read_bytes())["keys"]:
            key = jwt.PyJWK(raw)
            keys[str(raw.get("kid", ""))] = Key(key.key, key.algorithm_name)
    except (OSError, ValueError, TypeError, KeyError, PyJWTError) as error:
        raise ValueError(f"{path} is not a JSON Web Key Set that can be used: {error}") from error
    return keys


def _claims(claims: Mapping[str, Any]) -> Claims | None:
    subject, tenant, role, name = (claims.get(field) for field in ("sub", "tenant", "role", "name"))
    if not (isinstance(subject, str) and subject and isinstance(tenant, str) and isinstance(role, str)):
        return None
    if role not in Role.__members__:
        return None
    return Claims(
        subject=subject,
        tenant=tenant,
        role=Role[role],
        expires_at_us=int(claims["exp"]) * 1_000_000,
        scopes=_scopes(claims.get("scopes")),
        name=name if isinstance(name, str) else None,
    )


def _scopes(claim: object) -> frozenset[str] | None:
    """Scopes that the token is narrowed to; None when it names none."""
    match claim:
        case str():
            return frozenset(claim.split())
        case list():
            return frozenset(scope for scope in claim if isinstance(scope, str))
        case _:
            return None
