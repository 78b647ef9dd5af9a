"""The gains from a GPU: parity, encodings and pictures a second, cameras, memory.

Every way to a GPU that is here has its turn: ONNX Runtime with TensorRT and with CUDA, PyTorch;
those that are not are named. On a machine without a GPU the same is measured on its processor,
which shows that the script works and says nothing of GPUs. It ends within `--minutes`: what is not
measured by then is named as well.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import Program, start_server
from benchmarks.support.report import table, write_json
from benchmarks.system.cameras import Step, camera_table, clip_jpegs, rise_of_edges
from lookout.edge.cameras.demo import portrait
from lookout.faces.detections import Detections, Image, iou_matrix
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Chip, Detector, Encoder
from lookout.faces.runtime.choose import torch_sees_gpu
from lookout.faces.runtime.onnx_runtime import gpu_providers
from lookout.faces.runtime.session import PROVIDERS, RuntimeChoice

ENCODERS = ("dlib-128", "sface", "reid-0095", "sface+reid-0095")
DETECTOR_NAMES = ("yunet", "yunet-s", "scrfd", "mmod-2x", "mtcnn")
ENCODER_BATCHES, DETECTOR_BATCHES = (1, 32, 256), (1, 8, 32)
FRAME_WH = (640, 480)
PARITY_CHIPS = 32
MOST_CAMERAS, BY = 64, 8
SAME_BOX_IOU = 0.9
CPU = RuntimeChoice("cpu", "onnxruntime")
CAMERAS_S = 90.0
"""Kept for the cameras, of the time for everything."""
_EPILOG = """examples:
  python -m benchmarks.gpu --json gpu.json
  python -m benchmarks.gpu --minutes 1 --encoder sface --detector yunet-s --no-cameras

Aims with a GPU: 20,000 encodings a second of dlib-128, and round trips with a p95 under 15 ms.
"""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to compute: its name and the choice that takes it."""

    name: str
    choice: RuntimeChoice


@dataclass(frozen=True, slots=True)
class Speed:
    """An encoder or a detector on one way.

    runs_on: what the runtime itself reports. difference: of encodings the largest difference of a
    number from the processor's, of a detector the share of its faces that is found at the same
    place. per_s: chips or pictures a second, by the size of the batch; None where time was up.
    """

    part: str
    name: str
    way: str
    runs_on: str
    difference: float
    per_s: dict[int, float | None]


class Budget:
    """The time that is left."""

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds

    def left(self, kept_s: float = 0.0) -> bool:
        return time.monotonic() + kept_s < self._end_s


def ways() -> tuple[list[Way], list[str]]:
    """The ways to a GPU that are here, else the processor; and what is not here, in words."""
    found, missing = [], []
    for name, provider in (("TensorRT", PROVIDERS[0]), ("CUDA", PROVIDERS[1])):
        if provider in gpu_providers():
            choice = RuntimeChoice("cuda", "onnxruntime", providers=(provider, *PROVIDERS[1:]))
            found.append(Way(f"ONNX Runtime, {name}", choice))
        else:
            missing.append(f"{name}: this ONNX Runtime is built without {provider}")
    if torch_sees_gpu():
        for precision in ("float32", "float16"):
            choice = RuntimeChoice("cuda", "torch", precision)
            found.append(Way(f"PyTorch, {precision}", choice))
    elif find_spec("torch") is None:
        missing.append("PyTorch: not installed")
    else:
        missing.append("PyTorch: installed, and finds no GPU")
    if not gpus():
        missing.append("GPU: nvidia-smi lists none")
    return found or [Way("processor", CPU)], missing


def gpus() -> list[str]:
    """The GPUs as the driver names them, with memory used and in all."""
    query = ("--query-gpu=name,driver_version,memory.used,memory.total", "--format=csv,noheader")
    try:
        answer = subprocess.run(
            ("nvidia-smi", *query), capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in answer.stdout.splitlines() if line.strip()]


