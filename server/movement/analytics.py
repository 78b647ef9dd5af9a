"""Sums over visits and sightings: dwell, occupancy, flow, the busiest hours of the week."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from lookout.server.storage.visit_records import HourCount, Presence, Transition, Visit

HOUR_S = 3600.0
DAYS, HOURS = 7, 24


@dataclass(frozen=True, slots=True)
class Flow:
    """How many walks of named people went from one camera to another, and their median time."""

    from_camera: str
    to_camera: str
    walks: int
    typical_s: float


@dataclass(frozen=True, slots=True)
class Dwell:
    """How long people stayed at a camera. Seconds; `people` counts unknown people, too."""

    camera: str
    people: int
    total_s: float
    typical_s: float
    longest_s: float


@dataclass(frozen=True, slots=True)
class PersonDay:
    """The first and the last moment at which a person was seen on a day (ISO date of the site)."""

    date: str
    first_s: float
    last_s: float
    visits: int


def flows(transitions: Iterable[Transition]) -> tuple[Flow, ...]:
    """The most walked ways first."""
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for transition in transitions:
        seconds[transition.from_camera, transition.to_camera].append(transition.travel_s)
    ordered = sorted(seconds.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Flow(*pair, len(times), max(0.0, statistics.median(times))) for pair, times in ordered
    )


def dwell(presences: Iterable[Presence]) -> tuple[Dwell, ...]:
    """For each camera how long people stayed there in all, the busiest camera first."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for presence in presences:
        seconds[presence.camera].append(presence.seconds)
    rows = (
        Dwell(camera, len(times), sum(times), statistics.median(times), max(times))
        for camera, times in seconds.items()
    )
    return tuple(sorted(rows, key=lambda row: (-row.total_s, row.camera)))


def week(hours: Iterable[HourCount], zone: tzinfo | None) -> tuple[tuple[int, ...], ...]:
    """(7, 24) sightings that began in each hour of the week by the site's clock; Monday first.

    zone: the site's; None for this machine's.
    In zones whose offset is no whole hour the hours are those in which most of the hour lies.
    """
    counts: Counter[int] = Counter()
    for row in hours:
        counts[row.hour] += row.sightings
    table = [[0] * HOURS for _ in range(DAYS)]
    for hour, count in counts.items():
        local = _local(hour, zone)
        table[local.weekday()][local.hour] += count
    return tuple(tuple(day) for day in table)


def day_by_place(hours: Iterable[HourCount], zone: tzinfo | None) -> dict[str, tuple[int, ...]]:
    """Sightings at each camera that began in each hour of the day by the site's clock, (24,); the
    busiest camera first. zone: as of `week`."""
    rows = list(hours)
    table = {camera: [0] * HOURS for camera in places(rows)}
    for row in rows:
        table[row.camera][_local(row.hour, zone).hour] += row.sightings
    return {camera: tuple(counts) for camera, counts in table.items()}


def places(hours: Iterable[HourCount]) -> dict[str, int]:
    """Sightings at each camera, the busiest first."""
    counts: Counter[str] = Counter()
    for row in hours:
        counts[row.camera] += row.sightings
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def occupancy(
    visits: Sequence[Visit], since_s: float, until_s: float, step_s: float
) -> tuple[int, ...]:
    """How many people were at the site at each `step_s` from `since_s` until `until_s`."""
    steps = max(0, int((until_s - since_s) // step_s) + 1)
    changes = [0] * (steps + 1)
    for visit in visits:
        first = max(0, -int((since_s - visit.first_s) // step_s))
        last = min(steps - 1, int((visit.last_s - since_s) // step_s))
        if first <= last:
            changes[first] += 1
            changes[last + 1] -= 1
    counts, total = [], 0
    for change in changes[:steps]:
        total += change
        counts.append(total)
    return tuple(counts)


def days(visits: Iterable[Visit], zone: tzinfo | None) -> tuple[PersonDay, ...]:
    """The first and last moment of each day of one person's visits, the latest day first. A visit
    over midnight counts for both days."""
    found: dict[str, PersonDay] = {}
    for visit in visits:
        for date, first_s, last_s in _split(visit.first_s, visit.last_s, zone):
            before = found.get(date)
            found[date] = (
                PersonDay(date, first_s, last_s, 1)
                if before is None
                else PersonDay(
                    date,
                    min(before.first_s, first_s),
                    max(before.last_s, last_s),
                    before.visits + 1,
                )
            )
    return tuple(found[date] for date in sorted(found, reverse=True))


def _local(hour: int, zone: tzinfo | None) -> datetime:
    """The middle of an hour since 1970."""
    return datetime.fromtimestamp(hour * HOUR_S + HOUR_S / 2, zone)


def _split(first_s: float, last_s: float, zone: tzinfo | None) -> list[tuple[str, float, float]]:
    """A stretch of time cut at the midnights of a zone."""
    parts = []
    while True:
        local = datetime.fromtimestamp(first_s, zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
        end_s = midnight.timestamp()
        parts.append((local.date().isoformat(), first_s, min(last_s, end_s)))
        if last_s <= end_s:
            return parts
        first_s = end_s
