"""Enrolment over HTTP: a photograph becomes a sample of a person, the same for every route."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.errors import BadImage
from lookout.faces.liveness.verdict import SPOOF, UNPROVED, LivenessState
from lookout.faces.photo.examiner import ExaminedFace, ExaminedPhoto
from lookout.faces.photo.judgement import ONLY_ONE, Reason
from lookout.server.api.errors.api_error import ApiError, rejection_error
from lookout.server.api.services.face_analyzer import FaceAnalyzer
from lookout.server.enrolment.samples import has_photograph, sample_of
from lookout.server.inference.proofs import Proofs
from lookout.server.storage.records import FaceSample
from lookout.server.storage.store import Store

ORIGIN = "upload"


def refuse_spoof(photo: ExaminedPhoto, analyzer: FaceAnalyzer, proofs: Proofs) -> None:
    """Raises ApiError for a photograph of a picture, and where proof is demanded and missing."""
    verdict = analyzer.liveness_of(photo)
    reasons = [SPOOF] if verdict is not None and verdict.state is LivenessState.SPOOF else []
    demand, face = analyzer.liveness.demand, photo.face
    if demand is LivenessDemand.CHALLENGE and isinstance(face, ExaminedFace):
        proved = proofs.has(face.encoding, analyzer.encoder.tolerance)
        reasons += [] if proved else [UNPROVED]
    if reasons:
        raise rejection_error(reasons)


def add_sample(
    store: Store,
    encoder: str,
    photo: ExaminedPhoto,
    person: str,
    *,
    use_poor: bool,
    source: str = "",
) -> FaceSample:
    """Add the face of `photo` to `person`; the same photograph a second time changes nothing.

    encoder: the name of the one that encoded it. use_poor: as in `ExaminedPhoto.usable`.

    Raises ApiError with every reason if the photograph cannot be used, NotFound if there is no such
    person, StorageError.
    """
    if not photo.usable(use_poor=use_poor):
        raise rejection_error(photo.reasons())
    for sample in store.samples.find_by_content(bytes.fromhex(photo.sha256)):
        if sample.person == person and sample.encoder == encoder and not sample.negative:
            return sample
    return store.samples.add(*sample_of(photo, person, encoder, ORIGIN, source, time.time()))


@dataclass(frozen=True, slots=True)
class GivenPhoto:
    """A photograph of a request: its place there, and what people call it."""

    index: int
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A photograph, and why it was refused or is used all the same."""

    given: GivenPhoto
    error: ApiError | BadImage


class Enrolment:
    """The photographs of one request, all of one person. A good one is added at once; the best of
    the poor ones waits and is added at the end, if the person has no photograph then.

    kept: what was added. poor: what of it is poor. refused: what was not added.
    """

    def __init__(self, store: Store, encoder: str, person: str, *, use_poor: bool = False) -> None:
        """Raises NotFound if there is no such person."""
        store.people.get(person)
        self.kept: list[FaceSample] = []
        self.poor: list[Doubtful] = []
        self.refused: list[Doubtful] = []
        self._store = store
        self._encoder = encoder
        self._person = person
        self._use_poor = use_poor
        self._best: tuple[GivenPhoto, ExaminedPhoto] | None = None

    def take(self, given: GivenPhoto, photo: ExaminedPhoto) -> None:
        """Adds the photograph, lets it wait or refuses it. Raises NotFound, StorageError."""
        reasons = photo.reasons()
        if photo.usable(use_poor=self._use_poor):
            self._add(given, photo, reasons)
        elif photo.usable(use_poor=False, only=True):
            self._let_wait(given, photo)
        else:
            self.refuse(given, rejection_error(reasons))

    def refuse(self, given: GivenPhoto, error: ApiError | BadImage) -> None:
        self.refused.append(Doubtful(given, error))

    def finish(self) -> None:
        """Adds the poor photograph that waits or refuses it. Raises as `take`."""
        if self._best is not None:
            given, photo = self._best
            if has_photograph(self._store, self._person):
                self.refuse(given, rejection_error(photo.reasons()))
            else:
                self._add(given, photo, (*photo.reasons(), ONLY_ONE))
        self.refused.sort(key=lambda doubtful: doubtful.given.index)

    def _add(self, given: GivenPhoto, photo: ExaminedPhoto, reasons: tuple[Reason, ...]) -> None:
        sample = add_sample(
            self._store, self._encoder, photo, self._person, use_poor=True, source=given.source
        )
        self.kept.append(sample)
        if reasons:
            self.poor.append(Doubtful(given, rejection_error(reasons)))

    def _let_wait(self, given: GivenPhoto, photo: ExaminedPhoto) -> None:
        pair = (given, photo)
        if self._best is not None:
            earlier = self._best
            if _weight(photo) <= _weight(earlier[1]):
                pair, earlier = earlier, pair
            self.refuse(earlier[0], rejection_error(earlier[1].reasons()))
        self._best = pair


def _weight(photo: ExaminedPhoto) -> float:
    return photo.require_face().measures.view.weight
