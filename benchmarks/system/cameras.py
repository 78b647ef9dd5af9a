"""The number of cameras of 640×480 that the server serves at 10 frames a second.

The real server process answers real connections over loopback; each plays frames of a clip with a
face in nearly every frame, 10 a second, at most two under way. Cameras are added step by step until
one of them gets fewer than 9 answers a second. All cameras are played by one other process, which
works on the same cores: a server that has them for itself does better.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.support.camera_load import Camera
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import Program, start_server
from benchmarks.support.report import table, write_json
from lookout.server.imaging.jpeg import encode_jpeg

FRAME_WH = (640, 480)
PER_S, ENOUGH_PER_S = 10.0, 9.0
CAMERA_QUALITY = 85
WARM_UP_S = 3.0
FIRST_FRAME, CLIP_FRAMES = 345, 600
GOLDEN = 0.618034
"""Multiples of it spread the cameras' phases evenly, however many there are."""

HEAD = (
    *("cameras", "slowest camera /s", "all /s", "round trip p50 ms", "p95 ms"),
    *("faces a frame", "dropped"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """So many cameras for `seconds`: answers a second of the slowest and of all, round trips,
    faces in an answered frame, and frames that the server set aside for newer ones."""

    cameras: int
    seconds: float
    slowest_per_s: float
    all_per_s: float
    p50_ms: float
    p95_ms: float
    faces_a_frame: float
    dropped: int

    @property
    def enough(self) -> bool:
        return self.slowest_per_s >= ENOUGH_PER_S


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    jpegs = clip_jpegs(options.video or test_data() / "video" / "signers.mp4")
    results = []
    for detector in options.detector or ["auto"]:
        with tempfile.TemporaryDirectory() as folder:
            given = ["--detector", detector, "--device", options.device]
            if options.encodings is not None:
                given += ["--encodings", str(options.encodings.resolve())]
            with start_server(Path(folder), *given) as server:
                steps = rise(server, jpegs, options.most, options.by, options.seconds)
                spoken = [line for line in server.log() if "detector" in line]
        served = max((step.cameras for step in steps if step.enough), default=0)
        print("\n".join(spoken))
        print(camera_table(steps))
        print(f"{detector}: {served} cameras at {PER_S:g} frames a second\n")
        results.append(
            {"detector": detector, "served": served, "steps": [asdict(s) for s in steps]}
            | {"log": spoken}
        )
    write_json(options.json, "cameras", {"results": results})
    return 0


def rise(server: Program, jpegs: Sequence[bytes], most: int, by: int, seconds: float) -> list[Step]:
    """Adds `by` cameras at a time until one is too slow or `most` are served."""
    steps: list[Step] = []
    with contextlib.ExitStack() as stack:
        cameras: list[Camera] = []
        while len(cameras) < most and (not steps or steps[-1].enough):
            for _ in range(by):
                phase = len(cameras) * GOLDEN % 1.0
                camera = Camera(server.port, f"camera {len(cameras)}", jpegs, PER_S, phase)
                cameras.append(stack.enter_context(camera))
            steps.append(_measure(cameras, seconds))
            print(camera_table(steps[-1:]).splitlines()[-1], file=sys.stderr)
    return steps


def _measure(cameras: Sequence[Camera], seconds: float) -> Step:
    time.sleep(WARM_UP_S)
    dropped = sum(camera.dropped for camera in cameras)
    from_s = time.monotonic()
    time.sleep(seconds)
    to_s = time.monotonic()
    broken = [camera.error for camera in cameras if camera.error is not None]
    if broken:
        raise broken[0]
    answers = [camera.between(from_s, to_s) for camera in cameras]
    every = [answer for of_camera in answers for answer in of_camera]
    trips_ms = [1000.0 * answer.round_trip_s for answer in every] or [float("nan")]
    return Step(
        len(cameras),
        to_s - from_s,
        min(map(len, answers)) / (to_s - from_s),
        len(every) / (to_s - from_s),
        float(np.percentile(trips_ms, 50)),
        float(np.percentile(trips_ms, 95)),
        sum(answer.faces for answer in every) / max(1, len(every)),
        sum(camera.dropped for camera in cameras) - dropped,
    )


def clip_jpegs(video: Path) -> list[bytes]:
    """Every third frame of the clip from FIRST_FRAME on, which is ten a second of thirty."""
    capture = cv2.VideoCapture(str(video))
    jpegs = []
    for index in range(FIRST_FRAME + CLIP_FRAMES):
        if not capture.grab():
            break
        if index >= FIRST_FRAME and index % 3 == 0:
            _, image_bgr = capture.retrieve()
            frame = np.asarray(cv2.resize(image_bgr, FRAME_WH), np.uint8)
            jpegs.append(encode_jpeg(frame, CAMERA_QUALITY))
    capture.release()
    if not jpegs:
        sys.exit(f"no frame could be read from {video}")
    return jpegs


def camera_table(steps: Sequence[Step]) -> str:
    rows = [
        (
            *(step.cameras, f"{step.slowest_per_s:.1f}", f"{step.all_per_s:.0f}"),
            *(f"{step.p50_ms:.0f}", f"{step.p95_ms:.0f}", f"{step.faces_a_frame:.2f}"),
            step.dropped,
        )
        for step in steps
    ]
    return table(HEAD, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("cameras", __doc__)
    add = parser.add_argument
    add("--detector", action="append", help="may be repeated (auto, the server's own choice)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--video", type=Path, help="a clip of 30 frames a second (LOOKOUT_TEST_DATA's signers)")
    add("--encodings", type=Path, metavar="FILE", help="who is known, of train_model.py (nobody)")
    add("--most", type=int, default=40, help="stop at so many cameras (%(default)s)")
    add("--by", type=int, default=2, help="cameras added in each step (%(default)s)")
    add("--seconds", type=float, default=10.0, help="how long each step counts (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
