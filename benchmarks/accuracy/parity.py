"""The distance of our networks from dlib's own, on real photographs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.oracle import DlibOracle
from benchmarks.support.report import table, write_json
from lookout.faces.chips import ChipCutter, as_image
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detect.mmod import MmodDetector
from lookout.faces.detections import Detections, Image, iou_matrix
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.errors import DeviceMissing
from lookout.faces.protocols import Chip
from lookout.faces.runtime.session import RuntimeChoice

CHIPS = 500
TOLERANCE = 1e-5
LEAST_IOU = 0.9
CONFIDENCE = 0.05
_PICTURES = {".jpg", ".jpeg", ".png"}

_EPILOG = """\
Exit status 0 means parity: float32 encodings within 1e-5 of dlib_face_recognition_resnet_model_v1,
and the same faces as mmod_human_face_detector (IoU from 0.9, confidence within 0.05).
dlib's answers are kept in results/dlib-oracle.sqlite; the first run takes half an hour, later ones
a minute. An interrupted run goes on where it stopped.

  python -m benchmarks.parity --data ../shared/data
  python -m benchmarks.parity --data ../shared/data --only encoder --chips 1000 --json parity.json
"""


@dataclass(frozen=True, slots=True)
class EncoderParity:
    """One runtime against dlib: how far apart, and how far the distance of two people moves."""

    runtime: str
    chips: int
    largest: float
    mean: float
    distance_moved: float


@dataclass(frozen=True, slots=True)
class DetectorParity:
    """All pictures of one folder at one upsampling: faces of dlib, and those that agree."""

    folder: str
    upsample: int
    pictures: int
    dlib_faces: int
    our_faces: int
    agreeing: int
    least_iou: float
    largest_confidence: float

    @property
    def same(self) -> bool:
        return self.dlib_faces == self.our_faces == self.agreeing


def encoder_parity(
    chips: Sequence[Chip], oracle: DlibOracle, choice: RuntimeChoice
) -> EncoderParity:
    """Our encoder as `choice` runs it, against dlib's. Raises DeviceMissing if it cannot."""
    encoder = Dlib128Encoder(choice)
    ours = encoder.encode(chips)
    bar = tqdm(chips, desc=f"dlib, {choice.runtime} {choice.precision}", unit="chip", mininterval=1)
    theirs = np.array([oracle.encode(np.asarray(chip, np.uint8)) for chip in bar])
    apart = np.abs(ours - theirs)
    moved = np.abs(_neighbour_distances(ours) - _neighbour_distances(theirs))
    return EncoderParity(
        str(encoder.facts), len(chips), float(apart.max()), float(apart.mean()), float(moved.max())
    )


def detector_parity(folder: Path, upsample: int, oracle: DlibOracle) -> DetectorParity:
    """Our CNN detector against dlib's on every picture of a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES)
    detector = MmodDetector(upsample=upsample)
    theirs_count = ours_count = agreeing = 0
    least_iou, largest_confidence = 1.0, 0.0
    for path in tqdm(paths, desc=f"{folder.name} ×{2**upsample}", unit="picture", mininterval=1):
        image = read_picture(path)
        ours, theirs = detector.detect([image])[0], oracle.detect(image, upsample)
        ours_count, theirs_count = ours_count + len(ours), theirs_count + len(theirs)
        for iou, confidence in _paired(ours, theirs):
            agreeing += iou >= LEAST_IOU and confidence <= CONFIDENCE
            least_iou = min(least_iou, iou)
            largest_confidence = max(largest_confidence, confidence)
    return DetectorParity(
        folder.name, upsample, len(paths), theirs_count, ours_count, agreeing,
        least_iou, largest_confidence,
    )  # fmt: skip


def _paired(ours: Detections, theirs: Detections) -> Iterator[tuple[float, float]]:
    """For each of dlib's faces, the overlap with our nearest and the difference of confidence."""
    overlap = iou_matrix(theirs.box_xyxy, ours.box_xyxy)
    for row, score in zip(overlap, theirs.score, strict=True):
        if len(ours):
            best = int(row.argmax())
            yield float(row[best]), float(abs(ours.score[best] - score))
        else:
            yield 0.0, float("inf")


