"""Serves the pages with waitress, set up so that a slow browser loses frames instead of time.

Waitress would by default buffer 16 MiB for each browser: minutes of old video. Here a viewer's
thread stays blocked until the kernel has taken the frame before, the kernel holds about 128 KiB
(three frames), and the next frame is whatever is newest by then.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from typing import Any

from waitress import create_server, wasyncore

API_THREADS = 8
"""Threads for everything that is not a live stream; a capture holds one while it is judged."""

SEND_BUFFER_BYTES = 64 * 1024
"""Linux doubles it for its own bookkeeping."""

STALLED_S = 15.0
"""A browser that takes not one byte for this long is let go, or its thread would be lost."""

SHUTDOWN_S = 3.0


class CannotServePage(Exception):
    """The address cannot be served; the message says why and what to do."""


class WebServer:
    """Listens from construction on; `run` serves until `stop`, which any thread or signal handler
    may call. `viewers` is how many streams may run at once."""

    def __init__(self, app: Callable[..., Any], host: str, port: int, viewers: int) -> None:
        self._stopping = threading.Event()
        self._sockets: dict[int, Any] = {}
        self._listener = _listen(host, port)
        self.port: int = self._listener.getsockname()[1]
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[self._listener],
            threads=viewers + API_THREADS,
            connection_limit=4 * (viewers + API_THREADS),
            # Silent connections go after a few seconds: they count against the limit above.
            channel_timeout=20,
            cleanup_interval=5,
            outbuf_high_watermark=1,
            outbuf_overflow=2**26,  # never a temporary file for a big frame: SD cards wear out
            max_request_header_size=16 * 1024,
            max_request_body_size=16 * 1024,
            clear_untrusted_proxy_headers=False,  # edge.reverse_proxy decides whom to believe
            asyncore_use_poll=True,
            log_socket_errors=False,  # browsers come and go
            ident="lookout",
        )

    def run(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._sockets, count=1)
        # Closing the channels wakes the threads that wait for a slow browser.
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.task_dispatcher.shutdown(timeout=SHUTDOWN_S)
        self._server.close()

    def stop(self) -> None:
        self._stopping.set()
        self._server.pull_trigger()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket whose options every accepted connection inherits."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotServePage(
            f"{host!r} is not an address of this machine: use --host 0.0.0.0 for every interface"
            " or --host 127.0.0.1 for this machine only"
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            listener.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(STALLED_S * 1000)
            )
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CannotServePage(_advice(error, host, port)) from error
    return listener


def _advice(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} is taken, perhaps by a Lookout that already runs:"
                f" stop that one or choose another with --port {port + 1}"
            )
        case errno.EADDRNOTAVAIL:
            return (
                f"{host} is not an address of this machine: use --host 0.0.0.0 for every interface"
                " or --host 127.0.0.1 for this machine only"
            )
        case errno.EACCES:
            return f"port {port} needs administrator rights: choose one above 1023 with --port"
        case _:
            return f"cannot listen on {host} port {port}: {error.strerror}"
