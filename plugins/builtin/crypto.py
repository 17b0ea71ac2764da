"""Crypto: hashes, message authentication codes, signatures and random text."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from plugins import Context, Help, Item, Json, NodeError, node, paths
from plugins.binary import binary_of, content_of
from plugins.javascript import number, text, truth, type_of
from plugins.stored import chosen
from plugins.values import UNDEFINED, JsDate, LuxonDateTime

HASHES: Final[Mapping[str, str]] = {
    "MD5": "md5",
    "SHA256": "sha256",
    "SHA3-256": "sha3_256",
    "SHA3-384": "sha3_384",
    "SHA3-512": "sha3_512",
    "SHA384": "sha384",
    "SHA512": "sha512",
}
_SIGNING: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {
    "MD5": hashes.MD5,
    "SHA1": hashes.SHA1,
    "SHA224": hashes.SHA224,
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
    "SHA512-224": hashes.SHA512_224,
    "SHA512-256": hashes.SHA512_256,
    "SHA3-224": hashes.SHA3_224,
    "SHA3-256": hashes.SHA3_256,
    "SHA3-384": hashes.SHA3_384,
    "SHA3-512": hashes.SHA3_512,
}
_NOT_WORD = re.compile(r"\W")
MOST_CHARACTERS: Final = 1_000_000
_OF_A_VALUE: Final = ("hash", "hmac", "sign")


@dataclass(frozen=True)
class CryptoParameters:
    action: Annotated[Literal["generate", "hash", "hmac", "sign"], Help("What to do")] = "hash"
    type: Annotated[
        Literal["MD5", "SHA256", "SHA3-256", "SHA3-384", "SHA3-512", "SHA384", "SHA512"],
        Help("Kind of hash", when={"action": ("hash", "hmac")}),
    ] = "MD5"
    binary_data: Annotated[bool, Help("Whether binary data is hashed", when={"action": ("hash", "hmac")})] = False
    binary_property_name: Annotated[str, Help("Its name", when={"binaryData": (True,)})] = "data"
    value: Annotated[
        Json, Help("What to hash or sign", required=True, when={"action": _OF_A_VALUE, "binaryData": (False,)})
    ] = ""
    data_property_name: Annotated[str, Help("Field for the result")] = "data"
    secret: Annotated[Json, Help("Secret (version 1; later ones take it from the credential)")] = ""
    algorithm: Annotated[str, Help("Signing algorithm", when={"action": ("sign",)})] = ""
    private_key: Annotated[str, Help("Private key as PEM (version 1)", when={"action": ("sign",)})] = ""
    encoding: Annotated[Literal["hex", "base64"], Help("How the result is written")] = "hex"
    encoding_type: Annotated[
        Literal["uuid", "hex", "base64", "ascii"], Help("What to generate", when={"action": ("generate",)})
    ] = "uuid"
    string_length: Annotated[int, Help("How many characters", when={"action": ("generate",)})] = 32


@node(
    "n8n-nodes-base.crypto",
    version=(1, 2),
    display_name="Crypto",
    category="DATA",
    tags=("hash", "hmac", "sign", "uuid", "random"),
    parameters=CryptoParameters,
    credentials=("crypto",),
    each=True,
)
def crypto(ctx: Context[CryptoParameters], item: Item, position: int) -> Item:
    """Hash, authenticate, sign and generate."""
    result = _ACTIONS[chosen(ctx.parameter("action", position), _ACTIONS, "hash")](ctx, item, position)
    name = text(ctx.parameter("dataPropertyName", position, "data"))
    return Item(paths.with_value(item.json, name, result))


def _hash(ctx: Context[Any], item: Item, position: int) -> str:
    digest = hashlib.new(_kind(ctx, position), _content(ctx, item, position), usedforsecurity=False).digest()
    return _encoded(ctx, digest, position)


def _hmac(ctx: Context[Any], item: Item, position: int) -> str:
    secret = _secret(ctx, position, stored="secret", credential="hmacSecret")
    return _encoded(ctx, hmac.digest(secret.encode(), _content(ctx, item, position), _kind(ctx, position)), position)


def _sign(ctx: Context[Any], item: Item, position: int) -> str:  # noqa: ARG001 - as the other actions
    content = _bytes(ctx.parameter("value", position, ""))
    name = text(ctx.parameter("algorithm", position, ""))
    algorithm = _SIGNING.get(name.upper().removeprefix("RSA-").replace("SHA-", "SHA").replace("/", "-"))
    if algorithm is None:
        raise NodeError(f"Invalid digest: {name}", name="Error", retryable=False)
    pem = _secret(ctx, position, stored="privateKey", credential="signPrivateKey")
    return _encoded(ctx, _signature(pem, content, algorithm()), position)


def _signature(pem: str, content: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    """Raises `NodeError` without saying anything of the key."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise NodeError(
            "error:1E08010C:DECODER routines::unsupported",
            name="Error",
            description="The private key could not be read: give it as PEM, without a password.",
            retryable=False,
        ) from None
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(content, padding.PKCS1v15(), algorithm)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(content, ec.ECDSA(algorithm))
    raise NodeError("Only RSA and elliptic curve keys can sign here", retryable=False)


