"""API keys: 256 random bits. What is stored is a hash, so the database gives none of them away."""

from __future__ import annotations

import hashlib
import secrets

MARK = "hdl_"
SECRET_BYTES = 32
PREFIX_CHARS = len(MARK) + 6


def new_secret() -> str:
    """A key, to be shown once."""
    return MARK + secrets.token_urlsafe(SECRET_BYTES)


def hash_of(secret: str) -> str:
    """What a key is stored and looked up as (hex). Its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str:
    """Enough to tell keys apart in a list, and to find one in the wild."""
    return secret[:PREFIX_CHARS]
