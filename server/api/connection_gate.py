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
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 256
MAX_OF_ADDRESS = 100
"""A browser opens 6 of them; a reverse proxy keeps some tens."""
SILENT_S = 10.0
"""For the head of a request, the first one and each further one of a connection."""
UNREAD_S = 20.0
"""A client that takes none of its answer for so long is gone."""
CHECK_S = 1.0
PAUSE_S = 0.5
"""After a connection could not be accepted: without descriptors the next one cannot be, either."""


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
    protocol: asyncio.Protocol
    waits_s: float
    unread_s: float
    unread: int = 0
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

    def abort(self) -> None:
        if self.opening is not None:
            self.opening.cancel()
        if self.transport is not None:
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
        self._connections: list[_Connection] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, backlog: int) -> None:
        self._listener.setblocking(False)
        self._listener.listen(backlog)
        self._tasks = [
            asyncio.create_task(self._accept_all(), name="http accept"),
            asyncio.create_task(self._watch(), name="http watch"),
        ]

    async def close(self) -> None:
        """Stops accepting; connections that are open stay so."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listener.close()

    async def _accept_all(self) -> None:
        while True:
            try:
                accepted, address = await self._loop.sock_accept(self._listener)
            except OSError as error:
                log.warning("no HTTP connection can be accepted: %s", error.strerror or error)
                await asyncio.sleep(PAUSE_S)
                continue
            self._take(accepted, str(address[0]))

    def _take(self, accepted: socket.socket, address: str) -> None:
        if not self._make_room(address):
            log.warning("HTTP from %s turned away: too many connections have a request", address)
            accepted.close()
            return
        now_s = self._loop.time()
        connection = _Connection(accepted, address, self._make_protocol(), now_s, now_s)
        self._connections.append(connection)
        connection.opening = asyncio.create_task(self._open(connection))

    async def _open(self, connection: _Connection) -> None:
        try:
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: connection.protocol,
                connection.socket,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else self._limits.silent_s,
            )
        except (OSError, asyncio.CancelledError):  # a failed or silent TLS handshake
            connection.socket.close()
        else:
            if isinstance(transport, asyncio.Transport):
                connection.transport = transport
        finally:
            connection.opening = None

    def _make_room(self, address: str) -> bool:
        """Whether there is room; the connection that has said nothing for longest makes it."""
        self._forget_closed()
        of_address = [one for one in self._connections if one.address == address]
        if len(of_address) >= self._limits.of_address:
            return self._turn_out(of_address)
        if len(self._connections) >= self._limits.connections:
            return self._turn_out(self._connections)
        return True

    def _turn_out(self, connections: list[_Connection]) -> bool:
        silent = [connection for connection in connections if not connection.busy]
        if not silent:
            return False
        longest = min(silent, key=lambda connection: connection.waits_s)
        log.warning("HTTP from %s turned out: it has said nothing", longest.address)
        longest.abort()
        self._connections.remove(longest)
        return True

    def _forget_closed(self) -> None:
        self._connections = [one for one in self._connections if one.socket.fileno() != -1]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            self._forget_closed()
            for connection in self._connections:
                self._check(connection, self._loop.time())

    def _check(self, connection: _Connection, now_s: float) -> None:
        if connection.busy:
            connection.waits_s = now_s
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
