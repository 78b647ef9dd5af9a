"""Looks up where a server is, with a timeout, and remembers where it was found.

The operating system's look-up of a name has no timeout: with a router that restarts it takes up to
half a minute. So it runs in a thread that is left behind, and a name that was found before is as
good as its last answer until there is a new one.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol


class Address(NamedTuple):
    """One place to connect to, as `socket` takes it."""

    family: socket.AddressFamily
    sockaddr: Any


class Addresses(Protocol):
    """Where one server is; `Lookup` asks the system."""

    def addresses(self, timeout_s: float) -> Sequence[Address]:
        """The addresses to try, best first. Raises OSError."""

    def worked(self, address: Address) -> None:
        """A server has answered at this one."""


class Lookup:
    """The addresses of one host. For one thread at a time; owns one more while the system looks."""

    def __init__(self, host: str, port: int, ask: Callable[..., Any] = socket.getaddrinfo) -> None:
        self._host = host
        self._port = port
        self._ask = ask
        self._asked: Future[list[Address]] | None = None
        self._known: list[Address] = []

    def addresses(self, timeout_s: float) -> Sequence[Address]:
        """The addresses to try, best first: the system's answer within `timeout_s`, else its last.

        Raises socket.gaierror when there has never been an answer.
        """
        if self._asked is None:
            self._asked = Future()
            arguments = (self._asked,)
            threading.Thread(target=self._look, args=arguments, name="look-up", daemon=True).start()
        try:
            found = self._asked.result(timeout_s)
        except TimeoutError:  # the thread goes on: the next call takes its answer
            if not self._known:
                raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from None
            return self._known
        except (OSError, UnicodeError) as error:
            self._asked = None
            if not self._known:
                raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
            return self._known
        self._asked = None
        best = self._known[:1]
        self._known = [a for a in best if a in found] + [a for a in found if a not in best]
        return self._known

    def worked(self, address: Address) -> None:
        """Puts an address at which a server answered first."""
        self._known = [address, *(a for a in self._known if a != address)]

    def _look(self, asked: Future[list[Address]]) -> None:
        try:
            found = self._ask(self._host, self._port, type=socket.SOCK_STREAM)
            asked.set_result([Address(family, sockaddr) for family, _, _, _, sockaddr in found])
        except Exception as error:  # noqa: BLE001 - raised in the waiting call
            asked.set_exception(error)
