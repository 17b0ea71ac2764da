"""TOTP: one-time passwords that follow the clock."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import pyotp

from plugins import Context, Help, Item, NodeError, node
from plugins.javascript import number, text
from plugins.stored import chosen, record

_DIGESTS: Final[Mapping[str, Callable[..., Any]]] = {
    "SHA1": hashlib.sha1,
    "SHA224": hashlib.sha224,
    "SHA256": hashlib.sha256,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
    "SHA3-224": hashlib.sha3_224,
    "SHA3-256": hashlib.sha3_256,
    "SHA3-384": hashlib.sha3_384,
    "SHA3-512": hashlib.sha3_512,
}
MOST_DIGITS: Final = 10
LONGEST_PERIOD_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class TotpOptions:
    algorithm: Annotated[str, Help("Kind of hash")] = "SHA1"
    digits: Annotated[int, Help("How many digits")] = 6
    period: Annotated[int, Help("How many seconds a password lasts")] = 30


@dataclass(frozen=True)
class TotpParameters:
    operation: Annotated[Literal["generateSecret"], Help("What to do")] = "generateSecret"
    options: Annotated[TotpOptions, Help("More")] = field(default_factory=TotpOptions)


@node(
    "n8n-nodes-base.totp",
    display_name="TOTP",
    category="DATA",
    tags=("password", "two-factor"),
    parameters=TotpParameters,
    credentials=("totpApi",),
    each=True,
)
def totp(ctx: Context[TotpParameters], item: Item, position: int) -> Item:  # noqa: ARG001 - expressions see it
    """Generate a time-based one-time password."""
    credential, options = ctx.credentials("totpApi"), record(ctx.parameter("options", position))
    if ":" not in text(credential.get("label") or ""):
        raise NodeError("Malformed label - expected `issuer:username`", item_index=position, retryable=False)
    period = _within(options.get("period", 30), 1, LONGEST_PERIOD_S, "period", position)
    try:
        password = pyotp.TOTP(
            text(credential.get("secret") or "").replace(" ", ""),
            digits=_within(options.get("digits", 6), 1, MOST_DIGITS, "digits", position),
            digest=_DIGESTS[chosen(options.get("algorithm"), _DIGESTS, "SHA1")],
            interval=period,
        ).at(ctx.now)
    except (binascii.Error, ValueError):
        raise NodeError("The secret of the credential is not base32", item_index=position, retryable=False) from None
    return Item({"token": password, "secondsRemaining": period - int(ctx.now.timestamp()) % period})


def _within(value: Any, least: int, most: int, name: str, position: int) -> int:
    given = number(value)
    if not least <= given <= most:
        raise NodeError(f"'{name}' has to be between {least} and {most}", item_index=position, retryable=False)
    return int(given)
