"""The store's interface for movement: visits, and what is asked of them.

Every method may be called from any thread and raises as `server.storage.store` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lookout.server.storage.records import Page
from lookout.server.storage.visit_records import (
    Company,
    HourCount,
    Leg,
    LegFilter,
    Presence,
    Transition,
    Unchained,
    Visit,
)


class Visits(Protocol):
    """Chains of sightings of one person at the site, latest end first."""

    def unchained(self, limit: int) -> tuple[Unchained, ...]:
        """Sightings without a visit, the earliest first."""

    def near(
        self, person: str | None, cluster: str | None, since_s: float, until_s: float
    ) -> tuple[Visit, ...]:
        """The visits of this person, or unknown person, in any part of that time, oldest first."""

    def add(self, visit: Visit) -> None: ...

    def put(self, sighting: str, visit: str) -> None:
        """Makes a sighting a part of a visit, whose times grow with it. Raises NotFound where the
        sighting has gone."""

    def join(self, source: str, target: str) -> None:
        """Gives the sightings of one visit to another; the first one is gone by that."""

    def reopen(self, visit: str) -> None:
        """Takes back that it ended."""

    def end_before(self, before_s: float, limit: int) -> tuple[Visit, ...]:
        """Closes open visits that nothing was seen of since; returns them."""

    def get(self, visit: str) -> Visit: ...

    def page(
        self, limit: int, cursor: str | None = None, which: LegFilter | None = None
    ) -> Page[Visit]: ...

    def count(self) -> int: ...


class Movements(Protocol):
    """Questions about where people were. `since_s` and `until_s` bound what is looked at."""

    def legs(
        self, limit: int, cursor: str | None = None, which: LegFilter | None = None
    ) -> Page[Leg]:
        """The sightings that belong to visits, the latest end first."""

    def transitions(self, since_s: float, until_s: float, limit: int) -> tuple[Transition, ...]:
        """From camera to camera, of named people, in their latest `limit` sightings."""

    def present(self, since_s: float, until_s: float, limit: int) -> tuple[Presence, ...]:
        """Who was at which camera in that time; the longest first."""

    def company(
        self, person: str, since_s: float, until_s: float, slack_s: float, limit: int
    ) -> tuple[Company, ...]:
        """Who was with this person, the most often first: at the same camera with at most
        `slack_s` between the two, in the person's latest 2,000 sightings of that time."""

    def hours(
        self, since_s: float, until_s: float, person: str | None = None
    ) -> tuple[HourCount, ...]:
        """How much was seen in each hour at each camera; hours are whole ones in UTC."""

    def between(
        self, since_s: float, until_s: float, cameras: Sequence[str], limit: int
    ) -> tuple[Leg, ...]:
        """Unnamed sightings that lie wholly in that time at those cameras, earliest first."""
