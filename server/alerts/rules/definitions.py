"""All that a user has written down, as one frozen value for the time in which it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lookout.server.alerts.documents.rule import AlertRule, What, WhoKind
from lookout.server.alerts.documents.silence import Silence
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.documents.watchlist import Watchlist
from lookout.server.alerts.documents.zone import Fence, Zone
from lookout.server.alerts.rules.roster import Roster


@dataclass(frozen=True)
class Definitions:
    """Rules, the most severe first; lists, zones, fences by id; silences; the site.

    opening: channels that open something. names: what a camera's id is called now.
    """

    site: Site = field(default_factory=Site)
    rules: tuple[AlertRule, ...] = ()
    watchlists: tuple[Watchlist, ...] = ()
    zones: tuple[Zone, ...] = ()
    fences: tuple[Fence, ...] = ()
    silences: tuple[Silence, ...] = ()
    opening: frozenset[str] = frozenset()

    @cached_property
    def roster(self) -> Roster:
        return Roster(self.watchlists)

    @cached_property
    def by_severity(self) -> tuple[AlertRule, ...]:
        """The most severe first, so that what it says can stand for the others."""
        return tuple(sorted(self.rules, key=lambda rule: -rule.severity.rank))

    @cached_property
    def rules_by_id(self) -> Mapping[str, AlertRule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def zone_names(self) -> Mapping[str, str]:
        return {zone.id: zone.name for zone in self.zones}

    @cached_property
    def fence_names(self) -> Mapping[str, str]:
        return {fence.id: fence.name for fence in self.fences}

    @cached_property
    def stays(self) -> tuple[float, ...]:
        """The durations, in seconds, that some rule asks about."""
        return self._seconds(What.STAYS)

    @cached_property
    def absences(self) -> tuple[float, ...]:
        """Likewise, of the absence of somebody."""
        return self._seconds(What.ABSENT)

    @cached_property
    def empty_spells(self) -> tuple[float, ...]:
        """Likewise, of the absence of everybody."""
        return self._seconds(What.ABSENT, nobody=True)

    @cached_property
    def fastest(self) -> float | None:
        """The least speed, in metres per second, that some rule calls impossible."""
        speeds = [
            rule.what.metres_per_second
            for rule in self.rules
            if rule.enabled and rule.what.kind is What.IMPOSSIBLE_SPEED
        ]
        return min(speeds, default=None)

    def _seconds(self, what: What, *, nobody: bool = False) -> tuple[float, ...]:
        found = {
            rule.what.seconds
            for rule in self.rules
            if rule.enabled
            and rule.what.kind is what
            and rule.what.seconds
            and (rule.who.kind is WhoKind.NOBODY) is nobody
        }
        return tuple(sorted(found))
