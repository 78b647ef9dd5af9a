"""The TCP service: accepts connections, gives each a session, and limits unknown clients."""

from __future__ import annotations

import asyncio
import errno
import functools
import itertools
import logging
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from lookout.server.errors import CannotListen
from lookout.server.transport.acceptor import Accepted, start_accepting
from lookout.server.transport.session import ConnectionState, EdgeSession
from lookout.server.transport.session_settings import SessionSettings

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 128
MAX_STRANGERS = 64
"""Connections of one address that have not finished the handshake. A handshake takes milliseconds,
so the oldest of too many is not an edge and makes room: a client that connects and stays silent
cannot lock out an edge of the same address."""

YOUNG_S = 0.25
"""A stranger this young makes no room, and the newcomer is turned away: a flood would have a
session begun for each connection, in which the HELLO of no edge was ever read."""

CLOSE_TIMEOUT_S = 0.3


@dataclass(slots=True, eq=False)
class _Guest:
    """A connection from its first byte on: it has a session once TLS, where there is any, is
    spoken, and is a stranger until the session's handshake has ended."""

    socket: socket.socket
    host: str
    came_s: float
    session: EdgeSession | None = None
    task: asyncio.Task[None] | None = None

    @property
    def stranger(self) -> bool:
        return self.session is None or self.session.state is ConnectionState.HANDSHAKE

    def close(self) -> None:
        if self.session is not None:
            self.session.close()
        elif self.task is not None:
            self.task.cancel()  # and its end closes the socket, once asyncio has let go of it
        else:
            self.socket.close()


class Service:
    """Listens, and owns a session for each connection. The event loop's thread only."""

    def __init__(self, settings: SessionSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls
        self._tls_timeout_s = settings.timeouts.handshake_s if tls else None
        self._numbers = itertools.count(1)
        self._guests: dict[_Guest, None] = {}
        """In the order of their coming."""
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> tuple[str, int]:
        """Listens on a socket from `reserve`; returns the address in use. Raises CannotListen."""
        host, port = listener.getsockname()[:2]
        try:
            self._accepting = start_accepting(listener, self._take, "edge")
        except OSError as error:
            raise CannotListen(_why_not(host, port, error)) from error
        self._listener = listener
        return host, port

    async def close(self) -> None:
        """Stops listening and ends every session."""
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._listener.close()
        tasks = {guest.task for guest in self._guests if guest.task is not None}
        for guest in list(self._guests):
            guest.close()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT_S)

    def _take(self, batch: Sequence[Accepted]) -> None:
        new, away = [], set[str]()
        for accepted in batch:
            if not self._make_room(accepted.address):
                away.add(accepted.address)
                accepted.socket.close()
                continue
            guest = _Guest(accepted.socket, accepted.address, self._settings.clock())
            self._guests[guest] = None
            new.append(guest)
        for address in away:
            log.warning("%s turned away: too many connections already", address)
        for guest in new:
            if guest in self._guests:  # the next of the batch have not turned it out
                guest.task = asyncio.create_task(self._welcome(guest), name="edge")
                guest.task.add_done_callback(functools.partial(self._gone, guest))

    def _gone(self, guest: _Guest, _: asyncio.Task[None]) -> None:
        """Called when its task has ended, also when that was cancelled before it began."""
        guest.socket.close()
        self._guests.pop(guest, None)

    async def _welcome(self, guest: _Guest) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol,
                guest.socket,
                ssl=self._tls,
                ssl_handshake_timeout=self._tls_timeout_s,
            )
        except OSError as error:
            log.info("%s gone before it spoke: %s", guest.host, error)
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        guest.session = EdgeSession(next(self._numbers), reader, writer, self._settings)
        await guest.session.run()

    def _make_room(self, host: str) -> bool:
        strangers = [guest for guest in self._guests if guest.stranger]
        neighbours = [guest for guest in strangers if guest.host == host]
        if len(neighbours) >= MAX_STRANGERS:
            return self._turn_out(neighbours)
        if len(self._guests) >= MAX_CONNECTIONS:
            return self._turn_out(strangers)
        return True

    def _turn_out(self, strangers: Sequence[_Guest]) -> bool:
        """Turns the oldest out. False if there is none, or it is young."""
        if not strangers or self._settings.clock() - strangers[0].came_s < YOUNG_S:
            return False
        guest = strangers[0]
        log.warning("%s turned out: it connected and stayed silent", guest.host)
        guest.close()
        del self._guests[guest]
        return True


def reserve(host: str, port: int, option: str = "--port") -> socket.socket:
    """A socket that is bound to the address and does not listen yet: a taken port is known before
    any network is loaded, and no edge waits for a server that is loading. Raises CannotListen,
    which names the option of the command line that chooses another port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise CannotListen(_why_not(host, port, error, option)) from error
    return listener


def _why_not(host: str, port: int, error: OSError, option: str = "--port") -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken: another program listens there; "
            f"stop it, or choose another port with {option}"
        )
    return f"cannot listen on {host} port {port}: {error.strerror or error}"
