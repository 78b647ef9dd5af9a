"""The tracks that one appearance of a person falls into, clip by clip.

Every frame goes through the server's pipeline by the clip's own clock. Who is in which frames of
the signers clip is known; of the other clips the tracks are counted, and in the one that shows
people from behind there should be none.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import table, write_json
from benchmarks.support.signers import Segment
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import Answer, FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.wire.records import FrameInfo, Overlay

CLIPS = ("signers.mp4", "hamilton.mp4", "people_from_behind.mp4")
USUAL_FPS = 25.0
BRIEF = 3
"""A track of fewer frames is a glimpse."""
HEAD = (
    *("clip", "detector", "encoder", "frames", "with a face", "appearances", "tracks"),
    *("tracks an appearance", "at worst", "of fewer than 3 frames"),
)
_EPILOG = """examples:
  python -m benchmarks.tracks --json tracks.json
  python -m benchmarks.tracks --video door.mp4 --truth door.csv --encoder sface

The truth has the columns first_frame, last_frame (from 0, both included) and identity, a row for
each appearance of one person; a track belongs to the appearance in which it began.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """frames: how many there were; with_face: how many showed a face; first: the frame in which
    each track began, and length: how many frames it is in, by its number."""

    frames: int
    with_face: int
    first: dict[int, int]
    length: dict[int, int]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    clips = [options.video] if options.video else [test_data() / "video" / clip for clip in CLIPS]
    rows: list[dict[str, Any]] = []
    try:
        for detector_name in options.detector or ("auto",):
            detector = open_detector(detector_name)
            for encoder_name in options.encoder or ("auto",):
                encoder = open_encoder(encoder_name)
                for clip in clips:
                    seen = follow(_frames(clip, options.limit), detector, encoder)
                    names = {"detector": detector.name, "encoder": encoder.name}
                    rows.append({"clip": clip.name} | names | figures(seen, _truth(options, clip)))
                    print(table(HEAD, [_row(rows[-1])]).splitlines()[-1], flush=True)
    except (FacesError, OSError, KeyError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print()
    print(table(HEAD, [_row(row) for row in rows]))
    write_json(options.json, "tracks", {"results": rows})
    return 0


def follow(frames: Iterator[tuple[float, Image]], detector: Detector, encoder: Encoder) -> Seen:
    """All (time_s, image_bgr) through a pipeline that knows nobody."""
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    nobody = Gallery.empty(encoder.name, encoder.dimension)
    pipeline = Pipeline(RecognitionContext(detector, encoder, rule, lambda: nobody))
    source = Source(0, "clip")
    first: dict[int, int] = {}
    length: dict[int, int] = {}
    number = with_face = 0
    for number, (time_s, image_bgr) in enumerate(tqdm(frames, unit="frame", mininterval=1), 1):
        info = FrameInfo(source.camera, number, time_s, Overlay.EDGE)
        (answer,) = pipeline.run([FrameJob(source, info, b"", time_s, image_bgr)])
        if isinstance(answer, Answer):
            tracks = [face.track for face in answer.result.faces if face.track is not None]
            with_face += bool(tracks)
            for track in tracks:
                first.setdefault(track, number - 1)
                length[track] = length.get(track, 0) + 1
    return Seen(number, with_face, first, length)


def figures(seen: Seen, truth: Sequence[Segment]) -> dict[str, Any]:
    """Counts of tracks; with a truth those of each appearance that showed a face."""
    of_each = [
        sum(segment.first <= began <= segment.last for began in seen.first.values())
        for segment in truth
    ]
    shown = [count for count in of_each if count]
    return {
        "frames": seen.frames,
        "with_face": seen.with_face,
        "tracks": len(seen.first),
        "brief": sum(count < BRIEF for count in seen.length.values()),
        "appearances": len(shown) or None,
        "tracks_an_appearance": sum(shown) / len(shown) if shown else None,
        "at_worst": max(shown) if shown else None,
    }


def _truth(options: argparse.Namespace, clip: Path) -> list[Segment]:
    beside = clip.with_name(f"{clip.stem}_truth.csv")
    file = options.truth or (beside if beside.is_file() else None)
    if file is None:
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        return [
            Segment(int(row["first_frame"]), int(row["last_frame"]), row["identity"])
            for row in csv.DictReader(stream)
        ]


def _frames(clip: Path, limit: int | None) -> Iterator[tuple[float, Image]]:
    capture = cv2.VideoCapture(str(clip))
    if not capture.isOpened():
        raise OSError(f"{clip} is no video that OpenCV can read")
    fps = capture.get(cv2.CAP_PROP_FPS) or USUAL_FPS
    index = 0
    try:
        while limit is None or index < limit:
            read, image_bgr = capture.read()
            if not read:
                return
            yield index / fps, np.asarray(image_bgr, np.uint8)
            index += 1
    finally:
        capture.release()


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    keys = ("clip", "detector", "encoder", "frames", "with_face", "appearances", "tracks")
    each = r["tracks_an_appearance"]
    return (
        *("–" if r[key] is None else str(r[key]) for key in keys),
        "–" if each is None else f"{each:.2f}",
        "–" if each is None else str(r["at_worst"]),
        str(r["brief"]),
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("tracks", __doc__, _EPILOG)
    add = parser.add_argument
    add("--video", type=Path, metavar="FILE", help="default: the clips of the test data")
    add("--truth", type=Path, metavar="CSV", help="default: FILE_truth.csv beside the video")
    add("--detector", action="append", help="may be repeated; default: auto")
    add("--encoder", action="append", help="may be repeated; default: auto")
    add("--limit", type=int, help="only so many frames of each clip")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
