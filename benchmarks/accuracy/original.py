"""The design that Lookout is compared with: the real `face_recognition`, and its rule alone.

Every frame by itself: decode, `face_locations`, `face_encodings`, a majority vote of the known
encodings within 0.6, draw, encode.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.metrics.identification import IdentificationRates
from lookout.faces.metrics.threshold import Numbers
from lookout.server.imaging.jpeg import ANNOTATED_QUALITY

TOLERANCE = 0.6
GREEN, STRONG_PX = (0, 255, 0), 2


class Original:
    """The original pipeline; `model` is face_recognition's own word: hog, or cnn for dlib's CNN."""

    def __init__(self, model: Literal["hog", "cnn"], known: Gallery) -> None:
        import face_recognition

        self._engine: Any = face_recognition
        self._model = model
        self._encodings = list(known.encodings)
        self._names = known.names

    def recognize(self, jpeg: bytes) -> tuple[Floats, list[str | None], bytes]:
        """Boxes (N, 4), names (None is a stranger), and the annotated JPEG."""
        image_bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        if image_bgr is None:
            raise ValueError("these bytes are no picture")
        image_rgb = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
        places = self._engine.face_locations(image_rgb, model=self._model)
        encodings = self._engine.face_encodings(image_rgb, places)
        names = [self._vote(encoding) for encoding in encodings]
        for (top, right, bottom, left), name in zip(places, names, strict=True):
            cv2.rectangle(image_bgr, (left, top), (right, bottom), GREEN, STRONG_PX)
            where = (left, max(top - 8, 16))
            cv2.putText(
                image_bgr, name or "Unknown", where, cv2.FONT_HERSHEY_SIMPLEX, 0.75, GREEN, 2
            )
        quality = [cv2.IMWRITE_JPEG_QUALITY, ANNOTATED_QUALITY]
        _, drawn = cv2.imencode(".jpg", image_bgr, quality)
        box_xyxy = [(left, top, right, bottom) for top, right, bottom, left in places]
        return np.array(box_xyxy, np.float32).reshape(-1, 4), names, drawn.tobytes()

    def _vote(self, encoding: Floats) -> str | None:
        near = self._engine.compare_faces(self._encodings, encoding, TOLERANCE)
        votes = Counter(name for name, hit in zip(self._names, near, strict=True) if hit)
        return votes.most_common(1)[0][0] if votes else None


def first_match_rule(
    mated: Numbers, truth: npt.NDArray[np.intp], strangers: Numbers, tolerance: float = TOLERANCE
) -> IdentificationRates:
    """The rates of that vote with one photograph a person: the first in the gallery that matches.

    Shapes as for `faces.metrics.identification.nearest_within`. All matches have one vote each, so
    the order of the gallery decides.
    """
    matches = mated <= tolerance
    named = matches.any(axis=1)
    right = named & (matches.argmax(axis=1) == truth)
    return IdentificationRates(
        float(right.mean()),
        float((named & ~right).mean()),
        float((strangers <= tolerance).any(axis=1).mean()),
    )
