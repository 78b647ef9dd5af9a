"""The sockets of the application."""

from __future__ import annotations

import importlib
import logging
from importlib.util import find_spec

from fastapi import FastAPI

from lookout.server.api.dependencies import Dependencies
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.plain import install_plain

log = logging.getLogger(__name__)


def install_sockets(app: FastAPI, parts: Dependencies, recheck_s: float) -> None:
    """Adds WebSocket and server-sent events, and Socket.IO where the extra `sockets` is
    installed."""
    hub = Hub(parts.feed, parts.envelopes)
    install_plain(app, hub, recheck_s)
    if find_spec("socketio") is None:
        log.info("no Socket.IO: it needs the extra `sockets` (pip install 'lookout[sockets]')")
        return
    socket_io = importlib.import_module("lookout.server.sockets.socket_io")
    app.mount("/socket.io", socket_io.SocketIo(hub, recheck_s))
