"""The writer of sightings: finds the sighting that a track belongs to, and the person it shows.

A track of the same person at the same camera within MERGE_S of the last one continues that
sighting: a face that is lost now and then, or that stays for an hour, is one sighting. What people
have changed meanwhile, by naming, rejecting or deleting it, stays as they left it.

Somebody who comes before a camera where nobody was is written before it is decided who it is; where
somebody was, it may be the same face again, and the decision is waited for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from lookout.faces.decision.decide import Decision, Probe, State
from lookout.faces.decision.liveness_demand import LivenessDemand, with_liveness
from lookout.faces.liveness.verdict import LivenessState, LivenessVerdict
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.live.track_accumulator import TrackKey
from lookout.server.sightings.sighting_events import SightingEvents
from lookout.server.sightings.track_summary import TrackSummary
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import PendingWrite
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import REJECTED, REJECTED_AT, Sighting, SightingFilter, new_id
from lookout.server.storage.store import Store

MERGE_S = 30.0
END_AFTER_S = MERGE_S + 2.0
"""A track that continues a sighting is written at the latest two seconds after it began."""
_SAID = (REJECTED, REJECTED_AT)
"""In the detail of a sighting: what people have said of it, which no track takes back."""


@dataclass(frozen=True, slots=True)
class _Who:
    """A person by id, or an unknown one by cluster, and the state of the decision. stranger: nobody
    like this was seen before."""

    person: str | None
    cluster: str | None
    state: str
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class _Kept:
    """The sighting that a track belongs to, and the person it showed when it was written last.
    decided: whether it has been told who that is, or that nobody knows."""

    sighting: str
    who: _Who
    decided: bool = True


class SightingWriter:
    """For one thread. Every method raises StorageError."""

    def __init__(
        self,
        store: Store,
        encoder: str,
        known: Callable[[], PeopleSnapshot],
        strangers: UnknownClusters,
        redecide: Callable[[tuple[Probe, ...]], Decision],
        demand: Callable[[str], LivenessDemand] = lambda _: LivenessDemand.OFF,
    ) -> None:
        """redecide: decides by the people and the rejections of now. A track may wait before it is
        written, and may have been rejected meanwhile. demand: what a name asks of a face's
        liveness at the camera of this name."""
        self._store = store
        self._encoder = encoder
        self._known = known
        self._strangers = strangers
        self._redecide = redecide
        self._demand = demand
        self._kept: dict[TrackKey, _Kept | None] = {}
        self._events = SightingEvents(store)
        self._suspected: set[TrackKey] = set()

    def write(self, due: PendingWrite) -> None:
        """Brings the sighting of this track up to date, or begins it."""
        summary = due.summary
        demand = self._demand(summary.camera)
        fresh = with_liveness(self._redecide(summary.probes), summary.liveness, demand)
        if fresh.state is not State.UNSURE:
            summary = replace(summary, decision=fresh)
        if summary.decision.ignored:
            self._erase(due.key)
        elif self._kept.get(due.key, due) is not None:  # None: somebody has deleted the sighting
            self._write(due.key, summary, settled=due.settled)
        if due.ended:
            self._kept.pop(due.key, None)
            self._suspected.discard(due.key)

    def end_silent(self, now_s: float) -> None:
        """Tells of the end of what nothing has continued for END_AFTER_S, at `now_s`, Unix time."""
        seen = {kept.sighting for kept in self._kept.values() if kept is not None}
        self._events.end_silent(now_s - END_AFTER_S, seen)

    def end_all(self) -> None:
        """Tells of the end of every sighting, because the server ends."""
        self._events.end_silent(math.inf, frozenset())

    def _write(self, key: TrackKey, summary: TrackSummary, *, settled: bool) -> None:
        kept = self._kept.get(key)
        who = self._who(summary, kept, settled=settled)
        decided = settled or who.person is not None
        if kept is None and not decided and self._somebody_was_there(summary):
            return
        with self._store.transaction():
            if kept is None:
                written: _Kept | None = self._begun(who, summary, decided=decided)
            else:
                written = self._continued(kept, who, summary, decided=decided)
            if written and key not in self._suspected and _is_spoof(summary.liveness):
                self._events.suspected(written.sighting, summary)
        self._kept[key] = written
        if _is_spoof(summary.liveness):
            self._suspected.add(key)

    def _somebody_was_there(self, summary: TrackSummary) -> bool:
        """At this camera, lately: the track may be the same face again."""
        which = SightingFilter(camera=summary.camera, since_s=summary.first_s - MERGE_S)
        return bool(self._store.sightings.page(1, which=which).items)

    def _begun(self, who: _Who, summary: TrackSummary, *, decided: bool) -> _Kept:
        """The recent sighting at this camera, continued, or a new one."""
        recent = self._store.sightings.page(
            1,
            which=SightingFilter(
                person=who.person,
                cluster=who.cluster,
                camera=summary.camera,
                since_s=summary.first_s - MERGE_S,
            ),
        ).items
        if recent:
            before = recent[0]
            tracks = _tracks(before) + 1
            # also where it is the same person: the name can be taken back by the cluster
            by_hand = (before.person, before.cluster) != (who.person, who.cluster)
            updated = self._update(before, before if by_hand else who, summary, tracks)
            self._events.updated(updated, summary, decided=False)
            return _Kept(before.id, who)
        sighting = Sighting(
            id=new_id(),
            camera=summary.camera,
            first_s=summary.first_s,
            last_s=summary.last_s,
            state=who.state,
            person=who.person,
            cluster=who.cluster,
            distance=summary.decision.distance,
            quality=summary.shot.weight,
            encoding=summary.best.encoding,
            encoder=self._encoder,
            detail=self._detail(summary, 1),
            zones=tuple(sorted(summary.areas)),
        )
        self._store.sightings.add(sighting, summary.shot.jpeg())
        self._events.began(sighting, summary, stranger=who.stranger, decided=decided)
        return _Kept(sighting.id, who, decided)

    def _continued(
        self, kept: _Kept, who: _Who, summary: TrackSummary, *, decided: bool
    ) -> _Kept | None:
        """The sighting that the track has; another one where the track turns out to show somebody
        else and the sighting belongs to other tracks as well; None where it has been deleted."""
        try:
            before = self._store.sightings.get(kept.sighting)
        except NotFound:
            return None
        if (before.person, before.cluster) != (kept.who.person, kept.who.cluster):
            updated = self._update(before, before, summary, _tracks(before))
            self._events.updated(updated, summary, decided=False)
            return kept
        somebody_else = (who.person, who.cluster) != (kept.who.person, kept.who.cluster)
        if somebody_else and _tracks(before) > 1:
            return self._begun(who, summary, decided=decided)
        updated = self._update(before, who, summary, _tracks(before))
        news = somebody_else or (decided and not kept.decided)
        self._events.updated(updated, summary, decided=news, stranger=news and who.stranger)
        return _Kept(before.id, who, decided or kept.decided)

    def _update(
        self, before: Sighting, who: _Who | Sighting, summary: TrackSummary, tracks: int
    ) -> Sighting:
        """Updates the sighting by the summary; `who` is the sighting itself where its person is
        not to be changed."""
        sighting = replace(
            before,
            first_s=min(before.first_s, summary.first_s),
            last_s=max(before.last_s, summary.last_s),
            person=who.person,
            cluster=who.cluster,
            state=who.state,
            zones=tuple(sorted({*before.zones, *summary.areas})),
        )
        if who is not before:
            said = {key: before.detail[key] for key in _SAID if key in before.detail}
            sighting = replace(
                sighting,
                distance=summary.decision.distance,
                detail={**self._detail(summary, tracks), **said},
            )
        jpeg = None
        if before.quality is None or summary.shot.weight > before.quality:
            encoding = summary.best.encoding
            sighting = replace(sighting, quality=summary.shot.weight, encoding=encoding)
            jpeg = summary.shot.jpeg()
        return self._store.sightings.update(sighting, jpeg)

    def _who(self, summary: TrackSummary, kept: _Kept | None, *, settled: bool) -> _Who:
        decision = summary.decision
        if decision.name is not None:
            person = self._known().ids.get(decision.name)
            if person is not None:
                return _Who(person, None, decision.state.value)
        # a name that nobody has any more: the person has just been forgotten
        state = State.UNKNOWN if decision.state is State.KNOWN else decision.state
        if not settled:
            state = State.UNSURE
        before = kept.who.cluster if kept is not None else None
        if kept is not None and before is not None and (kept.decided or not settled):
            return _Who(None, before, state.value, kept.who.stranger)
        own = kept.sighting if kept is not None else None
        cluster = self._strangers.cluster_of(summary.probes, but_not=own)
        stranger = cluster is None
        if stranger and kept is not None and kept.who.stranger:
            cluster = before
        return _Who(None, cluster or new_id(), state.value, stranger)

    def _erase(self, key: TrackKey) -> None:
        """Deletes the sighting of a person to be ignored, where this track is its only one."""
        kept = self._kept.pop(key, None)
        if kept is None or kept.who.person is not None:
            return
        try:
            before = self._store.sightings.get(kept.sighting)
        except NotFound:
            return
        if _tracks(before) == 1:
            self._store.sightings.delete([kept.sighting])
            self._events.erased(kept.sighting)

    def _detail(self, summary: TrackSummary, tracks: int) -> dict[str, object]:
        """The details beside the sighting. People are kept by id alone: a person who is forgotten
        must vanish from the sightings of others, too."""
        ids = self._known().ids
        decision = summary.decision
        nearest = decision.nearest
        return {
            "tracks": tracks,
            "nearest": ids.get(nearest) if nearest is not None else None,
            "margin": decision.margin,
            "chance": decision.chance,
            "votes": {ids[name]: share for name, share in decision.votes.items() if name in ids},
            "reasons": [
                reason for reason in decision.reasons if nearest is None or nearest not in reason
            ],
            **_liveness(summary.liveness),
        }


def _is_spoof(verdict: LivenessVerdict | None) -> bool:
    return verdict is not None and verdict.state is LivenessState.SPOOF


def _liveness(verdict: LivenessVerdict | None) -> dict[str, object]:
    """The verdict for the detail of a sighting or an event; nothing where nobody looked."""
    if verdict is None:
        return {}
    reasons = [reason.code for reason in verdict.reasons]
    return {
        "liveness": {
            "state": verdict.state.value,
            "score": verdict.score,
            "model": verdict.model,
            "reasons": reasons,
        }
    }


def _tracks(sighting: Sighting) -> int:
    """The number of tracks in the sighting."""
    tracks = sighting.detail.get("tracks")
    return tracks if isinstance(tracks, int) else 1
