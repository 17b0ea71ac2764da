"""The door: a credential becomes a caller, or nothing. HTTP requests and WebSocket connections come in the same way."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api import keys
from api.tokens import Tokens
from engine.ports import Clock
from engine.store.access import Access
from schema.caller import Caller

CREDENTIAL_CHARS = 8_192
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Remembered:
    caller: Caller
    until_us: int


class Door:
    """Looks credentials up. Those that were good a moment ago (`ttl_s`) are believed; bad ones are never remembered."""

    def __init__(self, access: Access, tokens: Tokens | None, *, clock: Clock, ttl_s: float) -> None:
        self._access = access
        self._tokens = tokens
        self._clock = clock
        self._ttl_us = int(ttl_s * 1_000_000)
        self._known: OrderedDict[bytes, Remembered] = OrderedDict()

    async def admit(self, credential: str | None) -> Caller | None:
        """The caller that a key or a token stands for; None for one that is unknown, expired, revoked or missing."""
        if not credential or len(credential) > CREDENTIAL_CHARS or not credential.isascii():
            return None
        now_us = self._clock.now_us()
        name = hashlib.sha256(credential.encode()).digest()
        remembered = self._known.get(name)
        if remembered is not None and now_us < remembered.until_us:
            return remembered.caller
        caller = await self._look_up(credential, now_us)
        self._known.pop(name, None)
        if caller is not None:
            self._remember(name, caller, now_us)
        return caller

    def _remember(self, name: bytes, caller: Caller, now_us: int) -> None:
        until_us = now_us + self._ttl_us
        if caller.expires_at_us is not None:
            until_us = min(until_us, caller.expires_at_us)
        self._known[name] = Remembered(caller, until_us)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _look_up(self, credential: str, now_us: int) -> Caller | None:
        if self._tokens is not None and credential.count(".") == 2 and not credential.startswith(keys.MARK):
            return await self._by_token(self._tokens, credential, now_us)
        return await self._by_key(credential, now_us)

    async def _by_key(self, secret: str, now_us: int) -> Caller | None:
        key = await self._access.find_key(keys.hash_of(secret))
        if key is None or key.revoked_at_us is not None:
            return None
        if key.expires_at_us is not None and key.expires_at_us <= now_us:
            return None
        tenant = await self._access.tenant(key.tenant_id)
        if tenant is None:
            return None
        return Caller.of(tenant, f"API_KEY:{key.id}", key.role, name=key.name, expires_at_us=key.expires_at_us)

    async def _by_token(self, tokens: Tokens, token: str, now_us: int) -> Caller | None:
        claims = tokens.read(token)
        if claims is None or claims.expires_at_us <= now_us:
            return None
        tenant = await self._access.tenant(claims.tenant)
        if tenant is None:
            return None
        return Caller.of(
            tenant,
            f"USER:{claims.subject}",
            claims.role,
            name=claims.name,
            expires_at_us=claims.expires_at_us,
            narrowed_to=claims.scopes,
        )


# ------------------------------------------------------------------------------------------------ where it is


def in_headers(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """`Authorization: Bearer …`, or else `x-api-key`. Nothing else is read: no cookie, no query string."""
    found = {name: value for name, value in headers if name in (b"authorization", b"x-api-key")}
    bearer = _bearer(found[b"authorization"].decode("latin-1")) if b"authorization" in found else None
    return bearer or (found[b"x-api-key"].decode("latin-1").strip() if b"x-api-key" in found else None)


def in_payload(payload: Mapping[str, object]) -> str | None:
    """The same, in the payload of a WebSocket's `connection_init`; `apiKey` too, and a bare key as Authorization."""
    for name in ("Authorization", "authorization"):
        if isinstance(value := payload.get(name), str):
            return _bearer(value) or value.strip()
    for name in ("apiKey", "x-api-key"):
        if isinstance(value := payload.get(name), str):
            return value.strip()
    return None


def _bearer(value: str) -> str | None:
    scheme, _, credential = value.strip().partition(" ")
    return credential.strip() or None if scheme.lower() == "bearer" else None
