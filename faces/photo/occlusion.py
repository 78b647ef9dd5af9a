"""Hidden parts of a face, as far as dlib's landmarks tell: they settle less well there.

dlib's predictor gives all 68 points whether they can be seen or not. But it starts from the
face's box and corrects itself by what it sees: where there is an eye, the points end on it
wherever the box was; behind a mask or a hand they follow the box. So it is started from several
boxes and what the points do about it is measured. `python -m benchmarks.quality` says how well that
works.

Detectors differ in where they put a box, and from one start in ten the predictor ends astray on a
face in full view. So the boxes stand around where the face turns out to be, not where the detector
said, and points and spread are medians, which one start of five does not move. On 120 photographs
of LFW with YuNet's boxes, at limits that 3 of them miss, means about those boxes found 72 % of
masks, 25 % of sunglasses, 33 % of hands and 21 % of half faces; this finds 100, 81, 77 and 86 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.faces.align import dlib_boxes
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks.five_points import five_of_68
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.quality import view_of

SHIFT = 0.09
"""The distance that the box is moved, in box widths: right, left, down and up. With 0.06 fewer
sunglasses and hands were distinguished from faces in full view, with 0.12 more of these went
astray."""
COVERED = 0.55
"""Eyes in the light, of the cheeks below them. Points wander on the rims of clear glasses, too, but
sunglasses are dark: of 99 portraits with drawn ones 95 have less, of 119 as they are 26. So the
wandering of eyes that are lighter counts half, which let pass six portraits of 1,184 and no drawn
sunglasses."""
REGIONS = (slice(27, 36), slice(36, 48), slice(48, 68))
"""Nose, eyes and mouth of dlib's 68 points."""
_MOVES = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """points_xy: (68, 2) float32 pixels. spread: how far the points of nose, eyes or mouth,
    whichever is worst, wander with the box, in eye distances: the median over five boxes, averaged
    over the region; half for eyes that are not dark. About 0.01 for a face in full view, 0.1 for a
    covered mouth. lower: that of nose or mouth alone, whichever is worse."""

    points_xy: Floats
    spread: float
    lower: float = 0.0


def settle(landmarker: Landmarker, image_bgr: Image, face: Detections) -> Settled:
    """The landmarks of the one face of `face`; `landmarker` is dlib's for 68 points."""
    first = np.median(_from_around(landmarker, image_bgr, face), axis=0)
    centred = Detections(face.box_xyxy, face.score, five_of_68(first[None]))
    starts = _from_around(landmarker, image_bgr, centred)
    points = np.median(starts, axis=0).astype(np.float32)
    eyes = points[36:42].mean(axis=0) - points[42:48].mean(axis=0)
    wander = np.median(np.linalg.norm(starts - points, axis=2), axis=0)
    nose, both_eyes, mouth = (float(wander[region].mean()) for region in REGIONS)
    if eye_light(image_bgr, points) > COVERED:
        both_eyes /= 2
    apart = max(float(np.linalg.norm(eyes)), 1.0)
    worst, lower = max(nose, both_eyes, mouth), max(nose, mouth)
    return Settled(points, worst / apart, lower / apart)


def eye_light(image_bgr: Image, points_xy: Floats) -> float:
    """The mean luma around both eyes over that of the cheeks below them, by (68, 2) points."""
    eyes = np.stack([points_xy[36:42].mean(axis=0), points_xy[42:48].mean(axis=0)])
    apart = float(np.linalg.norm(eyes[0] - eyes[1]))
    down = np.array([0.0, 0.75 * (points_xy[33, 1] - eyes[:, 1].mean())], np.float32)
    eye = [_luma(image_bgr, centre, (0.22 * apart, 0.13 * apart)) for centre in eyes]
    cheek = [_luma(image_bgr, centre + down, (0.2 * apart, 0.12 * apart)) for centre in eyes]
    return sum(eye) / max(sum(cheek), 1.0)


def _luma(image_bgr: Image, centre_xy: Floats, reach_wh: tuple[float, float]) -> float:
    """The mean luma so far around a point; 0 outside the picture."""
    box = np.concatenate([centre_xy - reach_wh, centre_xy + reach_wh])
    return view_of(image_bgr, np.asarray(box, np.float32)).brightness


def _from_around(landmarker: Landmarker, image_bgr: Image, face: Detections) -> Floats:
    """(5, 68, 2) the points when started from the face's box and from boxes beside it."""
    box_xyxy = dlib_boxes(face)[0]
    moves = _MOVES * SHIFT * (box_xyxy[2] - box_xyxy[0])
    boxes = (box_xyxy + np.tile(moves, 2)).astype(np.float32)
    return landmarker.points(image_bgr, Detections(boxes, np.ones(len(boxes), np.float32)))
