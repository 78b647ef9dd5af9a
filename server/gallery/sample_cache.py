"""The cache of a store's people and face samples, decrypted once: the source of galleries.

Decrypting 20,000 samples takes two seconds, and every enrolled photograph changes one. So only what
is new is decrypted each time: a sample's encoding never changes, and a person has a mark that
changes with them.
"""

from __future__ import annotations

from collections.abc import Iterator

from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.store import Store


class SampleCache:
    """The content of the store at the last `renew`. For one thread at a time."""

    def __init__(self, store: Store, encoder: str) -> None:
        self._store = store
        self._encoder = encoder
        self._owners: tuple[tuple[str, str], ...] = ()
        self._samples: dict[str, FaceSample] = {}
        self._marks: dict[str, bytes] = {}
        self.people: dict[str, Person] = {}

    def renew(self) -> None:
        """Reads what has changed. Raises StorageError."""
        owners = self._store.samples.owners(self._encoder)
        new = [sample for sample, _ in owners if sample not in self._samples]
        read = {sample.id: sample for sample in self._store.samples.many(new)}
        before = self._samples
        # a sample that was deleted between the two queries is left out
        self._owners = tuple(owner for owner in owners if owner[0] in before or owner[0] in read)
        self._samples = {key: before.get(key) or read[key] for key, _ in self._owners}
        self._renew_people()

    def samples(self) -> Iterator[tuple[FaceSample, str]]:
        """Every sample that recognition compares with, oldest first, and the id of its person."""
        for sample, person in self._owners:
            yield self._samples[sample], person

    def _renew_people(self) -> None:
        marks = self._store.people.marks()
        changed = [key for key, mark in marks.items() if self._marks.get(key) != mark]
        for person in self._store.people.many(changed):
            self.people[person.id] = person
        self.people = {key: self.people[key] for key in marks if key in self.people}
        self._marks = {key: marks[key] for key in self.people}
        self._owners = tuple(owner for owner in self._owners if owner[1] in self.people)
