"""The faces that each detector finds, its false alarms, and its time a frame."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.speed.detector_speed import compare
from benchmarks.speed.encode import portrait_rgb
from benchmarks.support.boxes import BadTruth, Truth, match, read_truth
from benchmarks.support.command import command_parser
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.workers import WorkerFailed
from lookout.faces.detections import Image
from lookout.faces.engine import DETECTORS, open_detector
from lookout.faces.errors import ModelError
from lookout.faces.protocols import Detector

SCALES = (0.5, 1.0, 2.0)
"""Each picture is looked at in half and in double size, too: faces of 18 to 218 px are judged."""

BINS_PX = (0, 30, 60, 100, 10_000)
WIDTHS_PX = (320, 640, 1280)
FRAME_STEP_S = 2.0
SPEED_WH = (640, 480)

_EPILOG = """examples:
  python -m benchmarks.detect --truth boxes/training.xml --truth boxes/testing.xml --json FILE
  python -m benchmarks.detect --speed --dlib-blas ~/dlib-openblas

A hit: the centre of each box lies in the other, and their sides differ by at most a factor of two.
Ignored faces count neither way. Times are medians of single frames after a warm-up, all cores.

With --speed every detector and dlib's own CNN have their turn at one frame of 640×480, round after
round, and the ratios are medians of the rounds' own ratios: they hold on a busy machine where the
milliseconds do not. How to build dlib with OpenBLAS: docs/benchmarks.md.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.truth and not options.speed:
        parser.error("give --truth XML (what is found), --speed (how fast), or both")
    try:
        truths = [truth for file in options.truth for truth in read_truth(file)]
        pictures = [_read(truth.picture) for truth in truths]
    except (BadTruth, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    frames = _frames(options.video) if options.video else []
    document: dict[str, Any] = {"truth": [str(f) for f in options.truth]}
    if truths:
        document["results"] = _judged(options, truths, pictures, frames)
    if options.speed:
        try:
            document["speed"] = _compare(options, pictures)
        except WorkerFailed as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    write_json(options.json, "detect", document)
    return 0 if document.get("results", True) else 1


def _judged(
    options: argparse.Namespace,
    truths: Sequence[Truth],
    pictures: Sequence[Image],
    frames: Sequence[Image],
) -> list[dict[str, Any]]:
    """The faces that each detector finds and its time a frame; prints the table."""
    results: list[dict[str, Any]] = []
    for name in tqdm(options.detector or list(DETECTORS), desc="detectors"):
        try:
            detector = open_detector(name, options.device)
        except ModelError as error:
            tqdm.write(f"skipped {name}: {error}")
            continue
        result = {"detector": name} | recall(detector, truths, pictures)
        if frames:
            result |= alarms(detector, frames)
        result["ms"] = {
            w: speed(detector, _resized(pictures[0], w), options.runs) for w in WIDTHS_PX
        }
        results.append(result)
    if results:
        print(_table(results))
    return results


def recall(
    detector: Detector, truths: Sequence[Truth], pictures: Sequence[Image]
) -> dict[str, Any]:
    """Shares of the faces found, over all scales and by size, and false alarms a picture."""
    found, sides, false_alarms = [], [], 0
    for truth, picture in zip(truths, pictures, strict=True):
        for scale in SCALES:
            image = picture if scale == 1 else _scaled(picture, scale)
            detected = detector.detect([image])[0].box_xyxy
            hits = match(truth.box_xyxy * np.float32(scale), truth.ignored, detected)
            found.append(hits.found)
            sides.append(hits.side_px)
            false_alarms += hits.false_alarms
    hit, side = np.concatenate(found), np.concatenate(sides)
    by_size = {}
    for low, high in pairwise(BINS_PX):
        members = (side >= low) & (side < high)
        if members.any():
            by_size[_bin(low, high)] = {
                "faces": int(members.sum()),
                "recall": float(hit[members].mean()),
            }
    return {
        "faces": len(hit),
        "recall": float(hit.mean()),
        "by_size": by_size,
        "false_alarms": false_alarms,
        "pictures": len(truths) * len(SCALES),
    }


def alarms(detector: Detector, frames: Sequence[Image]) -> dict[str, Any]:
    """Its detections in frames that show people from behind; a few show a real face."""
    counts = [len(detector.detect([frame])[0]) for frame in frames]
    return {
        "video_frames": len(frames),
        "video_detections": sum(counts),
        "video_frames_with_detections": sum(count > 0 for count in counts),
    }


def speed(detector: Detector, frame: Image, runs: int) -> float:
    """Median milliseconds of one frame, after one that does not count."""
    detector.detect([frame])
    times_ms = []
    for _ in range(runs):
        start = time.perf_counter()
        detector.detect([frame])
        times_ms.append(1000 * (time.perf_counter() - start))
    return statistics.median(times_ms)


def _compare(options: argparse.Namespace, pictures: Sequence[Image]) -> dict[str, Any]:
    """Every detector and dlib's CNN at 640×480, in turn; prints the table. Raises WorkerFailed."""
    picture = pictures[0] if pictures else cv2.cvtColor(portrait_rgb(), cv2.COLOR_RGB2BGR)
    frame = np.asarray(cv2.resize(picture, SPEED_WH), np.uint8)
    rows = compare(frame, options.dlib_blas, options.device, options.rounds)
    head = ("640×480", "runs on", "ms", "fastest", "faces", "× dlib (pip)", "× dlib (OpenBLAS)")
    cells = [
        (r.name, r.runs_on, f"{r.ms:.1f}", f"{r.fastest_ms:.1f}", r.faces,
         _times(r.times_pip), _times(r.times_blas))
        for r in rows
    ]  # fmt: skip
    print(table(head, cells))
    return {"frame_wh": SPEED_WH, "rounds": options.rounds, "rows": [asdict(r) for r in rows]}


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.1f}"


