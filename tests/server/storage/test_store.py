"""What is put into the store comes out of it, in order, and nothing else does."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.server.storage.errors import BadCursor, Conflict, NotFound, StorageError
from lookout.server.storage.records import (
    ApiKey,
    AuditEntry,
    AuditFilter,
    Event,
    EventFilter,
    FaceSample,
    Failures,
    LoginSession,
    Person,
    Role,
    Sighting,
    SightingFilter,
    User,
    new_id,
)
from lookout.server.storage.store import Store
from tests.support.stores import Opening

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


@pytest.fixture
def store(open_store: Opening, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data", {}) as opened:
        yield opened


def encoding(seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(128).astype(np.float32)


def person(name: str, identifier: str = "", **info: str) -> Person:
    return Person(new_id(), name, 1000.0, identifier, info)


def sample(of: Person, seed: int = 0, **changes: object) -> FaceSample:
    plain = FaceSample(new_id(), of.id, encoding(seed), "dlib-128", "upload", 1001.0)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def sighting(camera: str, first_s: float, last_s: float, **changes: object) -> Sighting:
    plain = Sighting(new_id(), camera, first_s, last_s, "unknown", cluster="c1")
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def test_a_person_comes_back_as_they_went_in(store: Store) -> None:
    alice = person("Älice O'Neil; DROP TABLE people", "A-17", department="Sales")
    store.people.add(alice)
    assert store.people.get(alice.id) == alice
    renamed = dataclasses.replace(alice, name="Alice", info={"floor": "3"})
    store.people.update(renamed)
    assert store.people.get(alice.id) == renamed
    assert store.people.find_by_name("Älice O'Neil; DROP TABLE people") == ()


def test_people_are_found_whatever_the_letter_case_or_unicode_form(store: Store) -> None:
    alice = person("Zoe\u0308 Straße", "a-17")  # e and a combining diaeresis
    store.people.add(alice)
    assert store.people.find_by_name("zoë  STRASSE") == (alice,)
    assert store.people.find_by_identifier(" A-17 ") == alice
    assert store.people.find_by_identifier("") is None
    assert store.people.find_by_identifier("Zoë Straße") is None


def test_an_identifier_belongs_to_one_person(store: Store) -> None:
    alice, bob = person("Alice", "1"), person("Bob", "2")
    store.people.add(alice)
    store.people.add(bob)
    with pytest.raises(Conflict, match="somebody else has the identifier '1'"):
        store.people.add(person("Carol", "1"))
    with pytest.raises(Conflict, match="'1'"):
        store.people.update(dataclasses.replace(bob, identifier="1"))
    store.people.add(person("No number"))
    store.people.add(person("No number"))
    assert store.people.count() == 4


def test_pages_of_people_follow_each_other_without_gap_or_repeat(store: Store) -> None:
    everybody = [person(f"Person {i}", str(i), team="red" if i % 3 else "blue") for i in range(10)]
    for one in everybody:
        store.people.add(one)
    pages = list(pages_of(lambda cursor: store.people.page(4, cursor)))
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [one for page in pages for one in page] == everybody
    blue = list(pages_of(lambda cursor: store.people.page(3, cursor, text="BLUE")))
    assert [one.name for page in blue for one in page] == [f"Person {i}" for i in (0, 3, 6, 9)]


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA", "WzFd-", "W251bGxd", "WzEsMl0", "W05hTl0", "WzFlNDAwXQ", "é"]
)
def test_a_cursor_of_nobody_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        store.people.page(4, cursor)


def test_a_sample_comes_back_with_its_floats_and_its_crop(store: Store) -> None:
    alice = person("Alice")
    store.people.add(alice)
    given = sample(alice, source="alice/1.jpg", content_hash=b"h" * 32, quality=0.5)
    kept = store.samples.add(given, JPEG)
    found = store.samples.get(given.id)
    assert kept.has_image
    assert found.has_image
    np.testing.assert_array_equal(found.encoding, given.encoding)
    assert (found.source, found.content_hash, found.quality) == ("alice/1.jpg", b"h" * 32, 0.5)
    assert store.samples.image(given.id) == JPEG
    assert [one.id for one in store.samples.find_by_content(b"h" * 32)] == [given.id]
    assert store.samples.counts() == {alice.id: 1}


def test_a_gallery_is_made_of_the_positive_samples_of_one_encoder(store: Store) -> None:
    alice, bob = person("Alice"), person("Bob")
    store.people.add(alice)
    store.people.add(bob)
    kept = [sample(alice, 1), sample(bob, 2), sample(alice, 3)]
    for one in [*kept, sample(bob, 4, negative=True), sample(bob, 5, encoder="reid-0095")]:
        store.samples.add(one)
    ids, people, encodings = store.samples.encodings("dlib-128")
    assert ids == tuple(one.id for one in kept)
    assert people == (alice.id, bob.id, alice.id)
    np.testing.assert_array_equal(encodings, np.stack([one.encoding for one in kept]))
    assert store.samples.encodings("dlib-128", negative=True)[1] == (bob.id,)


def test_the_gallery_version_rises_with_every_change_of_people_or_samples(
    store: Store,
) -> None:
    alice = person("Alice")
    one = sample(alice)
    versions = [store.samples.version()]
    for change in (
        lambda: store.people.add(alice),
        lambda: store.samples.add(one),
        lambda: store.people.update(dataclasses.replace(alice, name="Alicia")),
        lambda: store.samples.delete([one.id]),
        lambda: store.people.delete(alice.id),
    ):
        change()
        versions.append(store.samples.version())
    assert versions == sorted(set(versions))


def test_merging_gives_everything_to_the_other_person(store: Store, tmp_path: Path) -> None:
    alice, alicia = person("Alice"), person("Alicia")
    store.people.add(alice)
    store.people.add(alicia)
    moved = store.samples.add(sample(alice, 1, source="from alice"), JPEG)
    seen = store.sightings.add(sighting("door", 1, 2, person=alice.id, state="known"), JPEG)
    store.events.add(Event(new_id(), "came", 2.0, person=alice.id, detail={"floor": 3}))
    store.people.merge(alice.id, alicia.id)
    with pytest.raises(NotFound):
        store.people.get(alice.id)
    (found,) = store.samples.of(alicia.id)
    np.testing.assert_array_equal(found.encoding, moved.encoding)
    assert found.source == "from alice"
    assert store.samples.image(moved.id) == JPEG
    assert store.sightings.get(seen.id).person == alicia.id
    assert store.sightings.image(seen.id) == JPEG
    assert store.events.page(5).items[0].detail == {"floor": 3}
    assert len(list((tmp_path / "data" / "crops").iterdir())) == 2


def test_sightings_are_filtered_and_paged_latest_first(store: Store) -> None:
    alice = person("Alice")
    store.people.add(alice)
    seen = [
        sighting("door", 10, 20),
        sighting("yard", 15, 30, person=alice.id, state="known", cluster=None),
        sighting("door", 40, 50, cluster="c2"),
        sighting("door", 41, 50, cluster="c2"),
    ]
    for one in seen:
        store.sightings.add(one)
    order = [seen[3].id, seen[2].id, seen[1].id, seen[0].id]
    pages = pages_of(lambda cursor: store.sightings.page(1, cursor))
    assert [one.id for page in pages for one in page] == order

    def ids(which: SightingFilter) -> list[str]:
        found = [one.id for one in store.sightings.page(9, which=which).items]
        assert store.sightings.count(which) == len(found)
        return found

    assert ids(SightingFilter(person=alice.id)) == [seen[1].id]
    assert ids(SightingFilter(known=False, camera="door")) == [seen[3].id, seen[2].id, seen[0].id]
    assert ids(SightingFilter(since_s=21, until_s=40)) == [seen[2].id, seen[1].id]
    assert ids(SightingFilter(cluster="c2", state="known")) == []


def test_a_sighting_grows_and_its_better_shot_replaces_the_first(
    store: Store, tmp_path: Path
) -> None:
    first = store.sightings.add(sighting("door", 1, 2), JPEG)
    longer = dataclasses.replace(first, last_s=9.0, encoding=encoding(1), encoder="dlib-128")
    assert store.sightings.update(longer).has_image
    store.sightings.update(longer, JPEG + b"better")
    found = store.sightings.get(first.id)
    assert (found.last_s, found.detail, found.has_image) == (9.0, {}, True)
    assert store.sightings.image(first.id) == JPEG + b"better"
    assert len(list((tmp_path / "data" / "crops").iterdir())) == 1


def test_an_unknown_person_is_named_in_every_sighting(store: Store) -> None:
    alice = person("Alice")
    store.people.add(alice)
    seen = [
        store.sightings.add(
            sighting("door", at, at + 1, encoding=encoding(at), encoder="dlib-128"), JPEG
        )
        for at in (1, 5)
    ]
    assert store.sightings.assign("c1", alice.id) == 2
    assert store.sightings.count(SightingFilter(person=alice.id, state="known")) == 2
    assert store.sightings.image(seen[0].id) == JPEG
    ids, encodings = store.sightings.encodings("dlib-128")
    assert ids == (seen[1].id, seen[0].id)
    np.testing.assert_array_equal(encodings, np.stack([encoding(5), encoding(1)]))
    with pytest.raises(NotFound):
        store.sightings.assign("c1", new_id())


def test_deleting_a_person_leaves_no_row_and_no_crop(store: Store, tmp_path: Path) -> None:
    alice, bob = person("Alice"), person("Bob")
    for one in (alice, bob):
        store.people.add(one)
        store.samples.add(sample(one), JPEG)
        store.sightings.add(sighting("door", 1, 2, person=one.id), JPEG)
        store.events.add(Event(new_id(), "came", 2.0, person=one.id))
    store.people.delete(alice.id)
    assert store.people.count() == store.samples.count() == store.sightings.count() == 1
    assert [one.person for one in store.events.page(9).items] == [bob.id]
    assert len(list((tmp_path / "data" / "crops").iterdir())) == 2
    with pytest.raises(NotFound):
        store.people.delete(alice.id)


def test_events_and_audit_are_filtered_latest_first(store: Store) -> None:
    for at, kind in enumerate(("came", "left", "came")):
        store.events.add(Event(new_id(), kind, float(at), camera="door", detail={"n": at}))
        store.audit.add(AuditEntry(new_id(), float(at), "admin", f"person.{kind}", "p1", {"n": at}))
    came = store.events.page(9, which=EventFilter(kind="came", since_s=1))
    assert [one.detail["n"] for one in came.items] == [2]
    pages = pages_of(lambda cursor: store.audit.page(2, cursor, AuditFilter(subject="p1")))
    assert [[one.detail["n"] for one in page] for page in pages] == [[2, 1], [0]]
    assert store.audit.delete_before(1.0, 10) == 1
    assert store.events.delete_before(2.0, 10) == 2


def test_users_sessions_keys_and_settings_come_back(store: Store) -> None:
    user = User(new_id(), "Ann", Role.OPERATOR, 1.0, "$argon2id$")
    store.users.add(user)
    assert store.users.find("ANN") == user
    with pytest.raises(Conflict, match="there is a user 'ann' already"):
        store.users.add(User(new_id(), "ann", Role.VIEWER, 1.0, "x"))
    session = LoginSession(new_id(), user.id, "r1", 1.0, 100.0)
    store.sessions.add(session)
    assert store.sessions.renew(session.id, "r1", "r2", 200.0)
    assert not store.sessions.renew(session.id, "r1", "r3", 300.0)
    assert store.sessions.get(session.id).refresh_id == "r2"
    key = ApiKey(new_id(), "edge", b"h" * 32, frozenset({"edge"}), "Ann", 1.0)
    store.api_keys.add(key)
    assert store.api_keys.find(b"h" * 32) == key
    store.api_keys.revoke(key.id, 5.0)
    assert store.api_keys.all()[0].revoked_at == 5.0
    store.settings.put("fpir", 0.01)
    assert store.settings.put_if_absent("fpir", 0.5) == 0.01
    assert store.settings.get("fpir") == 0.01
    assert store.settings.get("other") is None
    assert store.login_failures.add("x", 3.0) == Failures(1, 3.0)
    assert store.login_failures.add("x", 4.0) == Failures(2, 4.0)
    store.login_failures.clear("x")
    assert store.login_failures.get("x") == Failures()
    store.users.delete(user.id)
    with pytest.raises(NotFound):
        store.sessions.get(session.id)


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    alice = person("Alice")

    def fail() -> None:
        with store.transaction():
            store.people.add(alice)
            assert store.people.get(alice.id) == alice  # one's own writes are seen
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.people.count() == 0


def test_a_part_that_fails_takes_only_itself_back(store: Store) -> None:
    with store.transaction():
        store.people.add(person("Alice", "1"))
        with pytest.raises(Conflict):
            store.people.add(person("Bob", "1"))
        store.people.add(person("Carol", "3"))
    assert [one.name for one in store.people.page(9).items] == ["Alice", "Carol"]


def test_an_unfinished_transaction_is_seen_by_no_other_thread(store: Store) -> None:
    seen: list[int] = []
    with store.transaction():
        store.people.add(person("Alice"))
        reader = threading.Thread(target=lambda: seen.append(store.people.count()))
        reader.start()
        reader.join(10)
    assert seen == [0]
    assert store.people.count() == 1


def test_eight_threads_write_and_read_at_once(store: Store) -> None:
    errors: list[StorageError] = []

    def write(thread: int) -> None:
        try:
            for i in range(10):
                one = person(f"{thread} {i}", f"{thread}-{i}")
                store.people.add(one)
                store.samples.add(sample(one))
                assert store.people.get(one.id) == one
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert store.people.count() == store.samples.count() == 80


def test_a_closed_store_says_so(open_store: Opening, tmp_path: Path) -> None:
    store = open_store(tmp_path, {})
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.people.count()
    with pytest.raises(StorageError, match="closed"):
        store.people.add(person("Alice"))
    store.close()


def pages_of(page: Any) -> Iterator[tuple[Any, ...]]:
    cursor = None
    while True:
        got = page(cursor)
        yield got.items
        cursor = got.cursor
        if cursor is None:
            return
