"""The rectangle around a pictured face: the rim of a sheet of paper or of a telephone.

A live head is joined to its body: nothing straight passes below the chin from one side to the
other and closes to a rectangle with what lies behind. So all four sides are asked for; a door frame
or a window behind a person has three at most.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats, Image

FACE_PX = 40
"""The width of the face in the picture in which edges are looked for."""
REACH = 3
"""So many widths of the face are looked at to each side."""
CELLS = 10
"""To a width of the face: how exactly a side is placed."""
LEAST_EDGE = 0.25
"""In widths of the face: shorter edges are texture."""
TILTS_DEG = (-15, -10, -5, 0, 5, 10, 15)
STRAIGHT_DEG = 4
ASIDE, ABOVE, BELOW = (0.5, 1.6), (0.6, 2.2), (0.6, 2.4)
"""How far from the face's centre a side may lie, in widths of the face."""
MOST_LINES = 8
"""Of each side, those with the longest edges."""

FRAMED = 0.65
"""Of 118 live faces at most 0.55 of the weakest side was edge; of 32 telephones that were drawn
into pictures at least 0.67, of a quarter of real prints, which hands hold, over 0.57."""

Cells = npt.NDArray[np.bool_]
_HALF = REACH * CELLS


def framed(image_bgr: Image, box_xyxy: Floats) -> float:
    """How much of the best rectangle around the face in `box_xyxy` (4,) is edge: of its weakest
    side, 0 to 1. Method: line segments (LSD, Grompone von Gioi et al., PAMI 2010) on a grid."""
    segments = _segments(image_bgr, box_xyxy)
    if not len(segments):
        return 0.0
    along = segments[:, 2:] - segments[:, :2]
    angles = np.degrees(np.arctan2(along[:, 1], along[:, 0]))
    return max(_best_of_tilt(segments, angles, tilt) for tilt in TILTS_DEG)


def _segments(image_bgr: Image, box_xyxy: Floats) -> Floats:
    """(S, 4) float32: the ends of straight edges, in widths of the face from its centre."""
    centre = (box_xyxy[:2] + box_xyxy[2:]) / 2
    width = max(float(box_xyxy[2] - box_xyxy[0]), 1.0)
    height_px, width_px = image_bgr.shape[:2]
    first = np.clip(centre - REACH * width, 0, (width_px, height_px)).astype(int)
    last = np.clip(centre + REACH * width, 0, (width_px, height_px)).astype(int)
    part = image_bgr[first[1] : last[1], first[0] : last[0]]
    scale = FACE_PX / width
    if min(part.shape[:2]) * scale < FACE_PX:
        return np.zeros((0, 4), np.float32)
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(grey)[0]
    # OpenCV answers None where there is not one
    segments = np.array(found if np.ndim(found) else [], np.float32).reshape(-1, 4)
    origin = np.tile((centre - first) * scale, 2)
    ends = (segments - origin) / FACE_PX
    long_enough = np.linalg.norm(ends[:, 2:] - ends[:, :2], axis=1) >= LEAST_EDGE
    return np.asarray(ends[long_enough], np.float32)


def _best_of_tilt(segments: Floats, angles_deg: Floats, tilt_deg: float) -> float:
    """The weakest side of the best rectangle that is turned by `tilt_deg`."""
    turn = np.radians(tilt_deg)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    ends = np.concatenate([segments[:, :2] @ matrix.T, segments[:, 2:] @ matrix.T], axis=1)
    off = np.abs((angles_deg - tilt_deg + 90) % 180 - 90)
    # cells[line, place along it]: rows of the picture, and its columns likewise
    rows = _drawn(ends[off <= STRAIGHT_DEG])
    columns = _drawn(ends[off >= 90 - STRAIGHT_DEG][:, [1, 0, 3, 2]])
    lefts, rights = _lines(columns, ASIDE, -1), _lines(columns, ASIDE, 1)
    tops, bottoms = _lines(rows, ABOVE, -1), _lines(rows, BELOW, 1)
    if not (len(lefts) and len(rights) and len(tops) and len(bottoms)):
        return 0.0
    left, right, top, bottom = np.meshgrid(lefts, rights, tops, bottoms, indexing="ij")
    sides = (
        _covered(columns, left, top, bottom),
        _covered(columns, right, top, bottom),
        _covered(rows, top, left, right),
        _covered(rows, bottom, left, right),
    )
    return float(np.min(sides, axis=0).max())


def _drawn(ends: Floats) -> Cells:
    """The edges, (E, 4) x, y, x, y in widths of the face, on a grid, three cells thick."""
    grid = np.zeros((2 * _HALF + 1, 2 * _HALF + 1), np.uint8)
    for x0, y0, x1, y1 in np.round(ends * CELLS + _HALF).astype(int):
        cv2.line(grid, (int(x0), int(y0)), (int(x1), int(y1)), 1)
    return np.asarray(cv2.dilate(grid, np.ones((3, 1), np.uint8)) > 0)


def _lines(cells: Cells, span: tuple[float, float], side: int) -> npt.NDArray[np.intp]:
    """The lines on one side of the face that hold most edges, by their place in the grid."""
    nearest, farthest = (round(distance * CELLS) for distance in span)
    places = _HALF + side * np.arange(nearest, farthest + 1)
    held = cells[places].sum(axis=1)
    best = np.argsort(-held, kind="stable")[:MOST_LINES]
    return np.asarray(places[best][held[best] > 0], np.intp)


def _covered(
    cells: Cells,
    line: npt.NDArray[np.intp],
    start: npt.NDArray[np.intp],
    end: npt.NDArray[np.intp],
) -> npt.NDArray[np.float64]:
    """The share of edge between two places of each line, which lie apart."""
    sums = np.cumsum(cells, axis=1)
    return np.asarray((sums[line, end] - sums[line, start]) / (end - start), np.float64)
