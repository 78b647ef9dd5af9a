"""The time a frame takes each detector, and dlib's CNN beside our run of it, turn by turn.

Part of `python -m benchmarks.detect --speed`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.support.workers import Worker, WorkerFailed, python_of
from lookout.faces.detections import Image
from lookout.faces.dlib_weights import MMOD, dlib_weights
from lookout.faces.engine import DETECTORS, open_detector
from lookout.faces.errors import ModelError
from lookout.faces.protocols import Detector
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice

OURS = "mmod"
DLIB_PIP = "dlib's CNN as pip installs it"
DLIB_BLAS = "dlib's CNN with OpenBLAS"
LEAST_MS = 200.0
"""In each round a detector works at least so long, so that one bad moment does not decide."""

_RUNTIMES = ("onnxruntime", "openvino")


@dataclass(frozen=True, slots=True)
class Timed:
    """One detector: `time_ms` looks at the frame once and says how long that took."""

    name: str
    runs_on: str
    time_ms: Callable[[], float]
    faces: int

    @property
    def is_our_cnn(self) -> bool:
        return self.name.startswith(f"{OURS}, ")


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """Medians over the rounds; a ratio is the median of the rounds' own ratios."""

    name: str
    runs_on: str
    ms: float
    fastest_ms: float
    faces: int
    times_pip: float | None
    times_blas: float | None


def compare(frame_bgr: Image, blas: Path | None, device: str, rounds: int) -> list[SpeedRow]:
    """Every detector that is here and dlib's CNN on one frame. Raises WorkerFailed.

    Every one has its turn in each round; the first round does not count.
    """
    with ExitStack() as stack:
        timed = [*_theirs(frame_bgr, blas, stack), *_ours(frame_bgr, device)]
        samples: list[list[float]] = [[] for _ in timed]
        for turn in range(rounds + 1):
            for candidate, sample in zip(timed, samples, strict=True):
                figure = _of_a_round(candidate.time_ms)
                if turn:
                    sample.append(figure)
    by_name = {candidate.name: sample for candidate, sample in zip(timed, samples, strict=True)}
    return [
        SpeedRow(
            candidate.name,
            candidate.runs_on,
            statistics.median(sample),
            min(sample),
            candidate.faces,
            _ratio(by_name.get(DLIB_PIP), sample) if candidate.is_our_cnn else None,
            _ratio(by_name.get(DLIB_BLAS), sample) if candidate.is_our_cnn else None,
        )
        for candidate, sample in zip(timed, samples, strict=True)
    ]


def _of_a_round(time_ms: Callable[[], float]) -> float:
    samples = [time_ms()]
    while sum(samples) < LEAST_MS:
        samples.append(time_ms())
    return statistics.median(samples)


def _ratio(theirs: Sequence[float] | None, ours: Sequence[float]) -> float | None:
    if theirs is None:
        return None
    return statistics.median(t / o for t, o in zip(theirs, ours, strict=True))


def _theirs(frame_bgr: Image, blas: Path | None, stack: ExitStack) -> list[Timed]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    file = folder / "frame.npy"
    np.save(file, np.ascontiguousarray(frame_bgr[..., ::-1]))
    wanted = [(DLIB_PIP, sys.executable, 1)]
    if blas is not None:
        wanted.append((DLIB_BLAS, python_of(blas), usable_cores()))
    timed = []
    for name, python, threads in wanted:
        worker = stack.enter_context(
            Worker(python, threads, "dlib-cnn", str(dlib_weights(MMOD)), str(file))
        )
        if (name == DLIB_BLAS) != worker.facts["blas"]:
            raise WorkerFailed(
                f"{python} has dlib {'without' if name == DLIB_BLAS else 'with'} BLAS"
            )
        runs_on = f"dlib {worker.facts['dlib']} ({threads} threads)"
        timed.append(Timed(name, runs_on, _asked(worker), int(worker.facts["faces"])))
    return timed


def _ours(frame_bgr: Image, device: str) -> list[Timed]:
    """The detectors on what they run on by themselves; mmod on each runtime of the CPU too."""
    wanted = [(name, RuntimeChoice(device)) for name in DETECTORS]
    if device != "cuda":
        wanted += [(OURS, RuntimeChoice("cpu", runtime)) for runtime in _RUNTIMES]
    timed: dict[str, Timed] = {}
    for name, choice in wanted:
        try:
            detector = open_detector(name, runtime=choice)
        except ModelError as error:
            print(f"skipped {name}: {error}", file=sys.stderr)
            continue
        runs_on = str(getattr(detector, "facts", "dlib (1 thread)"))
        label = f"{name}, {runs_on.split()[0]}" if name == OURS else name
        if label not in timed:
            faces = len(detector.detect([frame_bgr])[0])
            timed[label] = Timed(label, runs_on, _stopwatch(detector, frame_bgr), faces)
    return list(timed.values())


def _asked(worker: Worker) -> Callable[[], float]:
    return lambda: worker.time_ms(1)


def _stopwatch(detector: Detector, frame_bgr: Image) -> Callable[[], float]:
    def time_ms() -> float:
        start = time.perf_counter()
        detector.detect([frame_bgr])
        return 1000 * (time.perf_counter() - start)

    return time_ms
