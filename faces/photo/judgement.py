"""Measures of the face in a photograph, and the reasons against enrolling somebody with it.

The limits come from what a fault costs in recognition; docs/gallery.md has the table and the
command that makes it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.occlusion import settle
from lookout.faces.photo.pose import Pose, pose_of
from lookout.faces.photo.quality import FaceView, view_of

BYSTANDER = 0.7
"""A second face that stands out this much, of the first, makes it unclear who is meant."""
BESIDE = 0.5
"""The share of its width that a face at the left or right edge of the picture loses when it is
compared with others: whoever is meant stands in the middle."""
SHARP = 0.65
"""A face less sharp than this counts for less: the background is out of focus."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason against a photograph: a stable code for programs, a message for people."""

    code: str
    message: str


NO_FACE = Reason("no_face", "No face was found: look into the camera, with light from the front.")
SEVERAL_FACES = Reason(
    "several_faces",
    "There are several faces, and none stands out: only one person at a time, in the middle.",
)

TURNED = {
    1: Reason("turned", "The face lies on its side: turn the picture a quarter to the right."),
    2: Reason("turned", "The face stands on its head: turn the picture upside down."),
    3: Reason("turned", "The face lies on its side: turn the picture a quarter to the left."),
}
"""By the clockwise quarters that make the face upright."""

POOR = frozenset({"too_dark", "too_bright", "blurred", "extreme_pose", "cut_off"})
"""Faults that cost accuracy, but leave it clear whose face it is, and worth more than nothing; a
covered or tiny face is worth nothing (docs/gallery.md, "What a fault costs")."""
ONLY_ONE = Reason(
    "only_one",
    "It is a poor photograph, and used because there is no better one of this person: add one.",
)
"""The mark of a photograph that `serves_alone`."""


class Quality(StrEnum):
    """The standard for a photograph. OFF refuses only what shows nobody or several people."""

    STRICT = "strict"
    STANDARD = "standard"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """The limits of a face that is good enough.

    size_px:    the least shorter side of the box, pixels.
    brightness: the least and the most mean luma (ITU-R BT.601) of the box, 0 to 255.
    sharpness:  the least; see `faces.photo.quality.sharpness`.
    yaw_deg, pitch_deg: the furthest turn to a side, and nod, in degrees either way.
    spread:     the most that landmarks wander, in eye distances; see `faces.photo.occlusion`.
    inside:     the least share of the box that lies in the picture.
    """

    size_px: float
    brightness: tuple[float, float]
    sharpness: float
    yaw_deg: float
    pitch_deg: float
    spread: float
    inside: float


LIMITS: Mapping[Quality, PhotoLimits] = {
    Quality.STRICT: PhotoLimits(56.0, (50.0, 175.0), 0.72, 27.0, 20.0, 0.03, 0.9),
    Quality.STANDARD: PhotoLimits(40.0, (30.0, 190.0), 0.65, 35.0, 25.0, 0.04, 0.8),
}


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of the face in a photograph.

    inside: the share of the face's box that lies in the picture, 0 to 1.
    pose, spread: None if no landmarks were looked for, or no face fits them.
    """

    view: FaceView
    inside: float
    pose: Pose | None = None
    spread: float | None = None


def main_face(detections: Detections, image_bgr: Image) -> int | Reason:
    """The index of the face that the photograph is of, the one that stands out, or the reason why
    none can be chosen: there is none, or another stands out nearly as much."""
    if not len(detections):
        return NO_FACE
    prominence = _prominence(detections, image_bgr)
    first = int(np.argmax(prominence))
    if np.any(np.delete(prominence, first) >= BYSTANDER * prominence[first]):
        return SEVERAL_FACES
    return first


def _prominence(detections: Detections, image_bgr: Image) -> Floats:
    """(N,) the width of each face in pixels, less for one that is beside, blurred or cut off."""
    boxes, middle = detections.box_xyxy, image_bgr.shape[1] / 2
    aside = np.abs(boxes[:, [0, 2]].mean(axis=1) - middle) / middle
    worth = [
        min(1.0, view_of(image_bgr, box).sharpness / SHARP) * _inside(box, image_bgr)
        for box in boxes
    ]
    width = detections.size_wh[:, 0] * (1 - BESIDE * np.minimum(aside, 1.0))
    return np.asarray(width * np.array(worth, np.float32), np.float32)


def measure_face(
    image_bgr: Image, face: Detections, landmarker: Landmarker | None = None
) -> Measures:
    """Measure the one face of `face`. `landmarker` is dlib's for 68 points."""
    box = face.box_xyxy[0]
    view, inside = view_of(image_bgr, box), _inside(box, image_bgr)
    if landmarker is None:
        return Measures(view, inside)
    settled = settle(landmarker, image_bgr, face)
    pose = pose_of(settled.points_xy, (image_bgr.shape[1], image_bgr.shape[0]))
    return Measures(view, inside, pose, settled.spread)


