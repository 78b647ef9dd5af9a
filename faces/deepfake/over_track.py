"""What only shows over time: an identity that drifts, landmarks that tremble more than the head."""

from __future__ import annotations

import numpy as np

from lookout.faces.align import fit_similarity
from lookout.faces.deepfake.signs import Cue, Signs, graded
from lookout.faces.detections import Floats

LEAST_LOOKS = 8
DRIFT_WEAK, DRIFT_FOUND = 0.85, 1.1
"""In tolerances of the encoder: the distance between two looks that follow each other, of the ten
hundredths that are farthest apart. Of one face nine in ten stay below two thirds (measured for
`faces.tracking.tracker`)."""
TREMBLE_WEAK, TREMBLE_FOUND = 0.03, 0.06
"""In widths of the face: how much landmarks shake within the face from one look to the next."""
MORE_THAN_HEAD = 2.0
"""And so many times as much as the head as a whole."""
_STEADY = slice(17, 48)
"""Brows, nose and eyes: what does not move when somebody speaks."""


def drift_cue(encodings: Floats, tolerance: float) -> Cue:
    """Whether one track shows one identity: (N, D) encodings in their order, and the Euclidean
    distance under which two are usually of one person."""
    if len(encodings) < LEAST_LOOKS:
        return _too_few("drift", len(encodings))
    steps = np.linalg.norm(np.diff(encodings, axis=0), axis=1) / tolerance
    score = float(np.quantile(steps, 0.9))
    signs = graded(score, DRIFT_WEAK, DRIFT_FOUND)
    words = (
        "The face stays the same person from look to look."
        if signs is Signs.NONE
        else "The face changes its identity from look to look more than a face does."
    )
    return Cue("drift", signs, score, words)


def tremble_cue(points_xy: Floats) -> Cue:
    """Whether landmarks tremble more than the head does: (N, 68, 2) of looks at even intervals."""
    if len(points_xy) < LEAST_LOOKS:
        return _too_few("tremble", len(points_xy))
    width = float(np.median(np.ptp(points_xy[:, :, 0], axis=1)))
    within = np.stack([_upright(points)[_STEADY] for points in points_xy])
    shaking = float(np.median(np.sqrt(np.square(_bends(within)).sum(axis=2).mean(axis=1))))
    centres = points_xy.mean(axis=1)
    head = float(np.median(np.linalg.norm(_bends(centres), axis=1))) / max(width, 1.0)
    signs = graded(shaking, TREMBLE_WEAK, TREMBLE_FOUND)
    if shaking < MORE_THAN_HEAD * head:
        signs = Signs.NONE
    words = (
        "The landmarks of the face move with the head."
        if signs is Signs.NONE
        else "The landmarks of the face tremble more than the head moves."
    )
    return Cue("tremble", signs, shaking, words)


def _upright(points_xy: Floats) -> Floats:
    """(68, 2) without the place, turn and size of the head, in widths of the face."""
    width = max(float(np.ptp(points_xy[:, 0])), 1.0)
    left, right = points_xy[36:42].mean(axis=0), points_xy[42:48].mean(axis=0)
    nose = points_xy[33]
    apart = float(np.linalg.norm(right - left)) / width
    down = float(np.linalg.norm(nose - (left + right) / 2)) / width
    own = np.stack([left, right, nose])
    wanted = np.array([(-apart / 2, 0.0), (apart / 2, 0.0), (0.0, down)], np.float32)
    matrix = fit_similarity(own, wanted)
    return np.asarray(points_xy @ matrix[:, :2].T + matrix[:, 2], np.float32)


def _bends(values: Floats) -> Floats:
    """How much each value leaves the straight line between its neighbours in time."""
    return np.asarray(values[2:] - 2 * values[1:-1] + values[:-2], np.float32)


def _too_few(name: str, count: int) -> Cue:
    words = f"The face was seen {count} times; {LEAST_LOOKS} are needed to say anything."
    return Cue(name, Signs.INCONCLUSIVE, None, words)
