"""`lookout train`: learns the people in utils/images/<name>/ and writes utils/encodings.pkl."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
from tqdm import tqdm

from lookout.command_line import VariableParser, command_parser, fail, say
from lookout.faces.atomic_file import replace_file
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.encodings_file import FAMILY_ENCODER, file_for
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import Quality
from lookout.faces.training.contact_sheet import contact_sheet
from lookout.faces.training.train import train
from lookout.faces.training.training_report import POOR, PhotoReport, TrainingReport
from lookout.names import shown
from lookout.overlay.plates import name_plate
from lookout.overlay.sprite import Colour, Sprite
from lookout.paths import WHERE_DATA_LIES, find_home

MOST_LISTED = 8  # refused photographs of one person; a burst of a camera has dozens alike
MOST_LEFT_OUT = 40
LONGEST_PATH = 200
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
CAPTION_TEXT_PX = 11
NOTHING_USABLE, CANNOT, INTERRUPTED = 1, 2, 130

HELP = f"""\
Put photographs of each person into a folder with the person's name:

    utils/images/Ada Lovelace/portrait.jpg
    utils/images/Ada Lovelace/garden.png

and run this. Three to ten photographs a person are good: one face in each, at least 40 pixels
wide, sharp, lit from the front, and different from one another. Photographs that were learnt
before are remembered; a photograph that you remove is forgotten. A running server takes the new
file by itself. A photograph that is too poor, lies on its side, repeats another, or looks more like
somebody else is named below the table with the reason, and not used; so is everything that lies
there and is nobody's photograph. The files stay where they are.

To rename, merge, split or remove people, and to undo that: lookout people --help

{WHERE_DATA_LIES}

