"""The child process that reads some cameras: FFmpeg is large, and what it reads is a stranger's.

The server's own process, which imports this as well, never loads FFmpeg.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from lookout.server.cameras.stream_settings import (
    Attend,
    Beat,
    Close,
    End,
    Message,
    Open,
    Request,
    StreamSettings,
)

if TYPE_CHECKING:
    from lookout.server.cameras.stream import Stream

BEAT_S = 1.0
GOODBYE_S = 0.3
"""For the streams to end their connections: a camera with a limit of viewers counts those that are
not ended for a minute more."""


def read_cameras(pipe: Connection[Message, Request]) -> None:
    """The work of the process: opens and closes streams as it is told, until it is to end."""
    from lookout.server.cameras.stream import Stream, quiet

    quiet()
    logging.disable(logging.CRITICAL)
    process = _Process(pipe, Stream)
    try:
        while process.step():
            pass
    finally:
        process.end()


class _Process:
    def __init__(
        self,
        pipe: Connection[Message, Request],
        make_stream: Callable[[StreamSettings, Callable[[Message], None]], Stream],
    ) -> None:
        self._pipe = pipe
        self._make_stream = make_stream
        self._lock = threading.Lock()
        self._streams: dict[str, Stream] = {}
        self._beat_s = 0.0

    def step(self) -> bool:
        """Waits for one request, or a beat; False at the end."""
        if time.monotonic() >= self._beat_s:
            self._beat_s = time.monotonic() + BEAT_S
            self._send(Beat())
        if not self._pipe.poll(max(0.0, self._beat_s - time.monotonic())):
            return True
        match self._pipe.recv():
            case Open(settings):
                self._close(settings.stream)
                stream = self._make_stream(settings, self._send)
                self._streams[settings.stream] = stream
                stream.start()
            case Close(name):
                self._close(name)
            case Attend() as wish:
                attended = self._streams.get(wish.stream)
                if attended is not None:
                    attended.attend(wish)
            case End():
                return False
        return True

    def end(self) -> None:
        streams = list(self._streams.values())
        for stream in streams:
            stream.close()
        until_s = time.monotonic() + GOODBYE_S
        for stream in streams:
            stream.join(max(0.0, until_s - time.monotonic()))

    def _close(self, name: str) -> None:
        stream = self._streams.pop(name, None)
        if stream is not None:
            stream.close()

    def _send(self, message: Message) -> None:
        """From any thread. Once the parent has gone nobody hears it, and the thread ends."""
        try:
            with self._lock:
                self._pipe.send(message)
        except OSError:
            raise SystemExit from None
