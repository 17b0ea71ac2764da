"""JWT: tokens signed, decoded and verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import jwt as tokens
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAlgorithmError,
    InvalidSignatureError,
    InvalidTokenError,
    PyJWTError,
)

from plugins import Context, Help, Item, Json, NodeError, jsontext, node
from plugins.javascript import number, text, truth
from plugins.stored import chosen, record

_OPERATIONS: Final = ("sign", "decode", "verify")
ALGORITHMS: Final = (
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
)  # fmt: skip
_SIGNING: Final[Mapping[str, tuple[Json, ...]]] = {"operation": ("sign",)}
_READING: Final[Mapping[str, tuple[Json, ...]]] = {"operation": ("decode", "verify")}


@dataclass(frozen=True, slots=True)
class Claims:
    audience: Annotated[str, Help("Whom the token is for")] = ""
    expires_in: Annotated[int, Help("Lifetime in seconds")] = 0
    issuer: Annotated[str, Help("Who issued it")] = ""
    jwtid: Annotated[str, Help("Its id")] = ""
    not_before: Annotated[int, Help("Seconds until it becomes valid")] = 0
    subject: Annotated[str, Help("Whom it is about")] = ""


@dataclass(frozen=True, slots=True)
class JwtOptions:
    algorithm: Annotated[str, Help("Algorithm, instead of the credential's")] = ""
    kid: Annotated[str, Help("Id of the key, for the header")] = ""
    complete: Annotated[bool, Help("Whether header and signature come too")] = False
    ignore_expiration: Annotated[bool, Help("Whether an expired token counts")] = False
    ignore_not_before: Annotated[bool, Help("Whether a token counts before its time")] = False
    clock_tolerance: Annotated[int, Help("Seconds by which clocks may differ")] = 0


@dataclass(frozen=True)
class JwtParameters:
    operation: Annotated[Literal["sign", "decode", "verify"], Help("What to do")] = "sign"
    use_json: Annotated[bool, Help("Whether the payload is given as JSON", when=_SIGNING, name="useJson")] = False
    claims: Annotated[Claims, Help("Claims of the payload", when=_SIGNING)] = field(default_factory=Claims)
    claims_json: Annotated[Json, Help("The payload", when=_SIGNING)] = (
        '{\n  "my_field_1": "value 1",\n  "my_field_2": "value 2"\n}'
    )
    token: Annotated[str, Help("The token", required=True, when=_READING)] = ""
    options: Annotated[JwtOptions, Help("More")] = field(default_factory=JwtOptions)


@node(
    "n8n-nodes-base.jwt",
    display_name="JWT",
    category="DATA",
    tags=("token", "sign", "verify"),
    parameters=JwtParameters,
    credentials=("jwtAuth",),
    each=True,
)
def jwt(ctx: Context[JwtParameters], item: Item, position: int) -> Item:  # noqa: ARG001 - expressions see it
    """Sign, decode and verify JSON Web Tokens."""
    operation = chosen(ctx.parameter("operation", position), _OPERATIONS, "sign")
    try:
        if operation == "sign":
            return Item({"token": _signed(ctx, position)})
        token = text(ctx.parameter("token", position, ""))
        return Item(_decoded(ctx, token, position) if operation == "decode" else _verified(ctx, token, position))
    except PyJWTError as error:
        raise NodeError(_said(error), item_index=position, retryable=False) from None


def _signed(ctx: Context[Any], position: int) -> str:
    credential, options = ctx.credentials("jwtAuth"), record(ctx.parameter("options", position))
    now = int(ctx.now.timestamp())
    payload = {"iat": now, **(_given(ctx, position) if truth(ctx.parameter("useJson", position, False)) else {})}
    if not truth(ctx.parameter("useJson", position, False)):
        payload.update(_claimed(record(ctx.parameter("claims", position)), now))
    headers = {"kid": text(options["kid"])} if options.get("kid") else None
    try:
        return tokens.encode(payload, _key(credential, private=True), _algorithm(credential, options), headers=headers)
    except (TypeError, ValueError):
        # Neither what the library says nor the key may appear: the one often quotes the other.
        raise NodeError("The token could not be signed with the key of the credential", retryable=False) from None


def _claimed(claims: Mapping[str, Json], now: int) -> dict[str, Json]:
    """n8n keeps the claims under the names of its form, but for the two that are times."""
    payload = {key: value for key, value in claims.items() if key not in ("expiresIn", "notBefore")}
    if claims.get("expiresIn"):
        payload["exp"] = now + number(claims["expiresIn"])
    if claims.get("notBefore"):
        payload["nbf"] = now + number(claims["notBefore"])
    return payload


def _given(ctx: Context[Any], position: int) -> dict[str, Json]:
    given = ctx.parameter("claimsJson", position, JwtParameters.claims_json)
    try:
        payload = jsontext.parse(given) if isinstance(given, str) else given
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise NodeError("The payload has to be a JSON object", item_index=position, retryable=False)
    return payload


def _decoded(ctx: Context[Any], token: str, position: int) -> dict[str, Json]:
    whole = tokens.decode_complete(token, options={"verify_signature": False})
    return _shown(whole, token, record(ctx.parameter("options", position)))


def _verified(ctx: Context[Any], token: str, position: int) -> dict[str, Json]:
    credential, options = ctx.credentials("jwtAuth"), record(ctx.parameter("options", position))
    tolerance = number(options.get("clockTolerance") or 0)
    try:
        whole = tokens.decode_complete(
            token,
            _key(credential, private=False),
            [_algorithm(credential, options)],
            options={
                "verify_exp": not truth(options.get("ignoreExpiration", False)),
                "verify_nbf": not truth(options.get("ignoreNotBefore", False)),
                "verify_iat": False,
                "verify_aud": False,
                "verify_sub": False,
                "verify_jti": False,
            },
            leeway=tolerance if 0 <= tolerance < _DECADE_S else 0,
        )
    except (TypeError, ValueError):
        raise NodeError("The token could not be verified with the key of the credential", retryable=False) from None
    return _shown(whole, token, options)


_DECADE_S: Final = 315_360_000


def _shown(whole: Mapping[str, Any], token: str, options: Mapping[str, Json]) -> dict[str, Json]:
    if not truth(options.get("complete", False)):
        return {"payload": whole["payload"]}
    return {"header": whole["header"], "payload": whole["payload"], "signature": token.rpartition(".")[2]}


def _algorithm(credential: Mapping[str, Json], options: Mapping[str, Json]) -> str:
    name = text(options.get("algorithm") or credential.get("algorithm") or "HS256")
    if name not in ALGORITHMS:
        # What a credential holds is never shown.
        which = f"'{name}'" if options.get("algorithm") else "of the credential"
        raise NodeError(f"The algorithm {which} is not supported", retryable=False)
    return name


def _key(credential: Mapping[str, Json], *, private: bool) -> str:
    if credential.get("keyType", "passphrase") == "passphrase":
        return text(credential.get("secret") or "")
    pem = text(credential.get("privateKey" if private else "publicKey") or "")
    # Keys pasted on one line have lost the ends of their lines.
    return pem.replace("\\n", "\n") if "\n" not in pem else pem


def _said(error: PyJWTError) -> str:
    """As the jsonwebtoken library puts it."""
    match error:
        case ExpiredSignatureError():
            return "jwt expired"
        case ImmatureSignatureError():
            return "jwt not active"
        case InvalidSignatureError():
            return "invalid signature"
        case InvalidAlgorithmError():
            return "invalid algorithm"
        case InvalidTokenError():
            return "jwt malformed"
    return "The key of the credential does not fit the algorithm"
