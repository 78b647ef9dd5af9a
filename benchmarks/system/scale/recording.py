"""What frames cost here, frame by frame: recorded from the real server on a real clip."""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

from benchmarks.support.camera_load import Camera
from benchmarks.support.data import test_data
from benchmarks.support.programs import start_server
from benchmarks.system.cameras import GOLDEN, PER_S, WARM_UP_S, clip_jpegs
from lookout.wire.records import Result

RECORDED = Path(__file__).with_name("frame_costs.json")
"""Processor seconds of frames of 640×480 with a face in nearly each, one core."""
CAMERAS = 2


class _Timed(Camera):
    def _take(self, result: Result) -> None:
        if not result.dropped:
            times.append(sum(result.timings_ms.values()) / 1000)
        super()._take(result)


times: list[float] = []


def record(seconds: float, detector: str) -> list[float]:
    """The costs of frames in processor seconds: each in proportion to the time that its stages
    took, all together what the system says that the process has computed. So other programs on the
    machine count for little."""
    times.clear()
    jpegs = clip_jpegs(test_data() / "video" / "signers.mp4")
    with (
        tempfile.TemporaryDirectory() as folder,
        start_server(Path(folder), "--detector", detector) as server,
    ):
        process = psutil.Process(server.pid)
        with ExitStack() as stack:
            for number in range(CAMERAS):
                phase = number * GOLDEN % 1.0
                camera = _Timed(server.port, f"camera {number}", jpegs, PER_S, phase)
                stack.enter_context(camera)
            time.sleep(WARM_UP_S)
            times.clear()
            before = process.cpu_times()
            time.sleep(seconds)
            after = process.cpu_times()
    computed_s = after.user + after.system - before.user - before.system
    return [round(took_s * computed_s / sum(times), 5) for took_s in times]


def recorded(mean_s: float) -> list[float]:
    """Those that are kept in the repository, all of them multiplied so that they have this mean."""
    costs: list[float] = json.loads(RECORDED.read_text(encoding="utf-8"))["costs_s"]
    factor = mean_s * len(costs) / sum(costs)
    return [cost * factor for cost in costs]
