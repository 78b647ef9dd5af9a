"""Cameras to test against: two independent RTSP servers, each a process that can be stopped.

python -m benchmarks.support.rtsp_peers PORT WIDTH HEIGHT FPS
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import numpy as np

from benchmarks.support.waiting import wait_until

GST_SERVER = Path(__file__).with_name("gst_server.py")
SYSTEM_PYTHON = "/usr/bin/python3"
READY_S = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def has_gstreamer() -> bool:
    """Whether the system's Python has the bindings of GStreamer's RTSP server."""
    code = "import gi; gi.require_version('GstRtspServer', '1.0')"
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", code], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class RtspPeer:
    """A server process with one camera at /live. With `gstreamer` it is GStreamer's, else that of
    the PyPI package `rtsp`."""

    def __init__(
        self,
        *,
        gstreamer: bool = False,
        codec: str = "h264",
        size_wh: tuple[int, int] = (640, 360),
        fps: int = 10,
        key_frames: int = 0,
        port: int = 0,
        clip: Path | None = None,
        cameras: int = 1,
    ) -> None:
        """clip: GStreamer plays this file instead, to each who asks from its start, at /camera0 and
        so on, for so many `cameras`."""
        self.port = port or free_port()
        figures = [*map(str, size_wh), str(fps)]
        if clip is not None:
            played = ["clip", str(clip), str(cameras)]
            command = [SYSTEM_PYTHON, str(GST_SERVER), str(self.port), *played]
        elif gstreamer:
            keys = [str(key_frames)] if key_frames else []
            command = [SYSTEM_PYTHON, str(GST_SERVER), str(self.port), codec, *figures, *keys]
        else:
            command = [sys.executable, "-m", __name__, str(self.port), *figures]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._wait()

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def resize(self, width: int, height: int) -> None:
        """Changes the size in mid-stream; GStreamer's only."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{width} {height}\n".encode())
            self._process.stdin.flush()

    def freeze(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10.0)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self) -> None:
        try:
            wait_until(self._listens, READY_S, "the RTSP server")
        except TimeoutError:
            self.close()
            raise

    def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            return True
        return False


def _serve(port: int, width: int, height: int, fps: int) -> None:
    import rtsp

    with rtsp.Source(f"rtsp://127.0.0.1:{port}/live", fps=fps) as source:
        for number in itertools.count():
            picture = np.full((height, width, 3), 60, np.uint8)
            left = 8 * number % (width - 80)
            picture[80:160, left : left + 80] = (240, 160, 20)
            source.put(picture)
            time.sleep(1 / fps)


if __name__ == "__main__":
    _serve(*map(int, sys.argv[1:5]))
