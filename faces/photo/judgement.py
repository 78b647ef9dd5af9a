"""Is this photograph good enough to enrol somebody with: measures, and reasons in words that help.

The limits come from what a fault costs in recognition; docs/gallery.md has the table and the
command that makes it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.occlusion import settle
from lookout.faces.photo.pose import Pose, pose_of
from lookout.faces.photo.quality import FaceView, view_of

BYSTANDER = 0.5
"""A second face this many times as wide as the widest makes it unclear who is meant."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a photograph is poor: a stable code for programs, words for people."""

    code: str
    words: str


NO_FACE = Reason("no_face", "No face was found: look into the camera, with light from the front.")
SEVERAL_FACES = Reason("several_faces", "There are several faces: only one person at a time.")


class Quality(StrEnum):
    """How good a photograph must be. OFF refuses only what shows nobody, or several people."""

    STRICT = "strict"
    STANDARD = "standard"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What a face has to keep to.

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
    """What was measured of the face in a photograph.

    inside: the share of the face's box that lies in the picture, 0 to 1.
    pose, spread: None if no landmarks were looked for, or no face fits them.
    """

    view: FaceView
    inside: float
    pose: Pose | None = None
    spread: float | None = None


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
    """Everything that speaks against enrolling with this face; empty if it is good."""
    if quality is Quality.OFF:
        return ()
    limits = LIMITS[quality]
    return (
        *_against_view(measures.view, limits),
        *_against_place(measures.inside, measures.spread, limits),
        *(_against_pose(measures.pose, limits) if measures.pose is not None else ()),
    )


def judge_photo(
    image_bgr: Image,
    detections: Detections,
    landmarker: Landmarker | None = None,
    quality: Quality = Quality.STANDARD,
) -> tuple[Reason, ...]:
    """Everything that speaks against enrolling from this photograph; empty if it is good.

    `detections` are the faces found in it; without `landmarker`, dlib's for 68 points, neither
    pose nor what is hidden is judged.
    """
    face = main_face(detections)
    if isinstance(face, Reason):
        return (face,)
    chosen = detections.take(np.array([face]))
    return judge(measure_face(image_bgr, chosen, landmarker), quality)


def _against_view(view: FaceView, limits: PhotoLimits) -> list[Reason]:
    found = []
    darkest, brightest = limits.brightness
    if view.size_px < limits.size_px:
        least = f"{view.size_px:.0f} of {limits.size_px:.0f} px"
        words = f"The face is too small ({least}): come closer."
        found.append(Reason("face_too_small", words))
    if view.brightness < darkest:
        words = "The face is too dark: turn towards the light, or put more light on the face."
        found.append(Reason("too_dark", words))
    if view.brightness > brightest:
        words = "The face is too bright: step out of the direct light."
        found.append(Reason("too_bright", words))
    if view.sharpness < limits.sharpness:
        words = "The face is blurred: hold still, and clean or focus the lens."
        found.append(Reason("blurred", words))
    return found


def _against_place(inside: float, spread: float | None, limits: PhotoLimits) -> list[Reason]:
    found = []
    if inside < limits.inside:
        words = "The face is cut off by the edge of the picture: move to the middle."
        found.append(Reason("cut_off", words))
    if spread is not None and spread > limits.spread:
        words = "A part of the face cannot be seen well: take off mask, sunglasses or hand."
        found.append(Reason("partly_hidden", words))
    return found


def _against_pose(pose: Pose, limits: PhotoLimits) -> list[Reason]:
    """A face that looks to the viewer's right has turned to its own left, and has to turn back."""
    found = []
    if abs(pose.yaw) > limits.yaw_deg:
        side = "right" if pose.yaw > 0 else "left"
        words = f"The face is turned away: turn a little to your {side}."
        found.append(Reason("extreme_pose", words))
    if pose.pitch > limits.pitch_deg:
        words = "The face looks down: raise your chin a little."
        found.append(Reason("extreme_pose", words))
    if pose.pitch < -limits.pitch_deg:
        words = "The face looks up: lower your chin a little."
        found.append(Reason("extreme_pose", words))
    return found


def _inside(box_xyxy: Floats, image_bgr: Image) -> float:
    height, width = image_bgr.shape[:2]
    x0, y0, x1, y1 = box_xyxy
    across = max(0.0, min(x1, width) - max(x0, 0.0))
    down = max(0.0, min(y1, height) - max(y0, 0.0))
    return float(across * down / max((x1 - x0) * (y1 - y0), 1e-6))
