"""What keeps a match from being told: a mute list, a silence, something more important, a cooldown.

In this order; the first that holds is named. Nothing here keeps anything from being written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lookout.server.alerts.documents.rule import AlertRule, Severity
from lookout.server.alerts.documents.silence import Silence
from lookout.server.alerts.documents.site import zone
from lookout.server.alerts.rules import schedule
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import Subject, SubjectKind
from lookout.server.storage.alert_records import Alert

PERSON_REPEAT_S = 600.0
CLUSTER_REPEAT_S = 60.0


@dataclass(frozen=True, slots=True)
class Blocker:
    """kind: `list`, `silence`, `alert` or `cooldown`; `until`: Unix seconds, or None."""

    kind: str
    id: str
    until: float | None
    words: str

    def plain(self) -> Mapping[str, object]:
        return {"kind": self.kind, "id": self.id, "until": self.until, "words": self.words}


def repeat_s(rule: AlertRule, subject: Subject) -> float:
    """How long nobody is told of the same again."""
    if rule.repeat_s is not None:
        return rule.repeat_s
    return PERSON_REPEAT_S if subject.kind is SubjectKind.PERSON else CLUSTER_REPEAT_S


def muted(moment: Moment, world: Definitions) -> Blocker | None:
    watchlist = world.roster.muting(moment.subject, moment.at_s)
    if watchlist is None:
        return None
    words = f"on the list '{watchlist.name}', which mutes"
    return Blocker("list", watchlist.id, watchlist.valid_to, words)


def silenced(rule: AlertRule, moment: Moment, world: Definitions, now_s: float) -> Blocker | None:
    for silence in world.silences:
        if silence.until > now_s and _matches(silence, rule, moment, world):
            until = schedule.clock(silence.until, zone(world.site.time_zone))
            note = f" ({silence.comment})" if silence.comment else ""
            return Blocker("silence", silence.id, silence.until, f"silenced until {until}{note}")
    return None


def _matches(silence: Silence, rule: AlertRule, moment: Moment, world: Definitions) -> bool:
    asked, seen = silence.matchers, moment.seen
    if asked.rule is not None and asked.rule != rule.id:
        return False
    if asked.person is not None and moment.subject != (SubjectKind.PERSON, asked.person):
        return False
    cameras = () if seen is None else (seen.camera, seen.camera_id)
    if asked.camera is not None and asked.camera not in cameras:
        return False
    lists = world.roster.lists_of(moment.subject, moment.at_s)
    return asked.list is None or any(one.id == asked.list for one in lists)


def inhibited(rule: AlertRule, world: Definitions, others: Iterable[Alert]) -> Blocker | None:
    """By one of the `others`, which are alerts on the same subject: one that is more severe and is
    told by all channels of this one."""
    if not rule.channels:
        return None
    for other in others:
        by = world.rules_by_id.get(other.rule)
        if by is None or Severity(other.severity).rank <= rule.severity.rank:
            continue
        if set(rule.channels) <= set(by.channels):
            words = f"the more important rule '{by.name}' tells of the same"
            return Blocker("alert", other.id, None, words)
    return None


def cooling(
    rule: AlertRule, moment: Moment, told: Alert | None, now_s: float, world: Definitions
) -> Blocker | None:
    """By the alert that was told last of the same rule and subject. What is more severe than that
    is told. A time in the future is a clock that was set back: it counts as now."""
    if told is None or told.told_s is None:
        return None
    until = min(told.told_s, now_s) + repeat_s(rule, moment.subject)
    if now_s >= until or rule.severity.rank > Severity(told.severity).rank:
        return None
    site = zone(world.site.time_zone)
    at, again = schedule.clock(told.told_s, site), schedule.clock(until, site)
    words = f"told at {at} already, and again from {again} on at the earliest"
    return Blocker("cooldown", told.id, until, words)
