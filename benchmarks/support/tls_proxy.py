"""TLS in front of a server that has none, as cameras with `rtsps://` have it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import Self

CHUNK = 65_536


class TlsProxy:
    """Listens on a port of its own, takes TLS off and passes everything on to `target`."""

    def __init__(self, target: int, tls: ssl.SSLContext) -> None:
        self._target = target
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="TLS proxy", daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def close(self) -> None:
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            camera = socket.create_connection(("127.0.0.1", self._target), 5.0)
            with camera, self._tls.wrap_socket(client, server_side=True) as open_client:
                back = threading.Thread(target=_pump, args=(camera, open_client), daemon=True)
                back.start()
                _pump(open_client, camera)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(CHUNK):
            target.sendall(content)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
