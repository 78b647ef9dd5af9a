"""Visits of many sightings: the times of chaining and of each question, the size on disk.

    python -m benchmarks.movement                          one million sightings
    python -m benchmarks.movement --sightings 50000 --json results/movement.json

People walk along a street of cameras at the hours of an office, for 90 days; some have no name.
One sighting of each is written as recognition writes it, sealed, with an encoding of 128 numbers
but without a picture, and its row is copied with other times and cameras. Every question is asked
`--times` times; the median and the worst are shown. A face is searched as a photograph is, once it
has been encoded: the first search after a start reads the index.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.faces.detections import Floats
from lookout.server.movement import analytics
from lookout.server.movement.chainer import VisitChainer
from lookout.server.movement.face_index import BLOCK, FaceIndex
from lookout.server.movement.face_search import Order, search_face
from lookout.server.movement.travel import learn
from lookout.server.storage.records import Person, Sighting, SightingFilter, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.storage.visit_records import LegFilter

_Asked = tuple[str, int, float, float, float]

DAY_S = 86_400.0
DAYS = 90
START_S = 1_788_048_000.0
END_S = START_S + DAYS * DAY_S
CAMERAS, PEOPLE, STRANGERS = 20, 500, 2000
BATCH = 2000
CAMERAS_A_WALK, CHAINED = 5, 5000
ENCODER, TOLERANCE = "dlib-128", 0.6
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
    loose = _unchain(folder)
    with open_store(folder, {}) as store:
        chained_us = 1e6 * _timed(lambda: _chain(store)) / loose
        visits = store.visits.count()
        index = FaceIndex(store.faces, ENCODER, clock=lambda: END_S + DAY_S)
        indexed_s = _timed(lambda: _index(index, options.sightings))
        rows = [(name, *_asked(ask, options.times)) for name, ask in _questions(store, people[0])]
        rows += _faces_asked(store, options)
        blocks = _size_of_blocks(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        f"{options.sightings:,} sightings in {visits:,} visits written in {written_s:.0f} s, "
        f"{loose:,} of them chained in {chained_us:.0f} µs each, faces "
        f"put into the index in {indexed_s:.0f} s; {size / 1e6:,.0f} MB on disk, of them "
        f"{blocks / 1e6:,.0f} MB the index"
    )
    print(
        table(
            ("question", "answers", "median, ms", "worst, ms", "processor, ms"),
            [(name, count, *(f"{one:.1f}" for one in times)) for name, count, *times in rows],
        )
    )
    return {
        "sightings": options.sightings,
        "visits": visits,
        "written_s": written_s,
        "chained_us": chained_us,
        "indexed_s": indexed_s,
        "bytes": size,
        "index_bytes": blocks,
        "questions": [
            {
                "question": name,
                "answers": count,
                "median_ms": mid,
                "worst_ms": worst,
                "processor_ms": processor,
            }
            for name, count, mid, worst, processor in rows
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
    """Fills the store in `folder`, which nobody has open. Indexes and triggers are made once all
    rows are there; a walk is one visit."""
    strangers = [f"stranger-{number}" for number in range(STRANGERS)]
    who_of = {f"first of {who}": who for who in (*people, *strangers)}
    with open_store(folder, {}) as store, store.transaction():
        for person in people:
            store.people.add(Person(person, person.title(), START_S))
        for name, encoding in zip(who_of, _faces(seed), strict=True):
            first = Sighting(name, "none", START_S, START_S, "unknown", None, "none")
            store.sightings.add(dataclasses.replace(first, encoding=encoding, encoder=ENCODER))
    with closing(sqlite3.connect(folder / "lookout.db", isolation_level=None)) as connection:
        sealed = {
            who_of[name]: row
            for name, *row in connection.execute(
                "SELECT s.id, locked, encoder, sealed_encoding, sealed_detail FROM sightings s "
                "JOIN data_keys k ON k.id = s.data_key"
            )
        }
        connection.execute("PRAGMA synchronous = OFF").fetchall()
        connection.execute("BEGIN")
        connection.execute("DELETE FROM sightings")
        connection.execute("DELETE FROM hour_counts")
        later = connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 'sightings' "
            "AND type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in later:
            connection.execute(f"DROP {kind} {name}")
        _write_walks(connection, count, people, sealed, seed)
        connection.execute(
            "INSERT INTO hour_counts SELECT CAST(first_s / 3600 AS INTEGER) AS hour, camera, "
            "count(*) FROM sightings GROUP BY hour, camera"
        )
        for _, _, sql in later:
            connection.execute(sql)
        connection.execute("COMMIT")


def _write_walks(
    connection: sqlite3.Connection,
    count: int,
    people: Sequence[str],
    sealed: Mapping[str, Sequence[object]],
    seed: int,
) -> None:
    chance = random.Random(seed)
    numbers = itertools.count(10_000)
    with tqdm(total=count, desc="writing", unit="sighting", mininterval=1) as bar:
        for done in range(0, count, BATCH):
            visits, keys, rows = [], [], []
            for _ in range(max(1, min(BATCH, count - done) // CAMERAS_A_WALK)):
                walk, visit = _walk(chance, people), f"vis_{new_id()}"
                _, _, first_s, _, _, person, cluster = walk[0]
                visits.append((visit, person, cluster, first_s, walk[-1][3], 1))
                locked, *rest = sealed[str(person or cluster)]
                for part in walk:
                    number = next(numbers)
                    keys.append((number, "sighting", locked))
                    rows.append((*part, *rest, visit, number))
            connection.executemany(_VISIT, visits)
            connection.executemany("INSERT INTO data_keys VALUES (?, ?, ?)", keys)
            connection.executemany(_SIGHTING, rows)
            bar.update(len(rows))


_VISIT = """INSERT INTO visits (id, person, cluster, first_s, last_s, ended)
    VALUES (?, ?, ?, ?, ?, ?)"""
_SIGHTING = """INSERT INTO sightings (id, camera, first_s, last_s, state, person, cluster,
    encoder, sealed_encoding, sealed_detail, visit, data_key)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def _faces(seed: int) -> Floats:
    """(people and strangers, 128) float32: encodings as far from each other as those of dlib."""
    chance = np.random.default_rng(seed)
    return chance.normal(0, 0.08, (PEOPLE + STRANGERS, 128)).astype(np.float32)


