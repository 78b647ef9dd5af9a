"""The timeline: tracks become lines, one for each person, of stretches of time. Pure.

A person who turns away for a moment leaves two tracks; the timeline has one stretch. Tracks without
a name are joined to one stranger where their faces are near enough
(`server.sightings.unknown_clusters` says how near) and they are never seen side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.decision.decide import State
from lookout.server.recognize.track_log import BestShot, TrackSeen

JOIN_S = 1.5
"""Stretches of one person with a shorter pause between them are one."""
FLEETING_OBSERVATIONS = 2
"""A face without a name that fewer frames show is left out: at a fifth of a second it is more often
a poster on a bus or a false alarm than a person."""
_ORDER = {State.KNOWN: 0, State.UNSURE: 1, State.UNKNOWN: 2}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person in view, from–to. `tracks` are ids, `distance` that of its best-decided track."""

    first_s: float
    last_s: float
    tracks: tuple[int, ...]
    shot: BestShot
    distance: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """One person and the times at which they were seen.

    who:   the title of the line: the name, "Ada?" for somebody who may be Ada, "Unknown 1".
    name:  the person; None unless known.
    """

    who: str
    state: State
    name: str | None
    stretches: tuple[Stretch, ...]

    @property
    def seen_s(self) -> float:
        """The length of all stretches together."""
        return sum(stretch.last_s - stretch.first_s for stretch in self.stretches)

    @property
    def shot(self) -> BestShot:
        """The best view of all."""
        return max((stretch.shot for stretch in self.stretches), key=lambda shot: shot.rank)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Known people first, each group by time. `fleeting`: the number of faces left out."""

    lines: tuple[Line, ...] = ()
    fleeting: int = 0


def timeline_of(
    tracks: Sequence[TrackSeen], *, near: float, join_s: float = JOIN_S, apart_s: float = 0.0
) -> Timeline:
    """The timeline of one footage.

    near:    two nameless faces within this distance are one stranger's, if they are not seen
             together for longer than `apart_s`.
    join_s:  pauses up to this do not end a stretch.
    """
    lasting = [
        track
        for track in tracks
        if track.observations >= FLEETING_OBSERVATIONS or track.decision.state is State.KNOWN
    ]
    lines = [
        Line(who, state, name, _stretches(of_person, join_s))
        for (who, state, name), of_person in _people(lasting, near, apart_s).items()
    ]
    lines.sort(key=lambda line: (_ORDER[line.state], line.stretches[0].first_s))
    return Timeline(tuple(lines), len(tracks) - len(lasting))


_Who = tuple[str, State, str | None]


def _people(
    tracks: Iterable[TrackSeen], near: float, apart_s: float
) -> dict[_Who, list[TrackSeen]]:
    people: dict[_Who, list[TrackSeen]] = {}
    strangers: list[list[TrackSeen]] = []
    for track in sorted(tracks, key=lambda track: track.first_s):
        decision = track.decision
        if decision.name is not None:
            people.setdefault((decision.name, State.KNOWN, decision.name), []).append(track)
        elif decision.state is State.UNSURE:
            who = f"{decision.nearest}?" if decision.nearest else "Unsure"
            people.setdefault((who, State.UNSURE, None), []).append(track)
        else:
            _join(track, strangers, near, apart_s)
    for number, stranger in enumerate(strangers, start=1):
        people[f"Unknown {number}", State.UNKNOWN, None] = stranger
    return people


def _join(track: TrackSeen, strangers: list[list[TrackSeen]], near: float, apart_s: float) -> None:
    """Adds the track to the nearest stranger who may be the same, or to a new one."""
    distances = [
        np.inf
        if any(_together_s(track, other) > apart_s for other in stranger)
        else min(_distance(track, other) for other in stranger)
        for stranger in strangers
    ]
    best = int(np.argmin(distances)) if distances else -1
    if best >= 0 and distances[best] <= near:
        strangers[best].append(track)
    else:
        strangers.append([track])


def _distance(a: TrackSeen, b: TrackSeen) -> float:
    if not len(a.encoding) or not len(b.encoding):
        return float("inf")
    return float(np.linalg.norm(a.encoding - b.encoding))


def _together_s(a: TrackSeen, b: TrackSeen) -> float:
    return min(a.last_s, b.last_s) - max(a.first_s, b.first_s)


def _stretches(tracks: Sequence[TrackSeen], join_s: float) -> tuple[Stretch, ...]:
    groups: list[list[TrackSeen]] = []
    until_s = float("-inf")
    for track in sorted(tracks, key=lambda track: track.first_s):
        if track.first_s - until_s > join_s:
            groups.append([])
        groups[-1].append(track)
        until_s = max(until_s, track.last_s)
    return tuple(map(_stretch, groups))


def _stretch(tracks: Sequence[TrackSeen]) -> Stretch:
    distances = [track.decision.distance for track in tracks if track.decision.distance is not None]
    return Stretch(
        first_s=tracks[0].first_s,
        last_s=max(track.last_s for track in tracks),
        tracks=tuple(track.id for track in tracks),
        shot=max((track.shot for track in tracks), key=lambda shot: shot.rank),
        distance=min(distances, default=None),
    )
