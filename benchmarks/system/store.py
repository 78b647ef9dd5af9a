"""The time that the same work takes over each store, as a ratio to SQLite's.

    python -m benchmarks.store                   200 people and 400 sightings, SQLite and MongoDB
    python -m benchmarks.store --people 1000 --rounds 5

Every round does the work once over each store, in turn, on the same disk; of each part of the work
the middle of the rounds counts. MongoDB is the server that LOOKOUT_TEST_MONGO names or, where
nothing says so, SecantusDB, an independent implementation of the protocol in Python and C.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.support.stores import MONGO, SQLITE, STORES, store_environment
from lookout.faces.detections import Floats
from lookout.server.storage.opening import open_store
from lookout.server.storage.records import (
    Event,
    FaceSample,
    Person,
    Sighting,
    SightingFilter,
    new_id,
)
from lookout.server.storage.store import Store

ENCODER = "sface"
JPEG = b"\xff\xd8\xff" + bytes(4000)
Times = dict[str, float]


def encoding_of(number: int) -> Floats:
    return np.random.default_rng(number).standard_normal(128).astype(np.float32)


def work(store: Store, people: int) -> Times:
    """The seconds of each part of the work: `people` people, twice as many sightings."""
    everybody = [Person(new_id(), f"Person {n}", 1.0, str(n)) for n in range(people)]
    seen = [
        Sighting(
            new_id(),
            f"camera {n % 8}",
            float(n),
            n + 5.0,
            "unknown",
            cluster=f"unk_{n % 50}",
            encoding=encoding_of(n),
            encoder=ENCODER,
            detail={"votes": 3},
        )
        for n in range(2 * people)
    ]
    times: Times = {}

    def timed(part: str, action: Callable[[], object]) -> None:
        began_s = time.perf_counter()
        action()
        times[part] = time.perf_counter() - began_s

    timed("people, each with a sample and its crop", lambda: _enrol(store, everybody))
    timed("sightings, each with an event and a crop", lambda: _see(store, seen))
    timed("sightings that go on", lambda: _go_on(store, seen))
    timed("reading: pages, people, galleries", lambda: _read(store, everybody))
    timed("unknown people that are named", lambda: _name(store, everybody))
    timed("forgetting: people and sightings", lambda: _forget(store, everybody, seen))
    return times


def _enrol(store: Store, everybody: Sequence[Person]) -> None:
    for number, person in enumerate(everybody):
        sample = FaceSample(new_id(), person.id, encoding_of(number), ENCODER, "upload", 1.0)
        with store.transaction():
            store.people.add(person)
            store.samples.add(sample, JPEG)


def _see(store: Store, seen: Sequence[Sighting]) -> None:
    for sighting in seen:
        with store.transaction():
            store.sightings.add(sighting, JPEG)
            event = Event(new_id(), "sighting.began", sighting.first_s, sighting.camera)
            store.events.add(replace(event, sighting=sighting.id))


def _go_on(store: Store, seen: Sequence[Sighting]) -> None:
    for sighting in seen:
        store.sightings.update(replace(sighting, last_s=sighting.last_s + 5.0))


def _read(store: Store, everybody: Sequence[Person]) -> None:
    for number, person in enumerate(everybody):
        store.people.get(person.id)
        store.people.find_by_identifier(str(number))
        store.sightings.page(20, which=SightingFilter(camera=f"camera {number % 8}"))
    for _ in range(5):
        store.samples.encodings(ENCODER)
        store.sightings.clusters()


def _name(store: Store, everybody: Sequence[Person]) -> None:
    for number in range(0, 50, 5):
        store.sightings.assign(f"unk_{number}", everybody[number % len(everybody)].id)


def _forget(store: Store, everybody: Sequence[Person], seen: Sequence[Sighting]) -> None:
    for person in everybody[: len(everybody) // 10]:
        store.people.delete(person.id)
    for sighting in seen[-len(everybody) // 5 :]:
        store.sightings.delete([sighting.id])


def measure(folder: Path, people: int, rounds: int) -> Mapping[str, Times]:
    """The middle times of each part over each store."""
    found: dict[str, list[Times]] = {store: [] for store in STORES}
    for number in range(rounds):
        for store in STORES:
            place = folder / f"{store}-{number}"
            with (
                store_environment(store, place / "server") as (environment, _),
                open_store(place / "data", environment) as opened,
            ):
                found[store].append(work(opened, people))
    return {
        store: {part: statistics.median(t[part] for t in times) for part in times[0]}
        for store, times in found.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("store", __doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        times = measure(Path(folder), options.people, options.rounds)
    sqlite, mongo = times[SQLITE], times[MONGO]
    rows = [
        (part, f"{sqlite[part]:.2f}", f"{mongo[part]:.2f}", f"{mongo[part] / sqlite[part]:.2f}")
        for part in sqlite
    ]
    total = sum(mongo.values()) / sum(sqlite.values())
    rows.append(
        ("all", f"{sum(sqlite.values()):.2f}", f"{sum(mongo.values()):.2f}", f"{total:.2f}")
    )
    print(table(("part", "SQLite, s", "MongoDB, s", "ratio"), rows))
    write_json(options.json, "store", {"seconds": times, "ratio": total})
    return 0


if __name__ == "__main__":
    sys.exit(main())