def judge(measures: Measures, quality: Quality = Quality.STANDARD) -> tuple[Reason, ...]:
    """Every reason against enrolling with this face; empty if it is good."""
    if quality is Quality.OFF:
        return ()
    limits = LIMITS[quality]
    return (
        *_against_view(measures.view, limits),
        *_against_place(measures.inside, measures.spread, limits),
        *(_against_pose(measures.pose, limits) if measures.pose is not None else ()),
    )


def serves_alone(reasons: Collection[Reason], quality: Quality = Quality.STANDARD) -> bool:
    """True if a photograph with these reasons against it is enrolled, with the mark ONLY_ONE, of a
    person of whom there is no other. Not by the strict standard."""
    return quality is Quality.STANDARD and {reason.code for reason in reasons} <= POOR


def _against_view(view: FaceView, limits: PhotoLimits) -> list[Reason]:
    found = []
    darkest, brightest = limits.brightness
    if view.size_px < limits.size_px:
        least = f"{view.size_px:.0f} of {limits.size_px:.0f} px"
        message = f"The face is too small ({least}): come closer."
        found.append(Reason("face_too_small", message))
    if view.brightness < darkest:
        message = "The face is too dark: turn towards the light, or put more light on the face."
        found.append(Reason("too_dark", message))
    if view.brightness > brightest:
        message = "The face is too bright: step out of the direct light."
        found.append(Reason("too_bright", message))
    if view.sharpness < limits.sharpness:
        message = "The face is blurred: hold still, and clean or focus the lens."
        found.append(Reason("blurred", message))
    return found


def _against_place(inside: float, spread: float | None, limits: PhotoLimits) -> list[Reason]:
    found = []
    if inside < limits.inside:
        message = "The face is cut off by the edge of the picture: move to the middle."
        found.append(Reason("cut_off", message))
    if spread is not None and spread > limits.spread:
        message = "A part of the face cannot be seen well: take off mask, sunglasses or hand."
        found.append(Reason("partly_hidden", message))
    return found


def _against_pose(pose: Pose, limits: PhotoLimits) -> list[Reason]:
    """A face that looks to the viewer's right has turned to its own left, and has to turn back."""
    found = []
    if abs(pose.yaw) > limits.yaw_deg:
        side = "right" if pose.yaw > 0 else "left"
        message = f"The face is turned away: turn a little to your {side}."
        found.append(Reason("extreme_pose", message))
    if pose.pitch > limits.pitch_deg:
        message = "The face looks down: raise your chin a little."
        found.append(Reason("extreme_pose", message))
    if pose.pitch < -limits.pitch_deg:
        message = "The face looks up: lower your chin a little."
        found.append(Reason("extreme_pose", message))
    return found


def _inside(box_xyxy: Floats, image_bgr: Image) -> float:
    height, width = image_bgr.shape[:2]
    x0, y0, x1, y1 = box_xyxy
    across = max(0.0, min(x1, width) - max(x0, 0.0))
    down = max(0.0, min(y1, height) - max(y0, 0.0))
    return float(across * down / max((x1 - x0) * (y1 - y0), 1e-6))
