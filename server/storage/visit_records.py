"""What is kept of movement, as plain values. Times are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass

TOLERANCE_S = 2.0
"""By so much two sightings may overlap: the clocks of two cameras, and a track that is held."""


HOUR_S = 3600.0
LONGEST_S = 86_400.0
"""A sighting that lasts longer is not found by a stretch of time after its first day."""
MOST_OWN_SIGHTINGS = 2000
"""Of one person, whose company is looked for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One person, known or not, at the site for one stretch of time, over all its cameras.

    person:  who it is, or None; `cluster` then says which unknown person it seems to be.
    ended:   whether it was closed: nothing has been seen of that person for the gap of a visit.
    """

    id: str
    first_s: float
    last_s: float
    person: str | None = None
    cluster: str | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Unchained:
    """A sighting that belongs to no visit yet."""

    sighting: str
    first_s: float
    last_s: float
    person: str | None
    cluster: str | None


@dataclass(frozen=True, slots=True)
class Leg:
    """A sighting as a part of its visit.

    from_camera: the camera at which the one before of this visit was, or None for the first.
    left_s:      the end of that one.
    zones:       the ids of the zones of the camera's picture in which the face was.
    beside:      other cameras at which the same visit was at the same time, for longer than
                 TOLERANCE_S.
    """

    sighting: str
    visit: str
    camera: str
    first_s: float
    last_s: float
    person: str | None
    cluster: str | None
    from_camera: str | None = None
    left_s: float | None = None
    zones: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def travel_s(self) -> float | None:
        """The time between the two; negative where they overlap."""
        return None if self.left_s is None else self.first_s - self.left_s


@dataclass(frozen=True, slots=True)
class Transition:
    """A named person went from one camera to another in `travel_s`; negative: seen by both."""

    from_camera: str
    to_camera: str
    travel_s: float


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody at a camera for some time. `seconds` is how long in all, in `sightings` pieces."""

    camera: str
    person: str | None
    cluster: str | None
    first_s: float
    last_s: float
    sightings: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Company:
    """Somebody who was seen together with a person: at the same camera at about the same time."""

    person: str | None
    cluster: str | None
    times: int
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class HourCount:
    """Sightings that began at a camera in one hour. `hour` counts since 1970, UTC."""

    hour: int
    camera: str
    sightings: int


@dataclass(frozen=True, slots=True)
class LegFilter:
    """Conditions that must all hold; None: any. A leg is between since_s and until_s where any
    part of it is. cameras: names of the only cameras to look at."""

    person: str | None = None
    cluster: str | None = None
    camera: str | None = None
    visit: str | None = None
    since_s: float | None = None
    until_s: float | None = None
    cameras: tuple[str, ...] | None = None
