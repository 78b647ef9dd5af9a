"""Writes tracks into the store as sightings: which one a track belongs to, and who it is of.

A track of the same person at the same camera within MERGE_S of the last continues that sighting, so
that a face that is lost now and then, or an hour before the camera, is one sighting. What people
have changed meanwhile, by naming, rejecting or deleting it, stays as they left it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lookout.faces.decision.decide import Decision, Probe, State
from lookout.server.gallery.people_index import PeopleSnapshot
from lookout.server.sightings.event_kind import EventKind
from lookout.server.sightings.track_summary import TrackSummary
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import Key, PendingWrite
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Event, Sighting, SightingFilter, new_id
from lookout.server.storage.store import Store

MERGE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Who:
    """A person by id, or an unknown one by cluster, and the state that the decision has."""

    person: str | None
    cluster: str | None
    state: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """The sighting that a track belongs to, and who it was of when this book wrote it last."""

    sighting: str
    who: _Who


class SightingWriter:
    """For one thread. Every method raises StorageError."""

    def __init__(
        self,
        store: Store,
        encoder: str,
        known: Callable[[], PeopleSnapshot],
        strangers: UnknownClusters,
        decide_anew: Callable[[tuple[Probe, ...]], Decision],
    ) -> None:
        """decide_anew: by who is known and what has been rejected now. A track may wait for a
        second before it is written, and somebody may have said meanwhile who it is not."""
        self._store = store
        self._encoder = encoder
        self._known = known
        self._strangers = strangers
        self._decide_anew = decide_anew
        self._kept: dict[Key, _Kept | None] = {}

    def write(self, due: PendingWrite) -> None:
        """Bring the sighting of this track up to date, or begin it."""
        glimpse = due.glimpse
        if due.key not in self._kept:
            fresh = self._decide_anew(glimpse.probes)
            if fresh.state is not State.UNSURE:
                glimpse = replace(glimpse, decision=fresh)
        if glimpse.decision.ignored:
            self._erase(due.key)
        elif self._kept.get(due.key, due) is not None:  # None: somebody has deleted the sighting
            self._write(due.key, glimpse)
        if due.ended:
            self._kept.pop(due.key, None)

    def _write(self, key: Key, glimpse: TrackSummary) -> None:
        kept = self._kept.get(key)
        who = self._who(glimpse, kept)
        with self._store.transaction():
            written = self._continued(kept, who, glimpse) if kept else self._begun(who, glimpse)
        self._kept[key] = written

    def _begun(self, who: _Who, glimpse: TrackSummary) -> _Kept:
        """The sighting of just before at this camera, or a new one."""
        recent = self._store.sightings.page(
            1,
            which=SightingFilter(
                person=who.person,
                cluster=who.cluster,
                camera=glimpse.camera,
                since_s=glimpse.first_s - MERGE_S,
            ),
        ).items
        if recent:
            before = recent[0]
            tracks = _tracks(before) + 1
            by_hand = before.person != who.person
            self._update(before, before if by_hand else who, glimpse, tracks)
            return _Kept(before.id, who)
        sighting = Sighting(
            id=new_id(),
            camera=glimpse.camera,
            first_s=glimpse.first_s,
            last_s=glimpse.last_s,
            state=who.state,
            person=who.person,
            cluster=who.cluster,
            distance=glimpse.decision.distance,
            quality=glimpse.shot.weight,
            encoding=glimpse.best.encoding,
            encoder=self._encoder,
            detail=self._detail(glimpse.decision, 1),
        )
        self._store.sightings.add(sighting, glimpse.shot.jpeg())
        self._tell(sighting.id, who, glimpse)
        return _Kept(sighting.id, who)

    def _continued(self, kept: _Kept, who: _Who, glimpse: TrackSummary) -> _Kept | None:
        """The sighting that the track has; another one where the track turns out to be somebody
        else and the sighting is not its own alone; None where somebody has deleted it."""
        try:
            before = self._store.sightings.get(kept.sighting)
        except NotFound:
            return None
        if (before.person, before.cluster) != (kept.who.person, kept.who.cluster):
            self._update(before, before, glimpse, _tracks(before))
            return kept
        somebody_else = (who.person, who.cluster) != (kept.who.person, kept.who.cluster)
        if somebody_else and _tracks(before) > 1:
            return self._begun(who, glimpse)
        self._update(before, who, glimpse, _tracks(before))
        if somebody_else:
            self._tell(before.id, who, glimpse)
        return _Kept(before.id, who)

    def _update(
        self, before: Sighting, who: _Who | Sighting, glimpse: TrackSummary, tracks: int
    ) -> None:
        """The sighting, with what the glimpse adds; `who` is the sighting itself where its person
        is not to be changed."""
        sighting = replace(
            before,
            first_s=min(before.first_s, glimpse.first_s),
            last_s=max(before.last_s, glimpse.last_s),
            person=who.person,
            cluster=who.cluster,
            state=who.state,
        )
        if who is not before:
            sighting = replace(
                sighting,
                distance=glimpse.decision.distance,
                detail=self._detail(glimpse.decision, tracks),
            )
        jpeg = None
        if before.quality is None or glimpse.shot.weight > before.quality:
            encoding = glimpse.best.encoding
            sighting = replace(sighting, quality=glimpse.shot.weight, encoding=encoding)
            jpeg = glimpse.shot.jpeg()
        self._store.sightings.update(sighting, jpeg)

    def _who(self, glimpse: TrackSummary, kept: _Kept | None) -> _Who:
        decision = glimpse.decision
        if decision.name is not None:
            person = self._known().ids.get(decision.name)
            if person is not None:
                return _Who(person, None, decision.state.value)
        cluster = kept.who.cluster if kept is not None else None
        cluster = cluster or self._strangers.cluster_of(glimpse.probes) or new_id()
        # a name that nobody has any more: whoever it was has just been forgotten
        state = State.UNKNOWN if decision.state is State.KNOWN else decision.state
        return _Who(None, cluster, state.value)

    def _erase(self, key: Key) -> None:
        """Somebody who is to be ignored leaves nothing behind of this track alone."""
        kept = self._kept.pop(key, None)
        if kept is None or kept.who.person is not None:
            return
        try:
            before = self._store.sightings.get(kept.sighting)
        except NotFound:
            return
        if _tracks(before) == 1:
            self._store.sightings.delete([kept.sighting])

    def _detail(self, decision: Decision, tracks: int) -> dict[str, object]:
        """What may be kept beside the sighting: people by id alone, for whoever is forgotten has
        to be gone from the sightings of others, too."""
        ids = self._known().ids
        nearest = decision.nearest
        return {
            "tracks": tracks,
            "nearest": ids.get(nearest) if nearest is not None else None,
            "margin": decision.margin,
            "chance": decision.chance,
            "votes": {ids[one]: share for one, share in decision.votes.items() if one in ids},
            "reasons": [
                reason for reason in decision.reasons if nearest is None or nearest not in reason
            ],
        }

    def _tell(self, sighting: str, who: _Who, glimpse: TrackSummary) -> None:
        kind = EventKind.PERSON_SEEN if who.person else EventKind.UNKNOWN_SEEN
        self._store.events.add(
            Event(
                id=new_id(),
                kind=kind.value,
                at_s=glimpse.first_s,
                camera=glimpse.camera,
                person=who.person,
                sighting=sighting,
                detail={"state": who.state, "cluster": who.cluster},
            )
        )


def _tracks(sighting: Sighting) -> int:
    """How many tracks the sighting was made from."""
    tracks = sighting.detail.get("tracks")
    return tracks if isinstance(tracks, int) else 1
