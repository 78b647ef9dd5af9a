"""`lookout movement`: where somebody was, with whom, and when a place is busy."""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lookout.command_line import command_parser
from lookout.faces.atomic_file import replace_file
from lookout.names import legible
from lookout.paths import find_home
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import ZONE
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.errors import ServerError
from lookout.server.movement import analytics, log
from lookout.server.movement.confirmed import EVER_S, graph
from lookout.server.movement.plot import movement_picture
from lookout.server.storage.errors import NotFound
from lookout.server.storage.opening import open_store
from lookout.server.storage.store import Store
from lookout.server.storage.visit_records import LegFilter

DESCRIPTION = """\
Where people were: their sightings over all cameras as visits. Every answer is a table (CSV) on
standard output. A camera's place stands for the person's; names come from faces alone."""

EPILOG = """\
examples:
  %(prog)s log --person "Ada Lovelace"     from camera to camera, and how long it took
  %(prog)s log --format geojson > way.json for a map
  %(prog)s visits --since 2026-11-01       who was here, from when to when
  %(prog)s together --person Ada           who was with her
  %(prog)s present --since "2026-11-20 14:00" --until "2026-11-20 15:00"
  %(prog)s days --person Ada               first and last moment of each day
  %(prog)s travel                          the times between cameras, as walks have shown them
  %(prog)s --plot week.png                 the busiest hours, cameras and ways, as a picture

The server may run meanwhile. Times are those of this machine's clock, or of --zone."""

QUESTIONS = ("log", "visits", "together", "present", "days", "travel")
LEARNED_FROM, SUMMED_UP, PAGE = 20_000, 50_000, 200
SLACK_S = 30.0


def main(arguments: Sequence[str], prog: str = "lookout movement") -> int:
    """0 if it was answered, 2 with a line that says why it was not."""
    parser = _parser(prog)
    given = parser.parse_args(arguments)
    if given.question is None and given.plot is None:
        parser.error(f"ask for one of {', '.join(QUESTIONS)}, or for a picture by --plot FILE")
    try:
        with open_store(given.data, os.environ) as store:
            asked = _Asked(store, given)
            if given.plot is not None:
                replace_file(given.plot, asked.picture())
                sys.stdout.write(f"drawn: {given.plot}\n")
            if given.question is not None:
                _ANSWERS[given.question](asked)
    except (ServerError, OSError) as error:
        sys.stderr.write(legible(f"movement: {error}\n"))
        return 2
    return 0


class _Asked:
    """What was asked, of an open store."""

    def __init__(self, store: Store, given: argparse.Namespace) -> None:
        self.store = store
        self.given = given
        self.zone = given.zone
        self.since_s = _unix_s(given.since, given.zone, 0.0)
        self.until_s = _unix_s(given.until, given.zone, EVER_S)
        self.person = None if given.person is None else _person(store, given.person)

    @property
    def which(self) -> LegFilter:
        return LegFilter(
            person=self.person,
            camera=self.given.camera,
            since_s=self.since_s or None,
            until_s=self.until_s if self.until_s < EVER_S else None,
        )

    def picture(self) -> bytes:
        movements = self.store.movements
        hours = movements.hours(self.since_s, self.until_s, self.person)
        walks = movements.transitions(self.since_s, self.until_s, SUMMED_UP)
        return movement_picture(
            f"Movement of {self.given.person or 'everybody'}",
            analytics.week(hours, self.zone),
            analytics.places(hours),
            () if self.person else analytics.flows(walks),
        )

    def names(self, people: Sequence[str | None]) -> Mapping[str, str]:
        wanted = sorted({person for person in people if person is not None})
        return {person.id: person.name for person in self.store.people.many(wanted)}

    def when(self, time_s: float) -> str:
        return datetime.fromtimestamp(time_s, self.zone).isoformat(" ", "seconds")


def _log(asked: _Asked) -> None:
    legs = asked.store.movements.legs(asked.given.limit, which=asked.which).items
    names = asked.names([leg.person for leg in legs])
    times = graph(asked.store, LEARNED_FROM)
    zones = {zone.id: zone.name for zone in desk.all_kept(asked.store, ZONE)}
    positions = log.positions(CameraDirectory(asked.store.cameras).all())
    rows = [log.log_row(leg, times, names, positions, zones) for leg in legs]
    sys.stdout.write(log.to_geojson(rows) if asked.given.format == "geojson" else log.to_csv(rows))


