"""The frames that were sent and not yet answered. Pure: every time is an argument.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

MAX_IN_FLIGHT = 2
"""One frame travels while the server works on the other; a third would only wait and grow old."""

OVERDUE_ROUND_TRIPS = 4.0
"""A frame without an answer for so long means that recognition hangs: this leaves a slow server, or
a slow uplink, the time that it has shown to need."""

SMOOTHING = 1 / 8
"""Weight of a new round trip in the smoothed one: that of TCP's own estimate (RFC 6298)."""


class Flights:
    """At most `MAX_IN_FLIGHT` frames, oldest first."""

    def __init__(self, overdue_s: float, round_trip_s: float | None = None) -> None:
        """overdue_s: an answer is not late before this, however short round trips are."""
        self._sent: list[tuple[int, float]] = []
        self._overdue_s = overdue_s
        self.round_trip_s = round_trip_s
        """Smoothed; None before the first answer."""

    @property
    def room(self) -> bool:
        return len(self._sent) < MAX_IN_FLIGHT

    def depart(self, number: int, now: float) -> None:
        if not self.room:
            raise ValueError(f"{MAX_IN_FLIGHT} frames are in flight already")
        self._sent.append((number, now))

    def land(self, number: int) -> float | None:
        """Frees the place of this frame; the time it departed, or None if it is not in flight."""
        for index, (sent, departed) in enumerate(self._sent):
            if sent == number:
                del self._sent[index]
                return departed
        return None

    def time_round_trip(self, round_trip_s: float) -> None:
        """Takes one more measurement into the smoothed round trip."""
        if self.round_trip_s is None:
            self.round_trip_s = round_trip_s
        else:
            self.round_trip_s += SMOOTHING * (round_trip_s - self.round_trip_s)

    def overdue_s(self, now: float) -> float:
        """Seconds by which the oldest frame's answer is late; 0 or less when none is."""
        if not self._sent:
            return 0.0
        patience = max(self._overdue_s, OVERDUE_ROUND_TRIPS * (self.round_trip_s or 0.0))
        return now - self._sent[0][1] - patience
