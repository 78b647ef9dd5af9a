"""The memory of the server's pipeline over 10,000 real frames.

The whole way of a frame, from a camera's JPEG to the annotated JPEG, over a clip that begins again
when it ends: detection, tracks that are born and die, encodings in batches of every size. The exit
status is 1 if memory grows.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tqdm import tqdm

from benchmarks.speed.pipeline import Clip, read_clip
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import table, write_json
from lookout.faces.decision.decide import Rule
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import ModelError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.runtime.session import PRECISIONS, RuntimeChoice
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.wire.records import FrameInfo

FRAMES = 10_000
CLIP_FRAMES = 600
POINTS = 20
WARM = 0.25
"""The share of the run before growth counts: buffers, arenas and caches fill up to their bounds."""

MOST_GROWTH_MB = 16.0
"""Between the median of the first and of the last third of what counts. An encoding's batch alone
takes several; a chip that is kept for every face would be hundreds."""


@dataclass(frozen=True, slots=True)
class Point:
    """After so many frames: memory of the process, faces seen since the start, frames a second."""

    frames: int
    rss_mb: float
    faces: int
    frames_per_s: float


def soak(pipeline: Pipeline, clip: Clip, frames: int) -> list[Point]:
    """The curve of memory over so many frames, in which time goes on as in the clip."""
    process = psutil.Process()
    every = max(1, frames // POINTS)
    points: list[Point] = []
    faces, began_s = 0, time.perf_counter()
    for number in tqdm(range(frames), desc="soak", unit="frame", mininterval=1, disable=None):
        at_s = number / clip.per_s
        jpeg = clip.jpegs[number % len(clip.jpegs)]
        job = FrameJob(Source(1, "clip"), FrameInfo("clip", number, at_s), jpeg, at_s)
        (answer,) = pipeline.run([job])
        faces += len(answer.result.faces) if isinstance(answer, Answer) else 0
        if (number + 1) % every == 0:
            gc.collect()
            now_s = time.perf_counter()
            rss_mb = process.memory_info().rss / 2**20
            points.append(Point(number + 1, rss_mb, faces, every / (now_s - began_s)))
            began_s = time.perf_counter()
    return points


def growth_mb(points: Sequence[Point]) -> float:
    """Megabytes between the first and the last third of the points after the warm-up."""
    counted = [point.rss_mb for point in points[int(len(points) * WARM) :]]
    third = max(1, len(counted) // 3)
    return statistics.median(counted[-third:]) - statistics.median(counted[:third])


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    video = options.video or test_data() / "video" / "signers.mp4"
    clip = read_clip(video, options.first, CLIP_FRAMES)
    if not clip.jpegs:
        print(f"error: {video} has no frame from {options.first} on", file=sys.stderr)
        return 2
    try:
        detector = open_detector(options.detector, "cpu")
        encoder = open_encoder(runtime=RuntimeChoice("cpu", precision=options.precision))
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    empty = Gallery.empty(encoder.name, encoder.dimension)
    rule = Rule.for_tolerance(encoder.tolerance)
    pipeline = Pipeline(RecognitionContext(detector, encoder, rule, lambda: empty))
    points = soak(pipeline, clip, options.frames)
    head = ("frames", "memory, MB", "faces", "frames/s")
    rows = [(p.frames, f"{p.rss_mb:.1f}", p.faces, f"{p.frames_per_s:.1f}") for p in points]
    print(table(head, rows))
    grown = growth_mb(points)
    seen = points[-1].faces > 0
    words = "flat" if grown <= MOST_GROWTH_MB else "MEMORY GROWS"
    print(f"{words}: {grown:+.1f} MB from the first to the last third after the warm-up")
    if not seen:
        print("no face was seen, so nothing was encoded: this run shows nothing")
    figures: dict[str, Any] = {
        "video": str(video),
        "detector": detector.name,
        "precision": options.precision,
        "growth_mb": grown,
        "points": [(p.frames, p.rss_mb, p.faces, p.frames_per_s) for p in points],
    }
    write_json(options.json, "soak", figures)
    return 0 if seen and grown <= MOST_GROWTH_MB else 1


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("soak", __doc__)
    parser.add_argument("--video", type=Path, metavar="FILE", help="default: signers.mp4")
    parser.add_argument("--first", type=int, default=345, help="first frame used; default: 345")
    parser.add_argument("--frames", type=int, default=FRAMES, help=f"default: {FRAMES}")
    parser.add_argument("--detector", default="auto", help="as for the server")
    parser.add_argument("--precision", default="float32", choices=PRECISIONS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
