"""The number of cameras of 640×480 that the server serves at 10 frames a second, by both ways in.

    python -m benchmarks.cameras                                   both ways, faces in every frame
    python -m benchmarks.cameras --faces tenth --way rtsp          a face in a tenth of the time
    python -m benchmarks.cameras --way edge --tree ../before       the server of another checkout
    python -m benchmarks.cameras --idle 20                       memory, start and end of 20 cameras

edge: the real server process answers real connections over loopback; each plays frames of a clip,
10 a second, at most two under way. rtsp: GStreamer's RTSP server plays the same clip as H.264, and
the server's own puller, scheduler and pipeline take it. Cameras are added step by step until one of
them gets fewer than 9 answers a second (by edges) or more than a twentieth of the frames that are
to be searched are replaced by newer ones (by RTSP, where a frame without motion is not searched).
What plays the cameras works on the same cores: a server that has them for itself does better.
`cores` is how many the server kept busy, whatever else the machine did; with `faces tenth` nine
tenths of each minute show an empty scene with the noise of a sensor.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
import psutil

from benchmarks.support.camera_load import Camera
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import ROOT, Program, start_server
from benchmarks.support.report import table, write_json
from benchmarks.support.rtsp_load import RtspSite, readers, reading_cost, rtsp_site, write_clip
from benchmarks.support.waiting import wait_until
from lookout.faces.detections import Image
from lookout.server.imaging.jpeg import decode_bgr, encode_jpeg

FRAME_WH = (640, 480)
PER_S, ENOUGH_PER_S, MOST_DROPPED = 10.0, 9.0, 0.05
CAMERA_QUALITY = 85
WARM_UP_S = 3.0
FACES = 0.9
"""Faces a frame, at least, of the clip in which one is always there."""
FIRST_FRAME, CLIP_FRAMES = 345, 600
CLIP_S = 120.0
TENTH = 10
NOISE = 2.0
GOLDEN = 0.618034
"""Multiples of it spread the cameras' phases evenly, however many there are."""

