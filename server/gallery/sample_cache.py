"""The people and face samples of a store, decrypted once and kept: what galleries are made of.

To decrypt 20,000 samples takes two seconds, and every photograph that is enrolled changes one. So
each time only what is new is decrypted: a sample's encoding never changes, and a person has a mark
that changes with them.
"""

from __future__ import annotations

from collections.abc import Iterator

from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.store import Store


class KnownFaces:
    """As the store was at the last `renew`. For one thread at a time."""

    def __init__(self, store: Store, encoder: str) -> None:
        self._store = store
        self._encoder = encoder
        self._owners: tuple[tuple[str, str], ...] = ()
        self._samples: dict[str, FaceSample] = {}
        self._marks: dict[str, bytes] = {}
        self.people: dict[str, Person] = {}

    def renew(self) -> None:
        """Read what has changed. Raises StorageError."""
        owners = self._store.samples.owners(self._encoder)
        new = [sample for sample, _ in owners if sample not in self._samples]
        read = {sample.id: sample for sample in self._store.samples.many(new)}
        before = self._samples
        # one that was deleted between the two looks is left out: the next look has it gone, too
        self._owners = tuple(one for one in owners if one[0] in before or one[0] in read)
        self._samples = {one: before.get(one) or read[one] for one, _ in self._owners}
        self._renew_people()

    def samples(self) -> Iterator[tuple[FaceSample, str]]:
        """Every sample that recognition compares with, oldest first, and whose it is by now."""
        for sample, person in self._owners:
            yield self._samples[sample], person

    def _renew_people(self) -> None:
        marks = self._store.people.marks()
        changed = [one for one, mark in marks.items() if self._marks.get(one) != mark]
        for person in self._store.people.many(changed):
            self.people[person.id] = person
        self.people = {one: self.people[one] for one in marks if one in self.people}
        self._marks = {one: marks[one] for one in self.people}
        self._owners = tuple(one for one in self._owners if one[1] in self.people)
