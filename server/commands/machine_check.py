"""What the doctor measures on this machine: every figure comes from running the real thing."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookout.faces.checksum import sha256_of
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.dlib_weights import LANDMARKS_5, MMOD, RESNET, dlib_weights
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import ModelError
from lookout.faces.graph_cache import graph_folder
from lookout.faces.models import ModelStore
from lookout.faces.protocols import Chip, Encoder
from lookout.faces.runtime.choose import torch_sees_gpu
from lookout.faces.runtime.cores import cpu_flags, has_int8, usable_cores
from lookout.faces.runtime.machine import package_versions, processor_name
from lookout.faces.runtime.onnx_runtime import gpu_providers
from lookout.faces.runtime.session import RuntimeChoice

FRAME_WH = (640, 480)
BATCHES = {"detector": 2, "encoder": 16}
PRODUCT_SIDE = 1024
_GPU_FOLDER = Path("/proc/driver/nvidia/gpus")
_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "openvino", "torch", "dlib-bin", "dlib", "numpy")
_DLIB_LICENCE = "CC0 (D. King)"
_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Processor:
    """load: programs that wanted to compute in the last minute, before this one began."""

    name: str
    flags: frozenset[str]
    cores: int
    product_gflops: float
    load: float = 0.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """seen: NVIDIA GPUs that the driver reports; providers: what ONNX Runtime has for them."""

    seen: int
    providers: tuple[str, ...]
    torch: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The detector or the encoder as it really runs: on what, and how long for one and a batch."""

    role: str
    name: str
    runs_on: str
    on_gpu: bool
    ms_one: float
    ms_each_of_batch: float


@dataclass(frozen=True, slots=True)
class Weights:
    name: str
    path: Path | None
    sha256: str
    licence: str
    trouble: str


@dataclass(frozen=True, slots=True)
class MachineReport:
    """int8_gain: how many times as fast a batch is encoded in int8; None where that cannot be."""

    processor: Processor
    gpu: Gpu
    packages: dict[str, str]
    parts: tuple[Part, ...]
    weights: tuple[Weights, ...]
    cache_writable: bool
    trouble: tuple[str, ...]
    int8_gain: float | None = None

    @property
    def frames_per_s(self) -> float:
        """Frames that one camera's detector sees in a second, an encoding in every third."""
        one = {part.role: part.ms_one for part in self.parts}
        if "detector" not in one:
            return 0.0
        return 1000 / (one["detector"] + one.get("encoder", 0.0) / 3)


