"""Who is where: observations and the passing of time become moments that rules are about.

A subject is present at the site from the first observation until none has come for GONE_S and no
sighting of it is open; so one walk past six cameras is one presence. Zones and fences have a
hysteresis of their own (`rules.stay`). Times may come in any order, and nothing here reads a clock.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import (
    NOBODY,
    RuleObservation,
    Signal,
    Subject,
    SubjectKind,
)
from lookout.server.alerts.rules.speed import speed_between
from lookout.server.alerts.rules.stay import ENTER_S, EXIT_S, Stay

GONE_S = 60.0
"""Without an observation, at any camera: whoever comes after it appears anew."""
OPEN_S = 600.0
"""A sighting that is open counts as seen for so long without news of it: its end may be lost."""
MAX_SUBJECTS = 20_000
"""That are remembered for absence and speed; the one not seen for longest makes room."""
MAX_SIGHTINGS = 64
"""Open at a time, of one subject."""


@dataclass(slots=True)
class _Present:
    """What is known of one subject. `areas`: stays by ('zone'|'fence', id). `look_s`: before this
    time it cannot be gone."""

    stay: Stay
    newest: RuleObservation
    here: bool = True
    open: dict[str, float] = field(default_factory=dict)
    areas: dict[tuple[str, str], Stay] = field(default_factory=dict)
    absent_told: set[float] = field(default_factory=set)
    look_s: float = 0.0

    def is_open(self, now_s: float) -> bool:
        return any(now_s - last_s < OPEN_S for last_s in self.open.values())

    def may_be_gone(self, now_s: float) -> bool:
        """Cheap, because thousands are asked every second."""
        if now_s < self.look_s:
            return False
        open_until_s = max(self.open.values(), default=-math.inf) + OPEN_S
        self.look_s = max(open_until_s, self.stay.last_s + GONE_S)
        return now_s >= self.look_s

    def end(self, sighting: str) -> None:
        self.open.pop(sighting, None)
        self.look_s = 0.0

    def inside(self, kind: str) -> frozenset[str]:
        return frozenset(
            name for (area, name), stay in self.areas.items() if area == kind and stay.entered
        )


class RulePresence:
    """Keeps who is where. For one thread; `take` and `tick` return what happened, in order."""

    def __init__(self) -> None:
        self._known: OrderedDict[Subject, _Present] = OrderedDict()
        self._sightings: OrderedDict[str, Subject] = OrderedDict()
        self._anybody: Stay | None = None
        self._nobody_told: set[float] = set()

    def take(self, seen: RuleObservation, world: Definitions) -> list[Moment]:
        """What this observation makes happen."""
        match seen.signal:
            case Signal.CAMERA_LOST:
                camera = Subject(SubjectKind.CAMERA, seen.camera)
                return [Moment(What.CAMERA_LOST, seen.at_s, camera, replace(seen, subject=camera))]
            case Signal.SPOOF:
                return [Moment(What.SPOOF, seen.at_s, seen.subject, seen)]
            case Signal.ENDED:
                known = self._known.get(seen.subject)
                if known is not None and seen.sighting:
                    known.end(seen.sighting)
                    known.stay.last_s = max(known.stay.last_s, seen.at_s)
                return []
            case Signal.SEEN:
                return [] if seen.subject == NOBODY else list(self._seen(seen, world))
            case Signal.CORRECTED:
                return list(self._corrected(seen, world))
        return []

    def tick(self, now_s: float, world: Definitions) -> list[Moment]:
        """What the passing of time makes happen."""
        moments: list[Moment] = []
        for subject, known in list(self._known.items()):
            if known.here:
                if world.stays or known.areas or known.may_be_gone(now_s):
                    moments += self._passing(subject, known, now_s, world)
            elif world.absences and subject.kind is SubjectKind.PERSON:
                moments += self._missing(subject, known, now_s, world)
        if self._anybody is not None and not any(one.here for one in self._known.values()):
            since_s = now_s - self._anybody.last_s
            for seconds in world.empty_spells:
                if since_s >= seconds and seconds not in self._nobody_told:
                    self._nobody_told.add(seconds)
                    moments.append(Moment(What.ABSENT, now_s, NOBODY, None, seconds=seconds))
        return moments

    def remember(self, subject: Subject, last: RuleObservation) -> None:
        """What was known before this process began: when a person was seen last."""
        if subject not in self._known:
            stay = Stay(last.at_s, last.at_s)
            self._known[subject] = _Present(stay, last, here=False)

    def is_here(self, subject: Subject) -> bool:
        known = self._known.get(subject)
        return known is not None and known.here

    def subject_of(self, sighting: str) -> Subject | None:
        """Whom this sighting was of, as far as was heard last."""
        return self._sightings.get(sighting)

    def shift(self, by_s: float) -> None:
        """Moves every time by so many seconds: the machine's clock was set."""
        stays = [known.stay for known in self._known.values()]
        stays += [stay for known in self._known.values() for stay in known.areas.values()]
        for stay in [*stays, *([self._anybody] if self._anybody else [])]:
            stay.first_s += by_s
            stay.last_s += by_s
        for known in self._known.values():
            known.newest = replace(known.newest, at_s=known.newest.at_s + by_s)
            known.open = {sighting: at_s + by_s for sighting, at_s in known.open.items()}
            known.look_s = 0.0

    def forget(self, subject: Subject) -> None:
        """Drops all that is known of a subject: it was forgotten, or merged."""
        self._known.pop(subject, None)

    def _seen(self, seen: RuleObservation, world: Definitions) -> Iterator[Moment]:
        subject = seen.subject
        self._anybody = self._anybody or Stay(seen.at_s, seen.at_s)
        self._anybody.again(seen.at_s)
        self._nobody_told.clear()
        if seen.sighting:
            self._move_sighting(seen.sighting, subject)
        known = self._known.get(subject)
        if known is not None and known.here and self._is_late(known, seen):
            known.here = False  # the tick that should have said so has not come yet
            yield self._moment(What.LEAVES, known.stay.last_s, known)
        yield from self._fast(known, seen, world)
        if known is None or not known.here:
            known = _Present(Stay(seen.at_s, seen.at_s), seen)
            self._known[subject] = known
            appears = True
        else:
            known.stay.again(seen.at_s)
            appears = False
        self._known.move_to_end(subject)
        if seen.at_s >= known.newest.at_s:
            known.newest = seen
        if seen.sighting and seen.signal is Signal.SEEN:
            known.open[seen.sighting] = max(seen.at_s, known.open.get(seen.sighting, 0.0))
            while len(known.open) > MAX_SIGHTINGS:
                known.end(next(iter(known.open)))
        entries = list(self._areas(known, seen, world))
        if appears:
            yield self._moment(What.APPEARS, seen.at_s, known)
        yield from entries
        yield from self._stays(known, known.stay.last_s, world)
        self._make_room()

    def _corrected(self, seen: RuleObservation, world: Definitions) -> Iterator[Moment]:
        """A sighting of now is one of somebody else from now on; an old one makes nobody appear."""
        before = self._sightings.get(seen.sighting or "")
        if before is not None and self.is_here(before) and seen.subject != NOBODY:
            yield from self._seen(seen, world)
        elif seen.sighting:
            self._move_sighting(seen.sighting, seen.subject)

    def _is_late(self, known: _Present, seen: RuleObservation) -> bool:
        return seen.at_s - known.stay.last_s >= GONE_S and not known.is_open(seen.at_s)

    def _areas(
        self, known: _Present, seen: RuleObservation, world: Definitions
    ) -> Iterator[Moment]:
        for kind, name in areas_of(seen, world):
            stay = known.areas.get((kind, name))
            if stay is None:
                stay = known.areas[kind, name] = Stay(seen.at_s, seen.at_s)
            else:
                stay.again(seen.at_s)
            # a camera's place does not tremble as a box does
            if stay.enters(stay.last_s) or (kind == "fence" and not stay.entered):
                stay.entered = True
                yield self._moment(What.ENTERS, seen.at_s, known, (kind, name))

    def _passing(
        self, subject: Subject, known: _Present, now_s: float, world: Definitions
    ) -> Iterator[Moment]:
        is_open = known.is_open(now_s)
        yield from self._stays(known, now_s, world)
        # while a sighting is open, what was observed last holds: updates may come seldom
        until_s = known.newest.at_s if is_open else now_s
        for area, stay in list(known.areas.items()):
            inside = is_open and stay.last_s >= known.newest.at_s
            if inside and stay.enters(now_s):
                yield self._moment(What.ENTERS, stay.first_s + ENTER_S, known, area)
            if until_s - stay.last_s >= (EXIT_S if area[0] == "zone" else GONE_S):
                del known.areas[area]
                if stay.entered:
                    yield self._moment(What.EXITS, stay.last_s, known, area)
        if not is_open and now_s - known.stay.last_s >= GONE_S:
            known.here = False
            known.open.clear()
            yield self._moment(What.LEAVES, known.stay.last_s, known)
            if subject.kind is SubjectKind.CLUSTER:
                self._known.pop(subject, None)

    def _stays(self, known: _Present, now_s: float, world: Definitions) -> Iterator[Moment]:
        if not world.stays:
            return
        is_open = known.is_open(now_s)
        for seconds in known.stay.reached(world.stays, now_s if is_open else known.stay.last_s):
            at_s = known.stay.first_s + seconds
            yield replace(self._moment(What.STAYS, at_s, known), seconds=seconds)
        for area, stay in known.areas.items():
            inside = is_open and stay.last_s >= known.newest.at_s
            if stay.entered:
                for seconds in stay.reached(world.stays, now_s if inside else stay.last_s):
                    moment = self._moment(What.STAYS, stay.first_s + seconds, known, area)
                    yield replace(moment, seconds=seconds)

    def _missing(
        self, subject: Subject, known: _Present, now_s: float, world: Definitions
    ) -> Iterator[Moment]:
        for seconds in world.absences:
            if now_s - known.stay.last_s >= seconds and seconds not in known.absent_told:
                known.absent_told.add(seconds)
                yield Moment(What.ABSENT, now_s, subject, known.newest, seconds=seconds)

    def _fast(
        self, known: _Present | None, seen: RuleObservation, world: Definitions
    ) -> Iterator[Moment]:
        if known is None or world.fastest is None or seen.subject.kind is not SubjectKind.PERSON:
            return
        speed = speed_between(known.newest, seen)
        if speed is not None and speed > world.fastest:
            yield Moment(What.IMPOSSIBLE_SPEED, seen.at_s, seen.subject, seen, speed=speed)

    def _moment(
        self, what: What, at_s: float, known: _Present, area: tuple[str, str] | None = None
    ) -> Moment:
        kind, name = area or ("", None)
        return Moment(
            what,
            at_s,
            known.newest.subject,
            known.newest,
            zone=name if kind == "zone" else None,
            fence=name if kind == "fence" else None,
            zones=known.inside("zone"),
            fences=known.inside("fence"),
        )

    def _move_sighting(self, sighting: str, subject: Subject) -> None:
        """A sighting that turned out to be of somebody else is not of the first any more."""
        before = self._sightings.get(sighting)
        if before is not None and before != subject and before in self._known:
            known = self._known[before]
            known.end(sighting)
            if before.kind is SubjectKind.CLUSTER and not known.open:
                del self._known[before]
        self._sightings[sighting] = subject
        self._sightings.move_to_end(sighting)
        if len(self._sightings) > MAX_SUBJECTS:
            self._sightings.popitem(last=False)

    def _make_room(self) -> None:
        while len(self._known) > MAX_SUBJECTS:
            self._known.popitem(last=False)


def areas_of(seen: RuleObservation, world: Definitions) -> Mapping[tuple[str, str], None]:
    """The zones and fences in which this observation is, as ('zone'|'fence', id)."""
    found: dict[tuple[str, str], None] = {}
    for zone in world.zones:
        here = zone.camera in (seen.camera, seen.camera_id)
        if here and seen.foot and zone.shape.contains(seen.foot):
            found["zone", zone.id] = None
    place = seen.place
    if place is not None:
        for fence in world.fences:
            point = place.point(fence.plan)
            if point is not None and fence.shape.contains(point):
                found["fence", fence.id] = None
    return found
