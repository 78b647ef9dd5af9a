"""A service that listens on a real socket, in a thread of the test."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable

from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.live.camera_claims import CameraClaims, Unshared
from lookout.server.live.scheduler import Recognizer, Scheduler
from lookout.server.transport.service import Service, reserve
from lookout.server.transport.session_settings import (
    CorrectionSink,
    PhotoSink,
    SessionSettings,
    Timeouts,
)
from lookout.wire.connection import Connection, connect
from lookout.wire.framing import Kind, Message
from lookout.wire.records import FrameInfo, Overlay, Result
from lookout.wire.streams import Keys


class RunningService:
    """Use as a context manager; `address` is where it listens."""

    def __init__(
        self,
        recognizer: Recognizer,
        photos: PhotoSink,
        corrections: CorrectionSink | None = None,
        *,
        token: str = "",
        tls: ssl.SSLContext | None = None,
        timeouts: Timeouts | None = None,
        keys: Keys | None = None,
        clock: Callable[[], float] = time.monotonic,
        claims: CameraClaims | None = None,
    ) -> None:
        self.address = ("", 0)
        self._scheduler = Scheduler(recognizer, on_failure=lambda: self._ending.set())
        self._settings = SessionSettings(
            frames=self._scheduler,
            photos=photos,
            corrections=corrections or DisabledHandler(),
            token=token,
            keys=keys,
            timeouts=timeouts or Timeouts(),
            clock=clock,
            claims=claims or Unshared(),
        )
        self._tls = tls
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="service under test")

    def __enter__(self) -> RunningService:
        self._thread.start()
        assert self._ready.wait(5.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(5.0)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        service = Service(self._settings, self._tls)
        self.address = await service.start(reserve("127.0.0.1", 0))
        self._scheduler.start()
        self._ready.set()
        await self._ending.wait()
        await service.close()
        self._scheduler.close(5.0)

    def connect(
        self, *, token: str = "", tls: ssl.SSLContext | None = None, device: str | None = None
    ) -> Connection:
        return connect(*self.address, client_id="test", token=token, tls_context=tls, device=device)

    def raw(self) -> socket.socket:
        """A plain socket that knows nothing of the protocol."""
        return socket.create_connection(self.address, timeout=5.0)


def send_frame(
    edge: Connection, camera: str, number: int, jpeg: bytes, overlay: Overlay = Overlay.SERVER
) -> None:
    edge.send(Message(Kind.FRAME, FrameInfo(camera, number, 1.5, overlay).to_meta(), jpeg))


def receive(edge: Connection, kind: Kind, timeout_s: float = 10.0) -> Message:
    """The next message, which must be of this kind."""
    message = edge.receive(timeout_s)
    assert message.kind is kind, message
    return message


def receive_result(edge: Connection, timeout_s: float = 10.0) -> tuple[Result, bytes]:
    message = receive(edge, Kind.RESULT, timeout_s)
    return Result.from_meta(message.meta), message.jpeg
