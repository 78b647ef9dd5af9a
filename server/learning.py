"""What one photograph says about itself, and what it adds to the gallery.

A photograph that comes in live is added to `encodings.pkl` as it is; the rest of the file stays.
Training anew from the folder of photographs would forget everybody whose photographs lie on
another machine. The gallery's watcher sees the new file and takes it into use.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faces.detections import Detections, Image
from faces.encodings_file import load_gallery, save_gallery
from faces.gallery import Gallery
from faces.landmarks import Landmarker
from faces.photo import Reason, judge_photo, main_face
from faces.photo_file import decode
from faces.seams import Detector, Encoder

SAME_PHOTO = 1e-3
"""Two encodings of one person this near come from one picture; distances are exact to 5e-4."""


@dataclass(frozen=True, slots=True)
class JudgedPhoto:
    """A decoded photograph, the faces in it, and what speaks against it."""

    image_bgr: Image
    detections: Detections
    reasons: tuple[Reason, ...]


class Learner:
    """Judges photographs and learns them. For one thread; the engines are shared."""

    def __init__(self, detector: Detector, encoder: Encoder, encodings: Path) -> None:
        self._detector = detector
        self._encoder = encoder
        self._encodings = encodings
        self._landmarker = Landmarker(68)

    def judge(self, content: bytes) -> JudgedPhoto:
        """Look at the bytes of a photograph. Raises BadImage if they are none."""
        image_bgr = decode(content)
        detections = self._detector.detect([image_bgr])[0]
        reasons = judge_photo(image_bgr, detections, self._landmarker)
        return JudgedPhoto(image_bgr, detections, reasons)

    def learn(self, name: str, photo: JudgedPhoto) -> bool:
        """Add the face to the gallery file; False if there is not one face that is meant.

        A photograph that was learned before changes nothing. Raises GalleryError, with the file
        as it was, if the file there cannot be used, and OSError if it cannot be written.
        """
        face = main_face(photo.detections)
        if isinstance(face, Reason):
            return False
        chosen = photo.detections.take(np.array([face]))
        encoding = self._encoder.encode(self._encoder.align(photo.image_bgr, chosen))
        gallery = self._gallery()
        own = np.array([other == name for other in gallery.names], bool)
        if not np.any(gallery.distances(encoding)[0, own] < SAME_PHOTO):
            save_gallery(self._encodings, gallery.added(name, encoding))
        return True

    def _gallery(self) -> Gallery:
        try:
            return load_gallery(self._encodings, self._encoder)
        except FileNotFoundError:
            return Gallery.empty(self._encoder.name, self._encoder.dimension)
