"""The client's side of a connection: blocking, with a timeout on every wait."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lookout.wire import auth, tls
from lookout.wire.errors import BadMessage, ConnectionLost
from lookout.wire.explain import place, why_lost, why_unreachable
from lookout.wire.fields import Meta
from lookout.wire.framing import (
    HANDSHAKE_LIMITS,
    LATER_KINDS,
    Decoder,
    Kind,
    Limits,
    Message,
    encode,
)
from lookout.wire.lookup import Addresses, Lookup
from lookout.wire.records import Refusal
from lookout.wire.refusals import error_of

CONNECT_TIMEOUT_S = 3.0
HANDSHAKE_TIMEOUT_S = 3.0
WRITE_TIMEOUT_S = 2.0
CHUNK_BYTES = 256 * 1024


def connect(
    host: str,
    port: int,
    *,
    client_id: str,
    device: str | None = None,
    token: str = "",
    tls_context: ssl.SSLContext | None = None,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    handshake_timeout_s: float = HANDSHAKE_TIMEOUT_S,
    limits: Limits | None = None,
    lookup: Addresses | None = None,
) -> Connection:
    """A connection whose handshake is done. `limits` are what this side accepts to receive.

    A caller that reconnects keeps a `lookup` of the host. Looking it up, and trying each
    of its addresses, may take `connect_timeout_s` each.

    Raises ConnectionLost (nobody there), TlsRefused, NotAuthorized, WrongVersion, or BadMessage
    (what listens there is no Lookout server).
    """
    server = place(host, port)
    try:
        raw = _reach(lookup or Lookup(host, port), connect_timeout_s)
    except OSError as error:
        raise why_unreachable(error, host, port, connect_timeout_s) from error
    sock = raw
    try:
        with _explained(server):
            raw.settimeout(handshake_timeout_s)
            if tls_context is not None:
                sock = tls_context.wrap_socket(raw, server_hostname=host)
            connection = Connection(sock, server)
            connection.shake_hands(
                client_id, token, limits or Limits(), handshake_timeout_s, device=device
            )
    except BaseException:
        sock.close()
        raise
    return connection


@contextmanager
def _explained(server: str) -> Iterator[None]:
    """Raises the errors of a socket as those of the wire, with advice."""
    try:
        yield
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise ConnectionLost(f"{server} closed the connection during the TLS handshake") from error
    except ssl.SSLError as error:
        raise tls.explain(error, server) from error
    except OSError as error:
        raise why_lost(error, server) from error


def _reach(lookup: Addresses, timeout_s: float) -> socket.socket:
    failure = OSError("the name has no address")
    for address in lookup.addresses(timeout_s):
        raw = socket.socket(address.family)
        try:
            # A frame and its answer are each one write: waiting to fill a packet only adds latency.
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            raw.settimeout(timeout_s)
            raw.connect(address.sockaddr)
        except OSError as error:
            raw.close()
            failure = error
        else:
            lookup.worked(address)
            return raw
    raise failure


class Connection:
    """A connected socket that speaks messages. Made by `connect`.

    One thread may `receive` while others `send`: the socket never blocks, every wait is a poll
    outside the lock, and the lock guards each single read or write, because one TLS object must not
    be used by two threads at once. `close` may be called from any thread and ends every wait.
    """

    def __init__(self, sock: socket.socket, server: str) -> None:
        """`server` is its address, for messages."""
        sock.setblocking(False)
        self._sock = sock
        self._server = server
        self._limits = HANDSHAKE_LIMITS
        self._takes: frozenset[Kind] = frozenset()
        self.load = 0
        """How many cameras the server had when it said WELCOME."""
        self._decoder = Decoder(HANDSHAKE_LIMITS)
        self._touching = threading.Lock()
        self._sending = threading.Lock()
        self._wrote_at = 0.0
        self._closed = False

    def shake_hands(
        self,
        client_id: str,
        token: str,
        limits: Limits,
        timeout_s: float,
        *,
        device: str | None = None,
    ) -> None:
        """The client's half of wire/auth.py; `connect` calls it."""
        deadline = time.monotonic() + timeout_s
        asked = auth.Challenge.from_meta(self._expect(Kind.CHALLENGE, deadline))
        hello = auth.answer(asked, client_id, token, device)
        self.send(Message(Kind.HELLO, hello.to_meta()), timeout_s)
        welcome = auth.Welcome.from_meta(self._expect(Kind.WELCOME, deadline))
        auth.confirm(asked, hello, welcome, token)
        self._limits = welcome.limits
        self._takes = welcome.takes
        self.load = welcome.load
        self._decoder = Decoder(limits)

    def takes(self, kind: Kind) -> bool:
        """True when the server takes messages of this kind; an older one lacks the later ones."""
        return kind not in LATER_KINDS or kind in self._takes

    def _expect(self, kind: Kind, deadline: float) -> Meta:
        message = self._next(deadline)
        if message is None:
            raise ConnectionLost(
                f"{self._server} accepts connections but does not identify itself: it hangs, it "
                "expects TLS (give --tls-ca here), or it is no Lookout server"
            )
        if message.kind is Kind.ERROR:
            raise error_of(Refusal.from_meta(message.meta))
        if message.kind is not kind:
            raise BadMessage(f"{self._server} sent {message.kind.name} in place of {kind.name}")
        return message.meta

    def send(self, message: Message, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        """Sends a whole message; any thread. Raises TooLarge when the server would refuse it.

        Raises ConnectionLost when the server takes not one byte for `timeout_s`, be it of this
        message or of another thread's before it. The stream then ended within a message, so the
        connection is closed.
        """
        data = memoryview(encode(message, self._limits))
        try:
            while not self._sending.acquire(timeout=timeout_s):
                if time.monotonic() - self._wrote_at > timeout_s:
                    raise self._stuck(timeout_s)
            try:
                while data:
                    data = data[self._write(data, timeout_s) :]
                    self._wrote_at = time.monotonic()
            finally:
                self._sending.release()
        except ConnectionLost:
            self.close()
            raise

    def _write(self, data: memoryview, timeout_s: float) -> int:
        """Bytes that the socket took within `timeout_s`, at least one."""
        deadline = time.monotonic() + timeout_s
        while True:
            events = select.POLLOUT
            try:
                with self._touching:
                    return self._sock.send(data[:CHUNK_BYTES])
            except (BlockingIOError, ssl.SSLWantWriteError):
                pass
            except ssl.SSLWantReadError:
                events = select.POLLIN
            except OSError as error:
                raise why_lost(error, self._server) from error
            if not self._wait(events, deadline):
                raise self._stuck(timeout_s)

    def _stuck(self, timeout_s: float) -> ConnectionLost:
        return ConnectionLost(f"{self._server} has taken nothing for {timeout_s:g} s")

    def receive(self, timeout_s: float) -> Message:
        """The next message other than PING, which only shows that the server lives.

        One thread only. Raises ConnectionLost at the end of the stream, or when not one byte came
        for `timeout_s`; BadMessage for what is no message.
        """
        while True:
            message = self._next(time.monotonic() + timeout_s, timeout_s)
            if message is None:
                raise ConnectionLost(f"{self._server} has sent nothing for {timeout_s:g} s")
            if message.kind is not Kind.PING:
                return message

    def _next(self, deadline: float, per_chunk_s: float = 0.0) -> Message | None:
        """The next message; None at the deadline, which every chunk may put off."""
        while (message := self._decoder.next_message()) is None:
            data = self._read()
            if data is None:
                if not self._wait(select.POLLIN, deadline):
                    return None
            elif not data:
                raise ConnectionLost(f"{self._server} closed the connection")
            else:
                self._decoder.feed(data)
                deadline = max(deadline, time.monotonic() + per_chunk_s)
        return message

    def _read(self) -> bytes | None:
        """The bytes that have arrived; empty at the end of the stream, None when there are none."""
        try:
            with self._touching:
                return self._sock.recv(min(self._decoder.wanted, CHUNK_BYTES))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError as error:
            raise why_lost(error, self._server) from error

    def _wait(self, events: int, deadline: float) -> bool:
        """Sleeps until the socket is ready; False when the deadline came first."""
        poll = select.poll()
        try:
            poll.register(self._sock, events)
            return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
        except (OSError, ValueError) as error:  # closed by another thread just now
            raise ConnectionLost(f"the connection to {self._server} was closed") from error

    def close(self) -> None:
        """Ends the connection and every wait on it. Harmless when repeated."""
        with self._touching:
            if self._closed:
                return
            self._closed = True
            try:
                self._sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that polls it
            except OSError:
                pass  # the other side ended it first
            finally:
                self._sock.close()
