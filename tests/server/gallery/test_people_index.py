"""The store and encodings.pkl make one gallery; what is forgotten does not come back."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.faces.gallery.encodings_file import load_gallery, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH, Gallery, Sample
from lookout.faces.gallery.match import MIN_ENCODINGS, HashMatcher, MatchMode
from lookout.faces.protocols import Encoder
from lookout.server.gallery.gallery_watch import GalleryWatch
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.gallery.people_snapshot import FROM_FILE
from lookout.server.gallery.row_removal import drop_rows
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "encodings.pkl"


def axis(number: int) -> Floats:
    """An encoding that is like no other: one unit along an axis."""
    return np.asarray(np.eye(128, dtype=np.float32)[number], np.float32)


def written(path: Path, *rows: tuple[str, int]) -> None:
    encodings = np.array([axis(number) for _, number in rows], np.float32).reshape(-1, 128)
    save_gallery(path, Gallery(encodings, tuple(name for name, _ in rows), "dlib-128"))


def known_of(store: SqliteStore, encoder: Encoder, path: Path) -> PeopleIndex:
    cache: dict[bytes, Gallery] = {}

    def file() -> Gallery:  # the same object while the file is the same, as the watcher does
        content = path.read_bytes()
        if content not in cache:
            cache[content] = load_gallery(path, encoder)
        return cache[content]

    return PeopleIndex(store, encoder, file, functools.partial(drop_rows, path, encoder))


def test_a_changed_file_replaces_what_came_from_it_and_nothing_else(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path, ("Ada", 0), ("Bob", 1))
    known = known_of(store, encoder, path)
    bob = store.people.find_by_name("Bob")[0]
    store.samples.add(FaceSample(new_id(), bob.id, axis(7), "dlib-128", "upload", 1.0))
    written(path, ("Ada", 0), ("Ada", 2))
    now = known.renew()
    assert sorted(now.by_label.names) == ["Ada", "Ada", "Bob"]
    assert [sample.origin for sample in store.samples.of(bob.id)] == ["upload"]
    assert store.samples.count() == 3
    assert store.people.count() == 2


def test_a_person_who_was_renamed_stays_one_person(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path, ("Ada", 0))
    known = known_of(store, encoder, path)
    (ada,) = store.people.find_by_name("Ada")
    store.people.update(Person(ada.id, "Ada Lovelace", ada.created_at))
    written(path, ("Ada", 0), ("Ada", 1))
    assert known.renew().by_label.names == ("Ada Lovelace", "Ada Lovelace")


def test_who_is_forgotten_does_not_come_back_with_the_next_change_of_the_file(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path, ("Ada", 0), ("Bob", 1))
    known = known_of(store, encoder, path)
    known.forget_person(store.people.find_by_name("Ada")[0].id)
    assert load_gallery(path, encoder).names == ("Bob",)
    assert known.renew().by_label.names == ("Bob",)
    (sample,) = store.samples.of(store.people.find_by_name("Bob")[0].id)
    assert sample.origin == FROM_FILE
    assert known.forget_samples([sample.id, "not there"]) == 1
    assert len(load_gallery(path, encoder)) == 0


def test_who_is_forgotten_within_a_second_of_a_capture_does_not_come_back(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path, ("Ada", 0), ("Bob", 1))
    watch = GalleryWatch(path, encoder)
    known = PeopleIndex(store, encoder, watch.newest, functools.partial(drop_rows, path, encoder))
    ada = store.people.find_by_name("Ada")[0].id
    written(path, ("Ada", 0), ("Bob", 1), ("Ada", 2))  # the capture; no thread has seen it
    known.forget_person(ada)
    assert load_gallery(path, encoder).names == ("Bob",)
    written(path, ("Bob", 1), ("Cy", 3))
    assert sorted(known.renew().by_label.names) == ["Bob", "Cy"]
    assert store.people.find_by_name("Ada") == ()


def test_who_is_forgotten_after_the_watch_but_before_the_people_saw_a_capture_stays_away(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path, ("Ada", 0))
    watch = GalleryWatch(path, encoder)
    known = PeopleIndex(store, encoder, watch.newest, functools.partial(drop_rows, path, encoder))
    written(path, ("Ada", 0), ("Ada", 2))
    watch.poll()
    known.forget_person(store.people.find_by_name("Ada")[0].id)
    assert known.renew().people == {}
    assert store.people.count() == 0


def test_many_people_of_the_store_are_compared_by_hash_codes_like_those_of_the_file(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    random = np.random.default_rng(0)
    encodings = random.normal(0, 0.12, (MIN_ENCODINGS, 128)).astype(np.float32)
    names = tuple(f"person {number}" for number in range(len(encodings)))
    save_gallery(path, Gallery(encodings, names, encoder.name))
    known = PeopleIndex(
        store, encoder, GalleryWatch(path, encoder).newest, match=MatchMode.HASH_RERANK
    )
    before = known.snapshot().by_label
    assert isinstance(before.matcher, HashMatcher)
    person = Person(new_id(), "Ada", 1.0)
    store.people.add(person)
    store.samples.add(FaceSample(new_id(), person.id, axis(0), encoder.name, "upload", 1.0))
    after = known.renew().by_label
    assert isinstance(after.matcher, HashMatcher)
    assert after.matcher.hasher is before.matcher.hasher, "one more person needs no new bits"
    for probe, name in ((axis(0), "Ada"), (encodings[7], "person 7")):
        assert after.names[int(after.distances(probe).argmin())] == name


def test_the_file_keeps_what_it_says_of_the_photographs_of_the_others(
    encoder: Encoder, path: Path
) -> None:
    samples = tuple(Sample(f"{n}.jpg", f"{n}" * 64, 0.5, 100.0 + n) for n in range(3))
    rows = np.stack([axis(n) for n in range(3)])
    save_gallery(path, Gallery(rows, ("Ada", "Bob", "Cy"), encoder.name, samples))
    drop_rows(path, encoder, lambda _: {("Bob", axis(1).tobytes())})
    left = load_gallery(path, encoder)
    assert left.names == ("Ada", "Cy")
    assert left.samples == (samples[0], samples[2])


def test_a_file_that_another_program_changes_is_waited_for(encoder: Encoder, path: Path) -> None:
    written(path, ("Ada", 0), ("Bob", 1))
    dropping = threading.Thread(
        target=drop_rows, args=(path, encoder, lambda _: {("Ada", axis(0).tobytes())}), daemon=True
    )
    with only_writer(path):
        dropping.start()
        dropping.join(0.3)
        assert dropping.is_alive()
        written(path, ("Ada", 0), ("Bob", 1), ("Cy", 2))  # what the other program adds
    dropping.join(30.0)
    assert load_gallery(path, encoder).names == ("Bob", "Cy")


def test_people_with_one_long_name_have_labels_no_longer_than_a_name_may_be(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path)
    known = known_of(store, encoder, path)
    for number, identifier in enumerate(("A" * 200, "")):
        person = Person(new_id(), "n" * 195, 1.0, identifier)
        store.people.add(person)
        store.samples.add(FaceSample(new_id(), person.id, axis(number), "dlib-128", "upload", 1.0))
    labels = known.renew().by_label.names
    assert len(set(labels)) == 2
    assert max(map(len, labels)) == MAX_NAME_LENGTH


def test_two_people_of_one_name_are_told_apart_in_pictures(
    store: SqliteStore, encoder: Encoder, path: Path
) -> None:
    written(path)
    known = known_of(store, encoder, path)
    for number, identifier in enumerate(("A-1", "A-2")):
        person = Person(new_id(), "Ann", 1.0, identifier)
        store.people.add(person)
        store.samples.add(FaceSample(new_id(), person.id, axis(number), "dlib-128", "upload", 1.0))
    assert sorted(known.renew().by_label.names) == ["Ann (A-1)", "Ann (A-2)"]