def _neighbour_distances(encodings: Any) -> Any:
    return np.linalg.norm(encodings[1:] - encodings[:-1], axis=1)


def read_picture(path: Path) -> Image:
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path} is no picture")
    return as_image(image)


def lfw_chips(folder: Path, count: int) -> list[Chip]:
    """Chips of `count` faces, spread over the folder's pictures."""
    paths = sorted(folder.rglob("*.jpg"))
    paths = paths[:: max(1, len(paths) // (2 * count))]
    detector, cutter = HogDetector(upsample=0), ChipCutter()
    chips: list[Chip] = []
    for path in tqdm(paths, desc="chips", unit="picture", mininterval=1):
        image = read_picture(path)
        chips += cutter.chips(image, detector.detect([image])[0])
        if len(chips) >= count:
            return chips[:count]
    raise SystemExit(f"{folder} gave {len(chips)} faces, {count} are needed")


def _encoders(chips: Sequence[Chip], oracle: DlibOracle, device: str) -> list[EncoderParity]:
    choices = [
        RuntimeChoice(device=device),
        RuntimeChoice(runtime="openvino"),
        RuntimeChoice(runtime="openvino", precision="bfloat16"),
        RuntimeChoice(runtime="openvino", precision="int8"),
        RuntimeChoice(device="cuda", runtime="torch"),
        RuntimeChoice(device="cuda", runtime="torch", precision="float16"),
    ]
    results = []
    for choice in choices:
        try:
            results.append(encoder_parity(chips, oracle, choice))
        except DeviceMissing as error:
            print(f"skipped {choice.runtime} {choice.precision} on {choice.device}: {error}")
    return results


def _print(encoders: list[EncoderParity], detectors: list[DetectorParity]) -> None:
    if encoders:
        rows = [
            [e.runtime, e.chips, f"{e.largest:.1e}", f"{e.mean:.1e}", f"{e.distance_moved:.1e}"]
            for e in encoders
        ]
        head = ["encoder", "chips", "largest", "mean", "distance of two faces moved by at most"]
        print(f"\n{table(head, rows)}")
    if detectors:
        head = ["pictures of", "upsampled", "dlib's", "ours", "same", "least IoU", "confidence"]
        cells = [
            [
                f"{d.folder} ({d.pictures})", d.upsample, d.dlib_faces, d.our_faces, d.agreeing,
                f"{d.least_iou:.4f}", f"{d.largest_confidence:.1e}",
            ]
            for d in detectors
        ]  # fmt: skip
        print(f"\n{table(head, cells)}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("parity", __doc__, _EPILOG)
    default = os.environ.get("LOOKOUT_TEST_DATA")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(default) if default else None,
        required=default is None,
        metavar="FOLDER",
        help="the folder with lfw/, boxes/ and families/; default: LOOKOUT_TEST_DATA",
    )
    parser.add_argument("--only", choices=("encoder", "detector"))
    parser.add_argument("--chips", type=int, default=CHIPS, help=f"faces to encode; {CHIPS}")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    oracle = DlibOracle()
    encoders: list[EncoderParity] = []
    detectors: list[DetectorParity] = []
    if options.only != "detector":
        chips = lfw_chips(options.data / "lfw", options.chips)
        encoders = _encoders(chips, oracle, options.device)
    if options.only != "encoder":
        detectors = [
            detector_parity(options.data / name, upsample, oracle)
            for name in ("families", "boxes")
            for upsample in (0, 1)
        ]
    _print(encoders, detectors)
    write_json(
        options.json,
        "parity",
        {"encoders": [asdict(e) for e in encoders], "detectors": [asdict(d) for d in detectors]},
    )
    exact = all(e.largest <= TOLERANCE for e in encoders if "float32" in e.runtime)
    return 0 if exact and all(d.same for d in detectors) else 1


if __name__ == "__main__":
    sys.exit(main())
