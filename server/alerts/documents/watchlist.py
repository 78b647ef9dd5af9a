"""Watchlists: people, unknown people, and what it means to be on one."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from lookout.server.alerts.documents.document import MAX_MEMBERS, Colour, Document, IdText, Name


class ListKind(StrEnum):
    """What a list says of its members.

    alert: somebody to be told of, whatever else is said of them.
    mute:  nobody is to be told of them.
    vip:   somebody to be told of kindly.
    allow: somebody who may be here.
    """

    ALERT = "alert"
    MUTE = "mute"
    VIP = "vip"
    ALLOW = "allow"

    @property
    def strength(self) -> int:
        """Of two lists that somebody is on, the stronger counts: alert, mute, vip, allow."""
        return _STRENGTHS[self]


_STRENGTHS = {kind: strength for strength, kind in enumerate(reversed(ListKind), start=1)}


class WatchlistBody(Document):
    """A list; `unknown`: everybody unknown is on it. Times are Unix seconds."""

    name: Name
    kind: ListKind
    people: tuple[IdText, ...] = Field(default=(), max_length=MAX_MEMBERS)
    clusters: tuple[IdText, ...] = Field(default=(), max_length=MAX_MEMBERS)
    unknown: bool = False
    valid_from: float | None = Field(default=None, ge=0, le=1e11)
    valid_to: float | None = Field(default=None, ge=0, le=1e11)
    colour: Colour | None = None

    @model_validator(mode="after")
    def _in_order(self) -> WatchlistBody:
        if None not in (self.valid_from, self.valid_to) and not self.valid_from < self.valid_to:  # type: ignore[operator]
            raise ValueError("valid_to is not after valid_from, so the list would never hold")
        return self

    def holds(self, at_s: float) -> bool:
        """Whether the list is in force at this time; the end is exclusive."""
        return (self.valid_from is None or at_s >= self.valid_from) and (
            self.valid_to is None or at_s < self.valid_to
        )


class Watchlist(WatchlistBody):
    """A list that is kept."""

    id: str
