"""The chaining of sightings to visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lookout.server.storage.records import new_id
from lookout.server.storage.store import Store
from lookout.server.storage.visit_records import Unchained, Visit

GAP_S = 600.0
"""Somebody who is not seen for ten minutes at any camera of the site has left."""
PREFIX = "vis_"


@dataclass(frozen=True, slots=True)
class Chained:
    """begun: the visits that began and are under way. count: the sightings that were chained."""

    begun: tuple[Visit, ...]
    count: int


class VisitChainer:
    """For one thread. Every method raises StorageError."""

    def __init__(
        self,
        store: Store,
        gap_s: float = GAP_S,
        make_id: Callable[[], str] = lambda: PREFIX + new_id(),
    ) -> None:
        self._store = store
        self._gap_s = gap_s
        self._make_id = make_id

    def chain(self, now_s: float, limit: int = 500) -> Chained:
        """Gives up to `limit` sightings that have no visit the one they belong to, or a new one.

        A sighting between two visits of its person, because it was named later, makes them one:
        the older stays. A visit that was over before it is known is closed from the start.
        """
        fresh: dict[str, Visit] = {}
        with self._store.transaction():
            waiting = self._store.visits.unchained(limit)
            for sighting in waiting:
                found = self._near(sighting)
                visit = self._joined(found, sighting, now_s) or self._new(sighting, now_s)
                if not found or visit.id in fresh:
                    fresh[visit.id] = visit
                for other in found[1:]:
                    fresh.pop(other.id, None)
                self._store.visits.put(sighting.sighting, visit.id)
        begun = tuple(visit for visit in fresh.values() if not visit.ended)
        return Chained(begun, len(waiting))

    def end(self, now_s: float, limit: int = 500) -> tuple[Visit, ...]:
        """Closes the visits of those who were not seen for the gap; returns them."""
        return self._store.visits.end_before(now_s - self._gap_s, limit)

    def _near(self, sighting: Unchained) -> tuple[Visit, ...]:
        return self._store.visits.near(
            sighting.person,
            sighting.cluster,
            sighting.first_s - self._gap_s,
            sighting.last_s + self._gap_s,
        )

    def _new(self, sighting: Unchained, now_s: float) -> Visit:
        visit = Visit(
            id=self._make_id(),
            first_s=sighting.first_s,
            last_s=sighting.last_s,
            person=sighting.person,
            cluster=None if sighting.person else sighting.cluster,
            ended=self._is_over(sighting, now_s),
        )
        self._store.visits.add(visit)
        return visit

    def _joined(self, found: tuple[Visit, ...], sighting: Unchained, now_s: float) -> Visit | None:
        """The oldest of these visits, which takes over the others."""
        if not found:
            return None
        visit, *others = found
        for other in others:
            self._store.visits.join(other.id, visit.id)
        if visit.ended and not self._is_over(sighting, now_s):
            self._store.visits.reopen(visit.id)
            visit = replace(visit, ended=False)
        return visit

    def _is_over(self, sighting: Unchained, now_s: float) -> bool:
        return sighting.last_s < now_s - self._gap_s