def _read(path: Path) -> Image:
    image = cv2.imread(str(path))
    if image is None:
        raise BadTruth(f"{path} is no picture that OpenCV can read")
    return np.asarray(image, np.uint8)


def _frames(video: Path) -> list[Image]:
    """A frame every FRAME_STEP_S seconds."""
    capture = cv2.VideoCapture(str(video))
    step = max(1, round(FRAME_STEP_S * (capture.get(cv2.CAP_PROP_FPS) or 25)))
    frames: list[Image] = []
    index = 0
    while capture.grab():
        if index % step == 0:
            read, frame = capture.retrieve()
            if read:
                frames.append(np.asarray(frame, np.uint8))
        index += 1
    capture.release()
    return frames


def _scaled(image: Image, scale: float) -> Image:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def _resized(image: Image, width: int) -> Image:
    """The picture as a camera's 4:3 frame of this width."""
    return np.asarray(cv2.resize(image, (width, width * 3 // 4)), np.uint8)


def _bin(low: int, high: int) -> str:
    return f"{low}-{high} px" if high < BINS_PX[-1] else f"from {low} px"


def _table(results: Sequence[dict[str, Any]]) -> str:
    bins = list(results[0]["by_size"]) if results else []
    head = ["detector", "recall %", *(f"{b} ({results[0]['by_size'][b]['faces']})" for b in bins)]
    head += ["false alarms", *(f"ms at {width}" for width in WIDTHS_PX), "in people_from_behind"]
    rows = []
    for r in results:
        video = f"{r['video_detections']} in {r['video_frames']}" if "video_frames" in r else "-"
        rows.append(
            [
                r["detector"],
                percent(r["recall"]),
                *(percent(r["by_size"][b]["recall"]) for b in bins),
                f"{r['false_alarms']} in {r['pictures']}",
                *(f"{r['ms'][width]:.1f}" for width in WIDTHS_PX),
                video,
            ]
        )
    return table(head, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("detect", __doc__, _EPILOG)
    parser.add_argument("--truth", type=Path, action="append", default=[], metavar="XML",
                        help="ground truth of dlib's imglab; may be repeated")  # fmt: skip
    parser.add_argument("--video", type=Path, help="a clip without faces, for false alarms")
    parser.add_argument("--detector", action="append", help="default: all that are here")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--runs", type=int, default=7, help="frames timed at each width")
    parser.add_argument("--speed", action="store_true",
                        help="all detectors and dlib's own CNN in turn, 640×480")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="of --speed, after one for warmth")
    parser.add_argument("--dlib-blas", type=Path, metavar="PYTHON",
                        help="a Python whose dlib has OpenBLAS (docs/benchmarks.md)")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
