"""Which addresses our server may call on a merchant's word: the public internet, and what the operator allows."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from app.errors import Misconfigured

_AZURE_METADATA = ipaddress.ip_address("168.63.129.16")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Guard:
    """Says which addresses may be called: https only, none that is private, local, multicast or of a cloud's metadata.

    `allowed` are the operator's `host:port` pairs, for which neither holds.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(pair.lower() for pair in allowed)

    def allows(self, host: str, port: int) -> bool:
        name = host.lower()
        return f"{name}:{port}" in self._allowed or f"[{name}]:{port}" in self._allowed

    def check_url(self, scheme: str, host: str, port: int) -> None:
        if scheme != "https" and not self.allows(host, port):
            raise Misconfigured(
                "address.not_https",
                f"The address of {host} must begin with https://.",
                facts={"host": host},
            )

    def check_addresses(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Every address of the name must be public: one private one among them refuses the name."""
        if not self.allows(host, port) and not all(is_public(address) for address in addresses):
            raise Misconfigured(
                "address.not_allowed",
                f"{host} stands for an address inside a private network, which this server may not call.",
                facts={"host": host},
            )


def is_public(text: str) -> bool:
    """Whether the address belongs to the public internet, seen through every way to write an IPv4 one in IPv6."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _nat64(address)
        if inner is None:
            return address.is_global and not address.is_multicast and address.teredo is None
        address = inner
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and address != _AZURE_METADATA
    )


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None
