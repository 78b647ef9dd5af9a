"""An application that has the sockets for events alone, behind a real port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

from fastapi import FastAPI

from lookout.server.api.dependencies import ApiSettings
from lookout.server.api.http_server import HttpServer
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.plain import install_plain
from lookout.server.sockets.socket_io import SocketIo

WAIT_S = 60.0


@contextlib.contextmanager
def served(hub: Hub) -> Iterator[str]:
    """The address of an application that has the sockets alone."""
    app = FastAPI()
    app.state.settings = ApiSettings(no_auth=True)
    install_plain(app, hub, 5.0)
    listener = socket.create_server(("127.0.0.1", 0))
    started, end = threading.Event(), threading.Event()

    async def serve() -> None:
        app.mount("/socket.io", SocketIo(hub, 5.0))
        server = HttpServer(app, listener)
        await server.start()
        started.set()
        await asyncio.to_thread(end.wait)
        await server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(WAIT_S)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        end.set()
        thread.join(WAIT_S)
