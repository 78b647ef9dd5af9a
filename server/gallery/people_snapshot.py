"""The people who are known at one moment, as galleries to compare with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from lookout.faces.gallery.coverage import Known
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH, Gallery
from lookout.faces.protocols import Encoder
from lookout.names import name_key
from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.records import Person
from lookout.server.storage.store import Store

FROM_FILE = "encodings.pkl"
"""The origin of samples that were taken over from the gallery's files."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleSnapshot:
    """The people who are known at one moment.

    by_id:    the gallery whose names are the ids of people.
    by_label: the same with the labels of live pictures: the person's name, followed in brackets by
              an identifier where two people have the same name.
    people:   each person who has an encoding, by id; labels: their labels, by id.
    samples:  the sample id of each encoding.
    ids:      the person's id by label: the inverse of `labels`.
    """

    by_id: Gallery
    by_label: Gallery
    people: Mapping[str, Person]
    labels: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)


def names_known(store: Store, in_files: Known) -> dict[str, set[str]]:
    """The names of the people in the store whom each encoder has learnt, without those whom only
    its file has.

    in_files: the names in each encoder's file. Somebody is known to an encoder by a sample of their
    own in the store, or as one of these names; the store may call them something else. What the
    store holds of a file counts only while it is in the file. Raises StorageError.
    """
    own = {
        encoder: {person for _, person in store.samples.owners(encoder, besides=FROM_FILE)}
        for encoder in in_files
    }
    for person in {person for people in own.values() for person in people}:
        lacking = [encoder for encoder, people in own.items() if person not in people]
        called = {s.source for s in store.samples.of(person) if lacking and s.origin == FROM_FILE}
        for encoder in lacking:
            if not called.isdisjoint(in_files[encoder]):
                own[encoder].add(person)
    return {encoder: _names(store, people) for encoder, people in own.items()}


def names_taken_over(store: Store, encoder: str) -> set[str]:
    """The names of the people of whom the store has a sample by this encoder. Raises
    StorageError."""
    return _names(store, {person for _, person in store.samples.owners(encoder)})


def _names(store: Store, people: Collection[str]) -> set[str]:
    return {person.name for person in store.people.many(tuple(people))}


def disambiguated_name(person: Person) -> str:
    """The label of a person whose name somebody else has as well; no longer than a name may be."""
    label = f"{person.name} ({person.identifier or person.id[:8]})"
    if len(label) <= MAX_NAME_LENGTH:
        return label
    tag = f" ({person.id[:8]})"
    return person.name[: MAX_NAME_LENGTH - len(tag)] + tag


def snapshot_of(cache: SampleCache, encoder: Encoder) -> PeopleSnapshot:
    """The people who are known by the last renewal of `cache`."""
    found = list(cache.samples())
    if not found:
        empty = Gallery.empty(encoder.name, encoder.dimension)
        return PeopleSnapshot(empty, empty, {})
    ids = tuple(person for _, person in found)
    people = {person: cache.people[person] for person in dict.fromkeys(ids)}
    labels = _labels(people)
    encodings = np.stack([sample.encoding for sample, _ in found])
    return PeopleSnapshot(
        by_id=Gallery(encodings, ids, encoder.name),
        by_label=Gallery(encodings, tuple(labels[person] for person in ids), encoder.name),
        people=people,
        labels=labels,
        samples=tuple(sample.id for sample, _ in found),
        ids={label: person for person, label in labels.items()},
    )


def _labels(people: Mapping[str, Person]) -> dict[str, str]:
    """The label of each person in pictures; no two are alike."""
    counts = Counter(name_key(person.name) for person in people.values())
    return {
        key: person.name if counts[name_key(person.name)] == 1 else disambiguated_name(person)
        for key, person in people.items()
    }
