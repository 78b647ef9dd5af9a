"""Faces and people as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from lookout.faces.decision.decide import State
from lookout.faces.liveness.verdict import LivenessState, LivenessVerdict
from lookout.server.api.services.base_path import Address
from lookout.server.api.services.scoring import FaceMatch, MatchCandidate
from lookout.server.recognize.analysis import AnalyzedImage
from lookout.server.storage.records import Person


class PersonOut(BaseModel):
    """A known person; `info` is what the registry says about them."""

    id: str
    name: str
    identifier: str
    info: dict[str, str]
    created_at: float
    samples: int | None = Field(None, description="how many face samples there are, where asked")
    image: Annotated[
        Address | None, Field(description="the path of their best picture, where asked")
    ] = None
    last_seen: Annotated[float | None, Field(description="Unix seconds, where asked")] = None

    @classmethod
    def of(cls, person: Person, samples: int | None = None) -> PersonOut:
        return cls(
            id=person.id,
            name=person.name,
            identifier=person.identifier,
            info=dict(person.info),
            created_at=person.created_at,
            samples=samples,
        )


class CandidateOut(BaseModel):
    """A person whose face it may be. `similarity`: 0.81 to 1 if named, else 0 to 0.39."""

    person: PersonOut
    distance: float
    similarity: float

    @classmethod
    def of(cls, candidate: MatchCandidate) -> CandidateOut:
        return cls(
            person=PersonOut.of(candidate.person),
            distance=candidate.distance,
            similarity=candidate.similarity,
        )


class QualityOut(BaseModel):
    """`weight` is 0 to 1, from size and sharpness; brightness is mean luma, 0 to 255."""

    size_px: float
    brightness: float
    sharpness: float
    weight: float


class ReasonOut(BaseModel):
    """A stable code for programs, a message for people."""

    code: str
    message: str


class LivenessOut(BaseModel):
    """Whether a face is a person before the camera or a picture of one.

    score: 0 (a picture) to 1 (a person), live from 0.6 and spoof to 0.4; null if nothing could be
    seen. reasons: why it is not called live.
    """

    state: LivenessState
    score: float | None
    model: str
    reasons: list[ReasonOut]

    @classmethod
    def of(cls, verdict: LivenessVerdict | None) -> LivenessOut | None:
        if verdict is None:
            return None
        return cls(
            state=verdict.state,
            score=None if verdict.score is None else round(verdict.score, 3),
            model=verdict.model,
            reasons=[ReasonOut(code=r.code, message=r.message) for r in verdict.reasons],
        )


class FaceOut(BaseModel):
    """One face. `box_xyxy` and `landmarks` are pixels of the picture as it was sent, upright.

    landmarks: left eye, right eye, nose tip, left and right mouth corner, as the viewer sees them.
    state:     known, unknown or unsure (it may be one of two); `person` is null unless known.
    reasons:   why there is no name.
    liveness:  whether it is live; null where the server does not look.
    """

    box_xyxy: tuple[float, float, float, float]
    score: float
    landmarks: list[tuple[float, float]]
    quality: QualityOut
    state: State
    person: PersonOut | None
    distance: float | None
    margin: float | None
    reasons: list[str]
    candidates: list[CandidateOut]
    liveness: LivenessOut | None = None


def box_of(look: AnalyzedImage, face: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (round(float(edge), 1) for edge in look.detections.box_xyxy[face])
    return x0, y0, x1, y1


def points_of(look: AnalyzedImage, face: int) -> list[tuple[float, float]]:
    """The five points of a face; none where neither the detector nor dlib's model gave any."""
    points_xy = look.detections.points_xy
    if points_xy is None:
        return []
    return [(round(float(x), 1), round(float(y), 1)) for x, y in points_xy[face]]


def face_out(look: AnalyzedImage, face: int, found: FaceMatch, top: int) -> FaceOut:
    view = look.views[face]
    return FaceOut(
        box_xyxy=box_of(look, face),
        score=float(look.detections.score[face]),
        landmarks=points_of(look, face),
        quality=QualityOut(
            size_px=round(view.size_px * look.picture.scale, 1),
            brightness=round(view.brightness, 1),
            sharpness=round(view.sharpness, 3),
            weight=round(view.weight, 3),
        ),
        state=found.decision.state,
        person=None if found.person is None else PersonOut.of(found.person),
        distance=found.decision.distance,
        margin=found.decision.margin,
        reasons=list(found.decision.reasons),
        candidates=[CandidateOut.of(candidate) for candidate in found.candidates[:top]],
        liveness=LivenessOut.of(found.decision.liveness),
    )


def timings(look: AnalyzedImage) -> Mapping[str, float]:
    return {stage: round(ms, 1) for stage, ms in look.laps_ms.items()}
