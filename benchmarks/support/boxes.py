"""Ground truth boxes, and which detections hit them.

What counts as a hit: the centre of each box lies in the other, and the sides (square root of the
area) differ by at most a factor of two. Detectors draw boxes of different shapes (dlib's are square
and YuNet's reach from forehead to chin), which a bare intersection over union would punish.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

MAX_SIDE_RATIO = 2.0


class BadTruth(Exception):
    """A ground truth file is not in the form of dlib's imglab."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The faces of one picture: box_xyxy (N, 4) float32, and ignored (N,) bool."""

    picture: Path
    box_xyxy: Floats
    ignored: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hits:
    """found: (faces,) bool for every face that is not ignored; false_alarms: detections without."""

    found: npt.NDArray[np.bool_]
    side_px: Floats
    false_alarms: int


def read_truth(file: Path) -> list[Truth]:
    """The pictures of one XML file of dlib's imglab. Raises BadTruth."""
    try:
        # The file is the user's own ground truth, named on the command line
        root = ElementTree.parse(file).getroot()  # noqa: S314
        return [_read_picture(file.parent, image) for image in root.iter("image")]
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise BadTruth(f"{file} is no ground truth of dlib's imglab: {error}") from error


def _read_picture(folder: Path, image: ElementTree.Element) -> Truth:
    boxes, ignored = [], []
    for box in image.iter("box"):
        left, top, width, height = (
            float(box.attrib[k]) for k in ("left", "top", "width", "height")
        )
        boxes.append((left, top, left + width, top + height))
        ignored.append(box.get("ignore") == "1")
    return Truth(
        folder / image.attrib["file"],
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(ignored, bool),
    )


def match(truth_xyxy: Floats, ignored: npt.NDArray[np.bool_], detected_xyxy: Floats) -> Hits:
    """Each detection, best first, takes the nearest free face that it hits.

    A detection on an ignored face, or beside a face that a better one has taken, counts: the first
    neither way, the second as a false alarm.
    """
    hit = _hits(truth_xyxy, detected_xyxy)
    found = np.zeros(len(truth_xyxy), bool)
    false_alarms = 0
    for column in range(len(detected_xyxy)):
        candidates = np.flatnonzero(hit[:, column] & ~found & ~ignored)
        if len(candidates):
            apart = _centres(truth_xyxy[candidates]) - _centres(detected_xyxy[column : column + 1])
            found[candidates[np.square(apart).sum(1).argmin()]] = True
        elif not (hit[:, column] & ignored).any():
            false_alarms += 1
    return Hits(found[~ignored], _sides(truth_xyxy[~ignored]), false_alarms)


def _hits(a_xyxy: Floats, b_xyxy: Floats) -> npt.NDArray[np.bool_]:
    """(A, B) bool: the pair of boxes means one face."""
    ratio = _sides(a_xyxy)[:, None] / np.maximum(_sides(b_xyxy)[None], 1e-6)
    alike = (ratio <= MAX_SIDE_RATIO) & (ratio >= 1 / MAX_SIDE_RATIO)
    return alike & _contains(a_xyxy, b_xyxy) & _contains(b_xyxy, a_xyxy).T


def _contains(outer_xyxy: Floats, inner_xyxy: Floats) -> npt.NDArray[np.bool_]:
    """(O, I) bool: the centre of the inner box lies in the outer one."""
    centre = _centres(inner_xyxy)[None]
    low, high = outer_xyxy[:, None, :2], outer_xyxy[:, None, 2:]
    return np.asarray(((centre >= low) & (centre <= high)).all(axis=2), bool)


def _centres(box_xyxy: Floats) -> Floats:
    return np.asarray((box_xyxy[:, :2] + box_xyxy[:, 2:]) / 2, np.float32)


def _sides(box_xyxy: Floats) -> Floats:
    size = np.clip(box_xyxy[:, 2:] - box_xyxy[:, :2], 0, None)
    return np.asarray(np.sqrt(size.prod(axis=1)), np.float32)
