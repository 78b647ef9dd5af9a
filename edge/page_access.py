"""The rules of access to the edge's page: its path, its proxies, its embedders, its password."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass, field

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class PageAccess:
    """The access that the owner allows beyond the page's own machine and network.

    base_path: the path under which a proxy serves the page, such as `/lookout`; empty at the root.
    trusted_proxies: the machines whose X-Forwarded-… headers are believed.
    embedding_origins: the sites that may show the page in a frame, such as `http://ha.local:8123`.
    password: empty where none is asked for; with `watch_freely` only for what changes something.
    """

    base_path: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    embedding_origins: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    watch_freely: bool = False

    def trusts(self, address: str) -> bool:
        """True for the address of a trusted proxy."""
        try:
            peer = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(peer, "ipv4_mapped", None)
        return any((mapped or peer) in network for network in self.trusted_proxies)

    def opens_with(self, password: str | None) -> bool:
        """True for the right password, or where none is asked for; takes the same time for all."""
        given = hashlib.sha256((password or "").encode("utf-8", "surrogatepass")).digest()
        wanted = hashlib.sha256(self.password.encode("utf-8", "surrogatepass")).digest()
        return hmac.compare_digest(given, wanted) or not self.password
