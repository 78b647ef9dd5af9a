"""The cost of an encoding, against dlib's own in the same run."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.accuracy.parity import read_picture
from benchmarks.support.command import command_parser
from benchmarks.support.flops import gflop
from benchmarks.support.report import table, write_json
from benchmarks.support.workers import Worker, WorkerFailed, python_of
from lookout.faces.chips import ChipCutter, as_image
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Floats, Image
from lookout.faces.dlib_weights import RESNET, dlib_weights
from lookout.faces.dlibnet.graphs import cached_graph
from lookout.faces.dlibnet.resnet import FORMAT, build_resnet
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.errors import DeviceMissing
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice

BATCH = 16
MATMUL_SIDE = 2048
LEAST_S = 0.05
"""A figure of a round is taken from at least so long, so that the clock's grain does not show."""

DLIB_PIP = "dlib as pip installs it"
DLIB_BLAS = "dlib with OpenBLAS"

_EPILOG = """\
Every setting is asked in turn, round after round; the first round is dropped and the figures are
medians, so ratios hold on a busy machine where milliseconds do not. The matrix product is
numpy's (OpenBLAS), two square matrices of 2048, with the same number of threads.

  python -m benchmarks.encode
  python -m benchmarks.encode --dlib-blas ~/dlib-openblas --photos ../shared/data/lfw
How to build dlib with OpenBLAS: docs/benchmarks.md.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. ms is for a chip, alone and in a batch; ratios are of the batch's figure."""

    setting: str
    threads: int
    ms_one: float
    ms_batch: float
    gflops: float
    matmul_share: float
    times_dlib: float
    times_blas: float | None
    difference: float


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that encodes: `time_ms` computes so many chips and says how long it took."""

    name: str
    threads: int
    time_ms: Callable[[int], float]
    encodings: Floats


def measure(settings: Sequence[Setting], rounds: int) -> list[dict[int, float]]:
    """For each setting the median milliseconds a chip, alone (1) and in a batch (16)."""
    samples: list[dict[int, list[float]]] = [{1: [], BATCH: []} for _ in settings]
    for turn in range(rounds + 1):
        for setting, sample in zip(settings, samples, strict=True):
            for count in (1, BATCH):
                figure = _timed(setting.time_ms, count) / count
                if turn:
                    sample[count].append(figure)
    return [{count: statistics.median(s[count]) for count in (1, BATCH)} for s in samples]


def _timed(time_ms: Callable[[int], float], count: int) -> float:
    samples = [time_ms(count)]
    while sum(samples) < LEAST_S * 1000:
        samples.append(time_ms(count))
    return statistics.median(samples)


def our_settings(chips: Sequence[Image], device: str) -> list[Setting]:
    """Ours: ONNX Runtime, and OpenVINO where it is installed, with one thread and with all."""
    settings = []
    threads = sorted({1, usable_cores()})
    for runtime, precision in (
        ("auto", "float32"),
        ("openvino", "float32"),
        ("openvino", "bfloat16"),
        ("openvino", "int8"),
    ):
        for count in threads if device == "cpu" or runtime == "openvino" else [0]:
            chosen = device if runtime == "auto" else "cpu"
            choice = RuntimeChoice(chosen, runtime, precision, count)
            try:
                encoder = Dlib128Encoder(choice)
            except DeviceMissing as error:
                print(f"skipped {runtime} {precision}: {error}")
                break
            facts = encoder.facts
            name = f"{facts.runtime} {facts.provider} {facts.precision}"
            encodings = encoder.encode(chips)
            settings.append(Setting(name, count, _stopwatch(encoder, chips), encodings))
    return settings


def _stopwatch(encoder: Dlib128Encoder, chips: Sequence[Image]) -> Callable[[int], float]:
    def time_ms(count: int) -> float:
        start = time.perf_counter()
        encoder.encode(chips[:count])
        return 1000 * (time.perf_counter() - start)

    return time_ms


def dlib_settings(chips: Sequence[Image], blas: Path | None, stack: ExitStack) -> list[Setting]:
    """dlib of this Python, with one thread as it is; that of `blas`, with one and with all."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    np.save(folder / "chips.npy", np.stack(chips))
    wanted = [(DLIB_PIP, sys.executable, 1)]
    if blas is not None:
        wanted += [(DLIB_BLAS, python_of(blas), n) for n in sorted({1, usable_cores()})]
    settings = []
    for name, python, threads in wanted:
        out = folder / "encodings.npy"
        arguments = ["dlib", str(dlib_weights(RESNET)), str(folder / "chips.npy"), str(out)]
        worker = stack.enter_context(Worker(python, threads, *arguments))
        if (name == DLIB_BLAS) != worker.facts["blas"]:
            raise WorkerFailed(
                f"{python} has dlib {'without' if name == DLIB_BLAS else 'with'} BLAS"
            )
        encodings: Floats = np.load(out, allow_pickle=False)
        settings.append(Setting(name, threads, worker.time_ms, encodings))
    return settings


