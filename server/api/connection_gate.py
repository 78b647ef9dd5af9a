"""The gate of the HTTP port: how many connections there may be, and how long one may say nothing.

Connections are counted where they are accepted, so those that are still in a TLS handshake count,
too, and the descriptors that the socket port and the store need are never used up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from lookout.server.transport.acceptor import Accepted, start_accepting

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 256
MAX_OF_ADDRESS = 100
"""A browser opens 6 of them; a reverse proxy keeps some tens."""
SILENT_S = 10.0
"""For the head of a request, the first one and each further one of a connection."""
UNREAD_S = 20.0
"""A client that takes none of its answer for so long is gone."""
CHECK_S = 1.0


@dataclass(frozen=True, slots=True)
class GateLimits:
    connections: int = MAX_CONNECTIONS
    of_address: int = MAX_OF_ADDRESS
    silent_s: float = SILENT_S
    unread_s: float = UNREAD_S


@dataclass(slots=True, eq=False)
class _Connection:
    """waits_s, unread_s: since when it has been without a request, or without reading."""

    socket: socket.socket
    address: str
    waits_s: float
    unread_s: float
    unread: int = 0
    protocol: asyncio.Protocol | None = None
    transport: asyncio.Transport | None = None
    opening: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def busy(self) -> bool:
        """Whether a request has come in whole, up to its body, and is not answered yet; uvicorn's
        protocols call it their cycle. A WebSocket, which another protocol has taken over, is busy
        until it is closed, and proves by its pings that it is there."""
        if self.transport is not None and self.transport.get_protocol() is not self.protocol:
            return True
        cycle = getattr(self.protocol, "cycle", None)
        return cycle is not None and not cycle.response_complete

    def opened(self, _: asyncio.Task[None]) -> None:
        """Called when opening has ended, also when it was cancelled before it began."""
        self.opening = None
        if self.transport is None:
            self.socket.close()

    def abort(self) -> None:
        if self.opening is not None:
            self.opening.cancel()  # and closes the socket, once asyncio has let go of it
        elif self.transport is not None:
            self.transport.abort()
        else:
            self.socket.close()


class ConnectionGate:
    """Accepts connections on a bound socket. The event loop's thread only."""

    def __init__(
        self,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext | None = None,
        limits: GateLimits | None = None,
    ) -> None:
        self._listener = listener
        self._make_protocol = make_protocol
        self._tls = tls
        self._limits = limits or GateLimits()
        self._loop = asyncio.get_running_loop()
        self._connections: dict[_Connection, None] = {}
        """Those that have said nothing for longest first."""
        self._turned: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            start_accepting(self._listener, self._take, "HTTP"),
            asyncio.create_task(self._watch(), name="http watch"),
        ]

    async def close(self) -> None:
        """Stops accepting; connections that are open stay so."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listener.close()

    def _take(self, batch: Sequence[Accepted]) -> None:
        new = []
        for accepted in batch:
            if not self._make_room(accepted.address):
                self._turned["away"] += 1
                accepted.socket.close()
                continue
            now_s = self._loop.time()
            connection = _Connection(accepted.socket, accepted.address, now_s, now_s)
            self._connections[connection] = None
            new.append(connection)
        for connection in new:
            if connection in self._connections:  # the next of the batch have not turned it out
                connection.opening = asyncio.create_task(self._open(connection))
                connection.opening.add_done_callback(connection.opened)

    async def _open(self, connection: _Connection) -> None:
        """Without a transport at its end, `opened` closes the socket."""
        connection.protocol = protocol = self._make_protocol()
        with contextlib.suppress(OSError):  # a failed or silent TLS handshake
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol,
                connection.socket,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else self._limits.silent_s,
            )
            if isinstance(transport, asyncio.Transport):
                connection.transport = transport

    def _make_room(self, address: str) -> bool:
        """Whether there is room; the connection that has said nothing for longest makes it."""
        of_address = [one for one in self._connections if one.address == address]
        if len(of_address) >= self._limits.of_address:
            return self._turn_out(of_address)
        if len(self._connections) >= self._limits.connections:
            return self._turn_out(self._connections)
        return True

    def _turn_out(self, connections: Iterable[_Connection]) -> bool:
        """Turns out the first that is not busy. False if all are."""
        for connection in connections:
            if not connection.busy:
                self._turned["out"] += 1
                connection.abort()
                del self._connections[connection]
                return True
        return False

    def _forget_closed(self) -> None:
        for connection in [one for one in self._connections if one.socket.fileno() == -1]:
            del self._connections[connection]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            self._forget_closed()
            for connection in list(self._connections):
                self._check(connection, self._loop.time())
            self._tell()

    def _tell(self) -> None:
        """One line for all that were turned out or away since the last look."""
        if self._turned:
            log.warning(
                "too many HTTP connections: %d that said nothing turned out, %d turned away "
                "because the others have a request",
                self._turned["out"],
                self._turned["away"],
            )
            self._turned.clear()

    def _check(self, connection: _Connection, now_s: float) -> None:
        if connection.busy:
            connection.waits_s = now_s
            self._connections[connection] = self._connections.pop(connection)
        unread = 0
        if connection.transport is not None:
            with contextlib.suppress(AttributeError):  # a TLS transport that has just been closed
                unread = connection.transport.get_write_buffer_size()
        if unread == 0 or unread != connection.unread:
            connection.unread, connection.unread_s = unread, now_s
        if (
            now_s - connection.waits_s > self._limits.silent_s
            or now_s - connection.unread_s > self._limits.unread_s
        ):
            connection.abort()
