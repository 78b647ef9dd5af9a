"""From the bytes of a photograph to the encoding of the face in it, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.judgement import Quality, Reason, judge_photo, main_face
from lookout.faces.photo.photo_file import decode
from lookout.faces.photo.quality import view_of
from lookout.faces.protocols import Detector, Encoder
from lookout.server.imaging.jpeg import encode_jpeg

CROP_MARGIN = 0.4
"""Of the face's box on every side: hair, chin and ears help people to tell who it is."""
CROP_QUALITY = 90


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A face that can be enrolled.

    encoding:  (D,) float32. crop_jpeg: the face with some margin. quality: 0..1.
    doubts:    what speaks against the photograph, although it is used.
    """

    encoding: Floats = field(repr=False)
    crop_jpeg: bytes = field(repr=False)
    quality: float
    doubts: tuple[Reason, ...]


class FaceReader:
    """The engine as enrolment needs it. For one thread at a time, as its detector and encoder.

    quality:  how good a photograph must be.
    use_poor: enrol from a dark or blurred photograph, too, as long as it is clear whose face is
    meant: an old registry has no other one. What is poor by `quality` is still said.
    """

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        landmarker: Landmarker | None = None,
        use_poor: bool = False,
        quality: Quality = Quality.STANDARD,
    ) -> None:
        self._detector = detector
        self._encoder = encoder
        self._use_poor = use_poor
        self._quality = quality
        self._landmarker = landmarker

    @property
    def encoder(self) -> str:
        return self._encoder.name

    @property
    def tolerance(self) -> float:
        return self._encoder.tolerance

    @property
    def settings(self) -> str:
        """What the outcome depends on besides the photograph."""
        poor = "poor" if self._use_poor else "good"
        return f"{self._detector.name} {self._encoder.name} {self._quality} {poor}"

    def read(self, content: bytes) -> Reading | Reason:
        """The one face of a photograph, or why it is not enrolled. Raises faces' BadImage."""
        image_bgr = decode(content)
        (detections,) = self._detector.detect([image_bgr])
        face = main_face(detections)
        if isinstance(face, Reason):
            return face
        reasons = judge_photo(image_bgr, detections, self._landmarker, self._quality)
        if reasons and not self._use_poor:
            return reasons[0]
        only = detections.take(np.array([face]))
        encoding = self._encoder.encode(self._encoder.align(image_bgr, only))[0]
        view = view_of(image_bgr, only.box_xyxy[0])
        return Reading(encoding, crop_jpeg(image_bgr, only), view.weight, reasons)


def crop_jpeg(image_bgr: Image, face: Detections) -> bytes:
    """The first of the faces with CROP_MARGIN around it, as JPEG."""
    height, width = image_bgr.shape[:2]
    margin = CROP_MARGIN * float(face.size_wh[0].max())
    x0, y0, x1, y1 = face.box_xyxy[0] + np.array([-margin, -margin, margin, margin])
    left, top = max(0, round(float(x0))), max(0, round(float(y0)))
    right, bottom = min(width, round(float(x1))), min(height, round(float(y1)))
    return encode_jpeg(image_bgr[top:bottom, left:right], CROP_QUALITY)
