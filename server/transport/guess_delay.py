"""The delay after wrong tokens, by address: the first few cost nothing, each further one twice the
last. Monotonic time, passed in."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

FREE_FAILURES = 5
"""An edge with a mistyped token tries again and again, and is to be told why."""
LONGEST_S = 30.0
FORGOTTEN_AFTER_S = 3600.0
MAX_ADDRESSES = 4096
"""Addresses that are remembered; the one that failed longest ago makes room."""


@dataclass(slots=True)
class _Failures:
    count: int
    last_s: float
    trying: bool = False


class GuessDelay:
    """The failures of each address. The event loop's thread only."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """Seconds until this address may try again; 0 where it may, which it then has begun. One
        that has failed too often tries one at a time."""
        failures = self._failures.get(_network(address))
        if failures is None or failures.count < FREE_FAILURES:
            return 0.0
        if failures.trying:
            return 1.0
        delay_s = min(2.0 ** min(failures.count - FREE_FAILURES, 10), LONGEST_S)
        wait_s = failures.last_s + delay_s - now_s
        failures.trying = wait_s <= 0.0
        return max(0.0, wait_s)

    def failed(self, address: str, now_s: float) -> None:
        """A handshake with a wrong or no token."""
        key = _network(address)
        failures = self._failures.pop(key, None)
        if failures is None or now_s - failures.last_s > FORGOTTEN_AFTER_S:
            failures = _Failures(0, now_s)
        self._failures[key] = _Failures(failures.count + 1, now_s)
        while len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """A handshake with the right token: its address is no guesser's."""
        self._failures.pop(_network(address), None)

    def ended(self, address: str) -> None:
        """A handshake that was cut off: it counts as neither."""
        failures = self._failures.get(_network(address))
        if failures is not None:
            failures.trying = False


def _network(address: str) -> str:
    """The address, or of IPv6 its /64: that much one subscriber has to choose from."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
