"""The verdict on one photograph beside the gallery, and its addition to the gallery.

A photograph that comes in live is added to the gallery's files; the rest of them stays as it is.
Training again from the folder of photographs would forget everybody whose photographs lie on
another machine. The gallery's watcher sees the new file and takes it into use.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.detections import Floats
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import load_gallery, save_galleries
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.liveness.verdict import SPOOF, UNPROVED, LivenessState, verdict_of
from lookout.faces.photo.agreement import against_newcomer
from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import ONLY_ONE, Quality, Reason, main_face, serves_alone
from lookout.faces.protocols import Detector, Encoder
from lookout.server.enrolment.redundancy import redundancy_advice
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.inference.liveness_check import LivenessCheck
from lookout.server.inference.proofs import Proofs

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaptureVerdict:
    """The reasons against a photograph, by itself and beside the gallery, and further advice.

    only: true if it is to be kept in spite of them, because there is no other of its person.
    """

    reasons: tuple[Reason, ...]
    advice: str = ""
    only: bool = False


class Learner:
    """Judges photographs and learns them. For one thread; the engines are shared."""

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        encodings: Path,
        quality: Quality = Quality.STANDARD,
        landmarks: Callable[[], Landmarker] | None = None,
        others: Callable[[], Mapping[Path, Encoder]] = dict,
        liveness: LivenessCheck | None = None,
        proofs: Proofs | None = None,
    ) -> None:
        """`encodings` is the encoder's own file; `others` gives the files of the same gallery that
        learn as well, and their encoders. It is called with the first photograph to learn. `proofs`
        are the faces that have passed a challenge lately, of which the demand `challenge` asks
        for one."""
        self._examiner = PhotoExaminer(detector, encoder, (landmarks or LandmarkModel())())
        self._encoder = encoder
        self._encodings = encodings
        self._quality = quality
        self._others = others
        self._liveness = liveness or LivenessCheck()
        self._proofs = proofs or Proofs()

    def examine(self, content: bytes) -> ExaminedPhoto:
        """The face in the bytes of a photograph. Raises BadImage if they are not a picture."""
        return self._examiner.examine(content)

    def judge(self, name: str, photo: ExaminedPhoto, camera: str = "") -> CaptureVerdict:
        """The verdict on a photograph that is said to be of `name`, by itself and beside the
        photographs of everybody who is known. camera: the one that took it.

        A gallery that cannot be used speaks against nothing here; `learn` says what is wrong with
        it.
        """
        reasons, face = photo.reasons(self._quality), photo.face
        reasons += self._against_spoof(photo, self._liveness.demand_at(camera))
        if isinstance(face, Reason) or self._quality is Quality.OFF:
            return CaptureVerdict(reasons)
        known = _without(self._known(), photo.sha256)
        reasons += against_newcomer(name, face.encoding, known, self._encoder.tolerance)
        if reasons and name not in known.people and serves_alone(reasons, self._quality):
            return CaptureVerdict(reasons, ONLY_ONE.message, only=True)
        if reasons:
            return CaptureVerdict(reasons)
        beside = redundancy_advice(name, face.encoding, face.measures.view.weight, known)
        return CaptureVerdict(() if beside.reason is None else (beside.reason,), beside.advice)

    def _against_spoof(self, photo: ExaminedPhoto, demand: LivenessDemand) -> tuple[Reason, ...]:
        if photo.picture is None or isinstance(photo.face, Reason) or demand is LivenessDemand.OFF:
            return ()
        face = photo.face
        reasons: tuple[Reason, ...] = ()
        if self._liveness.looks:
            look = self._liveness.look(photo.picture.image_bgr, face.box_xyxy)
            is_spoof = verdict_of(look, self._liveness.name).state is LivenessState.SPOOF
            reasons = (SPOOF,) if is_spoof else ()
        if demand is not LivenessDemand.CHALLENGE:
            return reasons
        proved = self._proofs.has(face.encoding, self._encoder.tolerance)
        return reasons if proved else (*reasons, UNPROVED)

    def learn(
        self,
        name: str,
        filename: str,
        photo: ExaminedPhoto,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Add the face to the gallery file; False if there is not one face that is meant, or
        `unless` says so, which is asked while nobody else changes the file.

        A photograph that was learned before changes nothing. Raises GalleryError, with the file
        as it was, if the file there cannot be used, and OSError, with all files as they were, if
        one cannot be written.
        """
        face = photo.face
        if isinstance(face, Reason):
            return False
        sample = Sample(filename, photo.sha256, face.measures.view.weight, time.time())
        others = self._others()
        rows = {path: encoded(photo, encoder) for path, encoder in others.items()}
        with only_writer(self._encodings):
            if unless():
                return False
            galleries = _with(self._encodings, self._gallery(), name, face.encoding[None], sample)
            for path, encoder in others.items():
                try:
                    galleries |= _with(path, _opened(path, encoder), name, rows[path], sample)
                except GalleryError as error:
                    # this one is not in use now
                    log.warning("%s was not learnt by %s: %s", filename, encoder.name, error)
            save_galleries(galleries)
        return True

    def _known(self) -> Gallery:
        try:
            return self._gallery()
        except GalleryError:
            return Gallery.empty(self._encoder.name, self._encoder.dimension)

    def _gallery(self) -> Gallery:
        return _opened(self._encodings, self._encoder)


def encoded(photo: ExaminedPhoto, encoder: Encoder) -> Floats:
    """The face of a photograph, not yet without its picture, by another encoder: (1, D) float32.

    Raises ValueError if there is no face that is meant."""
    if photo.picture is None:
        raise ValueError("this photograph has no picture any more")
    match main_face(photo.detections, photo.picture.image_bgr):
        case Reason(message=message):
            raise ValueError(f"this photograph has no face to encode: {message}")
        case index:
            face = photo.detections.take(np.array([index], np.intp))
    return encoder.encode(encoder.align(photo.picture.image_bgr, face))


def _opened(path: Path, encoder: Encoder) -> Gallery:
    try:
        return load_gallery(path, encoder)
    except FileNotFoundError:
        return Gallery.empty(encoder.name, encoder.dimension)


def _with(
    path: Path, gallery: Gallery, name: str, encoding: Floats, sample: Sample
) -> dict[Path, Gallery]:
    """The file with one photograph more; nothing where it has learnt this one before."""
    known = zip(gallery.names, (known.sha256 for known in gallery.samples), strict=True)
    if (name, sample.sha256) in known:
        return {}
    return {path: gallery.added(name, encoding, (sample,))}


def _without(gallery: Gallery, sha256: str) -> Gallery:
    """The gallery without this very photograph: one that is sent again, because the response was
    lost, is not a duplicate."""
    return gallery.take(np.array([sample.sha256 != sha256 for sample in gallery.samples], bool))
