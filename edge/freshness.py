"""The rule by which the server's answers are fresh enough to be shown. Pure: time is an argument,
in seconds of one monotonic clock.

An answer's age is the time since its frame was captured. A server that usually answers in 50 ms
and has said nothing for 0.6 s hangs; one that usually takes 0.5 s does not. So the limit follows
the usual age, between two bounds.
"""

from __future__ import annotations

QUICKEST_LIMIT_S = 0.6
"""With the page's own polling (0.25 s) a hang shows within one second."""

SLOWEST_LIMIT_S = 4.0
"""A server that is slower than this shows nothing live: the plain picture says more."""

LIMIT_FACTOR = 3.0
"""Up to two frames are in flight, so before an answer arrives the one on show has aged to twice
the usual age; the third is for jitter."""

RETURN_FACTOR = 0.5
"""Answers come back on show at half the limit, so that the picture does not flicker between plain
and annotated at a server that is just too slow."""

SMOOTHING = 0.2


class Freshness:
    """Follows one stream of answers. Not safe for several threads at once."""

    def __init__(self) -> None:
        self._usual_s = QUICKEST_LIMIT_S / LIMIT_FACTOR
        self._newest_s: float | None = None
        self._live = False

    @property
    def limit_s(self) -> float:
        """The greatest age of the newest answer, in seconds."""
        return min(max(LIMIT_FACTOR * self._usual_s, QUICKEST_LIMIT_S), SLOWEST_LIMIT_S)

    def answered(self, taken_s: float, now: float) -> bool:
        """Takes an answer to the frame taken at `taken_s`; true when it may be shown."""
        was_live = self.is_live(now)
        age_s = now - taken_s
        self._usual_s += SMOOTHING * (min(age_s, SLOWEST_LIMIT_S) - self._usual_s)
        self._newest_s = taken_s
        self._live = age_s <= self.limit_s * (1.0 if was_live else RETURN_FACTOR)
        return self._live

    def is_live(self, now: float) -> bool:
        """True while the newest answer is fresh at `now`, the time of the newest picture.

        Once stale, only a new answer is fresh."""
        if self._newest_s is None or now - self._newest_s > self.limit_s:
            self._live = False
        return self._live

    def is_recent(self, now: float) -> bool:
        """True while the newest answer still tells who is there."""
        return self._newest_s is not None and now - self._newest_s <= SLOWEST_LIMIT_S

    def mark_lost(self) -> None:
        """Makes the newest answer stale: the server is gone."""
        self._live = False
