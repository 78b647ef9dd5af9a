"""Subscribers are told what was written, once, in order, and never keep a writer waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.events.feed import EventFeed, Subscription
from lookout.server.storage.records import Event, Person, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as store:
        yield store


def event(kind: str = "camera.online", at_s: float = 1.0, **more: str) -> Event:
    return Event(new_id(), kind, at_s, **more)  # type: ignore[arg-type]


def told(subscription: Subscription) -> list[int | str]:
    """The numbers of everything that waits."""
    found: list[int | str] = []
    while (one := subscription.get(0)) is not None:
        found.append(one.number if isinstance(one, Event) else "resync")
    return found


def test_an_event_gets_the_next_number_and_reaches_every_subscriber(store: SqliteStore) -> None:
    feed = EventFeed(store)
    first, second = feed.subscribe(), feed.subscribe()
    numbers = [feed.publish(event(at_s=at_s)).number for at_s in (5.0, 3.0, 4.0)]
    assert numbers == [1, 2, 3]
    assert told(first) == told(second) == numbers
    assert [one.at_s for one in feed.since(1, 10)] == [3.0, 4.0]


def test_only_the_types_that_were_asked_for_are_told(store: SqliteStore) -> None:
    feed = EventFeed(store)
    lost = feed.subscribe(frozenset({"camera.lost"}))
    feed.publish(event("camera.online"))
    number = feed.publish(event("camera.lost")).number
    assert told(lost) == [number]


def test_what_anybody_adds_to_the_store_is_told_after_the_transaction(store: SqliteStore) -> None:
    feed = EventFeed(store)
    subscription = feed.subscribe()
    with store.transaction():
        store.people.add(Person("ada", "Ada", 1.0))
        store.events.add(event("person.enrolled", person="ada"))
        assert told(subscription) == []
    assert told(subscription) == [1]


def test_what_is_taken_back_is_never_told_and_leaves_no_gap(store: SqliteStore) -> None:
    feed = EventFeed(store)
    subscription = feed.subscribe()

    def fail() -> None:
        with store.transaction():
            store.events.add(event())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert feed.publish(event()).number == 1
    assert told(subscription) == [1]


def test_a_subscriber_that_does_not_read_is_told_once_that_it_missed_something(
    store: SqliteStore,
) -> None:
    feed = EventFeed(store, max_waiting=3)
    asleep = feed.subscribe()
    for _ in range(5):
        feed.publish(event())
    assert told(asleep) == ["resync", 5]
    feed.publish(event())
    assert told(asleep) == [6]


def test_a_closed_subscription_is_told_nothing_more(store: SqliteStore) -> None:
    feed = EventFeed(store)
    subscription = feed.subscribe()
    subscription.close()
    feed.publish(event())
    assert told(subscription) == []


def test_a_reader_that_waits_is_woken(store: SqliteStore) -> None:
    feed = EventFeed(store)
    subscription = feed.subscribe()
    got: list[object] = []
    reader = threading.Thread(target=lambda: got.append(subscription.get(30.0)))
    reader.start()
    published = feed.publish(event())
    reader.join(30.0)
    assert got == [published]
    assert subscription.get(0.0) is None


def test_writers_of_several_threads_are_told_in_the_order_of_numbers(store: SqliteStore) -> None:
    feed = EventFeed(store)
    subscription = feed.subscribe()
    writers = [
        threading.Thread(target=lambda: [feed.publish(event()) for _ in range(20)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60.0)
    assert told(subscription) == list(range(1, 81))


def test_a_number_is_good_for_a_replay_while_all_after_it_is_there(store: SqliteStore) -> None:
    feed = EventFeed(store)
    assert feed.is_whole_since(0)
    for at_s in (1.0, 2.0, 3.0):
        feed.publish(event(at_s=at_s))
    assert [feed.is_whole_since(number) for number in (0, 2, 3, 4)] == [True, True, True, False]
    store.events.delete_before(2.5, 10)
    assert [feed.is_whole_since(number) for number in (0, 1, 2, 3)] == [False, False, True, True]
    store.events.delete_before(9.0, 10)
    assert [feed.is_whole_since(number) for number in (2, 3)] == [False, True]
    assert feed.latest() == 3
    assert feed.publish(event()).number == 4


def test_the_next_update_of_a_sighting_takes_the_place_of_the_last(store: SqliteStore) -> None:
    feed = EventFeed(store)
    subscription = feed.subscribe()
    for kind in ("began", "updated", "updated", "updated"):
        feed.publish(event(f"sighting.{kind}", sighting="one"))
    feed.publish(event("sighting.updated", sighting="other"))
    assert [one.number for one in feed.since(0, 10)] == [1, 4, 5]
    feed.publish(event("sighting.ended", sighting="one"))
    assert [(one.number, one.kind) for one in feed.since(0, 10)] == [
        (1, "sighting.began"),
        (5, "sighting.updated"),
        (6, "sighting.ended"),
    ]
    assert told(subscription) == [1, 2, 3, 4, 5, 6]


def test_the_events_of_a_forgotten_person_are_gone_and_those_of_a_merged_one_follow(
    store: SqliteStore,
) -> None:
    feed = EventFeed(store)
    for name in ("ada", "bob"):
        store.people.add(Person(name, name, 1.0))
        feed.publish(Event(new_id(), "sighting.began", 1.0, person=name, detail={"state": "known"}))
    store.people.merge("ada", "bob")
    assert [(one.person, one.detail) for one in feed.since(0, 10)] == [
        ("bob", {"state": "known"}),
        ("bob", {"state": "known"}),
    ]
    store.people.delete("bob")
    assert feed.since(0, 10) == ()
