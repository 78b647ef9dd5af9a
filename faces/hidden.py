"""Whether a part of the face is hidden, as far as landmarks tell.

dlib's predictor gives all 68 points whether they are to be seen or not. But it starts from the
face's box and corrects itself by what it sees: where there is an eye, the points end on it
wherever the box was; behind a mask or a hand they follow the box. So the box is moved a little and
what the points do about it is measured. `python -m benchmarks.quality` says how well that works.
"""

from __future__ import annotations

import numpy as np

from faces.align import dlib_boxes
from faces.detections import Detections, Image
from faces.landmarks import Landmarker

SHIFT = 0.06
"""How far the box is moved, in box widths: right, left, down and up."""
REGIONS = (slice(27, 36), slice(36, 48), slice(48, 68))
"""Nose, eyes and mouth of dlib's 68 points."""


def landmark_spread(landmarker: Landmarker, image_bgr: Image, face: Detections) -> float:
    """How far the points of nose, eyes or mouth, whichever is worst, wander with the one box.

    Root mean square about their mean over five boxes, averaged over the region, in eye distances:
    about 0.012 for a face in full view, 0.08 for a covered mouth.
    """
    box_xyxy = dlib_boxes(face)[0]
    width = float(box_xyxy[2] - box_xyxy[0])
    moves = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)], np.float32) * SHIFT * width
    boxes = (box_xyxy + np.concatenate([moves, moves], axis=1)).astype(np.float32)
    points = landmarker.points(image_bgr, Detections(boxes, np.ones(len(boxes), np.float32)))
    eyes = points[0, 36:42].mean(axis=0) - points[0, 42:48].mean(axis=0)
    wander = np.sqrt(points.var(axis=0).sum(axis=1)) / max(float(np.linalg.norm(eyes)), 1.0)
    return max(float(wander[region].mean()) for region in REGIONS)
