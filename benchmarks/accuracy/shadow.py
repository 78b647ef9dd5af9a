"""Hard light from one side: which faces are found and named, before and after a second look.

The probes of a protocol are lit by one lamp beside the face (`benchmarks.support.degrade`, `side`),
and searched once, and once more in corrected light where nothing was found.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.command import command_parser
from benchmarks.support.degrade import RECIPES
from benchmarks.support.pairs import BadProtocol, read_portraits
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.detect.second_look import find_faces
from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Detector, Encoder

ENCODERS = ("sface", "sface+reid-0095")
HEAD = (
    *("light", "encoder", "looks", "probes", "faces found %"),
    *("default: FPIR %", "default: DIR %", "default: wrong name %", "DIR % at FPIR 1 %"),
)
_EPILOG = """example:
  python -m benchmarks.shadow --images lfw --protocol lfw/identify_dev.csv --limit 300
"""


class TwoLooks:
    """A detector that looks once more in corrected light where it finds nobody."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.name = f"{detector.name}, two looks"
        self.face_px = detector.face_px

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        return [find_faces(self._detector, image) for image in images_bgr]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows: list[dict[str, Any]] = []
    try:
        gallery, shown = gallery_and_shown(
            read_portraits(options.protocol, options.images), options.limit
        )
        once = open_detector(options.detector, options.device)
        for name in options.encoder or ENCODERS:
            encoder = open_encoder(name, options.device)
            known = faces_of(gallery, once, encoder, device=options.device)
            for recipe in options.degrade or ("side",):
                for looks, detector in (("one", once), ("two", TwoLooks(once))):
                    probes = faces_of(shown, detector, encoder, recipe, options.device)
                    row = {"light": recipe, "encoder": name, "looks": looks}
                    rows.append(row | figures(encoder, known, probes))
                    print(table(HEAD, [_row(rows[-1])]).splitlines()[-1], flush=True)
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print()
    print(table(HEAD, [_row(row) for row in rows]))
    write_json(options.json, "shadow", {"detector": options.detector, "results": rows})
    return 0


def figures(encoder: Encoder, known: Faces, probes: Faces) -> dict[str, Any]:
    """The share of probes in which a face was found, and what became of them."""
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    trials = run_trials(known.as_gallery(encoder.name), probes, rule)
    return {
        "probes": len(probes),
        "found": sum(e is not None for e in probes.encodings) / len(probes),
        "default_fpir": str(trials.named(rule.fpir)),
        "default_dir": str(trials.found(rule.fpir)),
        "default_confused": str(trials.confused(rule.fpir)),
        "dir_at_1_percent": str(trials.found(trials.allowed_for(0.01))),
    }


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    keys = ("default_fpir", "default_dir", "default_confused", "dir_at_1_percent")
    head = (r["light"], r["encoder"], r["looks"], str(r["probes"]), percent(r["found"]))
    return (*head, *(r[key] for key in keys))


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("shadow", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    parser.add_argument(
        "--degrade", action="append", choices=tuple(RECIPES), help="of the probes; default: side"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
