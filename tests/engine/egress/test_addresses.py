"""Which addresses a socket may be opened to."""

from __future__ import annotations

import pytest

from engine.egress.addresses import EgressPolicy

PUBLIC_ONLY = EgressPolicy()

PRIVATE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2001::1", "2001:db8::1",
    "2002:7f00:1::", "3fff::1", "5f00::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_lead_inside_are_denied(address: str) -> None:
    assert not PUBLIC_ONLY.permits(address, 443)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert PUBLIC_ONLY.permits(address, 443)


def test_an_operator_may_allow_a_private_network() -> None:
    policy = EgressPolicy.of(["10.1.0.0/16"])
    assert policy.permits("10.1.2.3", 80)
    assert policy.permits("::ffff:10.1.2.3", 80)
    assert not policy.permits("10.2.2.3", 80)


def test_our_own_doors_stay_shut_even_in_an_allowed_network() -> None:
    policy = EgressPolicy.of(["127.0.0.0/8"], [("127.0.0.1", 8000)])
    assert not policy.permits("127.0.0.1", 8000)
    assert not policy.permits("::ffff:127.0.0.1", 8000)
    assert policy.permits("127.0.0.1", 8001)
