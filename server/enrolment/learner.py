"""What one photograph says about itself, and what it adds to the gallery.

A photograph that comes in live is added to `encodings.pkl` as it is; the rest of the file stays.
Training anew from the folder of photographs would forget everybody whose photographs lie on
another machine. The gallery's watcher sees the new file and takes it into use.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import load_gallery, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.agreement import against_newcomer
from lookout.faces.photo.judgement import Measures, Quality, Reason, judge, main_face, measure_face
from lookout.faces.photo.photo_file import decode
from lookout.faces.protocols import Detector, Encoder
from lookout.server.enrolment.redundancy import redundancy_advice
from lookout.server.inference.landmark_model import LandmarkModel


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPhoto:
    """What speaks against a photograph, and what enrolling it would add.

    measures, encoding: of the face that is meant, (D,) float32; None if there is not one.
    advice: what else there is to say, in words; often nothing.
    """

    sha256: str
    reasons: tuple[Reason, ...]
    measures: Measures | None = None
    encoding: Floats | None = None
    advice: str = ""


class Learner:
    """Judges photographs and learns them. For one thread; the engines are shared."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        encodings: Path,
        quality: Quality = Quality.STANDARD,
        landmarks: Callable[[], Landmarker] | None = None,
    ) -> None:
        self._detector = detector
        self._encoder = encoder
        self._encodings = encodings
        self._quality = quality
        self._landmarker = (landmarks or LandmarkModel())()

    def judge(self, name: str, content: bytes) -> LearnedPhoto:
        """Look at the bytes of a photograph that is said to be of `name`: by itself, and beside the
        photographs of everybody who is known.

        A gallery that cannot be used speaks against nothing here; `learn` says what is wrong with
        it. Raises BadImage if it is no photograph.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        image_bgr = decode(content)
        detections = self._detector.detect([image_bgr])[0]
        face = main_face(detections)
        if isinstance(face, Reason):
            return LearnedPhoto(sha256, (face,))
        chosen = detections.take(np.array([face]))
        measures = measure_face(image_bgr, chosen, self._landmarker)
        encoding = self._encoder.encode(self._encoder.align(image_bgr, chosen))[0]
        reasons = judge(measures, self._quality)
        if self._quality is Quality.OFF:
            return LearnedPhoto(sha256, reasons, measures, encoding)
        known = _without(self._known(), sha256)
        reasons += against_newcomer(name, encoding, known, self._encoder.tolerance)
        if reasons:
            return LearnedPhoto(sha256, reasons, measures, encoding)
        beside = redundancy_advice(name, encoding, measures.view.weight, known)
        reasons = () if beside.reason is None else (beside.reason,)
        return LearnedPhoto(sha256, reasons, measures, encoding, beside.advice)

    def learn(self, name: str, filename: str, photo: LearnedPhoto) -> bool:
        """Add the face to the gallery file; False if there is not one face that is meant.

        A photograph that was learned before changes nothing. Raises GalleryError, with the file
        as it was, if the file there cannot be used, and OSError if it cannot be written.
        """
        if photo.encoding is None or photo.measures is None:
            return False
        sample = Sample(filename, photo.sha256, photo.measures.view.weight, time.time())
        with only_writer(self._encodings):
            gallery = self._gallery()
            if (name, photo.sha256) not in zip(
                gallery.names, (known.sha256 for known in gallery.samples), strict=True
            ):
                save_gallery(self._encodings, gallery.added(name, photo.encoding[None], (sample,)))
        return True

    def _known(self) -> Gallery:
        try:
            return self._gallery()
        except GalleryError:
            return Gallery.empty(self._encoder.name, self._encoder.dimension)

    def _gallery(self) -> Gallery:
        try:
            return load_gallery(self._encodings, self._encoder)
        except FileNotFoundError:
            return Gallery.empty(self._encoder.name, self._encoder.dimension)


def _without(gallery: Gallery, sha256: str) -> Gallery:
    """The gallery without this very photograph: one that is sent a second time, because the answer
    was lost, is no duplicate."""
    return gallery.take(np.array([sample.sha256 != sha256 for sample in gallery.samples], bool))
