"""Strangers at the server's port: nonsense, silence, and one who never reads."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from typing import ClassVar

import cv2
import numpy as np

from benchmarks.support.waiting import wait_until
from benchmarks.system.faults.fault import Expected, Fault
from benchmarks.system.faults.lost_server import cut
from benchmarks.system.faults.stage import PATIENCE_S, Setting, Stage
from lookout.edge.cameras.demo import portrait, view_at
from lookout.wire.connection import Connection
from lookout.wire.errors import WireError
from lookout.wire.framing import HEADER, MAGIC, VERSION, Kind, Limits, Message
from lookout.wire.records import FrameInfo, Overlay

CONNECT_TIMEOUT_S = 2.0
GARBAGE_GOES_S = 6.0
"""Whoever talks nonsense is let go by the end of the handshake's time, 5 s."""
SLOW_READER_GOES_S = 30.0
"""5 s after the buffers of both sockets, some 4 MB, are full of answers."""


class Garbage(Fault):
    """Sends some bytes in place of a handshake, eight connections at once."""

    hold_s = 1.0
    rounds = 2
    content: ClassVar[bytes]
    connections = 8

    def strike(self, stage: Stage) -> None:
        began_s = time.monotonic()
        strangers = [_connect(stage) for _ in range(self.connections)]
        for stranger in strangers:
            with contextlib.suppress(ConnectionError):
                stranger.sendall(self.content)
        _wait_for_ends(strangers)
        took_s = time.monotonic() - began_s
        self.facts.append("let go at once" if took_s < 0.5 else f"let go after {took_s:.1f} s")
        if took_s > GARBAGE_GOES_S:
            self.failures.append(f"nonsense stayed for {took_s:.1f} s")


class Noise(Garbage):
    words = "garbage on the port: 64 KiB of noise"
    content = random.Random(0).randbytes(65536)


class AbsurdSizes(Garbage):
    words = "garbage on the port: a right header that announces 8 GiB"
    content = HEADER.pack(MAGIC, VERSION, Kind.HELLO, 0, 2**32 - 1, 2**32 - 1) + bytes(4096)


class Http(Garbage):
    words = "garbage on the port: an HTTP request"
    content = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8002\r\nUser-Agent: curl/8.5.0\r\n\r\n"


class TlsHello(Garbage):
    words = "garbage on the port: a TLS hello"
    content = bytes.fromhex("16030100c5010000c10303") + bytes(range(32)) + bytes(155)


class Silence(Fault):
    """While the fifty are there, the edge loses its connection and has to get in again."""

    words = "50 connections that say nothing, and the edge must reconnect"
    setting = Setting.TAPPED
    expected = Expected.BACK
    hold_s = 0.0
    rounds = 1
    connections = 50

    def __init__(self) -> None:
        super().__init__()
        self._silent: list[socket.socket] = []

    def strike(self, stage: Stage) -> None:
        self._began_s = time.monotonic()
        self._silent = [_connect(stage) for _ in range(self.connections)]
        self._plain_s = cut(stage)

    def mend(self, stage: Stage) -> float:
        stage.wait_for_name(self._plain_s)
        _wait_for_ends(self._silent)
        self.facts.append(f"the last was let go after {time.monotonic() - self._began_s:.1f} s")
        return self._plain_s


class SlowReader(Fault):
    """A client that sends 25 frames a second and never reads an answer. The pictures are grainy,
    because noise makes answers large: they have to fill the buffers of two sockets."""

    words = "a slow reader: sends frames and never reads"
    rounds = 2
    hold_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self._stop = threading.Event()
        self._turned_out = threading.Event()
        self._thread: threading.Thread | None = None

    def strike(self, stage: Stage) -> None:
        began_s = time.monotonic()
        self._stop.clear()
        self._turned_out.clear()
        self._thread = threading.Thread(target=self._send, args=(stage,), name="slow reader")
        self._thread.start()
        try:
            wait_until(self._turned_out.is_set, SLOW_READER_GOES_S)
            self.facts.append(f"turned out after {time.monotonic() - began_s:.1f} s")
        except TimeoutError:
            self.failures.append(f"the slow reader was still there after {SLOW_READER_GOES_S} s")

    def mend(self, stage: Stage) -> float:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CONNECT_TIMEOUT_S + 3.0)
        return super().mend(stage)

    def _send(self, stage: Stage) -> None:
        jpeg = _grainy()
        sock = _connect(stage, receive_buffer=4096)
        connection = Connection(sock, "the server")
        try:
            connection.shake_hands("slow reader", "", Limits(), CONNECT_TIMEOUT_S)
            number = 0
            while not self._stop.wait(0.04):
                number += 1
                info = FrameInfo("slow reader", number, time.time(), Overlay.SERVER)
                connection.send(Message(Kind.FRAME, info.to_meta(), jpeg))
        except WireError:
            self._turned_out.set()
        finally:
            connection.close()


def _connect(stage: Stage, receive_buffer: int = 0) -> socket.socket:
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(CONNECT_TIMEOUT_S)
    sock.connect(("127.0.0.1", stage.laboratory.server.port))
    return sock


def _wait_for_ends(strangers: list[socket.socket]) -> None:
    """Until the server has ended them all; closes them in any case."""
    deadline = time.monotonic() + PATIENCE_S
    for stranger in strangers:
        with stranger:
            stranger.settimeout(max(0.01, deadline - time.monotonic()))
            with contextlib.suppress(OSError):
                while stranger.recv(65536):
                    pass


def _grainy() -> bytes:
    view = view_at(portrait(), 0.0).astype(np.int16)
    grain = np.random.default_rng(0).integers(-60, 60, view.shape, np.int16)
    noisy = np.clip(view + grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
