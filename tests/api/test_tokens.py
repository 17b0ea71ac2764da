"""Tokens: only those that were signed with our key, for us, by whom we trust, and for access, say anything."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from api.settings import Settings
from api.tokens import Claims, Tokens, tokens_of
from engine.store.records import Role

RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
SECRET = "s" * 32


def pem(key: Any) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def private_pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def tokens(tmp_path: Path, key: str = pem(RSA), **more: Any) -> Tokens:
    made = tokens_of(Settings(data_dir=tmp_path, jwt_issuer="https://id", jwt_audience="heddle", jwt_key=key, **more))
    assert made is not None
    return made


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    plain = {"iss": "https://id", "aud": "heddle", "sub": "ada", "exp": now + 300, "tenant": "tnt_1", "role": "EDITOR"}
    return {name: value for name, value in (plain | changes).items() if value is not None}


def signed(
    payload: dict[str, Any], *, headers: dict[str, Any] | None = None, key: Any = RSA, alg: str = "RS256"
) -> str:
    return jwt.encode(payload, key, algorithm=alg, headers=headers)


def test_a_good_token_says_who_and_where(tmp_path: Path) -> None:
    read = tokens(tmp_path).read(signed(claims(name="Ada", scopes="read execute"), headers={"typ": "at+jwt"}))
    assert isinstance(read, Claims)
    assert (read.subject, read.tenant, read.role, read.name) == ("ada", "tnt_1", Role.EDITOR, "Ada")
    assert read.scopes == {"read", "execute"}


@pytest.mark.parametrize(
    ("key", "alg", "public"),
    [(RSA, "RS256", pem(RSA)), (EC, "ES256", pem(EC)), (ED, "EdDSA", pem(ED)), (SECRET, "HS256", SECRET)],
    ids=["RSA", "EC", "Ed25519", "secret"],
)
def test_the_key_decides_the_algorithm(tmp_path: Path, key: Any, alg: str, public: str) -> None:
    assert tokens(tmp_path, public).read(signed(claims(), key=key, alg=alg)) is not None


# Made when the tests are collected, and far enough that it is still to come when they run.
FAR = int(time.time()) + 86_400
BAD_CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://else"}, {"iss": None}, {"aud": "else"}, {"aud": None}, {"aud": ["heddle", "else"]},
    {"exp": int(time.time()) - 60}, {"exp": None}, {"sub": None}, {"sub": ""}, {"sub": 7},
    {"nbf": FAR}, {"iat": FAR},
    {"tenant": None}, {"tenant": 1}, {"role": None}, {"role": "GOD"}, {"role": "owner"}, {"role": ["OWNER"]},
]  # fmt: skip


@pytest.mark.parametrize("changes", BAD_CLAIMS, ids=range(len(BAD_CLAIMS)))
def test_a_token_that_says_the_wrong_things_says_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert tokens(tmp_path).read(signed(claims(**changes))) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"jku": "http://127.0.0.1/keys"},
        {"x5u": "http://127.0.0.1/cert"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"]},
        {"b64": False, "crit": ["b64"]},
        {"kid": "../../../dev/null"},
        {"kid": "' OR 1=1"},
        {"kid": "x" * 10_000},
        {"typ": "refresh+jwt"},
    ],
    ids=str,
)
def test_a_header_that_is_not_allowed_makes_a_token_worthless(tmp_path: Path, headers: dict[str, Any]) -> None:
    try:
        token = signed(claims(), headers=headers)
    except NotImplementedError:
        pytest.skip("PyJWT itself does not write such a token")
    assert tokens(tmp_path).read(token) is None


@pytest.mark.parametrize("alg", ["none", "nOnE", "HS256"])
def test_an_algorithm_of_the_attackers_choice_is_not_taken(tmp_path: Path, alg: str) -> None:
    header = jwt.utils.base64url_encode(json.dumps({"alg": alg, "typ": "JWT"}).encode())
    payload = jwt.utils.base64url_encode(json.dumps(claims()).encode())
    signature = b""
    if alg == "HS256":
        signature = jwt.utils.base64url_encode(hmac.digest(pem(RSA).encode(), header + b"." + payload, hashlib.sha256))
    assert tokens(tmp_path).read((header + b"." + payload + b"." + signature).decode()) is None


@pytest.mark.parametrize("token", ["", "a.b.c", "..", "x" * 20_000, "é.é.é", "eyJhbGciOiJSUzI1NiJ9.e30."])
def test_what_is_no_token_says_nothing(tmp_path: Path, token: str) -> None:
    assert tokens(tmp_path).read(token) is None


def test_a_key_set_is_looked_up_by_key_id(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    keys = []
    for id, key in (("one", RSA), ("two", EC)):
        algorithm = jwt.algorithms.RSAAlgorithm if key is RSA else jwt.algorithms.ECAlgorithm
        keys.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": id})  # type: ignore[attr-defined]
    file.write_text(json.dumps({"keys": keys}))
    made = tokens_of(Settings(data_dir=tmp_path, jwt_issuer="https://id", jwt_audience="heddle", jwt_jwks_file=file))
    assert made is not None
    assert made.read(signed(claims(), headers={"kid": "one"})) is not None
    assert made.read(signed(claims(), headers={"kid": "two"}, key=EC, alg="ES256")) is not None
    assert made.read(signed(claims(), headers={"kid": "two"})) is None
    assert made.read(signed(claims(), headers={"kid": "three"})) is None
    assert made.read(signed(claims())) is None


def test_without_a_key_no_tokens_are_read(tmp_path: Path) -> None:
    assert tokens_of(Settings(data_dir=tmp_path)) is None
