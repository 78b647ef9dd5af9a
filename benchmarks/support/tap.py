"""A TCP proxy between an edge and a server: it listens in, and it can break the connection.

Blocking threads and plain sockets, so that it behaves like a cable and not like our own code.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from lookout.wire.framing import Decoder, Limits, Message

CHUNK = 65536
CONNECT_TIMEOUT_S = 2.0
POLL_S = 0.1

OnMessage = Callable[[Message], None]


class Tap:
    """Passes bytes between its own port and `server_port`, both on loopback.

    `on_sent` and `on_received` see each message of the edge and of the server; they run in the
    proxy's threads and read what passes without changing it.
    """

    def __init__(
        self,
        server_port: int,
        on_sent: OnMessage | None = None,
        on_received: OnMessage | None = None,
    ) -> None:
        self._server_port = server_port
        self._on = (on_sent, on_received)
        self._stop = threading.Event()
        self._unplugged = threading.Event()
        self._threads: list[threading.Thread] = []
        self._gone: list[threading.Event] = []  # one for each connection: set when it has ended
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL_S)
        self.port: int = self._listener.getsockname()[1]
        self._spawn(self._accept)

    def unplug(self) -> None:
        """Drops every byte from now on, in both directions, without closing anything: a cable that
        was pulled. New connections are accepted and stay silent."""
        self._unplugged.set()

    def plug(self) -> None:
        """Lets bytes pass again."""
        self._unplugged.clear()

    def cut(self) -> None:
        """Ends every connection that there is; new ones are welcome."""
        for gone in list(self._gone):
            gone.set()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(CONNECT_TIMEOUT_S + 1)
        self._listener.close()

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name="tap", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                edge, _ = self._listener.accept()
            except TimeoutError:
                continue
            try:
                server = socket.create_connection(
                    ("127.0.0.1", self._server_port), CONNECT_TIMEOUT_S
                )
            except OSError:
                edge.close()
                continue
            for sock in (edge, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(POLL_S)
            gone = threading.Event()
            self._gone = [*(g for g in self._gone if not g.is_set()), gone]
            self._spawn(lambda e=edge, s=server, g=gone: self._pass(e, s, self._on[0], g))  # type: ignore[misc]
            self._spawn(lambda e=edge, s=server, g=gone: self._pass(s, e, self._on[1], g))  # type: ignore[misc]

    def _pass(
        self,
        source: socket.socket,
        sink: socket.socket,
        on_message: OnMessage | None,
        gone: threading.Event,
    ) -> None:
        decoder = Decoder(Limits())
        lost_bytes = False
        try:
            while not self._stop.is_set() and not gone.is_set():
                try:
                    data = source.recv(CHUNK)
                except TimeoutError:
                    continue
                if not data:
                    break
                if self._unplugged.is_set() or lost_bytes:
                    lost_bytes = True  # a stream with a hole is of no use: it stays dead
                    continue
                if on_message is not None:
                    _listen(decoder, data, on_message)
                self._send(sink, data)
        except OSError:
            pass
        finally:
            gone.set()
            for sock in (source, sink):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
                sock.close()

    def _send(self, sink: socket.socket, data: bytes) -> None:
        view = memoryview(data)
        while view and not self._stop.is_set():
            try:
                view = view[sink.send(view) :]
            except TimeoutError:
                continue


def _listen(decoder: Decoder, data: bytes, on_message: OnMessage) -> None:
    view = memoryview(data)
    while view:
        view = view[decoder.feed(view) :]
        message = decoder.next_message()
        if message is not None:
            on_message(message)
