"""What is known of a stream while it runs, and what about it is not good for faces."""

from __future__ import annotations

from collections import deque

from lookout.server.cameras.stream_settings import Phase, Report

LONG_KEY_S = 4.5
"""Seconds between key frames: after a lost packet the picture is wrong until the next, and nothing
is seen before the first. Cameras are usually set to one or two."""
NARROW_PX = 320
"""A narrower picture holds faces of 60 pixels only right before the camera."""
_KEPT = 50


class StreamStatistics:
    """Of one connection. One thread; time is an argument."""

    def __init__(self, codec: str, on: str) -> None:
        self._codec = codec
        self._on = on
        self._times_s: deque[float] = deque(maxlen=_KEPT)
        self._key_s = 0.0
        self._last_key_s: float | None = None
        self._size_wh = (0, 0)

    def came(self, now_s: float, *, is_key: bool) -> None:
        """A packet has come."""
        self._times_s.append(now_s)
        if is_key:
            if self._last_key_s is not None:
                self._key_s = now_s - self._last_key_s
            self._last_key_s = now_s

    def decoded(self, width: int, height: int) -> None:
        """A frame of this size is whole."""
        self._size_wh = (width, height)

    @property
    def fps(self) -> float:
        """Frames a second, over the last _KEPT."""
        if len(self._times_s) < 2:
            return 0.0
        return (len(self._times_s) - 1) / max(0.001, self._times_s[-1] - self._times_s[0])

    def advice(self, now_s: float) -> str:
        """What to set otherwise at the camera; empty where nothing is to be said."""
        width, height = self._size_wh
        if 0 < max(width, height) < NARROW_PX:
            return (
                f"the picture has {width}×{height} pixels, too few for faces: choose a larger "
                "stream of the camera"
            )
        waited_s = 0.0 if self._last_key_s is None else now_s - self._last_key_s
        key_s = max(self._key_s, waited_s)
        if key_s > LONG_KEY_S and self._codec not in ("mjpeg", "png"):
            return (
                f"key frames are {key_s:.0f} s apart: set the camera's interval of I-frames to one "
                "or two seconds, and switch H.264+ or «smart» coding off"
            )
        return ""

    def report(self, stream: str, run: int, now_s: float) -> Report:
        """How the stream does."""
        return Report(
            stream,
            run,
            Phase.STREAMING,
            why=self.advice(now_s),
            fps=round(self.fps, 1),
            size_wh=self._size_wh,
            codec=self._codec,
            key_s=round(self._key_s, 1),
            on=self._on,
        )