def _index(index: FaceIndex, count: int) -> None:
    with tqdm(total=count, desc="indexing", unit="sighting", mininterval=1) as bar:
        while index.tidy():
            bar.update(BLOCK)


def _face(
    store: SqliteStore,
    index: FaceIndex,
    seed: int,
    *,
    order: Order = Order.NEAREST,
    which: SightingFilter | None = None,
) -> Callable[[], int]:
    """A search for the first person's face, as another photograph shows it."""
    face = _faces(seed)[0]
    face = face + np.random.default_rng(seed + 1).normal(0, 0.03, 128).astype(np.float32)

    def ask() -> int:
        found = search_face(
            index,
            store,
            face,
            TOLERANCE,
            which=which or SightingFilter(),
            order=order,
            limit=200,
        )
        of = {store.sightings.get(one.sighting).person for one in found.found[:3]}
        if of - {"person-0"}:
            raise AssertionError(f"somebody else was found: {of}")
        return len(found.found)

    return ask


def _faces_asked(store: SqliteStore, options: argparse.Namespace) -> list[_Asked]:
    """The times of searches, the first of them with an index that has read nothing yet."""
    index, seed = FaceIndex(store.faces, ENCODER, clock=lambda: END_S + DAY_S), options.seed
    rows = [("face, first search after a start", *_asked(_face(store, index, seed), 1))]
    for name, given in _SEARCHES.items():
        ask = _face(store, index, seed, **given)
        rows.append((f"face, {name}", *_asked(ask, options.times)))
    return rows


_NOON_S = START_S + (DAYS // 2) * DAY_S + 12 * 3600
_SEARCHES: dict[str, dict[str, Any]] = {
    "nearest 200 of all": {},
    "latest 200 of all": {"order": Order.LATEST},
    "at one camera": {"which": SightingFilter(camera="camera 3")},
    "on one day": {"which": SightingFilter(since_s=_NOON_S, until_s=_NOON_S + DAY_S)},
    "at all cameras but one": {
        "which": SightingFilter(cameras=tuple(f"camera {n}" for n in range(1, CAMERAS)))
    },
}


def _size_of_blocks(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "lookout.db")) as connection:
        (size,) = connection.execute("SELECT sum(length(sealed)) FROM face_blocks").fetchone()
    return int(size or 0)


def _walk(chance: random.Random, people: Sequence[str]) -> list[tuple[Any, ...]]:
    """A person comes at some hour and passes five cameras that lie side by side: the columns
    of each sighting."""
    person = chance.choice(people) if chance.random() < 0.7 else None
    cluster = None if person else f"stranger-{chance.randrange(STRANGERS)}"
    at_s = START_S + chance.randrange(DAYS) * DAY_S + chance.gauss(12, 3) * 3600
    first = chance.randrange(CAMERAS - CAMERAS_A_WALK)
    state, seen = "known" if person else "unknown", []
    for camera in range(first, first + CAMERAS_A_WALK):
        stay_s = chance.expovariate(1 / 20) + 1
        seen.append((new_id(), f"camera {camera}", at_s, at_s + stay_s, state, person, cluster))
        at_s += stay_s + chance.uniform(10, 40)
    return seen


def _unchain(folder: Path) -> int:
    """Takes some of the latest walks out of their visits, to be chained as in daily use; how many
    sightings these are."""
    with closing(sqlite3.connect(folder / "lookout.db")) as connection, connection:
        return connection.execute(
            "UPDATE sightings SET visit = NULL WHERE visit IN "
            "(SELECT id FROM visits ORDER BY last_s DESC LIMIT ?)",
            (CHAINED // CAMERAS_A_WALK,),
        ).rowcount


def _chain(store: SqliteStore) -> None:
    chainer = VisitChainer(store)
    while chainer.chain(END_S + DAY_S, BATCH).count:
        pass


def _timed(action: Callable[[], None]) -> float:
    began_s = time.perf_counter()
    action()
    return time.perf_counter() - began_s


def _asked(ask: Callable[[], int], times: int) -> tuple[int, float, float, float]:
    """The number of answers; the median and the worst time, and the median of the processor's, in
    milliseconds."""
    taken, processor, count = [], [], 0
    for _ in range(times):
        began_s, began_processor_s = time.perf_counter(), time.process_time()
        count = ask()
        taken.append(1000 * (time.perf_counter() - began_s))
        processor.append(1000 * (time.process_time() - began_processor_s))
    return count, statistics.median(taken), max(taken), statistics.median(processor)


if __name__ == "__main__":
    sys.exit(main())
