"""One walk past many cameras is one visit, whatever is found out about it later."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.movement.chainer import VisitChainer
from lookout.server.storage.records import Person, Sighting, new_id
from lookout.server.storage.store import Store
from lookout.server.storage.visit_records import LegFilter
from tests.support.stores import Opening

GAP_S = 600.0
NOW_S = 10_000.0


@pytest.fixture
def store(open_store: Opening, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data", {}) as opened:
        opened.people.add(Person("ada", "Ada", 1.0))
        opened.people.add(Person("bob", "Bob", 1.0))
        yield opened


@pytest.fixture
def chainer(store: Store) -> VisitChainer:
    numbers = itertools.count(1)
    return VisitChainer(store, GAP_S, lambda: f"vis_{next(numbers)}")


def see(
    store: Store,
    camera: str,
    first_s: float,
    last_s: float,
    person: str | None = None,
    cluster: str | None = None,
) -> str:
    state = "known" if person else "unknown"
    sighting = Sighting(new_id(), camera, first_s, last_s, state, person, cluster)
    store.sightings.add(sighting)
    return sighting.id


def visits(store: Store) -> list[tuple[str, str | None, float, float, bool]]:
    return [
        (visit.id, visit.person or visit.cluster, visit.first_s, visit.last_s, visit.ended)
        for visit in store.visits.page(100).items
    ]


def test_a_walk_past_three_cameras_is_one_visit_with_its_ways(
    store: Store, chainer: VisitChainer
) -> None:
    see(store, "door", 9000, 9010, "ada")
    see(store, "hall", 9030, 9040, "ada")
    see(store, "yard", 9100, 9120, "ada")
    chained = chainer.chain(NOW_S - 300)
    assert [visit.id for visit in chained.begun] == ["vis_1"]
    assert chained.count == 3
    assert visits(store) == [("vis_1", "ada", 9000, 9120, False)]
    legs = store.movements.legs(10, which=LegFilter(person="ada")).items
    assert [(leg.camera, leg.from_camera, leg.travel_s) for leg in legs] == [
        ("yard", "hall", 60.0),
        ("hall", "door", 20.0),
        ("door", None, None),
    ]


def test_two_people_are_two_visits_and_a_long_pause_makes_a_new_one(
    store: Store, chainer: VisitChainer
) -> None:
    see(store, "door", 5000, 5010, "ada")
    see(store, "door", 5005, 5010, "bob")
    see(store, "door", 5010 + GAP_S, 5700, "ada")
    see(store, "door", 5700 + GAP_S + 1, 6400, "ada")
    chainer.chain(6500)
    assert sorted(visits(store)) == [
        ("vis_1", "ada", 5000, 5700, True),
        ("vis_2", "bob", 5005, 5010, True),
        ("vis_3", "ada", 6301, 6400, False),
    ]


def test_a_visit_grows_with_its_sighting(store: Store, chainer: VisitChainer) -> None:
    sighting = see(store, "door", 5000, 5010, "ada")
    chainer.chain(5011)
    found = store.sightings.get(sighting)
    store.sightings.update(
        Sighting(found.id, "door", 4990, 5400, "known", "ada", detail=found.detail)
    )
    assert visits(store) == [("vis_1", "ada", 4990, 5400, False)]


def test_a_visit_ends_once_and_goes_on_when_the_person_is_seen_again(
    store: Store, chainer: VisitChainer
) -> None:
    see(store, "door", 5000, 5010, "ada")
    chainer.chain(5011)
    assert chainer.end(5010 + GAP_S) == ()
    assert [visit.id for visit in chainer.end(5010 + GAP_S + 1)] == ["vis_1"]
    assert chainer.end(5010 + GAP_S + 2) == ()
    see(store, "hall", 5600, 5620, "ada")
    assert chainer.chain(5630).begun == ()
    assert visits(store) == [("vis_1", "ada", 5000, 5620, False)]


def test_what_was_over_before_it_is_chained_begins_no_visit(
    store: Store, chainer: VisitChainer
) -> None:
    see(store, "door", 5000, 5010, "ada")
    assert chainer.chain(NOW_S).begun == ()
    assert visits(store) == [("vis_1", "ada", 5000, 5010, True)]
    assert chainer.end(NOW_S) == ()


def test_an_unknown_person_who_is_named_joins_the_visits_of_that_person(
    store: Store, chainer: VisitChainer
) -> None:
    see(store, "door", 5000, 5010, "ada")
    see(store, "hall", 5500, 5510, cluster="unk")
    see(store, "yard", 6050, 6060, "ada")
    chainer.chain(NOW_S)
    assert len(visits(store)) == 3
    store.sightings.assign("unk", "ada")
    chainer.chain(NOW_S)
    assert visits(store) == [("vis_1", "ada", 5000, 6060, True)]


def test_a_rejected_sighting_leaves_the_visit_shorter(store: Store, chainer: VisitChainer) -> None:
    see(store, "door", 5000, 5010, "ada")
    wrong = see(store, "hall", 5500, 5510, "ada")
    chainer.chain(NOW_S)
    store.sightings.update(Sighting(wrong, "hall", 5500, 5510, "unknown", cluster="unk"))
    assert visits(store) == [("vis_1", "ada", 5000, 5010, True)]
    chainer.chain(NOW_S)
    assert visits(store)[0] == ("vis_2", "unk", 5500, 5510, True)


def test_merged_people_have_one_visit(store: Store, chainer: VisitChainer) -> None:
    see(store, "door", 5000, 5010, "ada")
    see(store, "hall", 5030, 5040, "bob")
    chainer.chain(NOW_S)
    store.people.merge("bob", "ada")
    chainer.chain(NOW_S)
    assert visits(store) == [("vis_1", "ada", 5000, 5040, True)]


def test_a_forgotten_person_leaves_no_visit(store: Store, chainer: VisitChainer) -> None:
    see(store, "door", 5000, 5010, "ada")
    see(store, "door", 5000, 5010, "bob")
    chainer.chain(NOW_S)
    store.people.delete("ada")
    assert [visit[1] for visit in visits(store)] == ["bob"]


def test_retention_of_sightings_takes_the_visits_along(store: Store, chainer: VisitChainer) -> None:
    see(store, "door", 5000, 5010, "ada")
    see(store, "hall", 5030, 5040, "ada")
    see(store, "hall", 8000, 8010, "ada")
    chainer.chain(NOW_S)
    store.sightings.delete_before(5020, known=True, limit=10)
    assert visits(store)[-1] == ("vis_1", "ada", 5030, 5040, True)
    store.sightings.delete_before(9000, known=True, limit=10)
    assert visits(store) == []
