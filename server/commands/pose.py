"""`lookout pose`: a photograph as if the face looked elsewhere."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from lookout.command_line import command_parser, fail, say
from lookout.faces.atomic_file import replace_file
from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import FacesError
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import Reason, main_face
from lookout.faces.photo.picture import read_picture
from lookout.faces.pose3d.head import NoHead, head_of
from lookout.faces.pose3d.sheet import contact_sheet
from lookout.faces.pose3d.view import VIEWS_DEG, HeadView, view_of_head

MOST_DEG = 60.0
NO_FACE, CANNOT = 1, 2
DESCRIPTION = """\
Draws the face of a photograph on a generic head, turns it, and writes what it then looks like. What
the photograph does not show is taken from the other side of the face: a guess, for people to look
at. docs/pose.md says where such views help recognition, and where they do not."""
EPILOG = """\
examples:
  %(prog)s ada.jpg --to views           45, 30 and 15 degrees to both sides, and from the front
  %(prog)s ada.jpg --to views --yaw 20 --yaw -20
  %(prog)s ada.jpg --to views --leave-out    what was not seen stays empty

What is written: a picture for each angle (ada+30.jpg looks to the viewer's right), and
ada-views.jpg, all of them beside the photograph, each with how much of it was really seen.

Exit status: 0 done, 1 no face, 2 the photograph cannot be read, or nothing can be written."""


def main(arguments: Sequence[str], prog: str = "lookout pose") -> int:
    """Runs the command; its help explains the exit status."""
    options = _parser(prog).parse_args(arguments)
    try:
        picture = read_picture(options.photo.read_bytes()).image_bgr
        found = _face(picture, options.detector, options.device)
        if isinstance(found, Reason):
            return fail(prog, found.message, NO_FACE)
        points_xy = Landmarker().points(picture, found)[0]
        head = head_of(picture, points_xy)
        views = [
            view_of_head(head, yaw_deg, mirror=not options.leave_out)
            for yaw_deg in options.yaw or VIEWS_DEG
        ]
        box = np.asarray(found.box_xyxy[0], np.float32)
        _write(options.to, options.photo.stem, views, contact_sheet(picture, box, views))
    except NoHead as error:
        return fail(prog, str(error), NO_FACE)
    except (FacesError, OSError) as error:
        return fail(prog, str(error), CANNOT)
    say(f"the face looks {head.yaw_deg:+.0f} degrees aside in the photograph")
    for view in views:
        say(f"{view.yaw_deg:+4.0f}  {view.quality}, {100 * view.own:.0f} % of it was seen")
    say(f"written to {options.to}")
    return 0


def _face(picture: Image, detector: str, device: str) -> Detections | Reason:
    (found,) = open_detector(detector, device).detect([picture])
    chosen = main_face(found, picture)
    return chosen if isinstance(chosen, Reason) else found.take(np.array([chosen], np.intp))


def _write(folder: Path, name: str, views: Sequence[HeadView], sheet: Image) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for view in views:
        _save(folder / f"{name}{view.yaw_deg:+.0f}.jpg", view.image_bgr)
    _save(folder / f"{name}-views.jpg", sheet)


def _save(path: Path, picture: Image) -> None:
    encoded, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not encoded:
        raise OSError(f"{os.fspath(path)} cannot be written as JPEG")
    replace_file(path, content.tobytes())


def _angle(text: str) -> float:
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not abs(degrees) <= MOST_DEG:
        raise argparse.ArgumentTypeError(f"give degrees from -{MOST_DEG:g} to {MOST_DEG:g}")
    return degrees


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("photo", type=Path, metavar="PHOTO", help="with one face that stands out")
    add("--to", type=Path, required=True, metavar="DIR", help="where to write")
    add("--yaw", type=_angle, action="append", metavar="DEGREES",
        help="positive: to the viewer's right; may be repeated (45, 30 and 15 to both sides, and 0)"
    )  # fmt: skip
    add("--leave-out", action="store_true", help="mirror nothing")
    add("--detector", default="auto", help="which face detector (%(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(%(default)s)")
    return parser
