"""Only what has changed in the store is decrypted again, and nothing that has is missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.sqlite.store import SqliteStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path, {}) as opened:
        for name, count in (("Ada", 3), ("Bob", 2), ("Cy", 1)):
            opened.people.add(Person(name.lower(), name, 1.0))
            for number in range(count):
                opened.samples.add(sample(name.lower(), number))
        yield opened


def sample(person: str, number: int, **more: object) -> FaceSample:
    encoding = np.full(128, number, np.float32)
    return FaceSample(
        f"{person}-{number}",
        person,
        encoding,
        "dlib-128",
        "upload",
        1.0,
        **more,  # type: ignore[arg-type]
    )


def told(faces: SampleCache) -> list[tuple[str, str, float]]:
    """Sample, the name of its person and the first number of its encoding."""
    return [
        (one.id, faces.people[person].name, float(one.encoding[0]))
        for one, person in faces.samples()
    ]


def change_a_name(store: SqliteStore) -> None:
    store.people.update(Person("ada", "Ada Lovelace", 1.0))


CHANGES: dict[str, Callable[[SqliteStore], object]] = {
    "nothing": lambda store: None,
    "another sample": lambda store: store.samples.add(sample("bob", 7)),
    "a negative, which is none": lambda store: store.samples.add(sample("bob", 8, negative=True)),
    "one sample less": lambda store: store.samples.delete(["ada-1"]),
    "another name": change_a_name,
    "samples that move": lambda store: store.samples.move(["ada-0", "ada-2"], "cy"),
    "two people who are one": lambda store: store.people.merge("cy", "bob"),
    "a person who goes": lambda store: store.people.delete("bob"),
    "a person without samples": lambda store: store.people.add(Person("dan", "Dan", 1.0)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_it_is_as_if_everything_were_read_anew(
    store: SqliteStore, change: str
) -> None:
    faces = SampleCache(store, "dlib-128")
    faces.renew()
    assert told(faces)[0] == ("ada-0", "Ada", 0.0)
    assert len(told(faces)) == 6
    CHANGES[change](store)
    faces.renew()
    anew = SampleCache(store, "dlib-128")
    anew.renew()
    assert told(faces) == told(anew)
    assert faces.people == anew.people


def test_one_more_sample_costs_one_decryption_and_not_all_of_them(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = SampleCache(store, "dlib-128")
    faces.renew()
    read: list[str] = []
    many = store.samples.many

    def counted(samples: list[str]) -> tuple[FaceSample, ...]:
        read.extend(samples)
        return many(samples)

    monkeypatch.setattr(store.samples, "many", counted)
    store.samples.add(sample("bob", 7))
    faces.renew()
    assert read == ["bob-7"]
    assert len(told(faces)) == 7