def check(
    detector: str,
    encoder: str,
    device: str,
    frame_bgr: Image | None = None,
    *,
    precision: str = "float32",
) -> MachineReport:
    """Opens and runs what the server would. What cannot be opened stands in `trouble`."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    parts: list[Part] = []
    trouble: list[str] = []
    frame = plain_frame() if frame_bgr is None else frame_bgr
    choice = RuntimeChoice(device, precision=precision)
    try:
        parts.append(_probe_detector(detector, device, frame))
    except ModelError as error:
        trouble.append(str(error))
    try:
        parts.append(_probe_encoder(encoder, choice, frame))
    except ModelError as error:
        trouble.append(str(error))
    return MachineReport(
        Processor(processor_name(), cpu_flags(), usable_cores(), _product_gflops(), load),
        Gpu(_gpus_seen(), tuple(gpu_providers()), torch_sees_gpu()),
        package_versions(_PACKAGES),
        tuple(parts),
        (*_dlib_weights(), *_registered_weights()),
        _is_writable(graph_folder()),
        tuple(dict.fromkeys(trouble)),
        _int8_gain(encoder, choice, frame),
    )


def plain_frame() -> Image:
    """A grey gradient of 640×480: a detector takes as long for it as for a street."""
    width, height = FRAME_WH
    row = np.linspace(0, 255, width, dtype=np.float32)
    return np.repeat(np.tile(row, (height, 1))[:, :, None], 3, axis=2).astype(np.uint8)


def _probe_detector(name: str, device: str, frame_bgr: Image) -> Part:
    detector, count = open_detector(name, device), BATCHES["detector"]
    one = _median_ms(lambda: detector.detect([frame_bgr]))
    many = _median_ms(lambda: detector.detect([frame_bgr] * count), repeats=2) / count
    runs_on = _runs_on(detector, "dlib (float32, 1 thread)")
    return Part("detector", detector.name, runs_on, _on_gpu(detector), one, many)


def _int8_gain(name: str, choice: RuntimeChoice, frame_bgr: Image) -> float | None:
    """How many times as fast a batch is encoded in int8, asked in turn; None where it cannot be."""
    if choice.precision == "int8" or choice.device == "cuda" or not has_int8(cpu_flags()):
        return None
    try:
        asked = open_encoder(name, runtime=choice)
        int8 = open_encoder(name, runtime=RuntimeChoice("cpu", precision="int8"))
    except ModelError:
        return None
    chips = _face_chips(asked, frame_bgr)
    ratios = []
    for turn in range(_REPEATS + 1):
        ratio = _ms(lambda: asked.encode(chips)) / _ms(lambda: int8.encode(chips))
        if turn:  # the first calls allocate
            ratios.append(ratio)
    return statistics.median(ratios)


def _probe_encoder(name: str, choice: RuntimeChoice, frame_bgr: Image) -> Part:
    encoder = open_encoder(name, runtime=choice)
    chips = _face_chips(encoder, frame_bgr)
    one = _median_ms(lambda: encoder.encode(chips[:1]))
    many = _median_ms(lambda: encoder.encode(chips), repeats=3) / len(chips)
    runs_on = _runs_on(encoder, "unknown")
    return Part("encoder", encoder.name, runs_on, _on_gpu(encoder), one, many)


def _face_chips(encoder: Encoder, frame_bgr: Image) -> list[Chip]:
    """A batch of chips of a face that is said to be in the frame."""
    width, height = FRAME_WH
    box = np.array([[width / 3, height / 3, width / 2, height / 3 + width / 6]], np.float32)
    face = Detections(box, np.ones(1, np.float32), _points_in(box[0]))
    return encoder.align(frame_bgr, face) * BATCHES["encoder"]


def _points_in(box_xyxy: Floats) -> Floats:
    """Five points where a face in that box would have them."""
    share = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)]
    size = box_xyxy[2:] - box_xyxy[:2]
    return np.asarray((box_xyxy[:2] + np.array(share) * size)[None], np.float32)


def _runs_on(part: object, otherwise: str) -> str:
    return str(getattr(part, "facts", otherwise))


def _on_gpu(part: object) -> bool:
    return getattr(getattr(part, "facts", None), "device", "cpu") == "cuda"


def _median_ms(run: Callable[[], object], repeats: int = _REPEATS) -> float:
    run()  # the first call allocates
    return statistics.median(_ms(run) for _ in range(repeats))


def _ms(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def _product_gflops() -> float:
    side = np.random.default_rng(0).random((PRODUCT_SIDE, PRODUCT_SIDE), np.float32)
    return 2 * PRODUCT_SIDE**3 / 1e6 / _median_ms(lambda: side @ side)


def _gpus_seen() -> int:
    return len(list(_GPU_FOLDER.iterdir())) if _GPU_FOLDER.is_dir() else 0


def _dlib_weights() -> list[Weights]:
    found = []
    for filename in (RESNET, MMOD, LANDMARKS_5):
        try:
            path = dlib_weights(filename)
            found.append(Weights(filename, path, sha256_of(path), _DLIB_LICENCE, ""))
        except ModelError as error:
            found.append(Weights(filename, None, "", _DLIB_LICENCE, str(error)))
    return found


def _registered_weights() -> list[Weights]:
    """The models of the registry that lie on this machine; absent ones are nobody's trouble."""
    store = ModelStore.from_environment()
    found = []
    for name, entry in store.entries.items():
        if not store.has(name):
            continue
        try:
            path = store.path(name)
            found.append(Weights(name, path, sha256_of(path), entry.licence, ""))
        except ModelError as error:
            found.append(Weights(name, None, "", entry.licence, str(error)))
    return found


def _is_writable(folder: Path) -> bool:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)