def chips_of(encoder: Encoder, count: int) -> list[Chip]:
    """Chips of a real face, each cut a little differently."""
    image_bgr = portrait()
    found = open_detector("hog").detect([image_bgr])[0].take(np.array([0]))
    box = found.box_xyxy[0]
    middle, side = (box[:2] + box[2:]) / 2, box[2] - box[0]
    points = middle + side * np.array(_POINTS, np.float32)
    offsets = np.random.default_rng(1).normal(0.0, 0.02 * side, (count, 1, 2)).astype(np.float32)
    boxes = box + np.tile(offsets[:, 0], 2)
    faces = Detections(boxes, np.ones(count, np.float32), points + offsets)
    return encoder.align(image_bgr, faces)


_POINTS = ((-0.2, -0.2), (0.2, -0.2), (0.0, 0.05), (-0.15, 0.3), (0.15, 0.3))


def encoder_speed(name: str, way: Way, run: Run) -> Speed:
    """Raises FacesError where this encoder does not go this way."""
    reference, encoder = open_encoder(name, runtime=CPU), open_encoder(name, runtime=way.choice)
    chips = chips_of(reference, max(PARITY_CHIPS, *run.encoder_batches))
    some = chips[:PARITY_CHIPS]
    difference = float(np.abs(encoder.encode(some) - reference.encode(some)).max())
    rates = run.rates(encoder.encode, chips, run.encoder_batches)
    return Speed("encoder", name, way.name, _facts(encoder), difference, rates)


def detector_speed(name: str, way: Way, run: Run) -> Speed:
    """Raises as `encoder_speed`."""
    reference, detector = open_detector(name, runtime=CPU), open_detector(name, runtime=way.choice)
    frames = _frames(max(run.detector_batches))
    same = _share_of_same(reference.detect(frames[:1])[0], detector.detect(frames[:1])[0])
    rates = run.rates(detector.detect, frames, run.detector_batches)
    return Speed("detector", name, way.name, _facts(detector), same, rates)


def _frames(count: int) -> list[Image]:
    """The portrait on frames of 640×480, each moved a little."""
    image_bgr = np.asarray(cv2.resize(portrait()[:384], FRAME_WH), np.uint8)
    return [np.ascontiguousarray(np.roll(image_bgr, 3 * i, axis=1)) for i in range(count)]


def _share_of_same(expected: Detections, found: Detections) -> float:
    if not len(expected) or not len(found):
        return float(len(expected) == len(found))
    best = iou_matrix(expected.box_xyxy, found.box_xyxy).max(axis=1)
    return float((best >= SAME_BOX_IOU).mean())


def _facts(engine: Encoder | Detector) -> str:
    return str(getattr(engine, "facts", "dlib"))


@dataclass(frozen=True, slots=True)
class Run:
    """How much is measured, and until when; `kept_s` of it is kept for what comes last."""

    budget: Budget
    seconds: float
    kept_s: float
    encoder_batches: Sequence[int] = ENCODER_BATCHES
    detector_batches: Sequence[int] = DETECTOR_BATCHES

    @property
    def goes_on(self) -> bool:
        return self.budget.left(self.kept_s)

    def rates(
        self, work: Callable[[list[Any]], object], items: list[Any], batches: Sequence[int]
    ) -> dict[int, float | None]:
        """Items a second by the size of the batch."""
        return {count: self._rate(work, items[:count]) for count in batches}

    def _rate(self, work: Callable[[list[Any]], object], batch: list[Any]) -> float | None:
        """The first call, which prepares, does not count."""
        if not self.goes_on:
            return None
        work(batch)
        times_s: list[float] = []
        while not times_s or sum(times_s) < self.seconds:
            began_s = time.perf_counter()
            work(batch)
            times_s.append(time.perf_counter() - began_s)
        return len(batch) / float(np.median(times_s))


