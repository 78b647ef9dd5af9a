"""Travel times are learned once a minute; what a user confirms counts at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.movement.chainer import VisitChainer
from lookout.server.movement.confirmed import set_confirmed
from lookout.server.movement.learned import AGE_S, LearnedTravel
from lookout.server.storage.records import Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        opened.people.add(Person("ada", "Ada", 1.0))
        yield opened


def walk(store: SqliteStore, at_s: float) -> None:
    for camera, first_s in (("door", at_s), ("hall", at_s + 30)):
        store.sightings.add(Sighting(new_id(), camera, first_s, first_s + 10, "known", "ada"))
    VisitChainer(store).chain(at_s + 9000)


def test_times_are_learned_again_after_a_minute_and_confirmed_at_once(store: SqliteStore) -> None:
    now_s = 5.0
    travel = LearnedTravel(store, clock=lambda: now_s)
    walk(store, 1000.0)
    (time,) = travel.graph()
    assert (time.walks, time.typical_s, time.confirmed) == (1, 20.0, False)
    walk(store, 5000.0)
    set_confirmed(store.settings, ("door", "hall"), confirmed=True)
    (time,) = travel.graph()
    assert (time.walks, time.confirmed) == (1, True)
    now_s += AGE_S
    (time,) = travel.graph()
    assert (time.walks, time.confirmed) == (2, True)