def _generated(ctx: Context[Any], item: Item, position: int) -> str:  # noqa: ARG001 - as the other actions
    kind = chosen(ctx.parameter("encodingType", position), _RANDOM, "uuid")
    length = number(ctx.parameter("stringLength", position, 32))
    if not 0 <= length <= MOST_CHARACTERS:
        raise NodeError(
            f"A length of {text(length)} is not allowed: it has to be at most {MOST_CHARACTERS}", retryable=False
        )
    return _RANDOM[kind](int(length))


_ACTIONS: Final[Mapping[str, Callable[[Context[Any], Item, int], str]]] = {
    "hash": _hash,
    "hmac": _hmac,
    "sign": _sign,
    "generate": _generated,
}
_RANDOM: Final[Mapping[str, Callable[[int], str]]] = {
    "uuid": lambda _: str(uuid4()),
    "hex": lambda length: secrets.token_hex(length)[:length],
    "base64": lambda length: _NOT_WORD.sub("", base64.b64encode(secrets.token_bytes(length)).decode())[:length],
    "ascii": lambda length: bytes(byte & 0x7F for byte in secrets.token_bytes(length)).decode("ascii"),
}


# ------------------------------------------------------------------------------------------------ what goes in


def _kind(ctx: Context[Any], position: int) -> str:
    return HASHES[chosen(ctx.parameter("type", position), HASHES, "MD5")]


def _content(ctx: Context[Any], item: Item, position: int) -> bytes:
    """The bytes of the value, or of the binary data that is named. Raises `NodeError`."""
    if not truth(ctx.parameter("binaryData", position, False)):
        return _bytes(ctx.parameter("value", position, ""))
    name = text(ctx.parameter("binaryPropertyName", position, "data"))
    return content_of(binary_of(item, name, position))


def _bytes(value: Json) -> bytes:
    if type(value) is str:
        return value.encode("utf-8", "replace")
    raise NodeError(
        'The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. '
        f"Received {_received(value)}",
        name="TypeError",
        retryable=False,
    )


def _received(value: Json) -> str:
    """What Node.js says that it received."""
    if value is None or value is UNDEFINED:
        return text(value)
    for kind, name in ((JsDate, "Date"), (LuxonDateTime, "DateTime"), (list, "Array"), (dict, "Object")):
        if isinstance(value, kind):
            return f"an instance of {name}"
    return f"type {type_of(value)} ({text(value)})"


def _secret(ctx: Context[Any], position: int, *, stored: str, credential: str) -> str:
    """Version 1 keeps secrets among its parameters, later ones in the credential."""
    if ctx.node.type_version < 2:
        return text(ctx.parameter(stored, position, ""))
    return text(ctx.credentials("crypto").get(credential, ""))


def _encoded(ctx: Context[Any], digest: bytes, position: int) -> str:
    encoding = ctx.parameter("encoding", position, "hex")
    return base64.b64encode(digest).decode() if encoding == "base64" else digest.hex()
