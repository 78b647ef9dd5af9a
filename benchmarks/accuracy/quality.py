"""The cost of a fault in the enrolment photograph, fault by fault.

Each person of the protocol is enrolled with one spoilt photograph among everybody else's good
ones; the probes are as they are. The threshold is the one at which 1 % of the strangers are named
in the good gallery, so that a row tells what one bad photograph does to one person."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.accuracy.identify import distance_matrix
from benchmarks.support.arguments import evenly
from benchmarks.support.command import command_parser
from benchmarks.support.degrade import GAMMA
from benchmarks.support.encodings import EncodingCache, centre_face
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.report import percent, table, write_json
from lookout.faces.detections import Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.metrics.threshold import threshold_at
from lookout.faces.photo.judgement import Measures, Quality, judge, measure_face
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.protocols import Detector, Encoder

_EPILOG = """example:
  python -m benchmarks.quality --images lfw --protocol lfw/identify_dev.csv --json quality.json
"""

Fault = Callable[[Image, Floats], Image]
"""Spoils a picture whose face is in the box (4,)."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        portraits = read_portraits(options.protocol, options.images)
        rows = measure(portraits, options.detector, options.encoder, options.people)
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_table(rows))
    write_json(options.json, "quality", {"encoder": options.encoder, "rows": rows})
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """The constants of all faults; distances are Euclidean, infinite without a face.

    people: (P,) the people whose photographs are spoilt in turn; nearest_other: for each of
    their probes the distance to the nearest other person; probes: their probes' encodings.
    """

    people: tuple[Portrait, ...]
    probes: tuple[list[Floats | None], ...]
    nearest_other: tuple[Floats, ...]
    threshold: float


def measure(
    portraits: Sequence[Portrait], detector_name: str, encoder_name: str, people: int
) -> list[dict[str, Any]]:
    """One row for each fault: measures of the spoilt photographs, and what is still recognized."""
    detector, encoder = open_detector(detector_name), open_encoder(encoder_name)
    landmarker = Landmarker()
    scene = _scene(portraits, EncodingCache(detector, encoder), encoder.dimension, people)
    rows = []
    for name, fault in tqdm(FAULTS.items(), unit="fault"):
        rows.append(_row(name, fault, scene, detector, encoder, landmarker))
    return rows


def _scene(
    portraits: Sequence[Portrait], cache: EncodingCache, dimension: int, people: int
) -> _Scene:
    gallery = [p for p in portraits if p.role == "gallery"]
    probes = [p for p in portraits if p.role == "probe"]
    known = cache.encodings([p.path for p in gallery])
    seen = cache.encodings([p.path for p in probes])
    strangers = cache.encodings([p.path for p in portraits if p.role == "stranger"])
    of: dict[str, list[Floats | None]] = {}
    for portrait, encoding in zip(probes, seen, strict=True):
        of.setdefault(portrait.identity, []).append(encoding)
    chosen = evenly([p for p in gallery if p.identity in of], people)
    column = {p.identity: i for i, p in enumerate(gallery)}
    others = []
    for portrait in chosen:
        distances = distance_matrix(of[portrait.identity], known, dimension)
        distances[:, column[portrait.identity]] = np.inf
        others.append(np.asarray(distances.min(axis=1), np.float32))
    return _Scene(
        tuple(chosen),
        tuple(of[p.identity] for p in chosen),
        tuple(others),
        threshold_at(distance_matrix(strangers, known, dimension).min(axis=1), 0.01),
    )


def _row(
    name: str,
    fault: Fault,
    scene: _Scene,
    detector: Detector,
    encoder: Encoder,
    landmarker: Landmarker,
) -> dict[str, Any]:
    found: list[Measures] = []
    own: list[Floats] = []
    for portrait, probes in zip(scene.people, scene.probes, strict=True):
        image = read_picture(read_file(portrait.path)).image_bgr
        good = centre_face(detector.detect([image])[0], image)
        spoilt = fault(image, good.box_xyxy[0]) if len(good) else image
        face = centre_face(detector.detect([spoilt])[0], spoilt)
        encoding: list[Floats | None] = [None]
        if len(face):
            found.append(measure_face(spoilt, face, landmarker))
            encoding = [encoder.encode(encoder.align(spoilt, face))[0]]
        distances = distance_matrix(probes, encoding, encoder.dimension)
        own.append(np.asarray(distances[:, 0], np.float32))
    distance, other = np.concatenate(own), np.concatenate(scene.nearest_other)
    return {
        "fault": name,
        "people": len(scene.people),
        "probes": len(distance),
        "without_face": 1 - len(found) / len(scene.people),
        "median": _medians(found),
        "median_distance": float(np.median(distance)),
        "rank_1": float(np.mean(distance < other)),
        "dir_at_fpir_1_percent": float(np.mean((distance < other) & (distance <= scene.threshold))),
        "refused": _refused(found, len(scene.people)),
    }