Exit status: 0 done, 1 no photograph could be used, 2 a file, model or device is missing,
130 stopped by ctrl-C (run it again and it continues where it stopped).
"""


def main(arguments: Sequence[str], prog: str = "lookout train") -> int:
    """Runs the command; its help explains the exit status."""
    options = train_parser(prog, os.environ).parse_args(arguments)
    try:
        report = _train(options)
        if options.contact_sheet is not None:
            _write_sheet(options.contact_sheet, report.photos)
    except KeyboardInterrupt:
        return fail(
            prog, "Stopped. What was learnt so far is kept; run it again to continue.", INTERRUPTED
        )
    except (FacesError, OSError) as error:
        return fail(prog, _explained(error), CANNOT)
    lines = _table(report, options.verbose) if report.people else []
    lines += _left_out(report, options.verbose)
    if lines:
        say("\n".join(lines))
    if report.cache_fault:
        say(f"The next run examines every photograph again: {report.cache_fault}")
    if not len(report.gallery):
        failure = (
            f"no photograph under {options.images} could be used; {options.output} was not written"
        )
        return fail(prog, failure if report.photos else f"{failure}\n\n{HELP}", NOTHING_USABLE)
    if report.backup is not None:
        say(
            f"{options.output} held people without photographs; it is kept as {report.backup}. To "
            f"add them again: lookout import-gallery {shlex.quote(str(report.backup))}"
        )
    for name in report.without_photo:
        say(f"{name} cannot be recognized: no photograph of {name} could be used.")
    count = len(report.gallery)
    own = file_for(options.output, report.gallery.encoder)
    say(f"{own}: {count} encodings of {len(report.gallery.people)} people.")
    if own != options.output:
        say(f"{options.output}: the same photographs by {FAMILY_ENCODER}, for other programs.")
    return 0


def train_parser(prog: str, environment: Mapping[str, str]) -> VariableParser:
    """The command line, with what `environment` says in the places of what is left out."""
    parser = command_parser(prog, __doc__, HELP)
    parser.environment = environment
    home = find_home(environment)
    add = parser.add_argument
    add("--images", type=Path, default=home.images, help="the people's folders (%(default)s)")
    add("--output", type=Path, default=home.encodings, help="the gallery to write (%(default)s)")
    add("--detector", default="auto", help="what finds the faces (default: by the device)")
    add("--encoder", default="auto", help="auto: the best that is here (%(default)s)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where to compute")
    add(
        "--quality",
        type=Quality,
        choices=tuple(Quality),
        default=Quality.STANDARD,
        metavar="strict|standard|off",
        help="how good a photograph must be to be used; off refuses only those that show nobody, "
        "several people, or the same picture again (default: standard)",
    )
    add("--contact-sheet", type=Path, metavar="FILE", help="a picture of all faces with verdicts")
    add("--verbose", action="store_true", help="list every refused photograph, however many")
    return parser


def _train(options: argparse.Namespace) -> TrainingReport:
    detector = open_detector(options.detector, options.device)
    encoder = open_encoder(options.encoder, options.device)
    dlib = encoder.name == FAMILY_ENCODER
    portable = None if dlib else open_encoder(FAMILY_ENCODER, options.device)
    # a log, unlike a terminal, keeps every state of the bar
    every_s = 0.1 if sys.stderr.isatty() else 1.0
    with tqdm(unit="photo", file=sys.stderr, leave=False, mininterval=every_s) as bar:

        def progress(_done: int, total: int, photo: PhotoReport) -> None:
            bar.total = total
            bar.set_postfix_str(photo.person, refresh=False)
            bar.update()

        return train(
            options.images,
            options.output,
            detector,
            encoder,
            portable=portable,
            landmarker=Landmarker(),
            quality=options.quality,
            progress=progress,
        )


def _table(report: TrainingReport, verbose: bool) -> list[str]:
    """Per person how many photographs are used; below, the refused ones and why."""
    width = max([len(name) for name in report.people] + [len("person")])
    lines = [f"{'person':{width}}  used  refused"]
    for name in report.people:
        counts = report.counts(name)
        refused = {code: n for code, n in counts.items() if code not in ("used", POOR)}
        why = ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in refused.items())
        total = sum(refused.values())
        used = counts.get("used", 0) + counts.get(POOR, 0)
        if POOR in counts:
            why = "the only one, and a poor one" + (f"; {why}" if why else "")
        line = f"{name:{width}}  {used:4}  {total:7}  {why}"
        lines.append(line.rstrip())
    for name in report.people:
        refused_photos = [p for p in report.photos if p.person == name and p.message]
        listed = refused_photos if verbose else refused_photos[:MOST_LISTED]
        lines += [f"  {name}/{shown(photo.path.name)}: {photo.message}" for photo in listed]
        if len(listed) < len(refused_photos):
            lines.append(f"  {name}: … and {len(refused_photos) - len(listed)} more; see --verbose")
    return lines


def _left_out(report: TrainingReport, verbose: bool) -> list[str]:
    """Everything that was not examined, and why; a count at the end."""
    left_out = report.folders.left_out
    listed = left_out if verbose else left_out[:MOST_LEFT_OUT]
    lines = [f"  {line}" for line in report.folders.spellings]
    lines += [f"  {shown(left.path, LONGEST_PATH)}: {left.reason}" for left in listed]
    if len(listed) < len(left_out):
        lines.append(f"  … and {len(left_out) - len(listed)} more; see --verbose")
    if left_out:
        count = len(left_out)
        what = "1 file or folder was" if count == 1 else f"{count} files and folders were"
        lines.append(f"{what} left out.")
    return lines


def _explained(error: FacesError | OSError) -> str:
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return (
            f"there is no room for {error.filename} on its disk ({error.strerror}). Nothing was "
            "changed. Free some space, or choose another --output, and run it again."
        )
    return str(error)


def _write_sheet(path: Path, photos: Sequence[PhotoReport]) -> None:
    suffix = path.suffix.lower()
    if suffix not in (".png", ".jpg", ".jpeg"):
        raise OSError(f"{path}: a contact sheet ends in .png or .jpg")
    _, content = cv2.imencode(suffix, contact_sheet(photos, _caption))
    replace_file(path, content.tobytes())


def _caption(text: str, widest_px: int, colour: Colour) -> Sprite:
    return name_plate(text, CAPTION_TEXT_PX, widest_px, colour, alone=True)
