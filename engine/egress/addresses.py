"""Which addresses nodes may reach: the public internet, and what the operator allowed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# Python's own tables call some of these global; none of them leads to a public host directly.
SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
    )
)  # fmt: skip
PUBLIC_V6 = IPv6Network("2000::/3")
SPECIAL_V6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
"""Within 2000::/3: Teredo and other protocol assignments, documentation, 6to4, AS112."""


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """`allowed` networks are reachable although private; `denied` (address, port) pairs never are: our own doors."""

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    denied: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, allowed: Sequence[str], denied: Sequence[tuple[str, int]] = ()) -> EgressPolicy:
        """Raises `ValueError` for text that is no network."""
        return cls(tuple(ip_network(text, strict=False) for text in allowed), frozenset(denied))

    def permits(self, host: str, port: int) -> bool:
        """Whether a socket may be opened to this address. `host` is a numeric address, never a name."""
        address = unwrap(ip_address(host.partition("%")[0]))
        if (str(address), port) in self.denied:
            return False
        return is_public(address) or any(address in network for network in self.allowed)


def unwrap(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped one: that is the host such a socket really reaches."""
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in SPECIAL_V4)
    return address in PUBLIC_V6 and not any(address in network for network in SPECIAL_V6)