HEAD = (
    *("cameras", "slowest camera /s", "all /s", "p50 ms", "p95 ms"),
    *("faces a frame", "dropped", "cores", "cores a camera"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """So many cameras for `seconds`: answers a second of the slowest and of all, the time from
    frame to answer, faces in an answered frame, frames that were set aside for newer ones, and the
    cores that the server kept busy. stages_ms: milliseconds for each answered frame."""

    cameras: int
    seconds: float
    slowest_per_s: float
    all_per_s: float
    p50_ms: float
    p95_ms: float
    faces_a_frame: float
    dropped: int
    cores: float
    enough: bool
    stages_ms: dict[str, float] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    jpegs = clip_jpegs(options.video or test_data() / "video" / "signers.mp4")
    if options.faces == "tenth":
        jpegs = with_pauses(jpegs)
    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.idle:
            results.append(idle(folder, options.idle))
        else:
            for way in options.way:
                results += [
                    _measured(way, detector, jpegs, folder, options)
                    for detector in options.detector or ["auto"]
                ]
    write_json(options.json, "cameras", {"faces": options.faces, "results": results})
    return 0


def _measured(
    way: str, detector: str, jpegs: Sequence[bytes], folder: Path, options: argparse.Namespace
) -> dict[str, object]:
    by = by_edges if way == "edge" else by_rtsp
    steps, spoken = by(detector, jpegs, folder, options)
    if options.faces == "all" and steps[0].faces_a_frame < FACES:
        found = steps[0].faces_a_frame
        sys.exit(f"{way}: {found:.2f} faces a frame where one is always there: nothing is measured")
    served = max((step.cameras for step in steps if step.enough), default=0)
    print("\n".join(spoken))
    print(camera_table(steps))
    print(f"{way}, {detector}: {served} cameras at {PER_S:g} frames a second\n")
    return {
        "way": way,
        "detector": detector,
        "served": served,
        "steps": [asdict(step) for step in steps],
        "log": list(spoken),
    }


def by_edges(
    detector: str, jpegs: Sequence[bytes], folder: Path, options: argparse.Namespace
) -> tuple[list[Step], Sequence[str]]:
    """Cameras that edges send to the real server."""
    given = ["--detector", detector, "--device", options.device]
    if options.encodings is not None:
        given += ["--encodings", str(options.encodings.resolve())]
    with start_server(folder, *given, root=options.tree.resolve()) as server:
        steps = rise_of_edges(
            server, jpegs, options.most, options.by, options.seconds, every=options.all
        )
        return steps, [line for line in server.log() if "detector" in line]


def rise_of_edges(
    server: Program, jpegs: Sequence[bytes], most: int, by: int, seconds: float, *, every: bool
) -> list[Step]:
    """The steps of cameras that are added to this server `by` at a time."""
    with contextlib.ExitStack() as stack:
        cameras: list[Camera] = []

        def add() -> None:
            phase = len(cameras) * GOLDEN % 1.0
            camera = Camera(server.port, f"camera {len(cameras)}", jpegs, PER_S, phase)
            cameras.append(stack.enter_context(camera))

        return rise(add, lambda: _edges_step(server, cameras, seconds), most, by, every=every)


def by_rtsp(
    detector: str, jpegs: Sequence[bytes], folder: Path, options: argparse.Namespace
) -> tuple[list[Step], Sequence[str]]:
    """Cameras that the server fetches."""
    clip = write_clip(folder / "clip.mp4", list(map(decode_bgr, jpegs)), CLIP_S)
    cost = reading_cost(clip)
    spoken = (
        f"reading, ms of the processor for a frame: decode {cost.decode_ms}, motion "
        f"{cost.motion_ms}; conversion of one that is searched {cost.convert_ms}; "
        f"{cost.passed:.0%} of the frames are searched",
    )
    with rtsp_site(folder, clip, detector, options.most) as site:
        steps = rise(
            site.add,
            lambda: _rtsp_step(site, options.seconds),
            options.most,
            options.by,
            every=options.all,
        )
        return steps, spoken


def rise(
    add: Callable[[], object], measure: Callable[[], Step], most: int, by: int, *, every: bool
) -> list[Step]:
    """Adds cameras `by` at a time until they are too many, or, with `every`, `most`."""
    steps: list[Step] = []
    count = 0
    while count < most and (not steps or steps[-1].enough or every):
        for _ in range(by):
            add()
        count += by
        steps.append(measure())
        print(camera_table(steps[-1:]).splitlines()[-1], file=sys.stderr)
    return steps


def _edges_step(server: Program, cameras: Sequence[Camera], seconds: float) -> Step:
    process = psutil.Process(server.pid)
    time.sleep(WARM_UP_S)
    dropped, busy_s = sum(camera.dropped for camera in cameras), _busy_s(process)
    from_s = time.monotonic()
    time.sleep(seconds)
    to_s = time.monotonic()
    cores = (_busy_s(process) - busy_s) / (to_s - from_s)
    broken = [camera.error for camera in cameras if camera.error is not None]
    if broken:
        raise broken[0]
    answers = [camera.between(from_s, to_s) for camera in cameras]
    every = [answer for of_camera in answers for answer in of_camera]
    slowest = min(map(len, answers)) / (to_s - from_s)
    return _step(
        [answer.round_trip_s for answer in every],
        cameras=len(cameras),
        seconds=to_s - from_s,
        slowest_per_s=slowest,
        faces=sum(answer.faces for answer in every),
        dropped=sum(camera.dropped for camera in cameras) - dropped,
        cores=cores,
        enough=slowest >= ENOUGH_PER_S,
        stages_ms={},
    )


def _rtsp_step(site: RtspSite, seconds: float) -> Step:
    process = psutil.Process()
    wait_until(
        lambda: all(site.rates()) and len(site.rates()) > 0, 60.0, "pictures of every camera"
    )
    time.sleep(WARM_UP_S)
    site.take()
    busy_s, from_s = _busy_s(process, *readers(process)), time.monotonic()
    time.sleep(seconds)
    counted, to_s = site.take(), time.monotonic()
    cores = (_busy_s(process, *readers(process)) - busy_s) / (to_s - from_s)
    late_s = [one for of_camera in counted.answers.values() for one in of_camera]
    rates = site.rates()
    offered = len(late_s) + counted.dropped
    enough = counted.dropped <= MOST_DROPPED * max(1, offered) and min(rates) >= ENOUGH_PER_S
    return _step(
        late_s,
        cameras=len(rates),
        seconds=to_s - from_s,
        slowest_per_s=min(rates),
        faces=counted.faces,
        dropped=counted.dropped,
        cores=cores,
        enough=enough,
        stages_ms={
            stage: round(ms / max(1, len(late_s)), 2) for stage, ms in counted.stages_ms.items()
        },
    )


def _step(
    late_s: Sequence[float],
    *,
    cameras: int,
    seconds: float,
    slowest_per_s: float,
    faces: int,
    dropped: int,
    cores: float,
    enough: bool,
    stages_ms: dict[str, float],
) -> Step:
    late_ms = [1000.0 * one for one in late_s] or [float("nan")]
    return Step(
        cameras,
        seconds,
        slowest_per_s,
        len(late_s) / seconds,
        float(np.percentile(late_ms, 50)),
        float(np.percentile(late_ms, 95)),
        faces / max(1, len(late_s)),
        dropped,
        cores,
        enough,
        stages_ms,
    )


def idle(folder: Path, count: int) -> dict[str, object]:
    """So many cameras that show an empty scene: memory for each, time until all are there, and
    until all have ended."""
    clip = write_clip(folder / "clip.mp4", empty_scene(60), CLIP_S)
    with rtsp_site(folder, clip, "auto", count) as site:
        process = psutil.Process()
        own_mb = process.memory_full_info().uss / 1e6
        began_s = time.monotonic()
        for _ in range(count):
            site.add()
        wait_until(lambda: len(site.rates()) == count and all(site.rates()), 60.0, "all cameras")
        started_s = time.monotonic() - began_s
        time.sleep(10.0)
        children = readers(process)
        grown_mb = process.memory_full_info().uss / 1e6 - own_mb
        reading_mb = sum(one.memory_full_info().uss for one in children) / 1e6
        busy_s = _busy_s(process, *children)
        time.sleep(10.0)
        cores = (_busy_s(process, *children) - busy_s) / 10.0
        began_s = time.monotonic()
        site.puller.close(30.0)
        ended_s = time.monotonic() - began_s
    found: dict[str, object] = {
        "cameras": count,
        "processes": len(children),
        "mb_a_camera": round((reading_mb + grown_mb) / count, 1),
        "cores_a_camera": round(cores / count, 4),
        "started_s": round(started_s, 1),
        "ended_s": round(ended_s, 1),
    }
    print(table(tuple(found), [tuple(found.values())]))
    return found


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


def with_pauses(jpegs: Sequence[bytes]) -> list[bytes]:
    """A minute, of which six seconds are the clip and the rest an empty scene."""
    shown = round(6 * PER_S)
    empty = [encode_jpeg(picture, CAMERA_QUALITY) for picture in empty_scene(30)]
    pause = [empty[number % len(empty)] for number in range((TENTH - 1) * shown)]
    return [*jpegs[:shown], *pause]


def empty_scene(count: int) -> list[Image]:
    """A room without anybody, as a sensor shows it: each picture has noise of its own."""
    scene = cv2.imread(str(sorted((test_data() / "boxes").glob("2*.jpg"))[0]))
    if scene is None:
        raise FileNotFoundError("the photographs in boxes/ are not there")
    room = cv2.GaussianBlur(cv2.resize(scene, FRAME_WH), (0, 0), 9).astype(np.float32)
    chance = np.random.default_rng(1)
    return [
        np.clip(room + chance.normal(0, NOISE, room.shape), 0, 255).astype(np.uint8)
        for _ in range(count)
    ]


def _busy_s(*processes: psutil.Process) -> float:
    return float(sum(sum(one.cpu_times()[:2]) for one in processes))


def camera_table(steps: Sequence[Step]) -> str:
    rows = [
        (
            *(step.cameras, f"{step.slowest_per_s:.1f}", f"{step.all_per_s:.0f}"),
            *(f"{step.p50_ms:.0f}", f"{step.p95_ms:.0f}", f"{step.faces_a_frame:.2f}"),
            *(step.dropped, f"{step.cores:.2f}", f"{step.cores / step.cameras:.3f}"),
        )
        for step in steps
    ]
    stages = [
        f"{step.cameras} cameras, ms a searched frame: "
        + ", ".join(f"{stage} {ms:g}" for stage, ms in step.stages_ms.items() if ms >= 0.05)
        for step in steps[-1:]
        if step.stages_ms
    ]
    return "\n".join([*stages, table(HEAD, rows)])


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("cameras", __doc__)
    add = parser.add_argument
    add("--way", nargs="+", choices=("edge", "rtsp"), default=["edge", "rtsp"])
    add("--faces", choices=("all", "tenth"), default="all", help="of the time (%(default)s)")
    add("--idle", type=int, default=0, metavar="N", help="instead: N cameras that show nobody")
    add("--tree", type=Path, default=ROOT, help="edges' server of another checkout")
    add("--detector", action="append", help="may be repeated (auto, the server's own choice)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--video", type=Path, help="a clip of 30 frames a second (LOOKOUT_TEST_DATA's signers)")
    add("--encodings", type=Path, metavar="FILE", help="who is known, of train_model.py (nobody)")
    add("--most", type=int, default=40, help="stop at so many cameras (%(default)s)")
    add("--by", type=int, default=2, help="cameras added in each step (%(default)s)")
    add("--all", action="store_true", help="go on to --most, however slow it becomes")
    add("--seconds", type=float, default=10.0, help="how long each step counts (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
