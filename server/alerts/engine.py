"""Observations in, changes out: presence, rules and the book of alerts put together. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.matching import match
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import NOBODY, RuleObservation, Signal, Subject
from lookout.server.alerts.rules.presence import RulePresence
from lookout.server.alerts.states.alert_state import Notice
from lookout.server.alerts.states.book import Book
from lookout.server.alerts.states.change import AlertChange
from lookout.server.storage.alert_records import Alert

TOO_LATE_S = 3600.0
"""What happened so long ago is written down and not told: the server was off meanwhile."""


class Engine:
    """For one thread. `ids` makes ids of alerts, `alerts` are those at hand, the oldest first."""

    def __init__(self, ids: Callable[[], str], alerts: Iterable[Alert] = ()) -> None:
        self._presence = RulePresence()
        self._book = Book(ids, alerts)

    def recall(self, seen: RuleObservation, world: Definitions) -> None:
        """An observation that was dealt with before this process began: only remembered."""
        self._presence.take(seen, world)

    def remember(self, subject: Subject, last: RuleObservation) -> None:
        """When somebody was seen last, before this process began."""
        self._presence.remember(subject, last)

    def take(self, seen: RuleObservation, now_s: float, world: Definitions) -> list[AlertChange]:
        """What this observation leads to, at Unix time `now_s`."""
        changes: list[AlertChange] = []
        before = self._presence.subject_of(seen.sighting) if seen.sighting else None
        if seen.signal is Signal.CAMERA_ONLINE:
            return self._book.camera_back(seen.camera, seen.at_s)
        if seen.signal is Signal.CORRECTED and seen.subject == NOBODY:
            if before is None:
                return []
            # the sighting was deleted: it is over, and nobody else was named
            seen = replace(seen, signal=Signal.ENDED, subject=before)
        if before is not None and before != seen.subject and _names(seen):
            changes += self._book.correct(seen, before, now_s, world)
        moments = self._presence.take(seen, world)
        if seen.signal is Signal.SEEN:
            changes += self._book.seen(seen, now_s, world)
        return told_once(changes + self._moments(moments, now_s, world))

    def tick(self, now_s: float, world: Definitions) -> list[AlertChange]:
        """What the passing of time leads to."""
        changes = self._moments(self._presence.tick(now_s, world), now_s, world)
        return changes + self._book.tick(now_s, world, self._presence.is_here)

    def changed_outside(self, alert: Alert) -> None:
        """Somebody has acknowledged or resolved an alert."""
        self._book.changed_outside(alert)

    def forget(self, subject: Subject) -> None:
        """A person was forgotten, or merged into another."""
        self._presence.forget(subject)
        self._book.forget(subject)

    def shift(self, by_s: float) -> None:
        """The machine's clock was set by so much."""
        self._presence.shift(by_s)
        self._book.shift(by_s)

    def _moments(
        self, moments: Iterable[Moment], now_s: float, world: Definitions
    ) -> list[AlertChange]:
        changes: list[AlertChange] = []
        for moment in moments:
            late = now_s - moment.at_s > TOO_LATE_S and moment.what is not What.ABSENT
            for rule in world.by_severity:
                verdict = match(rule, moment, world)
                if verdict.matched:
                    changes += self._book.take(verdict, moment, now_s, world, late=late)
        return changes


def told_once(changes: Sequence[AlertChange]) -> list[AlertChange]:
    """Where a new alert takes the place of one that has become more precise, its channels are told
    by the new one alone."""
    told = {one.alert.tag: one.channels for one in changes if one.notice is Notice.TOLD}
    return [
        replace(one, but_not=frozenset(told[one.alert.tag]))
        if one.notice is Notice.PRECISE and one.alert.tag in told
        else one
        for one in changes
    ]


def _names(seen: RuleObservation) -> bool:
    return seen.signal in (Signal.SEEN, Signal.CORRECTED)
