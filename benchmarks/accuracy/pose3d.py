"""Views of one photograph as enrolment help: who is named of those who look aside."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.support.arguments import add_protocol_options, evenly
from benchmarks.support.command import command_parser
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.report import table, write_json
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.metrics.share import Share
from lookout.faces.metrics.trials import Trials
from lookout.faces.photo.pose import pose_of
from lookout.faces.pose3d.head import NoHead, head_of
from lookout.faces.pose3d.sheet import contact_sheet
from lookout.faces.pose3d.view import VIEWS_DEG, view_of_head
from lookout.faces.protocols import Detector, Encoder

_EPILOG = """example:
  python -m benchmarks.pose3d --images lfw --protocol lfw/identify_dev.csv --limit 300

The protocol is that of benchmarks.identify: one photograph a person is enrolled, or that photograph
and views of it. DIR: of probes that look so far aside, those that get their own name while one
stranger in a hundred gets one. "rule": the product's decision, which weighs all encodings of a
person; "nearest": whoever has the nearest encoding.
"""
ENCODERS = ("dlib-128", "reid-0095")
TARGET = 0.01
TURNS = ((0.0, 10.0), (10.0, 20.0), (20.0, 30.0), (30.0, 90.0))
SHEETS = 8
WAYS: Mapping[str, tuple[float, ...]] = {
    "the photograph alone": (),
    "and frontal": (0.0,),
    "and 15 and 30 aside": (-30.0, -15.0, 15.0, 30.0),
    "and 30 aside": (-30.0, 30.0),
    "and all views": VIEWS_DEG,
}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A portrait's centre face: its encodings, by encoder, how far it looks aside, and those of its
    views, by encoder and angle."""

    encodings: Mapping[str, Floats]
    yaw_deg: float
    views: Mapping[tuple[str, float], Floats]


class _Looker:
    """Detects and turns faces, and encodes them by all encoders."""

    def __init__(self, detector: Detector, encoders: Sequence[Encoder]) -> None:
        self._detector = detector
        self._encoders = encoders
        self._landmarker = Landmarker()
        self.sheets: list[Image] = []

    def seen(self, portrait: Portrait, angles: Sequence[float]) -> _Seen | None:
        image_bgr = cv2.imread(str(portrait.path))
        if image_bgr is None:
            raise BadProtocol(f"{portrait.path} is no picture that can be read")
        picture = np.asarray(image_bgr, np.uint8)
        face = self._centre(picture)
        if face is None:
            return None
        points_xy = self._landmarker.points(picture, face)[0]
        pose = pose_of(points_xy, picture.shape[1::-1])
        views = self._views(picture, face, points_xy, angles) if angles else {}
        return _Seen(self._encoded(picture, face), 0.0 if pose is None else pose.yaw, views)

    def _encoded(self, picture: Image, face: Detections) -> dict[str, Floats]:
        return {
            encoder.name: encoder.encode(encoder.align(picture, face))[0]
            for encoder in self._encoders
        }

    def _views(
        self, picture: Image, face: Detections, points_xy: Floats, angles: Sequence[float]
    ) -> dict[tuple[str, float], Floats]:
        """The encodings of the views on which a face is found."""
        try:
            head = head_of(picture, points_xy)
        except NoHead:
            return {}
        views = [view_of_head(head, degrees) for degrees in angles]
        if len(self.sheets) < SHEETS:
            box = np.asarray(face.box_xyxy[0], np.float32)
            self.sheets.append(contact_sheet(picture, box, views))
        encodings = {}
        for view in views:
            found = self._centre(view.image_bgr)
            if found is not None:
                for name, encoding in self._encoded(view.image_bgr, found).items():
                    encodings[name, view.yaw_deg] = encoding
        return encodings

    def _centre(self, picture: Image) -> Detections | None:
        (found,) = self._detector.detect([picture])
        if not len(found):
            return None
        centre = np.array(picture.shape[1::-1], np.float32) / 2
        aside = np.linalg.norm((found.box_xyxy[:, :2] + found.box_xyxy[:, 2:]) / 2 - centre, axis=1)
        return found.take(np.array([int(np.argmin(aside))], np.intp))


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        results = list(_results(options))
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    head = ("encoder", "enrolled", "decision", *(_turn(turn) for turn in TURNS), "all")
    rows = [(r["encoder"], r["way"], r["decision"], *map(_text, r["dir"])) for r in results]
    print(table(head, rows))
    write_json(options.json, "pose3d", {"results": results})
    return 0


