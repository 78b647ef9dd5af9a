"""The faces of one picture with decisions, crops and an annotated copy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.faces.decision.decide import Decision, Probe
from lookout.faces.detections import Floats
from lookout.faces.photo.quality import FaceView
from lookout.overlay.draw import draw_faces
from lookout.overlay.turn import Turn
from lookout.server.imaging.crop import crop_jpeg
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.recognition import Recognition
from lookout.server.recognize.analysis import AnalyzedImage, analyze
from lookout.wire.records import Face, FaceState

ANNOTATED_QUALITY = 90
"""JPEG quality of the annotated copy."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FaceSeen:
    """One face of a picture.

    box_xyxy: pixels of the picture as it is in its file, upright, or as it was to be turned.
    score:    the detector's own.
    view:     in pixels of the decoded picture; crop: the face as a JPEG.
    """

    box_xyxy: Box
    score: float
    view: FaceView
    decision: Decision
    crop: bytes


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """The faces that were found in one picture. `annotated` is a JPEG, at most 1600 pixels wide and
    high."""

    name: str
    size_wh: tuple[int, int]
    faces: tuple[FaceSeen, ...]
    annotated: bytes


def recognize_picture(
    name: str, content: bytes, recognition: Recognition, turn: Turn | None = None
) -> PictureSeen:
    """Finds every face and names it. Raises BadImage if the bytes are not a picture."""
    image = analyze(content, recognition.detector, recognition.encoder, turn=turn)
    decisions = [recognition.decide([Probe(encoding)]) for encoding in image.encodings]
    faces = tuple(
        FaceSeen(
            box_xyxy=_box(image.detections.box_xyxy[face]),
            score=float(image.found.score[face]),
            view=image.views[face],
            decision=decision,
            crop=crop_jpeg(image.picture.image_bgr, image.found.box_xyxy[face]),
        )
        for face, decision in enumerate(decisions)
    )
    return PictureSeen(name, image.picture.size_wh, faces, _annotated(image, decisions))


def _annotated(image: AnalyzedImage, decisions: list[Decision]) -> bytes:
    copy = np.ascontiguousarray(image.picture.image_bgr).copy()
    shown = [
        Face(_box(box_xyxy), FaceState(decision.state.value), decision.name, decision.distance)
        for box_xyxy, decision in zip(image.found.box_xyxy, decisions, strict=True)
    ]
    draw_faces(copy, shown)
    return encode_jpeg(copy, ANNOTATED_QUALITY)


def _box(box_xyxy: Floats) -> Box:
    x0, y0, x1, y1 = (round(float(edge), 1) for edge in box_xyxy)
    return x0, y0, x1, y1
