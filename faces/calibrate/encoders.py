"""`lookout encoders`: measures how near strangers come to one another for an encoder you added."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.decision.measured_strangers import (
    LEAST_PEOPLE,
    MeasuredStrangers,
    file_of,
    measure_strangers,
    save_measured,
)
from lookout.faces.decision.rule import Rule
from lookout.faces.decision.stranger_model import StrangerModel, has_own_numbers
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import BadImage, FacesError
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.protocols import Detector, Encoder

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
ENOUGH_PEOPLE = 300
"""Their 45,000 pairs have four in the tail that a gallery of 50 and 0.5 % ask for."""
GALLERIES = (10, 100, 1000)
EPILOG = f"""examples:
  %(prog)s measure arcface-r50 --images people/

PEOPLE holds a folder for each person, or one picture of each: {ENOUGH_PEOPLE} different people or
more, as ordinary as those whom the encoder will meet, enrolled or not; at least {LEAST_PEOPLE}.
One photograph of each is used. Only two numbers are kept, in the configuration folder, and every
program of this user takes them from its next start on. Until then an encoder that was never
measured has dlib's numbers in units of its tolerance, which name too few people.
"""


def main(arguments: Sequence[str] | None = None, prog: str = "lookout encoders") -> int:
    """Runs the command; returns 0, or 1 after a line that says why it failed."""
    options = _parser(prog).parse_args(arguments)
    try:
        if has_own_numbers(options.name):
            return fail("error", f"{options.name} has numbers that ship; they stay in use", 1)
        encoder = open_encoder(options.name, options.device)
        before = Rule.for_encoder(encoder.name, encoder.tolerance).strangers
        detector = open_detector(options.detector, options.device)
        found = list(_encodings(options.images, detector, encoder))
        measured = measure_strangers(encoder.name, np.array(found, np.float64))
        path = file_of(encoder.name)
        save_measured(measured, path)
    except (FacesError, OSError, ValueError) as error:
        return fail("error", str(error), 1)
    say(_report(measured, before))
    say(f"written: {path}")
    return 0


def _encodings(folder: Path, detector: Detector, encoder: Encoder) -> Iterator[Floats]:
    """One of each person in whose pictures one face is found."""
    people = sorted(folder.iterdir())
    for person in tqdm(people, desc="people", unit="person", mininterval=1):
        pictures = sorted(person.rglob("*")) if person.is_dir() else [person]
        for picture in pictures:
            if picture.suffix.lower() in PICTURES:
                encoding = _encoding(picture, detector, encoder)
                if encoding is not None:
                    yield encoding
                    break


def _encoding(picture: Path, detector: Detector, encoder: Encoder) -> Floats | None:
    try:
        image_bgr = read_picture(read_file(picture)).image_bgr
    except BadImage as error:
        say(f"{picture} was left out: {error}", to_error=True)
        return None
    (found,) = detector.detect([image_bgr])
    if len(found) != 1:
        return None
    return np.asarray(encoder.encode(encoder.align(image_bgr, found))[0])


def _report(measured: MeasuredStrangers, before: StrangerModel) -> str:
    after = StrangerModel(measured.mean, measured.spread, measured.spread)
    allowed = Rule().fpir
    lines = [
        f"{measured.people} people, {measured.pairs} pairs: squared distances of strangers "
        f"{measured.mean:.3f} ± {measured.spread:.3f}"
    ]
    for people in GALLERIES:
        old, new = (np.sqrt(max(m.score_at(allowed, people), 0)) for m in (before, after))
        lines.append(
            f"{people:5} enrolled: a face is named within {new:.2f} instead of {old:.2f}, about"
        )
    if measured.people < ENOUGH_PEOPLE:
        lines.append(
            f"TOO FEW PEOPLE for a figure to rely on: {ENOUGH_PEOPLE} or more should be measured; "
            f"below {measured.lowest:.2%} of the pairs the numbers are continued, not seen"
        )
    return "\n".join(lines)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    commands = parser.add_subparsers(dest="command", required=True)
    measure = commands.add_parser("measure", help="measure the strangers of one encoder")
    measure.hears = False  # its --images are those of strangers
    add = measure.add_argument
    add("name", metavar="NAME", help="an encoder of the registry or of your models.toml")
    add("--images", type=Path, required=True, metavar="PEOPLE", help="photographs, by person")
    add("--detector", default="auto", help="(%(default)s)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    return parser


if __name__ == "__main__":
    sys.exit(main(prog="python -m lookout.faces.calibrate.encoders"))
