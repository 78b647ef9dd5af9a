"""The larger stream of a camera: kept as packets, decoded only while somebody's face is small.

Decoding 1920×1080 all the time would cost more than everything else that is done with a camera.
Its packets cost a copy each. The ones since the last key frame are kept, so that the very moment in
which a small face was found can be decoded, and what follows while it is wanted.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lookout.faces.detections import Image
from lookout.server.cameras.capture import Converter, StreamCapture
from lookout.server.cameras.faults import CameraFault
from lookout.server.cameras.reconnect import STEADY_S, pauses
from lookout.server.storage.camera_records import CameraKind

MOST_PACKETS, MOST_BYTES = 600, 16 << 20
"""Of one group of pictures; a camera whose key frames are farther apart has no close-ups."""
FRAMES_KEPT = 4
"""Decoded frames among which the one of the right moment is looked for."""
NEAR_S = 0.4
"""The two streams of a camera come by different ways; a frame farther off shows another moment."""
WANTED_S = 2.0
"""Decoding goes on for so long after the last close-up was asked for."""
LONGER_SIDE_PX = 2560


@dataclass(slots=True)
class PacketGroup:
    """The packets since the last key frame. One thread."""

    packets: deque[tuple[float, Packet[VideoStream]]] = field(default_factory=deque)
    size: int = 0
    whole: bool = False

    def add(self, packet: Packet[VideoStream], now_s: float) -> None:
        """Takes the next packet; a key frame begins anew, and too many are not kept."""
        if packet.is_keyframe:
            self.packets.clear()
            self.size, self.whole = 0, True
        if not self.whole:
            return
        self.packets.append((now_s, packet))
        self.size += packet.size
        if len(self.packets) > MOST_PACKETS or self.size > MOST_BYTES:
            self.packets.clear()
            self.size, self.whole = 0, False


class PacketSource(Protocol):
    """What is read of a `Capture`."""

    def packets(self) -> Iterator[Packet[VideoStream]]: ...

    def decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class MainStream:
    """Owns a thread that reads the larger stream."""

    def __init__(self, kind: CameraKind, url: str) -> None:
        self._kind = kind
        self._url = url
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._frames: deque[tuple[float, VideoFrame]] = deque(maxlen=FRAMES_KEPT)
        self._wanted_s = float("-inf")
        self._converter = Converter(LONGER_SIDE_PX)
        self.decoded = 0
        self._thread = threading.Thread(target=self._work, name="main stream", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self) -> None:
        """Frames are wanted now; from any thread."""
        self._wanted_s = time.monotonic()

    def nearest(self, at_s: float) -> Image | None:
        """The picture of this moment (the monotonic clock), None where none is near."""
        with self._lock:
            found = min(self._frames, key=lambda each: abs(each[0] - at_s), default=None)
        if found is None or abs(found[0] - at_s) > NEAR_S:
            return None
        return self._converter.bgr(found[1])

    def close(self) -> None:
        """Asks the thread to end."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        tries = pauses(random.Random())  # noqa: S311 - when to call again is no secret
        while not self._stop.is_set():
            began_s = time.monotonic()
            try:
                self._read(StreamCapture(self._kind, self._url))
            except CameraFault:
                if time.monotonic() - began_s > STEADY_S:
                    tries = pauses(random.Random())  # noqa: S311
                self._stop.wait(next(tries))

    def _read(self, capture: PacketSource) -> None:
        group, decoding = PacketGroup(), False
        try:
            for packet in capture.packets():
                if self._stop.is_set():
                    return
                now_s = time.monotonic()
                group.add(packet, now_s)
                if now_s - self._wanted_s > WANTED_S:
                    decoding = False
                    self._forget()
                elif decoding:
                    self._decode(capture, packet, now_s)
                elif group.whole:
                    decoding = True
                    capture.flush()
                    for came_s, kept in list(group.packets):
                        self._decode(capture, kept, came_s)
        finally:
            self._forget()
            capture.close()

    def _decode(self, capture: PacketSource, packet: Packet[VideoStream], came_s: float) -> None:
        for frame in capture.decode(packet):
            self.decoded += 1
            with self._lock:
                self._frames.append((came_s, frame))

    def _forget(self) -> None:
        with self._lock:
            self._frames.clear()


def open_main(kind: CameraKind, url: str) -> MainStream | None:
    """The larger stream, None where a camera has one stream alone."""
    if not url:
        return None
    stream = MainStream(kind, url)
    stream.start()
    return stream
