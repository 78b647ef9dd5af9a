"""The speed of the pipeline from JPEG to annotated JPEG, and what it costs in boxes and names.

Three ways take the same stretch of a clip in turn, so that they share the machine's good and bad
moments: the original design (`benchmarks.original`), ours with the whole of every frame
searched, and ours as the server runs it, which searches windows in between
(`faces.tracking.follower`).
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.accuracy.agreement import Seen, compare, wrong_names
from benchmarks.accuracy.original import Original
from benchmarks.support.command import command_parser
from benchmarks.support.report import percent, table, write_json
from lookout.faces.decision.decide import Rule
from lookout.faces.engine import open_encoder
from lookout.faces.errors import ModelError
from lookout.faces.gallery.encodings_file import load_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.tracking.follower import LONGEST_S
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.detector_process import open_isolated_detector
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.wire.records import FaceState, FrameInfo

CAMERA_QUALITY = 90
CHUNK = 30
ORIGINALS = {"hog": ("hog", 5), "mmod": ("cnn", 1)}
"""Detector to face_recognition's name of it, and of how many frames of a chunk the original takes
the time: it takes each frame by itself, so a few of them, evenly spread, are enough."""

OURS, FULL, ORIGINAL = "windows between", "whole every frame", "original design"

_EPILOG = """examples:
  python -m benchmarks.pipeline --video clip.mp4 --encodings utils/encodings.pkl
  python -m benchmarks.pipeline --video clip.mp4 --detector yunet --one-core

The first chunk of 30 frames does not count. The clip's own time decides what is due when, as it
would live. Boxes, names: against our own search of the whole of every frame, IoU from 0.5.
"""


@dataclass(frozen=True, slots=True)
class Clip:
    """JPEGs of consecutive frames; the first has the number `first` in the clip."""

    jpegs: list[bytes]
    first: int
    per_s: float


@dataclass(slots=True)
class Way:
    """One way of recognizing: what it took and what it saw, without the first chunk."""

    name: str
    recognize: Callable[[int, bytes], Seen]
    of_chunk: int = CHUNK
    elapsed_s: list[float] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)

    def take(self, clip: Clip, numbers: range, counts: bool) -> None:
        step = len(numbers) / min(self.of_chunk, len(numbers))
        mine = [numbers[int(i * step)] for i in range(min(self.of_chunk, len(numbers)))]
        began_s = time.perf_counter()
        seen = {number: self.recognize(number, clip.jpegs[number]) for number in mine}
        elapsed_s = time.perf_counter() - began_s
        if counts:
            self.elapsed_s.append(elapsed_s)
            self.seen |= seen

    @property
    def per_s(self) -> float:
        return len(self.seen) / sum(self.elapsed_s)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.one_core:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        cv2.setNumThreads(1)
    clip = read_clip(options.video, options.first, options.frames)
    if len(clip.jpegs) < 2 * CHUNK:
        print(f"error: {options.video} has too few frames: {len(clip.jpegs)}", file=sys.stderr)
        return 2
    encoder = open_encoder(device=options.device)
    known = Gallery.empty(encoder.name, encoder.dimension)
    if options.encodings is not None:
        known = load_gallery(options.encodings, encoder)
    truth = _truth(options.truth, options.first) if options.truth else None
    results = []
    for name in options.detector or ["hog", "mmod", "yunet"]:
        try:
            detector = open_isolated_detector(name, options.device)
        except ModelError as error:
            print(f"skipped {name}: {error}", file=sys.stderr)
            continue
        ways = run(clip, detector, encoder, known)
        results.append(_result(name, ways, truth))
    print(_table(results))
    facts: dict[str, Any] = {
        "video": str(options.video),
        "frames": len(clip.jpegs),
        "first": options.first,
    }
    facts |= {"one_core": options.one_core, "known": len(known)}
    write_json(options.json, "pipeline", {**facts, "results": results})
    return 0 if results else 1


def run(clip: Clip, detector: Detector, encoder: Encoder, known: Gallery) -> dict[str, Way]:
    """All ways over the clip, chunk by chunk in turn. An original exists for dlib's detectors."""
    ways = [
        Way(OURS, _ours(clip, detector, encoder, known, LONGEST_S)),
        Way(FULL, _ours(clip, detector, encoder, known, 0.0)),
    ]
    if detector.name in ORIGINALS:
        model, of_chunk = ORIGINALS[detector.name]
        ways.append(Way(ORIGINAL, _original(Original(model, known)), of_chunk))  # type: ignore[arg-type]
    for start in tqdm(range(0, len(clip.jpegs), CHUNK), desc=detector.name, disable=None):
        numbers = range(start, min(start + CHUNK, len(clip.jpegs)))
        for way in ways:
            way.take(clip, numbers, counts=start > 0)
    return {way.name: way for way in ways}


