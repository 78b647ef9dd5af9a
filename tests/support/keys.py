"""A key service for tests: in this process, on a port of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from lookout.server.api.http_server import HttpServer
from lookout.server.keys.app import make_key_app
from lookout.server.keys.desk import KeyDesk
from lookout.server.storage.key_address import TOKEN, URL, KeyAddress
from lookout.server.storage.lock import make_folder
from lookout.server.storage.mongo.key_client import KeyClient
from lookout.server.storage.mongo.key_file import KeyFile
from lookout.server.storage.mongo.remote_keys import RemoteKeys
from lookout.server.transport.service import reserve

SECRET = "the-secret-of-the-keys"
START_S = 60.0
TIMEOUT_S = 120.0
"""A test must not depend on how busy the machine is."""


class RunningKeys:
    """Use as a context manager; `stop` and `start` in between. tls: certificate and key."""

    def __init__(self, folder: Path, tls: tuple[Path, Path] | None = None) -> None:
        self.folder = folder
        self._tls = tls
        self.port = 0
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> KeyAddress:
        scheme = "http" if self._tls is None else "https"
        return KeyAddress(f"{scheme}://127.0.0.1:{self.port}", SECRET)

    @property
    def environment(self) -> Mapping[str, str]:
        return {URL: self.address.url, TOKEN: SECRET}

    def client(self) -> KeyClient:
        """A client that does not rest after a failure."""
        return KeyClient(self.address, TIMEOUT_S, clock=lambda: float("inf"))

    def keys(self) -> RemoteKeys:
        return RemoteKeys(self.client())

    def start(self) -> None:
        make_folder(self.folder)
        self._file = KeyFile(self.folder, time.time)
        listener = reserve("127.0.0.1", self.port)
        self.port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(listener, ready),), name="key service"
        )
        self._thread.start()
        assert ready.wait(START_S)

    def stop(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(START_S)
            self._file.close()
            self._thread = None

    def __enter__(self) -> RunningKeys:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        cert, key = self._tls or (None, None)
        app = make_key_app(KeyDesk(self._file), SECRET)
        server = HttpServer(app, listener, cert, key)
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await server.start()
        ready.set()
        await self._ended.wait()
        await server.close()
