"""Frame rate and round trip over TCP, and their drift behind a slow server.

The real edge link sends a real clip at its own pace to a real server process on loopback. Measured
are frames a second and the round trip, from capture to the answer in hand; then once more, for a
minute, with a server that takes five times as long. A link that queued frames would answer later
and later; this one must not: the slope of the round trip over time has to be flat.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.plots import png
from benchmarks.support.programs import SERVER_LISTENS, Program
from benchmarks.support.report import table, write_json
from benchmarks.support.waiting import wait_until
from lookout.edge.frame import Frame
from lookout.edge.link import Link, LinkSettings
from lookout.edge.slot import Slot
from lookout.wire.records import Result

CLIP_FPS = 30.0
FIRST_FRAME = 345  # what comes before is for enrolment
CLIP_FRAMES = 300
WARM_UP_S = 5.0
PIECE_S = 5.0
DRAWS = 1000
NOISE = 0.10
"""In a minute the round trip may rise by this share of its median, …"""
QUEUE_SHARE = 0.01
"""… or by this share of what it would rise if the frames that do not get through were queued."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the link.

    drift_ms_per_min: slope of the round trip over time, a least-squares line; drift_interval: 95 of
    100 such runs would give a slope between the two. dropped: frames that the server set aside for
    newer ones; skipped: those that the link never sent.
    """

    server: str
    seconds: float
    fps: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    drift_ms_per_min: float
    drift_interval: tuple[float, float]
    answered: int
    dropped: int
    skipped: int

    @property
    def queue_ms_per_min(self) -> float:
        """The drift of the round trip if every frame were sent and waited its turn:
        computed from the rate of the answers, not measured."""
        return 60_000.0 * max(0.0, 1.0 - self.fps / CLIP_FPS)

    @property
    def flat(self) -> bool:
        """The slope is below the limit, or cannot be told from none at all."""
        limit = max(NOISE * self.p50_ms, QUEUE_SHARE * self.queue_ms_per_min)
        return self.drift_ms_per_min < limit or self.drift_interval[0] <= 0.0


class Recorder:
    """The moment and the round trip of each answer."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self.at_s: list[float] = []
        self.round_trip_ms: list[float] = []
        self.dropped = 0

    def take(self, result: Result, _: bytes, taken_s: float) -> None:
        if time.monotonic() - self._began_s < WARM_UP_S:
            return
        if result.dropped:
            self.dropped += 1
            return
        self.at_s.append(time.monotonic() - self._began_s)
        self.round_trip_ms.append(1000.0 * (time.monotonic() - taken_s))


def read_clip(path: Path) -> list[bytes]:
    """The clip's frames for tests as JPEGs, in memory, so that reading costs nothing later."""
    clip = cv2.VideoCapture(str(path))
    clip.set(cv2.CAP_PROP_POS_FRAMES, FIRST_FRAME)
    frames: list[bytes] = []
    while len(frames) < CLIP_FRAMES:
        more, image_bgr = clip.read()
        if not more:
            break
        frames.append(cv2.imencode(".jpg", image_bgr)[1].tobytes())
    clip.release()
    if not frames:
        raise RuntimeError(f"no frame could be read from {path}")
    return frames


def measure(
    server: str, program: Program, frames: Sequence[bytes], seconds: float
) -> tuple[Run, Recorder]:
    """Streams for so many seconds after the warm-up."""
    slot: Slot[Frame] = Slot()
    recorder = Recorder()
    settings = LinkSettings("127.0.0.1", program.port, camera="benchmark")
    link = Link(settings, slot, recorder.take)
    link.start()
    try:
        wait_until(lambda: link.status().online, timeout_s=10.0)
        camera = threading.Event()
        began_s = time.monotonic()
        number = 0
        while (now_s := time.monotonic()) < began_s + WARM_UP_S + seconds:
            number += 1
            slot.put(Frame(frames[number % len(frames)], number, time.time()))
            camera.wait(max(0.0, began_s + number / CLIP_FPS - now_s))
        status = link.status()
    finally:
        link.stop()
    if len(recorder.round_trip_ms) < 2:
        raise RuntimeError(f"the server gave no answers: {status.message}")
    p50, p95, p99 = np.percentile(recorder.round_trip_ms, (50, 95, 99))
    run = Run(
        server=server,
        seconds=seconds,
        fps=(len(recorder.at_s) - 1) / (recorder.at_s[-1] - recorder.at_s[0]),
        p50_ms=float(p50),
        p95_ms=float(p95),
        p99_ms=float(p99),
        drift_ms_per_min=drift_ms_per_min(recorder.at_s, recorder.round_trip_ms),
        drift_interval=drift_interval(recorder.at_s, recorder.round_trip_ms),
        answered=len(recorder.at_s),
        dropped=recorder.dropped,
        skipped=number - status.frames_sent,
    )
    return run, recorder


