"""Whether something hides the lower half of a face, by how dlib's landmarks settle there.

The same measure that refuses covered faces at enrolment (`faces.photo.occlusion`), of nose and
mouth alone. It knows no masks: a hand or a scarf is the same to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from lookout.faces.detections import Detections, Image
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.occlusion import settle

HIDDEN = 0.06
"""Eye distances: how far landmarks of nose and mouth wander where something hides them; about 0.01
in full view, 0.1 behind a mask."""
STEEPNESS = 60.0


@dataclass(frozen=True, slots=True)
class MaskEstimate:
    """hidden: whether the lower half of the face is; probability: of what is said, 0.5 to 1."""

    hidden: bool
    probability: float


def mask_of(landmarker: Landmarker, image_bgr: Image, face: Detections) -> MaskEstimate:
    """Of the one face of `face`; `landmarker` is dlib's for 68 points."""
    return judged(settle(landmarker, image_bgr, face).lower)


def judged(wandering: float) -> MaskEstimate:
    """What this much wandering means."""
    beyond = abs(wandering - HIDDEN) * STEEPNESS
    return MaskEstimate(wandering > HIDDEN, min(0.5 + beyond / 2, 1.0))
