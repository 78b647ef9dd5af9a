"""The JSON of visits and of what they sum up to. Times are Unix seconds; names of fields that end
in `_s` are lengths of time in seconds."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from lookout.server.movement.travel import TravelTime
from lookout.server.storage.visit_records import Company, Presence, Visit


class VisitOut(BaseModel):
    """One person at the site for one stretch of time, over all its cameras."""

    id: str
    person: str | None
    name: str | None
    cluster: str | None
    first: float
    last: float
    ended: bool

    @classmethod
    def of(cls, visit: Visit, names: Mapping[str, str]) -> VisitOut:
        return cls(
            id=visit.id,
            person=visit.person,
            name=names.get(visit.person or ""),
            cluster=visit.cluster,
            first=visit.first_s,
            last=visit.last_s,
            ended=visit.ended,
        )


class TravelTimeOut(BaseModel):
    """What is known of the way from one camera to another; seconds."""

    from_camera: str
    to_camera: str
    walks: int
    fast_s: float
    typical_s: float
    slow_s: float
    overlapping: bool
    confirmed: bool

    @classmethod
    def of(cls, time: TravelTime) -> TravelTimeOut:
        return cls.model_validate(time, from_attributes=True)


class PresenceOut(BaseModel):
    """Somebody at a camera; `seconds` in all, in so many `sightings`."""

    camera: str
    person: str | None
    name: str | None
    cluster: str | None
    first: float
    last: float
    sightings: int
    seconds: float

    @classmethod
    def of(cls, presence: Presence, names: Mapping[str, str]) -> PresenceOut:
        return cls(
            camera=presence.camera,
            person=presence.person,
            name=names.get(presence.person or ""),
            cluster=presence.cluster,
            first=presence.first_s,
            last=presence.last_s,
            sightings=presence.sightings,
            seconds=presence.seconds,
        )


class CompanyOut(BaseModel):
    """Somebody who was seen with a person, `times` times."""

    person: str | None
    name: str | None
    cluster: str | None
    times: int
    first: float
    last: float

    @classmethod
    def of(cls, company: Company, names: Mapping[str, str]) -> CompanyOut:
        return cls(
            person=company.person,
            name=names.get(company.person or ""),
            cluster=company.cluster,
            times=company.times,
            first=company.first_s,
            last=company.last_s,
        )


class SuggestionOut(BaseModel):
    """An unknown person who may be somebody, because only that person's walk fits. No name is
    given by it: say so yourself by `/unknown/{cluster}/assign`."""

    sighting: str
    cluster: str
    camera: str
    at: float
    person: str
    name: str | None
    from_camera: str
    to_camera: str


class Confirmation(BaseModel):
    """Whether the learned time between two cameras is right."""

    confirmed: bool


class DwellOut(BaseModel):
    """How long people stayed at a camera."""

    camera: str
    people: int
    total_s: float
    typical_s: float
    longest_s: float


class FlowOut(BaseModel):
    """How many walks led from one camera to another, and how long they took."""

    from_camera: str
    to_camera: str
    walks: int
    typical_s: float


class DayOut(BaseModel):
    """A day of a person: the first and the last moment, and the number of visits."""

    date: str
    first: float
    last: float
    visits: int


class Hours(BaseModel):
    """Sightings by hour of the week, (7, 24) from Monday 00:00, by camera, and by camera and hour
    of the day (24)."""

    zone: str
    week: list[list[int]]
    cameras: dict[str, int]
    by_hour: dict[str, list[int]]


class Occupancy(BaseModel):
    """How many people were at the site at `since`, `since + step` and so on."""

    since: float
    step: float
    people: list[int]
