"""Client addresses that need no key: networks that the operator trusts with a role.

Clients of DeepStack and CodeProject.AI often have no key to send. Their address is then all that is
known of them, so only one counts that the network itself vouches for: that of the connection, or
the one that a named proxy reports.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from lookout.server.accounts.keys import BY_ADDRESS
from lookout.server.accounts.scopes import SCOPES, Principal
from lookout.server.storage.records import Role

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class TrustedNetwork:
    """Addresses whose clients may do what the role may, without a key."""

    network: Network
    role: Role

    def __str__(self) -> str:
        count = self.network.num_addresses
        addresses = "this address needs" if count == 1 else f"{count} addresses need"
        public = "" if self.network.is_private else ", and addresses of the internet are among them"
        return (
            f"{self.network}: {addresses} no key and may do everything that the role "
            f"{self.role.value} may{public}"
        )


@dataclass(frozen=True, slots=True)
class Trust:
    """The trusted networks, and the proxies whose word on the client's address is believed."""

    networks: tuple[TrustedNetwork, ...] = ()
    proxies: tuple[Network, ...] = ()

    def principal_at(self, peer: str, forwarded: Sequence[str] | None) -> Principal | None:
        """The principal that a connection stands for by its address alone; None for a stranger's.
        Of several networks the smallest counts. As `client`."""
        address = self.client(peer, forwarded)
        if address is None:
            return None
        around = [trusted for trusted in self.networks if address in trusted.network]
        if not around:
            return None
        role = max(around, key=lambda trusted: trusted.network.prefixlen).role
        by_address = f"{BY_ADDRESS}{address}"
        return Principal("trusted", by_address, SCOPES[role], maker=by_address)

    def client(self, peer: str, forwarded: Sequence[str] | None) -> Address | None:
        """The address of the client behind a connection; None where it cannot be known.

        peer: the other end of the connection. forwarded: what X-Forwarded-For lists, the nearest
        last; None without any such header. A list that comes from no named proxy says that the
        client is somewhere else, but not where.
        """
        address = _address(peer)
        if address is None or not self._is_proxy(address):
            return None if forwarded is not None else address
        for hop in reversed(forwarded or ()):
            before = _address(hop)
            if before is None or not self._is_proxy(before):
                return before
        return None

    def is_proxy(self, peer: str) -> bool:
        """Whether the other end of a connection is one of the proxies."""
        address = _address(peer)
        return address is not None and self._is_proxy(address)

    def _is_proxy(self, address: Address) -> bool:
        return any(address in network for network in self.proxies)


def read_trust(text: str) -> TrustedNetwork:
    """A trusted network, as `192.168.1.0/24=operator`. Raises ValueError with a line for people."""
    given, equals, role = text.partition("=")
    roles = ", ".join(sorted(Role))
    if not equals or role not in tuple(Role):
        raise ValueError(
            f"give an address or network and a role ({roles}): 192.168.1.0/24=operator"
        )
    network = read_network(given)
    if network.prefixlen == 0:
        raise ValueError(f"{given} is every address there is: name the client's own network")
    return TrustedNetwork(network, Role(role))


def read_network(text: str) -> Network:
    """An address or a network. Raises ValueError with a line for people."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is no address or network; examples: 192.168.1.7, 192.168.1.0/24, fd00::/8"
        ) from None


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
