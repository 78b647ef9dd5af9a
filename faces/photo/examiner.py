"""From the bytes of a photograph to the face in it: decoded, chosen, measured, aligned, encoded.

Every way of enrolling goes through here: the folder of photographs, the Capture button, a registry
and the HTTP API. So a photograph that is good enough for one is good enough for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from lookout.faces.detect.second_look import find_faces
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import (
    SEVERAL_FACES,
    TURNED,
    Measures,
    Quality,
    Reason,
    judge,
    main_face,
    measure_face,
    serves_alone,
)
from lookout.faces.photo.picture import Picture, read_picture
from lookout.faces.photo.turned import quarters_to_upright
from lookout.faces.protocols import Detector, Encoder

Choose = Callable[[Detections, Image], int | Reason]
"""The choice of the face that a photograph is of, by its index."""
GATE = "gate-2"
"""Changes with the rules by which a face is chosen and measured: what is remembered is too old."""


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedFace:
    """The face that a photograph is of.

    box_xyxy: (4,) float32 in pixels of the decoded picture. encoding: (D,) float32.
    """

    box_xyxy: Floats
    measures: Measures
    encoding: Floats = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedPhoto:
    """A photograph and the face to enrol from it. No limits of quality have been applied yet.

    sha256:     of its bytes, hexadecimal.
    face:       the face that is meant, or the reason why there is none.
    picture:    None for a photograph that is remembered from an earlier run.
    detections: every face in the picture, in pixels of the decoded picture; as `picture`.
    """

    sha256: str
    face: ExaminedFace | Reason
    picture: Picture | None = field(default=None, repr=False)
    detections: Detections = field(default_factory=Detections.empty, repr=False)

    def reasons(self, quality: Quality = Quality.STANDARD) -> tuple[Reason, ...]:
        """Everything that speaks against the photograph by itself; empty if it is good."""
        return (self.face,) if isinstance(self.face, Reason) else judge(self.face.measures, quality)

    def usable(
        self, quality: Quality = Quality.STANDARD, *, use_poor: bool, only: bool = False
    ) -> bool:
        """True if the photograph may be enrolled; `use_poor` accepts a dark, blurred or small face
        too, as long as it is clear whose it is, and `only`, that the person has no other
        photograph, one that `serves_alone`."""
        if isinstance(self.face, Reason):
            return False
        reasons = self.reasons(quality)
        return use_poor or not reasons or (only and serves_alone(reasons, quality))

    def require_face(self) -> ExaminedFace:
        """The face. Raises ValueError if there is none that is meant."""
        match self.face:
            case ExaminedFace() as face:
                return face
            case Reason(message=message):
                raise ValueError(f"this photograph has no face to enrol: {message}")

    def without_picture(self) -> ExaminedPhoto:
        """The part that is worth remembering: a decoded picture has up to 8 MB."""
        return replace(self, picture=None, detections=Detections.empty())


class PhotoExaminer:
    """Examines photographs with one detector and one encoder, and is used as they may be: by one
    thread at a time, by several if they are shared.

    Without `landmarker`, dlib's for 68 points, neither pose nor occlusion is measured.
    """

    def __init__(
        self, detector: Detector, encoder: Encoder, landmarker: Landmarker | None = None
    ) -> None:
        self.detector = detector
        self.encoder = encoder
        self.landmarker = landmarker

    @property
    def settings(self) -> str:
        """Everything an examination depends on besides the photograph, in one line."""
        points = 0 if self.landmarker is None else 68
        return f"{self.detector.name} {self.encoder.name} {GATE} {points}"

    def examine(self, content: bytes, choose: Choose = main_face) -> ExaminedPhoto:
        """The photograph in these bytes, of the face that `choose` takes: the index of one, or the
        reason why none is meant. Raises BadImage if they are not a picture."""
        picture = read_picture(content)
        detections = find_faces(self.detector, picture.image_bgr)
        return ExaminedPhoto(
            hashlib.sha256(content).hexdigest(),
            self._face(picture, detections, choose(detections, picture.image_bgr)),
            picture,
            detections,
        )

    def _face(
        self, picture: Picture, detections: Detections, index: int | Reason
    ) -> ExaminedFace | Reason:
        image_bgr = picture.image_bgr
        if index is SEVERAL_FACES:
            return SEVERAL_FACES
        # dlib's HOG, which has no points, finds upright faces only
        if isinstance(index, Reason) or detections.points_xy is not None:
            quarters = quarters_to_upright(self.detector, image_bgr, detections)
            if quarters:
                return TURNED[quarters]
        if isinstance(index, Reason):
            return index
        face = detections.take(np.array([index]))
        return ExaminedFace(
            face.box_xyxy[0],
            measure_face(image_bgr, face, self.landmarker),
            self.encoder.encode(self.encoder.align(image_bgr, face))[0],
        )
