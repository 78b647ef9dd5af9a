"""What a challenge sees of a face in one frame: where it looks, how open its eyes are, its size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.pose import pose_of

EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
"""Of dlib's 68 points: outer corner, two of the upper lid, inner corner, two of the lower lid."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """A face at a time.

    yaw_deg:  as in `faces.photo.pose`: positive when the person looks to their own left.
    openness: of the eyes, as `eye_openness` has it.
    size_px:  the width of its box.
    """

    time_s: float
    yaw_deg: float
    openness: float
    size_px: float


def gesture_of(
    points_xy: Floats, box_xyxy: Floats, size_wh: tuple[int, int], time_s: float
) -> Gesture | None:
    """The gesture of (68, 2) landmarks in a box (4,) of an image of that size; None if no face
    fits the landmarks."""
    pose = pose_of(points_xy, size_wh)
    if pose is None:
        return None
    width = float(box_xyxy[2] - box_xyxy[0])
    return Gesture(time_s, pose.yaw, eye_openness(points_xy), width)


def gesture_in(
    landmarker: Landmarker, image_bgr: Image, face: Detections, time_s: float
) -> Gesture | None:
    """The gesture of the one face in `face`, by a predictor of 68 points; None if none fits."""
    points_xy = landmarker.points(image_bgr, face)[0]
    box = np.asarray(face.box_xyxy[0], np.float32)
    return gesture_of(points_xy, box, (image_bgr.shape[1], image_bgr.shape[0]), time_s)


def eye_openness(points_xy: Floats) -> float:
    """The height of the eyes over their width, of (68, 2) landmarks, averaged over both: about 0.3
    when they are open. Method: the eye aspect ratio of Soukupová and Čech, CVWW 2016."""
    return float(np.mean([_ratio(points_xy[list(eye)]) for eye in EYES]))


def _ratio(eye_xy: Floats) -> float:
    heights = np.linalg.norm(eye_xy[[1, 2]] - eye_xy[[5, 4]], axis=1)
    width = float(np.linalg.norm(eye_xy[0] - eye_xy[3]))
    return float(heights.mean() / max(width, 1e-6))
