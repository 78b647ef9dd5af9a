"""Who is on which watchlist: one look-up a subject, however long the lists are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lookout.server.alerts.documents.watchlist import ListKind, Watchlist
from lookout.server.alerts.rules.observation import Subject, SubjectKind


class Roster:
    """The watchlists by member. Built once for each change of the lists."""

    def __init__(self, lists: Iterable[Watchlist]) -> None:
        self._of: defaultdict[Subject, list[Watchlist]] = defaultdict(list)
        self._unknown: list[Watchlist] = []
        self._by_id: dict[str, Watchlist] = {}
        for watchlist in sorted(lists, key=lambda one: -one.kind.strength):
            self._by_id[watchlist.id] = watchlist
            for person in dict.fromkeys(watchlist.people):
                self._of[Subject(SubjectKind.PERSON, person)].append(watchlist)
            for cluster in dict.fromkeys(watchlist.clusters):
                self._of[Subject(SubjectKind.CLUSTER, cluster)].append(watchlist)
            if watchlist.unknown:
                self._unknown.append(watchlist)

    def get(self, watchlist: str) -> Watchlist | None:
        return self._by_id.get(watchlist)

    def lists_of(self, subject: Subject, at_s: float) -> tuple[Watchlist, ...]:
        """The lists in force that the subject is on, the strongest first."""
        own = self._of.get(subject, [])
        if subject.kind is SubjectKind.CLUSTER and self._unknown:
            own = sorted({one.id: one for one in [*own, *self._unknown]}.values(), key=_strength)
        return tuple(one for one in own if one.holds(at_s))

    def strongest(self, subject: Subject, at_s: float) -> Watchlist | None:
        """The list that counts, or None where the subject is on none."""
        return next(iter(self.lists_of(subject, at_s)), None)

    def muting(self, subject: Subject, at_s: float) -> Watchlist | None:
        """The mute list that keeps this subject from being told of, or None."""
        strongest = self.strongest(subject, at_s)
        return strongest if strongest and strongest.kind is ListKind.MUTE else None


def _strength(watchlist: Watchlist) -> int:
    return -watchlist.kind.strength
