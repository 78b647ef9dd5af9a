"""The TCP service: accepts connections, gives each a session, and limits unknown clients."""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import socket
import ssl
from collections.abc import Iterable

from lookout.server.errors import CannotListen
from lookout.server.transport.session import ConnectionState, EdgeSession
from lookout.server.transport.session_settings import SessionSettings

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 128
MAX_STRANGERS = 16
"""Connections of one address that have not finished the handshake. A handshake takes milliseconds,
so the oldest of too many is not an edge and makes room: a client that connects and stays silent
cannot lock out an edge of the same address."""

CLOSE_TIMEOUT_S = 0.3


class Service:
    """Listens, and owns a session for each connection. The event loop's thread only."""

    def __init__(self, settings: SessionSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls
        self._numbers = itertools.count(1)
        self._sessions: dict[EdgeSession, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None

    async def start(self, listener: socket.socket) -> tuple[str, int]:
        """Listens on a socket from `reserve`; returns the address in use. Raises CannotListen."""
        tls_timeout_s = self._settings.timeouts.handshake_s if self._tls else None
        host, port = listener.getsockname()[:2]
        try:
            self._server = await asyncio.start_server(
                self._welcome, sock=listener, ssl=self._tls, ssl_handshake_timeout=tls_timeout_s
            )
        except OSError as error:
            raise CannotListen(_why_not(host, port, error)) from error
        return host, port

    async def close(self) -> None:
        """Stops listening and ends every session."""
        if self._server is not None:
            self._server.close()
        tasks = set(self._sessions.values())
        # their tasks end by themselves then; asyncio reports tasks that were cancelled as errors
        for session in list(self._sessions):
            session.close()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT_S)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = EdgeSession(next(self._numbers), reader, writer, self._settings)
        if not self._make_room(session):
            log.warning(
                "%s turned away: there are %d connections already",
                session.peer,
                len(self._sessions),
            )
            session.close()
            return
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is welcomed by a task")
        self._sessions[session] = task
        try:
            await session.run()
        finally:
            del self._sessions[session]

    def _make_room(self, newcomer: EdgeSession) -> bool:
        strangers = [s for s in self._sessions if s.state is ConnectionState.HANDSHAKE]
        neighbours = [s for s in strangers if s.host == newcomer.host]
        if len(neighbours) >= MAX_STRANGERS:
            self._turn_out(neighbours)
        elif len(self._sessions) >= MAX_CONNECTIONS:
            self._turn_out(strangers)
            return bool(strangers)
        return True

    def _turn_out(self, strangers: Iterable[EdgeSession]) -> None:
        for session in itertools.islice(strangers, 1):
            log.warning("%s turned out: it connected and stayed silent", session.peer)
            session.close()


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