def matmul_settings(stack: ExitStack) -> list[Setting]:
    none = np.zeros((0, 0), np.float32)
    return [
        Setting(
            "matrix product",
            threads,
            stack.enter_context(
                Worker(sys.executable, threads, "matmul", str(MATMUL_SIDE))
            ).time_ms,
            none,
        )
        for threads in sorted({1, usable_cores()})
    ]


def run(chips: Sequence[Image], rounds: int, blas: Path | None, device: str) -> list[Row]:
    """Measures everything in one run. Raises WorkerFailed."""
    cost = gflop(cached_graph(dlib_weights(RESNET), FORMAT, build_resnet), {"n": 1})
    with ExitStack() as stack:
        encoders = [*dlib_settings(chips, blas, stack), *our_settings(chips, device)]
        products = matmul_settings(stack)
        medians = measure([*encoders, *products], rounds)
    product_gflop = 2 * MATMUL_SIDE**3 / 1e9
    peak = {
        setting.threads: product_gflop / median[1] * 1000
        for setting, median in zip(products, medians[len(encoders) :], strict=True)
    }
    print(f"\n{cost:.3f} GFLOP an encoding; matrix product: " + ", ".join(
        f"{speed:.0f} GFLOP/s ({threads} threads)" for threads, speed in peak.items()
    ))  # fmt: skip
    batch = {
        (setting.name, setting.threads): median[BATCH]
        for setting, median in zip(encoders, medians, strict=False)
    }
    rows = []
    for setting, median in zip(encoders, medians, strict=False):
        speed = cost / median[BATCH] * 1000
        threads = setting.threads or usable_cores()
        blas_ms = batch.get((DLIB_BLAS, threads))
        rows.append(
            Row(
                setting.name,
                setting.threads,
                median[1],
                median[BATCH],
                speed,
                speed / peak[threads],
                batch[DLIB_PIP, 1] / median[BATCH],
                blas_ms / median[BATCH] if blas_ms else None,
                float(np.abs(setting.encodings - encoders[0].encodings).max()),
            )
        )
    return rows


def load_chips(photos: Path | None, count: int) -> list[Image]:
    """Real chips: from the photographs of a folder, or of the NASA portrait in scikit-image."""
    if photos is None:
        images = [as_image(cv2.cvtColor(portrait_rgb(), cv2.COLOR_RGB2BGR))] * count
    else:
        paths = sorted(photos.rglob("*.jpg"))
        images = [read_picture(path) for path in paths[:: max(1, len(paths) // (2 * count))]]
    detector, cutter = HogDetector(upsample=0), ChipCutter()
    chips: list[Image] = []
    for image in images:
        chips += cutter.chips(image, detector.detect([image])[0])
        if len(chips) >= count:
            return chips[:count]
    raise SystemExit(f"{photos} gave {len(chips)} faces, {count} are needed")


def portrait_rgb() -> Image:
    import skimage.data

    load: Callable[[], Image] = skimage.data.astronaut
    return load()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("encode", __doc__, _EPILOG)
    parser.add_argument(
        "--dlib-blas", type=Path, metavar="PYTHON", help="a Python or venv with dlib built on BLAS"
    )
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="default: one portrait")
    parser.add_argument("--rounds", type=int, default=7, help="default: 7, after one for warmth")
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    chips = load_chips(options.photos, BATCH)
    try:
        rows = run(chips, options.rounds, options.dlib_blas, options.device)
    except (WorkerFailed, DeviceMissing) as error:
        print(f"benchmarks.encode: {error}", file=sys.stderr)
        return 2
    head = [
        "setting", "threads", "ms, one chip", f"ms a chip of {BATCH}", "GFLOP/s",
        "of the product", "× dlib", "× OpenBLAS", "largest difference",
    ]  # fmt: skip
    cells = [
        [
            r.setting, r.threads or "auto", f"{r.ms_one:.2f}", f"{r.ms_batch:.2f}",
            f"{r.gflops:.0f}", f"{100 * r.matmul_share:.0f} %", f"{r.times_dlib:.1f}",
            "–" if r.times_blas is None else f"{r.times_blas:.1f}", f"{r.difference:.1e}",
        ]
        for r in rows
    ]  # fmt: skip
    print(table(head, cells))
    write_json(options.json, "encode", {"batch": BATCH, "rows": [asdict(row) for row in rows]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
