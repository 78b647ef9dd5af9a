"""The states of an alert, and why somebody is told."""

from __future__ import annotations

from enum import StrEnum


class AlertState(StrEnum):
    """pending → firing → acknowledged → resolved | expired; or suppressed from the beginning.

    expired: what was pending did not come true, or nobody said for a day that it is over.
    """

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self in (AlertState.PENDING, AlertState.FIRING, AlertState.ACKNOWLEDGED)


class Notice(StrEnum):
    """Why a channel is told.

    TOLD:      for the first time. UPDATED: camera or picture are newer.
    PRECISE:   who it is has become known, or how many.
    CORRECTED: it was not the one who was told of.
    ESCALATED: nobody has acknowledged it. ENDED: it is over.
    """

    TOLD = "told"
    UPDATED = "updated"
    PRECISE = "precise"
    CORRECTED = "corrected"
    ESCALATED = "escalated"
    ENDED = "ended"
