"""`lookout calibrate`: measures which distance is near enough for the people enrolled here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.calibrate.curve import NoMatplotlib, draw
from lookout.faces.calibrate.measure import STRANGERS_FOR_ONE, Measurement, measure
from lookout.faces.decision.calibration import beside, save_calibration
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.engine import encoder_candidates, open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.coverage import encoder_for
from lookout.faces.gallery.encodings_file import file_for, load_gallery
from lookout.faces.protocols import Encoder
from lookout.paths import WHERE_DATA_LIES, find_home

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
SHOWN_PAIRS = 20
EPILOG = f"""examples:
  %(prog)s                          the gallery of this folder, by itself
  %(prog)s --strangers visitors/    with photographs of people who are not enrolled
  %(prog)s --fpir 0.001 --plot curve.png

Every person is once left out and tried as a stranger, every photograph once as a probe. What is
found is written beside the gallery, and the server uses it from its next start on. Calibrate again
when many people have come or gone. Measuring a rate of 1 %% takes 300 strangers: enrolled people
count, and so do those in --strangers. With fewer the default stays, which was measured on press
photographs.

{WHERE_DATA_LIES}
"""


def main(arguments: Sequence[str] | None = None, prog: str = "lookout calibrate") -> int:
    """Runs the command; returns 0, or 1 after a line that says why it failed."""
    options = _parser(prog).parse_args(arguments)
    try:
        found = encoder_for(options.encodings, encoder_candidates(options.encoder))
        encoder = open_encoder(found.encoder, options.device)
        path = file_for(options.encodings, encoder.name)
        gallery = load_gallery(path, encoder)
        strangers = _strangers(options, encoder)
        rule = Rule.for_encoder(encoder.name, encoder.tolerance)
        if len(gallery.people) < 2:
            return fail("error", f"{path} has fewer than two people: the default stays in use", 1)
        measured = measure(gallery, strangers, rule, options.fpir)
        if options.plot is not None:
            draw(options.plot, measured)
        output = options.output or beside(path)
        save_calibration(output, measured.calibration)
    except FileNotFoundError as error:
        return fail("error", f"there is no {error.filename}; enrol people first: lookout train", 1)
    except (FacesError, OSError, NoMatplotlib) as error:
        return fail("error", str(error), 1)
    say(_report(measured, rule, len(gallery.people)))
    say(f"written: {output}")
    return 0


def _strangers(options: argparse.Namespace, encoder: Encoder) -> Floats:
    """One encoding of each stranger: of a gallery file's people, or of the photographs in a folder,
    where those of one subfolder are of one person."""
    path: Path | None = options.strangers
    none = np.zeros((0, encoder.dimension), np.float32)
    if path is None:
        return none
    if path.is_file():
        others = load_gallery(file_for(path, encoder.name), encoder)
        first = [others.names.index(name) for name in others.people]
        return others.encodings[first]
    detector = open_detector(options.detector, options.device)
    files = sorted(f for f in path.rglob("*") if f.suffix.lower() in PICTURES)
    seen: set[Path] = set()
    found = [none]
    for file in tqdm(files, desc="strangers", unit="picture", mininterval=1):
        person = file if file.parent == path else file.parent
        image = None if person in seen else cv2.imread(str(file))
        if image is None:
            continue
        image_bgr = np.asarray(image, np.uint8)
        detections = detector.detect([image_bgr])[0]
        if len(detections):
            best = detections.take(np.array([0], np.intp))
            found.append(encoder.encode(encoder.align(image_bgr, best)))
            seen.add(person)
    if not seen:
        say(f"no face was found in the pictures of {path}", to_error=True)
    return np.concatenate(found)


def _report(measured: Measurement, rule: Rule, people: int) -> str:
    c = measured.calibration
    distance = np.sqrt(rule.strangers.score_at(c.allowed, people))
    lines = [
        f"strangers that get a name (FPIR):                    {c.fpir}",
        f"photographs of known people without a name (FNIR):   {c.fnir}",
        f"chance allowed: {c.allowed:.2g} (default {rule.fpir:g}); "
        f"about a distance of {distance:.2f} where it is not crowded",
    ]
    if c.by_default:
        need = int(np.ceil(STRANGERS_FOR_ONE / c.target))
        lines.append(
            f"TOO LITTLE DATA: {c.fpir.people} strangers; {need} are needed to measure "
            f"{c.target:.2%}. "
            + ("The default is used." if c.allowed >= rule.fpir else "Stricter than the default.")
        )
    if not c.fnir.people:
        lines.append("nobody has two photographs, so FNIR cannot be measured")
    for pair in c.look_alikes[:SHOWN_PAIRS]:
        advice = (
            "both are named only when nearer than that"
            if pair.apart
            else "they cannot be told apart: one person twice (merge), or a wrong photograph?"
        )
        lines.append(f"LOOK ALIKE: {pair.one} and {pair.other}, {pair.distance:.2f}: {advice}")
    if len(c.look_alikes) > SHOWN_PAIRS:
        lines.append(f"… and {len(c.look_alikes) - SHOWN_PAIRS} more pairs, in the file")
    return "\n".join(lines)


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 0.1:
        raise argparse.ArgumentTypeError(
            "the share of strangers must be above 0 and at most 0.1 (10 %)"
        )
    return value


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    add = parser.add_argument
    usual = find_home().encodings
    add("--encodings", type=Path, default=usual, metavar="FILE", help="gallery (%(default)s)")
    add("--strangers", type=Path, metavar="PATH", help="photographs, or another encodings.pkl")
    add("--fpir", type=_share, default=0.01, help="strangers that may get a name (%(default)s)")
    add("--encoder", default="auto", help="the server's")
    add("--detector", default="auto", help="for photographs of strangers")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--output", type=Path, metavar="FILE", help="default: beside the gallery")
    add("--plot", type=Path, metavar="FILE.png", help="draw FPIR and FNIR into this file")
    return parser


if __name__ == "__main__":
    sys.exit(main(prog="python -m faces.calibrate"))
