"""The key service as a process: its folder, its port, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from lookout.server.api.http_server import HttpServer
from lookout.server.keys.app import make_key_app
from lookout.server.keys.desk import KeyDesk
from lookout.server.storage.lock import FolderLock, ServerLock
from lookout.server.storage.mongo.key_file import KeyFile
from lookout.server.transport.service import reserve
from lookout.wire.access import is_loopback

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyServiceSettings:
    """folder: where `keys.db` lies. token: what servers have to know. tls_cert, tls_key: both or
    neither."""

    folder: Path
    token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8010
    tls_cert: Path | None = None
    tls_key: Path | None = None


async def serve_keys(settings: KeyServiceSettings) -> None:
    """Serves until a signal asks for the end. Raises StorageError where another process has the
    folder, and CannotListen."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(reserve(settings.host, settings.port))
        # no other server may serve this folder, and nobody change its master key meanwhile
        opened.enter_context(ServerLock(settings.folder))
        opened.enter_context(FolderLock(settings.folder, alone=False))
        keys = KeyFile(settings.folder, time.time)
        opened.callback(keys.close)
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        app = make_key_app(KeyDesk(keys), settings.token)
        server = HttpServer(app, listener, settings.tls_cert, settings.tls_key)
        host, port = await server.start()
        log.info("keys on %s port %d", host, port)
        if settings.tls_cert is None and not is_loopback(settings.host):
            log.warning(
                "not encrypted: who can listen on this network learns the secret, and can destroy "
                "keys; give --tls-cert and --tls-key, or put a reverse proxy before this port"
            )
        await ended.wait()
        await server.close()
