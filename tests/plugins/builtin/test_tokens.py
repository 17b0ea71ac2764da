"""JWT and TOTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from plugins.builtin.jwt import jwt
from plugins.builtin.totp import totp
from plugins.errors import NodeError
from plugins.testing import NOON, NodeBench

SECRET = {
    "jwtAuth": {"keyType": "passphrase", "secret": "a secret that is long enough for HS256", "algorithm": "HS256"}
}


async def run(parameters: dict[str, Any], credentials: Any = SECRET, **options: Any) -> dict[str, Any]:
    [row] = (await NodeBench(jwt).run(parameters, [{}], credentials=credentials, **options)).json()
    return row


async def test_claims_are_signed_under_the_names_of_the_form() -> None:
    claims = {"audience": "a", "jwtid": "1", "expiresIn": 60, "notBefore": 5}
    signed = await run({"claims": claims, "options": {"kid": "k"}})
    found = await run({"operation": "decode", "token": signed["token"], "options": {"complete": True}})
    now = int(NOON.timestamp())
    assert found["payload"] == {"audience": "a", "jwtid": "1", "iat": now, "exp": now + 60, "nbf": now + 5}
    assert found["header"] == {"alg": "HS256", "typ": "JWT", "kid": "k"}
    assert signed["token"].endswith(found["signature"])


async def test_a_payload_may_be_given_as_json() -> None:
    default = await run({"useJson": True})
    found = await run({"operation": "verify", "token": default["token"]})
    assert found["payload"]["my_field_1"] == "value 1"
    with pytest.raises(NodeError, match="has to be a JSON object"):
        await run({"useJson": True, "claimsJson": "[1"})


async def test_keys_of_two_parts_sign_and_verify() -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    credential = {"jwtAuth": {"keyType": "pemKey", "privateKey": pem, "publicKey": public, "algorithm": "RS256"}}
    signed = await run({"claims": {"subject": "s"}}, credential)
    found = await run({"operation": "verify", "token": signed["token"]}, credential)
    assert found["payload"]["subject"] == "s"


async def test_expired_tokens_count_only_where_that_is_ignored() -> None:
    signed = await run({"claims": {"expiresIn": 60}}, now=NOON - timedelta(days=3650))
    verify = {"operation": "verify", "token": signed["token"]}
    with pytest.raises(NodeError, match="jwt expired"):
        await run(verify)
    assert await run({**verify, "options": {"ignoreExpiration": True}})


@pytest.mark.parametrize(
    ("token", "message"),
    [("rubbish", "jwt malformed"), ("", "jwt malformed"), ("e30.x.e30", "jwt malformed")],
)
async def test_rubbish_is_no_token(token: str, message: str) -> None:
    with pytest.raises(NodeError, match=message):
        await run({"operation": "decode", "token": token})


async def test_a_token_of_somebody_else_is_refused_without_a_word_of_the_secret() -> None:
    signed = await run({})
    other = {"jwtAuth": {**SECRET["jwtAuth"], "secret": "hush hush hush hush hush hush hush hush"}}
    with pytest.raises(NodeError, match="invalid signature") as refusal:
        await run({"operation": "verify", "token": signed["token"]}, other)
    assert "hush" not in repr(refusal.value.failure)
    with pytest.raises(NodeError, match="invalid algorithm"):
        await run({"operation": "verify", "token": signed["token"], "options": {"algorithm": "HS512"}})
    with pytest.raises(NodeError, match="'none' is not supported"):
        await run({"options": {"algorithm": "none"}})
    broken = {"jwtAuth": {"keyType": "pemKey", "privateKey": "hush", "algorithm": "RS256"}}
    with pytest.raises(NodeError) as refusal:
        await run({}, broken)
    assert "hush" not in repr(refusal.value.failure)


async def password(secret: str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", label: str = "me:you", **options: Any) -> Any:
    credentials = {"totpApi": {"secret": secret, "label": label}}
    [row] = (await NodeBench(totp).run({"options": options}, [{}], credentials=credentials)).json()
    return row


async def test_passwords_follow_the_clock() -> None:
    first = await password()
    assert (len(first["token"]), first["secondsRemaining"]) == (6, 30)
    assert await password() == first
    longer = await password(digits=8, period=50, algorithm="SHA256")
    assert (len(longer["token"]), longer["secondsRemaining"]) == (8, 50 - int(NOON.timestamp()) % 50)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [({"label": "me"}, "Malformed label"), ({"secret": "!"}, "is not base32"), ({"digits": 99}, "between 1 and 10")],
)
async def test_what_gives_no_password_is_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(NodeError, match=complaint):
        await password(**given)