def speeds_of(
    measure: Callable[[str, Way, Run], Speed], names: Sequence[str], found: Sequence[Way], run: Run
) -> Iterator[Speed | str]:
    """Each name on each way, or in words why not."""
    for name in names:
        for way in found:
            if not run.goes_on:
                yield f"{name}, {way.name}: time was up"
                continue
            try:
                yield measure(name, way, run)
            except FacesError as error:
                yield f"{name}, {way.name}: {error}"


def cameras(device: str, most: int, seconds: float) -> tuple[list[Step], list[str]]:
    """Cameras served at ten frames a second, and what memory the server and the GPU then have."""
    jpegs = clip_jpegs(test_data() / "video" / "signers.mp4")
    with (
        tempfile.TemporaryDirectory() as folder,
        start_server(Path(folder), "--device", device) as server,
    ):
        steps = rise_of_edges(server, jpegs, most, BY, seconds, every=False)
        return steps, [f"server: {_rss_mb(server):.0f} MB", *(f"GPU: {line}" for line in gpus())]


def _rss_mb(server: Program) -> float:
    process = psutil.Process(server.pid)
    family = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in family) / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    found, missing = ways()
    with_cameras = not options.no_cameras
    run = Run(Budget(60 * options.minutes), options.seconds, CAMERAS_S if with_cameras else 0.0)
    if options.batch:
        run = replace(run, encoder_batches=options.batch, detector_batches=options.batch)
    print("\n".join((*gpus(), *(f"not here: {line}" for line in missing))))
    speeds: list[Speed] = []
    for measure, names in (
        (encoder_speed, options.encoder or ENCODERS),
        (detector_speed, options.detector or DETECTOR_NAMES),
    ):
        for speed in speeds_of(measure, names, found, run):
            if isinstance(speed, str):
                missing.append(speed)
                print(f"not measured: {speed}")
            else:
                speeds.append(speed)
                print(*_row(speed), sep=" | ", file=sys.stderr)
    _print(speeds)
    steps: list[Step] = []
    memory: list[str] = []
    if with_cameras and run.budget.left(CAMERAS_S / 2):
        device = "cuda" if found[0].choice.device == "cuda" else "cpu"
        steps, memory = cameras(device, options.most, options.camera_seconds)
        print("\n".join((camera_table(steps), *memory)))
    facts: dict[str, Any] = {"gpus": gpus(), "not_here": missing, "memory": memory}
    rows = [asdict(speed) for speed in speeds]
    write_json(options.json, "gpu", facts | {"rows": rows, "cameras": [asdict(s) for s in steps]})
    return 0 if speeds else 1


def _row(speed: Speed) -> tuple[str, ...]:
    rates = " / ".join("–" if rate is None else f"{rate:,.0f}" for rate in speed.per_s.values())
    if speed.part == "encoder":
        parity = f"{speed.difference:.1e}"
    else:
        parity = f"{100 * speed.difference:.0f} % of the faces"
    return (speed.name, speed.way, speed.runs_on, parity, rates)


def _print(speeds: Sequence[Speed]) -> None:
    for part in ("encoder", "detector"):
        rows = [speed for speed in speeds if speed.part == part]
        if rows:
            batches = " / ".join(map(str, rows[0].per_s))
            head = (part, "way", "runs on", "against the processor", f"a second, {batches}")
            print(table(head, [_row(speed) for speed in rows]))


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("gpu", __doc__, _EPILOG)
    add = parser.add_argument
    add("--minutes", type=float, default=5.0, help="for everything (%(default)s)")
    add("--seconds", type=float, default=1.0, help="for a figure, about (%(default)s)")
    add("--encoder", action="append", help=f"may be repeated ({', '.join(ENCODERS)})")
    add("--detector", action="append", help="may be repeated (all networks)")
    add("--batch", type=int, action="append", help="may be repeated (1, 32, 256; 1, 8, 32)")
    add("--no-cameras", action="store_true", help="leave out the server and its cameras")
    add("--most", type=int, default=MOST_CAMERAS, help="stop at so many cameras (%(default)s)")
    add("--camera-seconds", type=float, default=4.0, help="a step with cameras (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