def drift_ms_per_min(at_s: Sequence[float], round_trip_ms: Sequence[float]) -> float:
    """The slope of a least-squares line."""
    return 60.0 * float(np.polyfit(at_s, round_trip_ms, 1)[0])


def drift_interval(at_s: Sequence[float], round_trip_ms: Sequence[float]) -> tuple[float, float]:
    """The slope's 95 % interval, by a block bootstrap.

    Pieces of the run are drawn, not answers: those that follow one another are alike, so single
    ones would make the interval far too narrow.
    """
    piece = np.floor(np.asarray(at_s) / PIECE_S).astype(int)
    pieces = [np.flatnonzero(piece == number) for number in np.unique(piece)]
    times, trips = np.asarray(at_s), np.asarray(round_trip_ms)
    chance = np.random.default_rng(0)
    slopes = []
    for _ in range(DRAWS):
        drawn = chance.integers(len(pieces), size=len(pieces))
        if len(set(drawn.tolist())) < 2:
            continue  # one piece has no slope over the minute
        chosen = np.concatenate([pieces[number] for number in drawn])
        slopes.append(drift_ms_per_min(times[chosen], trips[chosen]))
    low, high = np.percentile(slopes, (2.5, 97.5)) if slopes else (np.nan, np.nan)
    return float(low), float(high)


def start(folder: Path, factor: float, detector: str) -> Program:
    """The server as it is, or made `factor` times slower."""
    module = ("server",) if factor == 1.0 else ("benchmarks.support.slow_server", f"{factor:g}")
    return Program(
        *("-m", *module, "--port", "0", "--no-http", "--detector", detector, "--no-enrol"),
        *("--encodings", str(folder / "encodings.pkl"), "--images", str(folder)),
        listens=SERVER_LISTENS,
    )


def show(runs: Sequence[Run]) -> str:
    head = (
        *("server", "frames/s", "p50 ms", "p95 ms", "p99 ms"),
        *("drift ms/min (95 %)", "a queue would*", "flat"),
    )
    rows = [
        (
            *(run.server, f"{run.fps:.1f}", f"{run.p50_ms:.0f}", f"{run.p95_ms:.0f}"),
            *(f"{run.p99_ms:.0f}", f"{run.drift_ms_per_min:+.0f} ({low:+.0f} to {high:+.0f})"),
            *(f"{run.queue_ms_per_min:+.0f}", "yes" if run.flat else "NO"),
        )
        for run in runs
        for low, high in (run.drift_interval,)
    ]
    why = "* computed: the drift of a client that sends every frame and lets it wait its turn"
    return f"{table(head, rows)}\n\n{why}"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    frames = read_clip(test_data() / "video" / "signers.mp4")
    runs, curves = [], {}
    for label, factor in (("as it is", 1.0), (f"{options.slow:g} times slower", options.slow)):
        with (
            tempfile.TemporaryDirectory() as folder,
            start(Path(folder), factor, options.detector) as program,
        ):
            run, recorder = measure(label, program, frames, options.seconds)
        runs.append(run)
        curves[label] = recorder
    print(show(runs))
    write_json(options.json, "link", {"runs": [asdict(run) | {"flat": run.flat} for run in runs]})
    draw(options.plot, curves)
    return 0 if all(run.flat for run in runs) else 1


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("link", __doc__)
    parser.add_argument("--detector", default="auto", help="the server's (%(default)s)")
    parser.add_argument("--slow", type=float, default=5.0, help="the second server's factor")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each run (%(default)g)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the round trips there")
    return parser


def draw(file: Path | None, curves: Mapping[str, Recorder]) -> None:
    """Round trip over time, one line for each server; nothing if `file` is None."""
    if file is None:
        return
    with png(file, (7, 4)) as (_, plot):
        for server, recorder in curves.items():
            plot.plot(recorder.at_s, recorder.round_trip_ms, label=server, linewidth=0.8)
        plot.set(xlabel="seconds", ylabel="capture to answer, ms", ylim=(0, None))
        plot.grid(visible=True, alpha=0.3)
        plot.legend(title="server", fontsize="small")


if __name__ == "__main__":
    sys.exit(main())
