"""How many pictures a consumer has in hand, and whether it reads on."""

from __future__ import annotations

from enum import Enum

HIGH, LOW = 64, 16
"""Pictures in hand at which nothing more is read, and at which a paused consumer reads on."""
HIGH_BYTES = 64 << 20
PAUSED_AFTER_S = 1.0
"""Of full hands. A pause throws away what was fetched already, so a short wait does without one."""


class Reading(Enum):
    READS = "reads"
    WAITS = "waits"
    """For an answer; for so short a time that the group does not mind that nobody polls."""
    PAUSED = "paused"
    """Polls, which keeps the place in the group, and is given nothing."""


class Backpressure:
    """One thread's. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.in_hand = self.bytes = 0
        self.reading = Reading.READS
        self._full_since_s: float | None = None

    def taken(self, size: int) -> None:
        """A picture of so many bytes has come."""
        self.in_hand += 1
        self.bytes += size

    def answered(self, size: int) -> None:
        self.in_hand -= 1
        self.bytes -= size

    def look(self, now_s: float) -> Reading:
        """What to do from now on."""
        most = LOW if self.reading is Reading.PAUSED else HIGH - 1
        if self.in_hand <= most and self.bytes < HIGH_BYTES:
            self._full_since_s = None
            self.reading = Reading.READS
        elif self._full_since_s is None:
            self._full_since_s = now_s
            self.reading = Reading.WAITS
        elif now_s - self._full_since_s >= PAUSED_AFTER_S:
            self.reading = Reading.PAUSED
        return self.reading
