"""The events of sightings: when one begins, goes on, turns out to be of somebody else, and ends."""

from __future__ import annotations

from collections.abc import Collection

from lookout.faces.decision.decide import Decision
from lookout.faces.decision.similarity import named_similarity
from lookout.server.events.types import EventType, OldKind
from lookout.server.sightings.track_summary import TrackSummary
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Event, Sighting, new_id
from lookout.server.storage.store import MAX_PAGE, Store


class SightingEvents:
    """Adds the events of one writer's sightings. For one thread; each method raises StorageError.

    A sighting is open from its first event to its end; one that the last run of the server left
    open is ended with the first call of `end_silent`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, float] = {}
        self._inherited = True

    def began(
        self, sighting: Sighting, summary: TrackSummary, *, stranger: bool, decided: bool = True
    ) -> None:
        """A sighting has been written for the first time; `stranger`: it is also the first of an
        unknown person; not `decided`: who it is may become known in a moment."""
        seen = _seen(sighting) if decided else ""
        self._add(EventType.SIGHTING_BEGAN, sighting, sighting.first_s, summary, seen)
        self._open[sighting.id] = sighting.last_s
        if stranger and decided:
            self._began_unknown(sighting)

    def updated(
        self,
        sighting: Sighting,
        summary: TrackSummary,
        *,
        decided: bool,
        stranger: bool = False,
    ) -> None:
        """It goes on; `decided`: it has turned out whom it shows, for the first time or another
        person than before."""
        if decided:
            self._add(
                EventType.SIGHTING_UPDATED, sighting, sighting.first_s, summary, _seen(sighting)
            )
        else:
            self._add(EventType.SIGHTING_UPDATED, sighting, sighting.last_s, summary)
        self._open[sighting.id] = sighting.last_s
        if stranger:
            self._began_unknown(sighting)

    def suspected(self, sighting: str, summary: TrackSummary) -> None:
        """Its face looked like a picture that is held before the camera."""
        found = self._store.sightings.get(sighting)
        self._add(EventType.LIVENESS_SUSPECTED, found, found.last_s, summary)

    def erased(self, sighting: str) -> None:
        """It was deleted, and has no end."""
        self._open.pop(sighting, None)

    def end_silent(self, before_s: float, seen: Collection[str]) -> None:
        """Ends the sightings that were last seen before and are not among those that are `seen`."""
        if self._inherited:
            for event in self._store.events.unended(MAX_PAGE):
                if event.sighting is not None:
                    self._open.setdefault(event.sighting, event.at_s)
            self._inherited = False
        for sighting, last_s in list(self._open.items()):
            if last_s < before_s and sighting not in seen:
                self._end(sighting)

    def _end(self, sighting: str) -> None:
        try:
            found = self._store.sightings.get(sighting)
        except NotFound:
            pass  # somebody has deleted it
        else:
            self._add(EventType.SIGHTING_ENDED, found, found.last_s)
        self._open.pop(sighting, None)

    def _began_unknown(self, sighting: Sighting) -> None:
        self._store.events.add(
            Event(
                new_id(),
                EventType.UNKNOWN_BEGAN,
                sighting.first_s,
                camera=sighting.camera,
                sighting=sighting.id,
                cluster=sighting.cluster,
                detail={"state": sighting.state},
            )
        )

    def _add(
        self,
        kind: EventType,
        sighting: Sighting,
        at_s: float,
        summary: TrackSummary | None = None,
        old_kind: str = "",
    ) -> None:
        detail: dict[str, object] = {
            "state": sighting.state,
            "first": sighting.first_s,
            "last": sighting.last_s,
        }
        if summary is not None:
            detail |= {"box": summary.box_shares, "margin": summary.decision.margin}
            if summary.liveness is not None:
                detail["liveness"] = summary.liveness.state.value
            similarity = _similarity(sighting, summary.decision)
            if similarity is not None:
                detail["similarity"] = similarity
        self._store.events.add(
            Event(
                new_id(),
                kind,
                at_s,
                camera=sighting.camera,
                person=sighting.person,
                sighting=sighting.id,
                detail=detail,
                cluster=sighting.cluster,
                old_kind=old_kind,
            )
        )


def _seen(sighting: Sighting) -> OldKind:
    return OldKind.UNKNOWN_SEEN if sighting.person is None else OldKind.PERSON_SEEN


def _similarity(sighting: Sighting, decision: Decision) -> float | None:
    """Of a face that the server itself has named; nobody measures what people have said."""
    if sighting.person is None or decision.name is None:
        return None
    if decision.chance is None or decision.allowed is None:
        return None
    return named_similarity(decision.chance, decision.allowed)