def _visits(asked: _Asked) -> None:
    visits = asked.store.visits.page(asked.given.limit, which=asked.which).items
    names = asked.names([visit.person for visit in visits])
    _table(
        ("visit", "who", "first", "last", "ended"),
        [
            (
                visit.id,
                names.get(visit.person or "", visit.cluster),
                asked.when(visit.first_s),
                asked.when(visit.last_s),
                "yes" if visit.ended else "no",
            )
            for visit in visits
        ],
    )


def _together(asked: _Asked) -> None:
    if asked.person is None:
        raise NotFound("with whom? Name a person by --person")
    met = asked.store.movements.company(
        asked.person, asked.since_s, asked.until_s, SLACK_S, asked.given.limit
    )
    names = asked.names([company.person for company in met])
    _table(
        ("who", "times", "first", "last"),
        [
            (
                names.get(company.person or "", company.cluster),
                company.times,
                asked.when(company.first_s),
                asked.when(company.last_s),
            )
            for company in met
        ],
    )


def _present(asked: _Asked) -> None:
    until_s = min(asked.until_s, time.time())
    found = asked.store.movements.present(asked.since_s, until_s, asked.given.limit)
    names = asked.names([presence.person for presence in found])
    _table(
        ("who", "camera", "first", "last", "seconds"),
        [
            (
                names.get(row.person or "", row.cluster),
                row.camera,
                asked.when(row.first_s),
                asked.when(row.last_s),
                round(row.seconds, 1),
            )
            for row in found
        ],
    )


def _days(asked: _Asked) -> None:
    visits = asked.store.visits.page(1000, which=asked.which).items
    _table(
        ("date", "first", "last", "visits"),
        [
            (day.date, asked.when(day.first_s), asked.when(day.last_s), day.visits)
            for day in analytics.days(visits, asked.zone)
        ],
    )


def _travel(asked: _Asked) -> None:
    _table(
        ("from", "to", "walks", "fast_s", "typical_s", "slow_s", "overlapping", "confirmed"),
        [astuple(travel_time) for travel_time in graph(asked.store, LEARNED_FROM)],
    )


_ANSWERS: Mapping[str, Callable[[_Asked], None]] = {
    "log": _log,
    "visits": _visits,
    "together": _together,
    "present": _present,
    "days": _days,
    "travel": _travel,
}


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(head)
    writer.writerows([log.spreadsheet_safe(cell) for cell in row] for row in rows)


def _person(store: Store, name: str) -> str:
    """The id of a person by name. Raises NotFound for nobody and for several of one name."""
    found = store.people.find_by_name(name)
    if not found:
        raise NotFound(f"nobody is called {name!r:.60}; `lookout people list` says who is known")
    if len(found) > 1:
        raise NotFound(f"{len(found)} people are called {name!r:.60}: rename one of them first")
    return found[0].id


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write 2026-11-20 or '2026-11-20 14:00'"
        ) from None


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time zone: write its IANA name, as Europe/Berlin"
        ) from None


def _unix_s(moment: datetime | None, zone: ZoneInfo | None, default: float) -> float:
    if moment is None:
        return default
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("question", nargs="?", choices=QUESTIONS, metavar="|".join(QUESTIONS))
    add("--person", help="only this person, by name")
    add("--camera", help="only this camera, by name")
    add("--since", type=_moment, metavar="TIME", help="only later than this")
    add("--until", type=_moment, metavar="TIME", help="only earlier than this")
    add("--zone", type=_zone, metavar="NAME", help="time zone (this machine's)")
    add("--limit", type=int, default=PAGE, help="how many rows at most (%(default)s)")
    add("--format", choices=("csv", "geojson"), default="csv", help="of the log (%(default)s)")
    add("--plot", type=Path, metavar="FILE.png", help="draw the week, the cameras and the ways")
    add("--data", type=Path, default=find_home().store, help="the store (%(default)s)")
    return parser
