"""Recognises the faces of one picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.faces.decision.decide import Decision, Probe
from lookout.faces.detections import Image
from lookout.faces.photo.quality import FaceView, view_of
from lookout.overlay.draw import draw_faces
from lookout.server.imaging.crop import cut_face
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.imaging.upload import read_picture
from lookout.server.inference.recognition import Recognition
from lookout.wire.records import Face, FaceState

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FaceSeen:
    """One face of a picture.

    box_xyxy: pixels of the picture as it is in its file, upright.
    score:    the detector's own.
    view:     as it was looked at; crop: its picture, a JPEG.
    """

    box_xyxy: Box
    score: float
    view: FaceView
    decision: Decision
    crop: bytes


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """What was found in one picture. `annotated` is a JPEG of at most 1600 pixels a side."""

    name: str
    size_wh: tuple[int, int]
    faces: tuple[FaceSeen, ...]
    annotated: bytes


def recognise_picture(name: str, content: bytes, recognition: Recognition) -> PictureSeen:
    """Find every face and decide who it is, from its one look.

    Raises BadPicture and faces' BadImage for what is no picture or not one that is read.
    """
    picture = read_picture(content)
    image_bgr = picture.image_bgr
    (found,) = recognition.detector.detect([image_bgr])
    chips = recognition.encoder.align(image_bgr, found) if len(found) else []
    faces: list[FaceSeen] = []
    for box, score, encoding in zip(
        found.box_xyxy, found.score, recognition.encoder.encode(chips), strict=True
    ):
        faces.append(
            FaceSeen(
                box_xyxy=_box(box * np.float32(picture.scale)),
                score=float(score),
                view=view_of(image_bgr, box),
                decision=recognition.decide([Probe(encoding)]),
                crop=encode_jpeg(cut_face(image_bgr, box), 92),
            )
        )
    shown = [
        Face(_box(box), FaceState(one.decision.state.value), one.decision.name, _distance(one))
        for box, one in zip(found.box_xyxy, faces, strict=True)
    ]
    return PictureSeen(name, picture.size_wh, tuple(faces), _drawn(image_bgr, shown))


def _drawn(image_bgr: Image, faces: list[Face]) -> bytes:
    copy = np.ascontiguousarray(image_bgr).copy()
    draw_faces(copy, faces)
    return encode_jpeg(copy, 90)


def _distance(face: FaceSeen) -> float | None:
    return face.decision.distance


def _box(box_xyxy: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Box:
    x0, y0, x1, y1 = (round(float(edge), 1) for edge in box_xyxy)
    return x0, y0, x1, y1