def _ours(
    clip: Clip, detector: Detector, encoder: Encoder, known: Gallery, longest_s: float
) -> Callable[[int, bytes], Seen]:
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    recognition = RecognitionContext(detector, encoder, rule, lambda: known)
    pipeline = Pipeline(recognition, longest_s=longest_s)

    def recognize(number: int, jpeg: bytes) -> Seen:
        info = FrameInfo("clip", number, number / clip.per_s)
        (answer,) = pipeline.run([FrameJob(Source(1, "clip"), info, jpeg, number / clip.per_s)])
        faces = answer.result.faces if isinstance(answer, Answer) else ()
        names = tuple(face.name if face.state is FaceState.KNOWN else None for face in faces)
        return Seen(np.array([f.box_xyxy for f in faces], np.float32).reshape(-1, 4), names)

    return recognize


def _original(original: Original) -> Callable[[int, bytes], Seen]:
    def recognize(_number: int, jpeg: bytes) -> Seen:
        box_xyxy, names, _ = original.recognize(jpeg)
        return Seen(box_xyxy, tuple(names))

    return recognize


def read_clip(video: Path, first: int, count: int) -> Clip:
    """`count` frames from number `first` on, as a camera would send them."""
    capture = cv2.VideoCapture(str(video))
    per_s = capture.get(cv2.CAP_PROP_FPS) or 30.0
    jpegs = [encode_jpeg(image, CAMERA_QUALITY) for image in _frames(capture, first, count)]
    capture.release()
    return Clip(jpegs, first, per_s)


def _frames(capture: cv2.VideoCapture, first: int, count: int) -> Iterator[Any]:
    for index in range(first + count):
        if not capture.grab():
            return
        if index >= first:
            read, image_bgr = capture.retrieve()
            if read:
                yield image_bgr


def _truth(file: Path, first: int) -> dict[int, str]:
    """Frame, counted from `first`, to the one person in it."""
    with file.open(newline="") as source:
        return {
            number - first: row["identity"]
            for row in csv.DictReader(source)
            for number in range(int(row["first_frame"]), int(row["last_frame"]) + 1)
        }


def _result(detector: str, ways: dict[str, Way], truth: dict[int, str] | None) -> dict[str, Any]:
    full = ways[FULL].seen
    result: dict[str, Any] = {"detector": detector}
    for name, way in ways.items():
        agreement = compare([full[number] for number in way.seen], list(way.seen.values()))
        result[name] = {
            "frames": len(way.seen),
            "frames_per_s": way.per_s,
            **asdict(agreement),
            "recall": agreement.recall,
            "wrong_names": None if truth is None else wrong_names(way.seen, truth),
        }
    if ORIGINAL in ways:
        ours, original = ways[OURS], ways[ORIGINAL]
        chunks = [
            (old / original.of_chunk) / (new / ours.of_chunk)
            for old, new in zip(original.elapsed_s, ours.elapsed_s, strict=True)
        ]
        result["times_faster"] = ours.per_s / original.per_s
        result["times_faster_by_chunk"] = sorted(chunks)
    return result


def _table(results: Sequence[dict[str, Any]]) -> str:
    head = (
        *("detector", "way", "frames", "frames/s", "times the original", "boxes %"),
        *("extra boxes", "renamed", "without name", "wrong names"),
    )
    rows = []
    for result in results:
        base = result.get(ORIGINAL, {}).get("frames_per_s")
        for name in (ORIGINAL, FULL, OURS):
            if name not in result:
                continue
            way = result[name]
            faster = f"{way['frames_per_s'] / base:.1f}" if base else "-"
            rows.append(
                (
                    *(result["detector"], name, way["frames"], f"{way['frames_per_s']:.3g}"),
                    *(faster, percent(way["recall"]), way["extra"], way["renamed"]),
                    *(way["unnamed"], "-" if way["wrong_names"] is None else way["wrong_names"]),
                )
            )
    return table(head, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("pipeline", __doc__, _EPILOG)
    add = parser.add_argument
    add("--video", type=Path, required=True, help="a clip with faces")
    add("--first", type=int, default=0, help="begin at this frame (%(default)s)")
    add("--frames", type=int, default=330, help="how many frames to take (%(default)s)")
    add("--detector", action="append", help="hog, mmod and yunet are the default; may be repeated")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--one-core", action="store_true", help="everything on one core, one thread")
    add("--encodings", type=Path, metavar="FILE", help="who is known, of train_model.py")
    add("--truth", type=Path, metavar="CSV", help="first_frame,last_frame,identity")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
