"""The share of ordinary portraits that the gate refuses, and of faces that it mistakes.

Each person of the protocol's gallery has one photograph, cut so that the person who is meant stands
in the middle. The limits were chosen on the people of one half, by the hash of their names; the
other half is the one to quote."""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.support.arguments import evenly
from benchmarks.support.command import command_parser
from benchmarks.support.encodings import centre_face
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.report import percent, table, write_json
from lookout.faces.engine import open_detector
from lookout.faces.errors import FacesError
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import NO_FACE, SEVERAL_FACES, judge, main_face, measure_face
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.protocols import Detector

_EPILOG = """example:
  python -m benchmarks.gate --images lfw --protocol lfw/identify_dev.csv --json gate.json
"""
UNCLEAR = frozenset({NO_FACE.code, SEVERAL_FACES.code})


@dataclass(frozen=True, slots=True)
class Verdict:
    """codes: the reasons against a portrait; mistaken: whether another face than the one in the
    middle was chosen."""

    codes: frozenset[str]
    mistaken: bool


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        portraits = read_portraits(options.protocol, options.images)
        gallery = evenly([p for p in portraits if p.role == "gallery"], options.limit)
        rows = measure(gallery, open_detector(options.detector), Landmarker())
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_table(rows))
    write_json(options.json, "gate", {"detector": options.detector, "rows": rows})
    return 0


def measure(
    gallery: Sequence[Portrait], detector: Detector, landmarker: Landmarker
) -> list[dict[str, Any]]:
    """One row for each half of the people."""
    verdicts: dict[str, list[Verdict]] = {"chosen on": [], "to quote": []}
    for portrait in tqdm(gallery, unit="portrait", mininterval=1):
        half = zlib.crc32(portrait.identity.encode()) % 2
        verdicts[list(verdicts)[half]].append(_verdict(portrait, detector, landmarker))
    return [_row(half, found) for half, found in verdicts.items() if found]


def _verdict(portrait: Portrait, detector: Detector, landmarker: Landmarker) -> Verdict:
    image = read_picture(read_file(portrait.path)).image_bgr
    (detections,) = detector.detect([image])
    index = main_face(detections, image)
    if not isinstance(index, int):
        return Verdict(frozenset({index.code}), mistaken=False)
    face = detections.take(np.array([index]))
    meant = centre_face(detections, image)
    reasons = judge(measure_face(image, face, landmarker))
    return Verdict(
        frozenset(reason.code for reason in reasons),
        bool((meant.box_xyxy != face.box_xyxy).any()),
    )


def _row(half: str, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    count = len(verdicts)
    codes = Counter(code for verdict in verdicts for code in verdict.codes)
    return {
        "half": half,
        "portraits": count,
        "refused": sum(bool(verdict.codes) for verdict in verdicts) / count,
        "unclear": sum(bool(verdict.codes & UNCLEAR) for verdict in verdicts) / count,
        "mistaken": sum(verdict.mistaken for verdict in verdicts) / count,
        "codes": dict(codes.most_common()),
    }


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("people", "portraits", "refused %", "unclear who %", "another face %", "why")
    return table(
        head,
        [
            (row["half"], row["portraits"],
             *(percent(row[key]) for key in ("refused", "unclear", "mistaken")),
             ", ".join(f"{n} {code}" for code, n in row["codes"].items()) or "–")
            for row in rows
        ],
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("gate", __doc__, _EPILOG)
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--protocol", type=Path, required=True, metavar="CSV", help="as of benchmarks.identify")
    add("--detector", default="yunet", help="(%(default)s)")
    add("--limit", type=int, help="only so many portraits, evenly picked")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
