"""The accepting of connections on a listening socket, so that a flood of them keeps nobody out."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

BACKLOG = 512
"""Connections that the system keeps until they are accepted. When they are more it answers nobody,
and a client that wants to connect tries again only after a second."""
BATCH = 64
"""Connections that are accepted in one turn of the event loop: it must be quicker than a flood, and
an edge that waits behind a flood waits for few turns."""
PAUSE_S = 0.5
"""After a connection could not be accepted: without descriptors the next one cannot be, either."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A connection, and the address it came from."""

    socket: socket.socket
    address: str


Take = Callable[[Sequence[Accepted]], None]
"""Given the connections of one turn, at least one, in the order of their coming. It can close
those that it has no room for before they have cost anything."""


def start_accepting(listener: socket.socket, take: Take, what: str) -> asyncio.Task[None]:
    """Listens on a bound socket, and accepts until the task is cancelled. Raises OSError."""
    listener.setblocking(False)
    listener.listen(BACKLOG)
    return asyncio.create_task(_accept(listener, take, what), name=f"{what} accept")


async def _accept(listener: socket.socket, take: Take, what: str) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            first, address = await loop.sock_accept(listener)
        except OSError as error:
            log.warning("no %s connection can be accepted: %s", what, error.strerror or error)
            await asyncio.sleep(PAUSE_S)
            continue
        take([Accepted(first, str(address[0])), *_waiting(listener)])
        # `sock_accept` does not wait while there is one, and would keep the loop for itself
        await asyncio.sleep(0)


def _waiting(listener: socket.socket) -> Iterator[Accepted]:
    for _ in range(BATCH - 1):
        try:
            accepted, address = listener.accept()
        except OSError:  # none is left; any other reason is met again, and told, in the next turn
            return
        accepted.setblocking(False)
        yield Accepted(accepted, str(address[0]))
