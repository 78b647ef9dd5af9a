"""Is this photograph good enough to enrol somebody with: reasons against it, in words that help.

The limits were set by what a fault costs in recognition: 45 people of LFW, dlib-128, the distance
of a spoilt photograph to another photograph of the person (0.428 with both as they are) and how
many stay below 0.45, the distance at which the default rule gives a name (64 % as they are).

| fault                                | distance            | below 0.45   | limit          |
| ------------------------------------ | ------------------- | ------------ | -------------- |
| a face of 40, 32, 24 px (was 112)    | 0.442, 0.457, 0.496 | 58, 42, 24 % | 40 px          |
| blur with sigma 2, 3, 4 px           | 0.461, 0.502, 0.546 | 47, 27, 13 % | sharpness 0.45 |
| mean luma 36, 24, 12 (was 120)       | 0.449, 0.463, 0.520 | 51, 44, 7 %  | 30             |
| mean luma 170, 189, 205 (clipped)    | 0.447, 0.471, 0.503 | 49, 38, 31 % | 200            |
| turned 30 to 40°, to 50°, over 50°   | 0.452, 0.419, 0.572 | 51, 74, 0 %  | 45°            |
| looking up by 20 to 30°, over 30°    | 0.425, 0.508        | 66, 10 %     | 25°            |

Sharpness: 0.64 to 1.05 in 90 % of the photographs as they are, 0.36 to 0.72 with sigma 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faces.detections import Detections, Floats, Image
from faces.landmarks import Landmarker
from faces.pose import Pose, pose_of
from faces.quality import View, view_of

MIN_SIZE_PX = 40.0
MIN_BRIGHTNESS = 30.0
MAX_BRIGHTNESS = 200.0
MIN_SHARPNESS = 0.45
MAX_YAW_DEG = 45.0
MAX_PITCH_DEG = 25.0
BYSTANDER = 0.5
"""A second face this many times as wide as the widest makes it unclear who is meant."""
MIN_INSIDE = 0.9
"""The share of the face box that lies in the picture; the rest was cut off."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a photograph is poor: a stable code for programs, words for people."""

    code: str
    words: str


NO_FACE = Reason("no_face", "No face was found: look into the camera, with light from the front.")
SEVERAL_FACES = Reason("several_faces", "There are several faces: only one person at a time.")
TOO_SMALL = Reason("face_too_small", "The face is too small: come closer.")
TOO_DARK = Reason("too_dark", "The face is too dark: turn towards the light.")
TOO_BRIGHT = Reason("too_bright", "The face is too bright: step out of the direct light.")
BLURRED = Reason("blurred", "The face is blurred: hold still, and clean or focus the lens.")
CUT_OFF = Reason("cut_off", "The face is cut off by the edge of the picture: move to the middle.")
TURN_LEFT = Reason("extreme_pose", "The face is turned away: turn a little to your left.")
TURN_RIGHT = Reason("extreme_pose", "The face is turned away: turn a little to your right.")
LOOK_UP = Reason("extreme_pose", "The face looks down: raise your chin a little.")
LOOK_DOWN = Reason("extreme_pose", "The face looks up: lower your chin a little.")


def main_face(detections: Detections) -> int | Reason:
    """The index of the face that the photograph is of, or why there is none: the widest, unless
    another is at least half as wide."""
    if not len(detections):
        return NO_FACE
    width = detections.size_wh[:, 0]
    largest = int(np.argmax(width))
    if np.any(np.delete(width, largest) >= BYSTANDER * width[largest]):
        return SEVERAL_FACES
    return largest


def judge_photo(
    image_bgr: Image, detections: Detections, landmarker: Landmarker | None = None
) -> tuple[Reason, ...]:
    """Everything that speaks against enrolling from this photograph; empty if it is good.

    `detections` are the faces found in it; `landmarker` is dlib's for 68 points, without which
    the pose is not judged.
    """
    face = main_face(detections)
    if isinstance(face, Reason):
        return (face,)
    box = detections.box_xyxy[face]
    found = [reason for reason, holds in _VIEW_RULES if holds(view_of(image_bgr, box))]
    if _inside(box, image_bgr) < MIN_INSIDE:
        found.append(CUT_OFF)
    if landmarker is not None:
        points = landmarker.points(image_bgr, detections.take(np.array([face])))[0]
        pose = pose_of(points, (image_bgr.shape[1], image_bgr.shape[0]))
        found += [reason for reason, holds in _POSE_RULES if pose is not None and holds(pose)]
    return tuple(found)


_VIEW_RULES: tuple[tuple[Reason, Callable[[View], bool]], ...] = (
    (TOO_SMALL, lambda view: view.size_px < MIN_SIZE_PX),
    (TOO_DARK, lambda view: view.brightness < MIN_BRIGHTNESS),
    (TOO_BRIGHT, lambda view: view.brightness > MAX_BRIGHTNESS),
    (BLURRED, lambda view: view.sharpness < MIN_SHARPNESS),
)
# a face that looks to the viewer's right has turned to its own left, and has to turn back
_POSE_RULES: tuple[tuple[Reason, Callable[[Pose], bool]], ...] = (
    (TURN_RIGHT, lambda pose: pose.yaw > MAX_YAW_DEG),
    (TURN_LEFT, lambda pose: pose.yaw < -MAX_YAW_DEG),
    (LOOK_UP, lambda pose: pose.pitch > MAX_PITCH_DEG),
    (LOOK_DOWN, lambda pose: pose.pitch < -MAX_PITCH_DEG),
)


def _inside(box_xyxy: Floats, image_bgr: Image) -> float:
    height, width = image_bgr.shape[:2]
    x0, y0, x1, y1 = box_xyxy
    across = max(0.0, min(x1, width) - max(x0, 0.0))
    down = max(0.0, min(y1, height) - max(y0, 0.0))
    return float(across * down / max((x1 - x0) * (y1 - y0), 1e-6))
