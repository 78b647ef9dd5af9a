"""When an edge notices that its RTSP camera is silent, and what reconnects cost in memory.

    python -m benchmarks.edge_rtsp
    python -m benchmarks.edge_rtsp --reopenings 25 --json results/edge_rtsp.json

A real RTSP server (the PyPI package `rtsp`) stands behind a proxy that goes silent. Each reader,
PyAV and OpenCV, reads until silence is noticed, a few times; then, in a process of its own, it
opens the camera anew, reads a few frames and closes it, again and again. Memory is that of the
process, after five openings and after all.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import psutil

from benchmarks.support.command import command_parser
from benchmarks.support.fault_proxy import FaultProxy, Mode
from benchmarks.support.report import table, write_json
from benchmarks.support.rtsp_peers import RtspPeer
from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.network_video import opencv_frames, pyav_frames

READERS = {"PyAV": pyav_frames, "OpenCV": opencv_frames}
FPS = 10.0
WARM = 5
"""Openings after which memory is looked at for the first time."""
SILENCES = 3


@dataclass(frozen=True, slots=True)
class EdgeReading:
    """What one reader did. noticed_s: after what time of silence it gave up, each time."""

    reader: str
    noticed_s: tuple[float, ...]
    reopenings: int
    before_mb: float
    after_mb: float
    opened_s: float


def silence(reader: str, port: int, proxy: FaultProxy) -> float:
    """Seconds from the camera's falling silent until the reader says so. In this process."""
    proxy.set(Mode.PASS)
    frames = READERS[reader](f"rtsp://127.0.0.1:{port}/live", FPS, threading.Event())
    with closing(frames):
        for _ in range(5):
            next(frames)
        proxy.set(Mode.HOLE)
        began_s = time.monotonic()
        try:
            for _ in frames:
                pass
        except CameraLost:
            pass
        return time.monotonic() - began_s


def reopen(reader: str, url: str, times: int) -> tuple[float, float, float]:
    """Memory before and after, in MB, and the median time to the first frame. In a process of its
    own."""
    process, opened_s, before = psutil.Process(), [], 0.0
    for number in range(WARM + times):
        began_s = time.monotonic()
        with closing(READERS[reader](url, FPS, threading.Event())) as frames:
            next(frames)
            opened_s.append(time.monotonic() - began_s)
            for _ in range(3):
                next(frames)
        if number == WARM - 1:
            before = process.memory_info().rss / 1e6
    return before, process.memory_info().rss / 1e6, statistics.median(opened_s)


def measure(reader: str, times: int) -> EdgeReading:
    """All of one reader."""
    with RtspPeer(gstreamer=False) as peer, FaultProxy(peer.port) as proxy:
        noticed = tuple(round(silence(reader, proxy.port, proxy), 1) for _ in range(SILENCES))
        proxy.set(Mode.PASS)
        url = f"rtsp://127.0.0.1:{proxy.port}/live"
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            before, after, opened_s = alone.submit(reopen, reader, url, times).result(600.0)
    return EdgeReading(
        reader, noticed, times, round(before, 1), round(after, 1), round(opened_s, 2)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser: argparse.ArgumentParser = command_parser("edge_rtsp", __doc__)
    parser.add_argument("--reopenings", type=int, default=25, help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    options = parser.parse_args(arguments)
    readings = [measure(reader, options.reopenings) for reader in READERS]
    head = (
        "reader",
        "silence noticed after, s",
        "first frame, s",
        "MB",
        f"{options.reopenings} later",
    )
    rows = [
        (
            one.reader,
            ", ".join(f"{each:.1f}" for each in one.noticed_s),
            one.opened_s,
            one.before_mb,
            one.after_mb,
        )
        for one in readings
    ]
    print(table(head, rows))
    write_json(options.json, "edge_rtsp", {"readers": [asdict(one) for one in readings]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
