"""Whether a rule matches a moment, or which condition was the first that did not, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lookout.server.alerts.documents.rule import AlertRule, What, WhoKind
from lookout.server.alerts.documents.site import zone
from lookout.server.alerts.documents.watchlist import ListKind, Watchlist
from lookout.server.alerts.rules import schedule
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import SubjectKind

WHAT_WORDS = {
    What.APPEARS: "somebody appears",
    What.LEAVES: "somebody leaves",
    What.ENTERS: "somebody enters",
    What.EXITS: "somebody exits",
    What.STAYS: "somebody stays",
    What.ABSENT: "somebody is not seen",
    What.IMPOSSIBLE_SPEED: "somebody moves impossibly fast",
    What.CAMERA_LOST: "a camera is lost",
    What.SPOOF: "a spoof is suspected",
}


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What a rule says of a moment.

    why: the first condition that did not hold, or what did. watchlist: of a match, the strongest
    list of the subject, which counts.
    """

    rule: AlertRule
    matched: bool
    why: str
    watchlist: Watchlist | None = None


def match(rule: AlertRule, moment: Moment, world: Definitions) -> RuleVerdict:
    """Asks the conditions in their order: enabled, what, who, where, when, profile."""
    for condition in _CONDITIONS:
        why_not = condition(rule, moment, world)
        if why_not is not None:
            return RuleVerdict(rule, False, why_not)
    strongest = world.roster.strongest(moment.subject, moment.at_s)
    return RuleVerdict(rule, True, _matched_words(rule, moment, world), strongest)


def _enabled(rule: AlertRule, _moment: Moment, _world: Definitions) -> str | None:
    return None if rule.enabled else "the rule is switched off"


def _what(rule: AlertRule, moment: Moment, _world: Definitions) -> str | None:
    asked = rule.what
    if moment.what is not asked.kind:
        return f"it asks whether {WHAT_WORDS[asked.kind]}, and here {WHAT_WORDS[moment.what]}"
    if asked.kind in (What.STAYS, What.ABSENT) and moment.seconds != asked.seconds:
        return f"it asks for {asked.seconds:g} s, and this is about {moment.seconds:g} s"
    if asked.kind is What.IMPOSSIBLE_SPEED and (moment.speed or 0) <= asked.metres_per_second:
        speed, limit = moment.speed or 0, asked.metres_per_second
        return f"{speed:.1f} m/s is not faster than {limit:g} m/s"
    return None


def _who(rule: AlertRule, moment: Moment, world: Definitions) -> str | None:
    kind, who = moment.subject.kind, rule.who
    if rule.what.kind is What.CAMERA_LOST:
        return None
    if kind is SubjectKind.NOBODY:
        return None if who.kind is WhoKind.NOBODY else "it asks for somebody, and this is nobody"
    match who.kind:
        case WhoKind.ANYONE:
            return None
        case WhoKind.NOBODY:
            return "it asks whether nobody is there, and somebody is"
        case WhoKind.UNKNOWN:
            return None if kind is SubjectKind.CLUSTER else "it is about unknown people only"
        case WhoKind.KNOWN:
            return None if kind is SubjectKind.PERSON else "it is about known people only"
        case WhoKind.LIST:
            return _on_a_list(rule, moment, world)


def _on_a_list(rule: AlertRule, moment: Moment, world: Definitions) -> str | None:
    on = world.roster.lists_of(moment.subject, moment.at_s)
    # a mute list does not hide that somebody is on another; it only keeps it from being told
    counting = [one for one in on if one.kind is not ListKind.MUTE]
    for watchlist in on:
        if watchlist.id in rule.who.lists:
            if counting and watchlist.kind.strength < counting[0].kind.strength:
                return (
                    f"on the list '{watchlist.name}' ({watchlist.kind.value}), but the list "
                    f"'{counting[0].name}' ({counting[0].kind.value}) is stronger and counts"
                )
            return None
    return _on_none(rule, moment, world)


def _on_none(rule: AlertRule, moment: Moment, world: Definitions) -> str:
    found = [world.roster.get(one) for one in rule.who.lists]
    asked = [one for one in found if one is not None]
    names = " or ".join(f"'{one.name}'" for one in asked)
    if not asked:
        return "the list that it asks for is gone"
    if not any(one.holds(moment.at_s) for one in asked):
        return f"the list {names} is not in force at this time"
    return f"not on the list {names}"


def _where(rule: AlertRule, moment: Moment, world: Definitions) -> str | None:
    where, seen = rule.where, moment.seen
    if not (where.cameras or where.zones or where.fences):
        return None
    crossing = moment.what in (What.ENTERS, What.EXITS)
    if moment.zone is not None and (crossing or where.zones):
        if moment.zone in where.zones:
            return None
        return (
            f"the zone is '{world.zone_names.get(moment.zone, moment.zone)}', not one it asks for"
        )
    if moment.fence is not None and (crossing or where.fences):
        if moment.fence in where.fences:
            return None
        fence = world.fence_names.get(moment.fence, moment.fence)
        return f"the fence is '{fence}', not one it asks for"
    if moment.what is What.STAYS and (where.zones or where.fences) and not where.cameras:
        return "it asks for a stay in a zone or fence, and this is a stay at the site"
    if seen is not None and {seen.camera, seen.camera_id} & set(where.cameras):
        return None
    if moment.zones & set(where.zones) or moment.fences & set(where.fences):
        return None
    if where.cameras and not (where.zones or where.fences):
        return f"the camera is '{moment.camera}', not one it asks for"
    return f"not in a place that it asks for (camera '{moment.camera}')"


def _when(rule: AlertRule, moment: Moment, world: Definitions) -> str | None:
    site = zone(world.site.time_zone)
    intervals = rule.when.intervals
    if schedule.any_holds(intervals, moment.at_s, site):
        return None
    now, asked = schedule.clock(moment.at_s, site), schedule.words(intervals)
    return f"it is {now} at the site, and the rule is for {asked}"


def _profile(rule: AlertRule, _moment: Moment, world: Definitions) -> str | None:
    wanted, now = rule.when.profile, world.site.profile
    if wanted in ("any", now.value):
        return None
    return f"the site's profile is '{now.value}', and the rule is for '{wanted}'"


_CONDITIONS: tuple[Callable[[AlertRule, Moment, Definitions], str | None], ...] = (
    _enabled,
    _what,
    _who,
    _where,
    _when,
    _profile,
)


def _matched_words(rule: AlertRule, moment: Moment, world: Definitions) -> str:
    words = WHAT_WORDS[moment.what]
    strongest = world.roster.strongest(moment.subject, moment.at_s)
    if strongest is not None:
        words += f", on the list '{strongest.name}' ({strongest.kind.value})"
    if moment.zone is not None:
        words += f", zone '{world.zone_names.get(moment.zone, moment.zone)}'"
    if moment.fence is not None:
        words += f", fence '{world.fence_names.get(moment.fence, moment.fence)}'"
    if moment.what in (What.STAYS, What.ABSENT):
        words += f" for {moment.seconds:g} s"
    if moment.speed is not None and rule.what.kind is What.IMPOSSIBLE_SPEED:
        words += f" ({moment.speed:.1f} m/s)"
    return words
