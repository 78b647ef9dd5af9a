"""Several servers on one store: each learns of the others' changes, and a camera has one holder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lookout.server.storage.alert_records import Definition
from lookout.server.storage.camera_records import CameraKind, CameraRecord
from lookout.server.storage.records import Event, FaceSample, Person
from lookout.server.storage.store import Store
from lookout.server.storage.store_sharing import Topic
from tests.server.storage.test_store import encoding
from tests.support.stores import Opening

WAIT_S = 30.0


@pytest.fixture
def stores(open_store: Opening, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two servers' stores, on the same data."""
    with open_store(tmp_path / "data", {}) as one, open_store(tmp_path / "data", {}) as other:
        yield one, other


def sample(person: str, negative: bool) -> FaceSample:
    return FaceSample("sam_1", person, encoding(1), "sface", "upload", 1.0, negative=negative)


@pytest.mark.parametrize(
    ("change", "topic"),
    [
        (lambda store: store.people.add(Person("per_2", "Bob", 2.0)), Topic.PEOPLE),
        (lambda store: store.samples.add(sample("per_1", True)), Topic.PEOPLE),
        (lambda store: store.people.delete("per_1"), Topic.PEOPLE),
        (lambda store: store.definitions.put(Definition("rul_1", "rule", {})), Topic.RULES),
        (
            lambda store: store.cameras.add(CameraRecord("cam_1", "door", CameraKind.EDGE, 1.0)),
            Topic.CAMERAS,
        ),
        (lambda store: store.settings.put("calibration", [0.5]), Topic.SETTINGS),
        (lambda store: store.events.add(Event("evt_1", "came", 1.0)), Topic.EVENTS),
    ],
)
def test_one_store_is_woken_by_a_change_in_another_and_told_of_its_topic(
    stores: tuple[Store, Store], change: Callable[[Store], object], topic: Topic
) -> None:
    one, other = stores
    one.people.add(Person("per_1", "Ada", 1.0))
    known = other.changes.numbers()
    told: list[set[Topic]] = []

    def listen() -> None:
        numbers = other.changes.wait(known, WAIT_S)
        told.append({which for which in Topic if numbers[which] > known[which]})

    listener = threading.Thread(target=listen)
    listener.start()
    change(one)
    listener.join(WAIT_S)
    assert told == [{topic}]


def test_whoever_waits_in_vain_is_told_that_nothing_has_changed(
    stores: tuple[Store, Store],
) -> None:
    known = stores[1].changes.numbers()
    assert stores[1].changes.wait(known, 0.01) == known


def test_a_change_that_is_taken_back_is_told_to_nobody(stores: tuple[Store, Store]) -> None:
    one, other = stores
    known = other.changes.numbers()

    def fail() -> None:
        with one.transaction():
            one.people.add(Person("per_1", "Ada", 1.0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert other.changes.numbers() == known


def test_a_camera_has_one_holder_until_its_time_is_over(stores: tuple[Store, Store]) -> None:
    one, other = (store.leases for store in stores)
    first = one.acquire("cam_1", "srv_a", 10.0, 100.0)
    assert first is not None
    assert (first.holder, first.term, first.until_s) == ("srv_a", 1, 110.0)
    assert other.acquire("cam_1", "srv_b", 10.0, 109.9) is None
    longer = one.renew(first, 10.0, 105.0)
    assert longer is not None
    assert longer.until_s == 115.0
    assert other.acquire("cam_1", "srv_b", 10.0, 114.9) is None
    second = other.acquire("cam_1", "srv_b", 10.0, 115.0)
    assert second is not None
    assert (second.holder, second.term) == ("srv_b", 2)
    assert one.renew(longer, 10.0, 116.0) is None  # whoever comes back late is told so
    one.release(longer)
    assert other.all() == (second,)


def test_a_camera_that_is_given_back_is_free_at_once_and_its_terms_go_on(
    stores: tuple[Store, Store],
) -> None:
    one, other = (store.leases for store in stores)
    first = one.acquire("cam_1", "srv_a", 10.0, 100.0)
    assert first is not None
    assert one.acquire("cam_1", "srv_a", 20.0, 101.0) == type(first)("cam_1", "srv_a", 1, 121.0)
    one.release(first)
    assert one.all() == ()
    again = other.acquire("cam_1", "srv_b", 10.0, 101.0)
    assert again is not None
    assert again.term == 2


def test_of_many_that_ask_at_once_one_has_the_camera(stores: tuple[Store, Store]) -> None:
    start = threading.Barrier(8)
    given: list[str] = []

    def ask(number: int) -> None:
        start.wait(WAIT_S)
        lease = stores[number % 2].leases.acquire("cam_1", f"srv_{number}", 10.0, 100.0)
        if lease is not None:
            given.append(lease.holder)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(given) == 1