def _results(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    portraits = read_portraits(options.protocol, options.images)
    probes = evenly([p for p in portraits if p.role == "probe"], options.limit)
    strangers = evenly([p for p in portraits if p.role == "stranger"], options.limit)
    people = {portrait.identity for portrait in probes}
    enrolled = [p for p in portraits if p.role == "gallery" and p.identity in people]
    encoders = [open_encoder(name, options.device) for name in options.encoder or ENCODERS]
    looker = _Looker(open_detector(options.detector, options.device), encoders)
    known = [looker.seen(portrait, VIEWS_DEG) for portrait in _bar(enrolled, "enrolled")]
    shown = [looker.seen(portrait, ()) for portrait in _bar([*probes, *strangers], "shown")]
    if options.sheets:
        cv2.imwrite(str(options.sheets), np.vstack(looker.sheets))
    turns = np.array([np.nan if one is None else abs(one.yaw_deg) for one in shown], np.float32)
    names = tuple(p.identity for p in [*probes, *strangers])
    for encoder in encoders:
        faces = Faces(
            tuple(None if one is None else one.encodings[encoder.name] for one in shown), names
        )
        for way, angles in WAYS.items():
            gallery = _gallery(enrolled, known, angles, encoder)
            for decision, trials in (
                ("rule", _by_rule(gallery, faces, encoder)),
                ("nearest", _by_nearest(gallery, faces)),
            ):
                yield {
                    "encoder": encoder.name,
                    "way": way,
                    "decision": decision,
                    "dir": _rates(trials, turns),
                }


def _gallery(
    enrolled: Sequence[Portrait],
    known: Sequence[_Seen | None],
    angles: Sequence[float],
    encoder: Encoder,
) -> Gallery:
    rows = [
        (encoding, portrait.identity)
        for portrait, one in zip(enrolled, known, strict=True)
        if one is not None
        for encoding in (
            one.encodings[encoder.name],
            *(one.views[encoder.name, a] for a in angles if (encoder.name, a) in one.views),
        )
    ]
    return Gallery(np.stack([row for row, _ in rows]), tuple(n for _, n in rows), encoder.name)


def _by_rule(gallery: Gallery, faces: Faces, encoder: Encoder) -> Trials:
    """The product's own decision, which weighs all encodings of a person."""
    return run_trials(gallery, faces, Rule.for_encoder(encoder.name, encoder.tolerance))


def _by_nearest(gallery: Gallery, faces: Faces) -> Trials:
    """Whoever has the nearest encoding, at its distance."""
    people = set(gallery.people)
    distances, right = np.full(len(faces), np.inf), np.zeros(len(faces), bool)
    for number, (encoding, name) in enumerate(zip(faces.encodings, faces.names, strict=True)):
        if encoding is not None:
            away = np.linalg.norm(gallery.encodings - encoding, axis=1)
            nearest = int(np.argmin(away))
            distances[number] = away[nearest]
            right[number] = gallery.names[nearest] == name
    return Trials(distances, right, np.array([name in people for name in faces.names], bool))


def _rates(trials: Trials, turns: Floats) -> list[list[int]]:
    """Of each turn, and of all: the probes that get their own name at FPIR 1 %, of how many."""
    named = trials.mated & trials.right & (trials.chances <= trials.allowed_for(TARGET))
    bins = [trials.mated & (turns >= first) & (turns < last) for first, last in TURNS]
    return [[int((named & of).sum()), int(of.sum())] for of in (*bins, trials.mated)]


def _bar(portraits: Sequence[Portrait], what: str) -> Iterator[Portrait]:
    yield from tqdm(portraits, desc=what, unit="face", mininterval=1)


def _turn(turn: tuple[float, float]) -> str:
    first, last = turn
    return f"DIR %, {first:.0f}–{last:.0f}°" if last < 90 else f"DIR %, over {first:.0f}°"


def _text(counts: Sequence[int]) -> str:
    return f"{Share(*counts)} of {counts[1]}"


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("pose3d", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    parser.add_argument("--sheets", type=Path, metavar="FILE.jpg", help="contact sheets of eight")
    return parser


if __name__ == "__main__":
    sys.exit(main())
