"""Why a sighting has the name that it has: the decision card."""

from __future__ import annotations

import math

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel

from lookout.faces.decision.decide import State
from lookout.faces.decision.reasons import reason_of
from lookout.faces.detections import Floats
from lookout.server.accounts.scopes import Scope
from lookout.server.api.dependencies import Dependencies, Deps
from lookout.server.api.routes.sightings import face_of
from lookout.server.api.schemas.common import Id
from lookout.server.api.schemas.reasons import CodedReason
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Guarded, allow
from lookout.server.api.security.visible_cameras import Seeing
from lookout.server.api.services.scoring import match
from lookout.server.gallery.people_snapshot import PeopleSnapshot

router = APIRouter(prefix="/api/v1", route_class=Guarded, tags=["sightings"])

SAMPLES = 6
"""The nearest of a person that are shown."""


class ComparedSample(BaseModel):
    """A sample that the face was compared with."""

    id: str
    distance: float
    has_image: bool


class ComparedPerson(BaseModel):
    """Somebody whom the face may show. distance: to the nearer half of their samples, as in the
    decision. samples: the nearest of `count`."""

    person: str
    name: str
    distance: float
    similarity: float
    count: int
    samples: list[ComparedSample]


class DecisionCard(BaseModel):
    """How the best face of a sighting would be decided now, by the people and rejections of now.

    tolerance: a sample as near as this votes for its person. stranger_limit: nearer than this comes
    hardly any stranger to so many people; null where the rule has no such limit.
    margin_needed: by so much the next person has to be farther. coded: the reasons with codes.
    """

    state: State
    person: str | None
    reasons: list[str]
    coded: list[CodedReason]
    ignored: bool
    margin: float | None
    margin_needed: float
    tolerance: float
    stranger_limit: float | None
    people: list[ComparedPerson]


@router.get("/sightings/{sighting}/decision")
@allow(Scope.PEOPLE_READ)
def decision(sighting: Id, parts: Deps, trail: Trailing, visible: Seeing) -> DecisionCard:
    """The face beside the samples it is compared with, and the limits that decide."""
    trail.actor.require(Scope.SIGHTINGS_READ)
    found = visible.checked(parts.store.sightings.get(sighting))
    encoding = face_of(found, parts)[0]
    known, rule = parts.known.snapshot(), parts.rule
    answer = match(encoding, known, rule, parts.negatives())
    limit = _stranger_limit(parts, len(known.people))
    trail.note("sighting.decision", sighting)
    return DecisionCard(
        state=answer.decision.state,
        person=None if answer.person is None else answer.person.id,
        reasons=list(answer.decision.reasons),
        coded=[CodedReason.of(reason_of(one)) for one in answer.decision.reasons],
        ignored=answer.decision.ignored,
        margin=answer.decision.margin,
        margin_needed=rule.min_margin,
        tolerance=rule.tolerance,
        stranger_limit=limit,
        people=[
            ComparedPerson(
                person=near.person.id,
                name=near.person.name,
                distance=near.distance,
                similarity=near.similarity,
                count=known.by_id.names.count(near.person.id),
                samples=_nearest(near.person.id, encoding, known, parts),
            )
            for near in answer.candidates[:3]
        ],
    )


def _nearest(
    person: str, encoding: Floats, known: PeopleSnapshot, parts: Dependencies
) -> list[ComparedSample]:
    rows = [i for i, owner in enumerate(known.by_id.names) if owner == person]
    apart = np.linalg.norm(known.by_id.encodings[rows] - encoding, axis=1)
    order = np.argsort(apart)[:SAMPLES]
    ids = [known.samples[rows[i]] for i in order]
    pictured = {sample.id for sample in parts.store.samples.many(ids) if sample.has_image}
    return [
        ComparedSample(id=key, distance=float(apart[i]), has_image=key in pictured)
        for key, i in zip(ids, order, strict=True)
    ]


def _stranger_limit(parts: Dependencies, people: int) -> float | None:
    """The distance that the rule's share of strangers stays beyond, for so many people."""
    rule = parts.rule
    if rule.original or not people or rule.strangers.cohort is not None:
        return None  # with a cohort the limit depends on the face
    return math.sqrt(max(0.0, rule.strangers.score_at(rule.fpir, people)))
