"""Visits of many sightings: the times of chaining and of each question, the size on disk.

    python -m benchmarks.movement                          one million sightings
    python -m benchmarks.movement --sightings 50000 --json results/movement.json

People walk along a street of cameras at the hours of an office, for 90 days; some have no name.
One sighting is written as recognition writes it, sealed, with an encoding of 128 numbers but
without a picture, and its row is copied with other times, people and cameras. Every question is
asked `--times` times; the median and the worst are shown.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.server.movement import analytics
from lookout.server.movement.chainer import VisitChainer
from lookout.server.movement.travel import learn
from lookout.server.storage.records import Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.storage.visit_records import LegFilter

DAY_S = 86_400.0
DAYS = 90
START_S = 1_788_048_000.0
END_S = START_S + DAYS * DAY_S
CAMERAS, PEOPLE, STRANGERS = 20, 500, 2000
BATCH = 2000
STEPS = 288
"""Of the occupancy of a day: one every five minutes."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("movement", __doc__)
    parser.add_argument("--sightings", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        results = run(Path(folder), options)
    write_json(options.json, "movement", results)
    return 0


def run(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    people = [f"person-{number}" for number in range(PEOPLE)]
    written_s = _timed(lambda: _write(folder, options.sightings, people, options.seed))
    with open_store(folder, {}) as store:
        chained_s = _timed(lambda: _chain(store, options.sightings))
        visits = store.visits.count()
        rows = [(name, *_asked(ask, options.times)) for name, ask in _questions(store, people[0])]
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        f"{options.sightings:,} sightings written in {written_s:.0f} s, chained to {visits:,} "
        f"visits in {chained_s:.0f} s ({1e6 * chained_s / options.sightings:.0f} µs each); "
        f"{size / 1e6:,.0f} MB on disk"
    )
    print(
        table(
            ("question", "answers", "median, ms", "worst, ms"),
            [(name, count, f"{mid:.1f}", f"{worst:.1f}") for name, count, mid, worst in rows],
        )
    )
    return {
        "sightings": options.sightings,
        "visits": visits,
        "written_s": written_s,
        "chained_s": chained_s,
        "bytes": size,
        "questions": [
            {"question": name, "answers": count, "median_ms": mid, "worst_ms": worst}
            for name, count, mid, worst in rows
        ],
    }


def _questions(store: SqliteStore, person: str) -> Iterator[tuple[str, Callable[[], int]]]:
    movements, noon_s = store.movements, START_S + (DAYS // 2) * DAY_S + 12 * 3600
    berlin = ZoneInfo("Europe/Berlin")

    def log(which: LegFilter) -> Callable[[], int]:
        return lambda: len(movements.legs(200, which=which).items)

    def visits(which: LegFilter) -> Callable[[], int]:
        return lambda: len(store.visits.page(200, which=which).items)

    yield "log of one person, newest 200", log(LegFilter(person=person))
    yield "log of one camera, newest 200", log(LegFilter(camera="camera 3"))
    yield "log of one hour", log(LegFilter(since_s=noon_s, until_s=noon_s + 3600))
    yield "visits of one person, newest 200", visits(LegFilter(person=person))
    yield "who was here in that hour", lambda: len(movements.present(noon_s, noon_s + 3600, 500))
    yield (
        "who stayed longest that day",
        lambda: len(movements.present(noon_s - DAY_S / 2, noon_s + DAY_S / 2, 500)),
    )
    yield (
        "who was with one person, 90 days",
        lambda: len(movements.company(person, START_S, END_S, 30, 50)),
    )
    yield (
        "first and last of each day of one person",
        lambda: len(
            analytics.days(store.visits.page(1000, which=LegFilter(person=person)).items, berlin)
        ),
    )
    yield (
        "busiest hours of the week, 90 days",
        lambda: sum(map(sum, analytics.week(movements.hours(START_S, END_S), berlin))),
    )
    yield (
        "busiest hours of one person",
        lambda: sum(map(sum, analytics.week(movements.hours(START_S, END_S, person), berlin))),
    )
    yield (
        "flow between cameras, latest 50,000 sightings",
        lambda: len(analytics.flows(movements.transitions(START_S, END_S, 50_000))),
    )
    yield (
        "travel times, latest 20,000 sightings",
        lambda: len(list(learn(movements.transitions(START_S, END_S, 20_000)))),
    )
    yield (
        "dwell at each camera, one day",
        lambda: len(analytics.dwell(movements.present(noon_s - DAY_S / 2, noon_s, 100_000))),
    )


def _write(folder: Path, count: int, people: Sequence[str], seed: int) -> None:
    """Fills the store in `folder`, which nobody has open."""
    encoding = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    with open_store(folder, {}) as store:
        with store.transaction():
            for person in people:
                store.people.add(Person(person, person.title(), START_S))
        first = Sighting("first", "none", START_S, START_S, "unknown", None, "none")
        store.sightings.add(dataclasses.replace(first, encoding=encoding, encoder="dlib-128"))
    chance = random.Random(seed)
    walks = (part for _ in itertools.count() for part in _walk(chance, people))
    parts = itertools.islice(walks, count)
    connection = sqlite3.connect(folder / "lookout.db", isolation_level=None)
    connection.execute("BEGIN")
    with tqdm(total=count, desc="writing", unit="sighting", mininterval=1) as bar:
        while batch := list(itertools.islice(parts, BATCH)):
            connection.executemany(_COPY_KEY, [()] * len(batch))
            connection.executemany(_COPY, batch)
            bar.update(len(batch))
    connection.execute("DELETE FROM sightings WHERE id = 'first'")
    connection.execute("COMMIT")
    connection.close()


_COPY_KEY = """INSERT INTO data_keys (purpose, locked)
    SELECT purpose, locked FROM data_keys WHERE purpose = 'sighting' LIMIT 1"""
_COPY = """INSERT INTO sightings (id, data_key, camera, first_s, last_s, state, person, cluster,
    encoder, sealed_encoding, sealed_detail)
    SELECT ?, (SELECT min(id) FROM data_keys k WHERE purpose = 'sighting' AND k.id >
            (SELECT max(data_key) FROM sightings)), ?, ?, ?, ?, ?, ?,
        encoder, sealed_encoding, sealed_detail FROM sightings WHERE id = 'first'"""


def _walk(chance: random.Random, people: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Somebody comes at a working hour and passes five cameras that lie side by side: the columns
    of each sighting."""
    person = chance.choice(people) if chance.random() < 0.7 else None
    cluster = None if person else f"stranger-{chance.randrange(STRANGERS)}"
    at_s = START_S + chance.randrange(DAYS) * DAY_S + chance.gauss(12, 3) * 3600
    first = chance.randrange(CAMERAS - 5)
    state = "known" if person else "unknown"
    for camera in range(first, first + 5):
        stay_s = chance.expovariate(1 / 20) + 1
        yield new_id(), f"camera {camera}", at_s, at_s + stay_s, state, person, cluster
        at_s += stay_s + chance.uniform(10, 40)


def _chain(store: SqliteStore, count: int) -> None:
    chainer = VisitChainer(store)
    with tqdm(total=count, desc="chaining", unit="sighting", mininterval=1) as bar:
        while chained := chainer.chain(END_S + DAY_S, BATCH).count:
            bar.update(chained)


def _timed(action: Callable[[], None]) -> float:
    began_s = time.perf_counter()
    action()
    return time.perf_counter() - began_s


def _asked(ask: Callable[[], int], times: int) -> tuple[int, float, float]:
    """The number of answers, the median and the worst time in milliseconds."""
    taken, count = [], 0
    for _ in range(times):
        began_s = time.perf_counter()
        count = ask()
        taken.append(1000 * (time.perf_counter() - began_s))
    return count, statistics.median(taken), max(taken)


if __name__ == "__main__":
    sys.exit(main())
