"""The travel times between cameras, learned from the walks of named people."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lookout.server.storage.visit_records import Transition

ENOUGH = 3
"""Walks from which a time is known well enough to say something about another walk."""
OVERLAP_SHARE = 0.5
"""Cameras whose sightings overlap in so many of the walks see the same place."""
SLACK = 2.0
"""Somebody may be this many times slower or faster than nine of ten walks were."""


@dataclass(frozen=True, slots=True)
class TravelTime:
    """From one camera to another, in seconds from the end of one sighting to the next one's start.

    walks:       from how many walks it was learned.
    fast, slow:  one of ten walks was faster, one of ten slower.
    overlapping: both cameras see the same place; the times are then negative as a rule.
    confirmed:   a user has said that this is right.
    """

    from_camera: str
    to_camera: str
    walks: int
    fast_s: float
    typical_s: float
    slow_s: float
    overlapping: bool
    confirmed: bool = False

    @property
    def is_known(self) -> bool:
        """Whether enough walks, or a user, stand behind it."""
        return self.confirmed or self.walks >= ENOUGH

    @property
    def soonest_s(self) -> float:
        """Somebody who is seen sooner than this can hardly have walked."""
        return self.fast_s / SLACK if self.fast_s > 0 else self.fast_s * SLACK

    @property
    def latest_s(self) -> float:
        """Somebody who comes later than this was somewhere else in between."""
        return max(self.slow_s, 0.0) * SLACK + ENOUGH


class TravelGraph:
    """The travel times of a site. Immutable."""

    def __init__(self, times: Iterable[TravelTime] = ()) -> None:
        self._times: Mapping[tuple[str, str], TravelTime] = {
            (time.from_camera, time.to_camera): time for time in times
        }

    def __iter__(self) -> Iterator[TravelTime]:
        return iter(self._times.values())

    def get(self, from_camera: str, to_camera: str) -> TravelTime | None:
        """The time from one camera to another, where anybody has ever walked it."""
        return self._times.get((from_camera, to_camera))

    def overlap(self, one: str, other: str) -> bool:
        """Whether two cameras are known to see the same place."""
        times = (self.get(one, other), self.get(other, one))
        return one == other or any(
            time is not None and time.overlapping and time.is_known for time in times
        )


def learn(
    transitions: Iterable[Transition], confirmed: Iterable[tuple[str, str]] = ()
) -> TravelGraph:
    """The graph of these walks. `confirmed`: pairs of cameras whose time a user has confirmed."""
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for transition in transitions:
        seconds[transition.from_camera, transition.to_camera].append(transition.travel_s)
    sure = set(confirmed)
    return TravelGraph(
        TravelTime(
            from_camera=pair[0],
            to_camera=pair[1],
            walks=len(times),
            fast_s=_quantile(times, 0.1),
            typical_s=statistics.median(times),
            slow_s=_quantile(times, 0.9),
            overlapping=sum(time < 0 for time in times) > OVERLAP_SHARE * len(times),
            confirmed=pair in sure,
        )
        for pair, times in sorted(seconds.items())
    )


def _quantile(values: list[float], share: float) -> float:
    """The value below which `share` of all lie, interpolated between neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
