"""Crypto."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from plugins.builtin.crypto import crypto
from plugins.errors import NodeError
from plugins.items import Binary, Item
from plugins.testing import NodeBench

SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


async def data(parameters: dict[str, Any], item: Any = None, **options: Any) -> Any:
    [row] = (await NodeBench(crypto, version=options.pop("version", 1)).run(parameters, [item or {}], **options)).json()
    return row["data"]


async def test_text_and_binary_data_are_hashed() -> None:
    assert await data({"type": "SHA256", "value": "hello"}) == SHA256_OF_HELLO
    item = Item({}, None, {"file": Binary("text/plain", base64.b64encode(b"hello").decode())})
    assert await data({"type": "SHA256", "binaryData": True, "binaryPropertyName": "file"}, item) == SHA256_OF_HELLO
    with pytest.raises(NodeError, match="contain a binary file 'data'"):
        await data({"binaryData": True}, item)


async def test_the_result_goes_where_its_path_says_in_the_encoding_asked_for() -> None:
    given = {"value": "hello", "encoding": "base64", "dataPropertyName": "a.b"}
    assert (await NodeBench(crypto).run(given, [{"k": 1}])).json() == [{"k": 1, "a": {"b": "XUFAKrxLKna5cZ2REBfFkg=="}}]


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (5, "type number (5)"),
        (None, "null"),
        (True, "type boolean (true)"),
        ([1], "an instance of Array"),
        ({}, "an instance of Object"),
    ],
)
async def test_only_text_is_hashed(value: Any, received: str) -> None:
    with pytest.raises(NodeError) as refusal:
        await data({"value": value})
    assert str(refusal.value).endswith(f"Received {received}")


async def test_the_secret_is_a_parameter_at_first_and_a_credential_later() -> None:
    code = await data({"action": "hmac", "type": "SHA256", "value": "hello", "secret": "s"})
    later = {"action": "hmac", "type": "SHA256", "value": "hello"}
    assert await data(later, version=2, credentials={"crypto": {"hmacSecret": "s"}}) == code
    with pytest.raises(NodeError, match="no credential"):
        await data(later, version=2)


async def test_signatures_are_verified_by_the_public_key() -> None:
    signing = {"action": "sign", "algorithm": "RSA-SHA256", "value": "hello", "encoding": "base64"}
    key = rsa.generate_private_key(65537, 2048)
    signature = base64.b64decode(await data({**signing, "privateKey": pem(key)}))
    key.public_key().verify(signature, b"hello", padding.PKCS1v15(), hashes.SHA256())
    curve = ec.generate_private_key(ec.SECP256R1())
    signature = base64.b64decode(await data({**signing, "privateKey": pem(curve)}))
    curve.public_key().verify(signature, b"hello", ec.ECDSA(hashes.SHA256()))


async def test_what_cannot_sign_is_refused_without_a_word_of_the_key() -> None:
    with pytest.raises(NodeError, match="DECODER routines::unsupported") as refusal:
        await data({"action": "sign", "algorithm": "RSA-SHA256", "value": "hello", "privateKey": "hush"})
    assert "hush" not in repr(refusal.value.failure)
    with pytest.raises(NodeError, match="Invalid digest: RSA-NONE"):
        await data({"action": "sign", "algorithm": "RSA-NONE", "value": "hello"})


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("hex", "[0-9a-f]{9}"),
        ("base64", r"\w{1,9}"),
        ("ascii", r"[\x00-\x7f]{9}"),
    ],
)
async def test_random_text_has_the_form_asked_for(kind: str, form: str) -> None:
    given = {"action": "generate", "encodingType": kind, "stringLength": 9}
    one, other = await data(given), await data(given)
    assert re.fullmatch(form, one, re.DOTALL)
    assert one != other


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