def _refused(found: Sequence[Measures], people: int) -> dict[str, float]:
    """The share of the photographs that each setting refuses; without a face each one does."""
    shares = {}
    for quality in (Quality.STANDARD, Quality.STRICT):
        faulty = sum(bool(judge(measures, quality)) for measures in found)
        shares[quality.value] = (faulty + people - len(found)) / people
    return shares


def _medians(found: Sequence[Measures]) -> dict[str, float]:
    def median(values: list[float]) -> float:
        return float(np.median(values)) if values else float("nan")

    return {
        "size_px": median([m.view.size_px for m in found]),
        "brightness": median([m.view.brightness for m in found]),
        "sharpness": median([m.view.sharpness for m in found]),
        "spread": median([m.spread for m in found if m.spread is not None]),
    }


def _smaller(size_px: float) -> Fault:
    def fault(image: Image, box: Floats) -> Image:
        scale = size_px / float(min(box[2] - box[0], box[3] - box[1]))
        return np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )

    return fault


def _light(times: float) -> Fault:
    """More or less light, as a sensor sees it: linear, clipped, with read noise of 2 in 255."""

    def fault(image: Image, box: Floats) -> Image:  # noqa: ARG001
        random = np.random.default_rng(7)
        light = np.clip((image / 255.0) ** GAMMA * times, 0, 1) ** (1 / GAMMA) * 255
        return np.asarray(np.clip(light + random.normal(0, 2, image.shape), 0, 255), np.uint8)

    return fault


def _blurred(share: float) -> Fault:
    def fault(image: Image, box: Floats) -> Image:
        sigma = share * float(box[2] - box[0])
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)

    return fault


def _covered(x: tuple[float, float], y: tuple[float, float], bgr: tuple[int, int, int]) -> Fault:
    def fault(image: Image, box: Floats) -> Image:
        covered, (width, height) = image.copy(), box[2:] - box[:2]
        x0, x1 = (int(max(0, box[0] + share * width)) for share in x)
        y0, y1 = (int(max(0, box[1] + share * height)) for share in y)
        covered[y0:y1, x0:x1] = bgr
        return covered

    return fault


def _cut_off(share: float) -> Fault:
    def fault(image: Image, box: Floats) -> Image:
        return np.ascontiguousarray(image[:, int(box[0] + share * (box[2] - box[0])) :])

    return fault


FAULTS: Mapping[str, Fault] = {
    "as it is": lambda image, box: image,  # noqa: ARG005
    **{f"face of {px} px": _smaller(px) for px in (64, 48, 42, 32, 24)},
    **{f"light × {times:g}": _light(times) for times in (0.2, 0.1, 0.05, 0.025, 0.0125)},
    **{f"light × {times:g}": _light(times) for times in (2, 3, 4, 6)},
    **{f"blur, {share:.1%} of the face": _blurred(share) for share in (0.015, 0.025, 0.035)},
    **{f"cut off by {share:.0%}": _cut_off(share) for share in (0.15, 0.3)},
    "mask": _covered((0, 1), (0.55, 1.1), (200, 190, 180)),
    "sunglasses": _covered((0, 1), (0.25, 0.47), (25, 25, 25)),
    "hand before the mouth": _covered((0, 0.75), (0.6, 1.1), (110, 140, 190)),
    "one half": _covered((-0.1, 0.5), (-0.1, 1.1), (90, 110, 150)),
}


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("enrolment photograph", "no face %", "size px", "luma", "sharpness", "spread",
            "distance", "rank-1 %", "DIR % @ FPIR 1 %", "refused % (standard, strict)")  # fmt: skip
    body = []
    for row in rows:
        m = row["median"]
        body.append(
            (row["fault"], percent(row["without_face"], 0), f"{m['size_px']:.0f}",
             f"{m['brightness']:.0f}", f"{m['sharpness']:.2f}", f"{m['spread']:.3f}",
             f"{row['median_distance']:.3f}", percent(row["rank_1"]),
             percent(row["dir_at_fpir_1_percent"]),
             ", ".join(percent(share, 0) for share in row["refused"].values()))
        )  # fmt: skip
    return table(head, body)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("quality", __doc__, _EPILOG)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--protocol", type=Path, required=True, metavar="CSV")
    parser.add_argument("--detector", default="yunet")
    parser.add_argument("--encoder", default="dlib-128")
    parser.add_argument("--people", type=int, default=150, help="how many are spoilt (150)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
