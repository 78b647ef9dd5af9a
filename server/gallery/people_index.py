"""The index of known people: the samples of the store as galleries to compare with.

Recognition goes by the store. `encodings.pkl` is one of its sources: whenever the file changes, the
samples that came from it are replaced, so that `lookout train` and the Capture button also enrol
people for the HTTP API, and people enrolled over HTTP are named in live pictures.

A thread of its own checks twice a second for changes of the file and of the store, and reads what
is new; a reader keeps its snapshot for as long as it needs it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from lookout.faces.gallery.encodings_file import (
    FAMILY_ENCODER,
    file_for,
    files_of,
    load_gallery,
    read_gallery,
    save_gallery,
)
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH, Gallery, Sample
from lookout.faces.gallery.match import MatchMode, with_matcher
from lookout.faces.protocols import Encoder
from lookout.names import name_key
from lookout.server.gallery.relabelling import Relabelled, relabelled
from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

ORIGIN = "encodings.pkl"
POLL_S = 0.5

Row = tuple[str, bytes]
"""A row of the file: the name there and the encoding's bytes."""
Choose = Callable[[Gallery], Collection[Row]]
"""Chooses rows of the file as it is while no other program changes it."""
Names = Callable[[], Collection[str]]
"""The names in the file of people who are forgotten."""


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


class PeopleIndex(StoppableThread):
    """Keeps `PeopleSnapshot` up to date. Reads everything on construction; watches once started."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        file: Callable[[], Gallery],
        drop_rows: Callable[[Choose, Names], None] = lambda _rows, _names: None,
        relabel: Callable[[Relabelled], None] = lambda _: None,
        match: MatchMode = MatchMode.EXACT,
        on_forget: Callable[[Collection[str]], None] = lambda _: None,
    ) -> None:
        """`file` is the gallery of the file as it is now, `drop_rows` removes rows and whole people
        from it, for every encoder; `relabel` is called with what has changed, with every renewal;
        `match` is the way in which faces are compared with the people; `on_forget` is called with
        all names of a person before they are forgotten."""
        self._store = store
        self._encoder = encoder
        self._file = file
        self._drop_rows = drop_rows
        self._relabel = relabel
        self._match = match
        self._on_forget = on_forget
        self._cache = SampleCache(store, encoder.name)
        self._file_taken: Gallery | None = None
        self._version = -1
        self._renewing = threading.Lock()
        empty = Gallery.empty(encoder.name, encoder.dimension)
        self._snapshot = PeopleSnapshot(empty, empty, {})
        super().__init__("known")
        self.renew()

    def snapshot(self) -> PeopleSnapshot:
        """The people who are known now. Any thread; costs nothing."""
        return self._snapshot

    def renew(self) -> PeopleSnapshot:
        """Takes over at once what has changed, so that a new sample is recognized immediately.

        Raises StorageError.
        """
        with self._renewing:
            return self._renew()

    def forget_person(self, person: str) -> None:
        """Forgets a person, also in the file, or its next change would bring them back.

        Raises StorageError, GalleryError or OSError; the person then stays.
        """
        name = self._store.people.get(person).name
        in_file = {s.source for s in self._store.samples.of(person) if s.origin == ORIGIN}
        self._on_forget({name, *in_file})
        with self._renewing:
            self._drop(lambda: self._store.samples.of(person), lambda: self._names_only_of(person))
            self._store.people.delete(person)
            self._renew()

    def forget_samples(self, samples: Sequence[str]) -> int:
        """Forgets samples, also in the file; returns their number. Raises as `forget_person`."""
        found = []
        for sample in samples:
            with contextlib.suppress(NotFound):
                found.append(self._store.samples.get(sample))
        with self._renewing:
            self._drop(lambda: found)
            count = self._store.samples.delete(samples)
            self._renew()
        return count

    def merge(self, person: str, into: str) -> None:
        """Two people are one: all that is `person`'s belongs to `into`, also what they were
        rejected as. Raises StorageError."""
        with self._renewing:
            self._store.people.merge(person, into)
            self._renew({person: into})

    def _renew(self, merged: Mapping[str, str] | None = None) -> PeopleSnapshot:
        file = self._file()
        if file is not self._file_taken:
            self._take_over(file)
            self._file_taken = file
        version, change = self._store.samples.version(), Relabelled()
        if version != self._version:
            before, self._snapshot = self._snapshot, self._read(self._snapshot)
            self._version = version
            people = self._cache.people.keys()
            change = relabelled(before.labels, self._snapshot.labels, people, merged)
        self._relabel(change)
        return self._snapshot

    def _drop(
        self, samples: Callable[[], Iterable[FaceSample]], names: Names = frozenset[str]
    ) -> None:
        def rows(file: Gallery) -> set[Row]:
            # a photograph that was learned a moment ago is somebody's sample, too
            self._take_over(file)
            return _rows_of(samples())

        self._drop_rows(rows, names)

    def _names_only_of(self, person: str) -> set[str]:
        """The person's names in the file that are nobody else's."""
        self._cache.renew()
        others = {s.source for s, p in self._cache.samples() if p != person and s.origin == ORIGIN}
        return {name for name, _ in _rows_of(self._store.samples.of(person))} - others

    def _work(self) -> None:
        failed = False
        while not self._stop.wait(POLL_S):
            try:
                self.renew()
                failed = False
            except StorageError as error:
                if not failed:  # logged once, not twice a second
                    log.error("%s. Who was known before stays known.", error)  # noqa: TRY400
                failed = True
            except Exception:
                # one odd record must not end the watch; nothing is swallowed unlogged
                if not failed:
                    log.exception("the known people could not be renewed")
                failed = True

    def _read(self, before: PeopleSnapshot) -> PeopleSnapshot:
        self._cache.renew()
        now = snapshot_of(self._cache, self._encoder)
        return replace(now, by_label=with_matcher(now.by_label, self._match, before.by_label))

    def _take_over(self, file: Gallery) -> None:
        """Replaces the samples that came from the file; people stay, even without a sample."""
        wanted: Counter[Row] = Counter(
            (name, row.tobytes()) for name, row in zip(file.names, file.encodings, strict=True)
        )
        people: dict[str, str] = {}
        gone: list[str] = []
        self._cache.renew()
        for sample, person in self._cache.samples():
            if sample.origin != ORIGIN:
                continue
            people.setdefault(sample.source, person)
            row = (sample.source, sample.encoding.tobytes())
            if wanted[row]:
                wanted[row] -= 1
            else:
                gone.append(sample.id)
        added = list(wanted.elements())
        if not gone and not added:
            return
        if any(name not in people for name, _ in added):
            people = self._named_before() | people
        now_s = time.time()
        with self._store.transaction():
            self._store.samples.delete(gone)
            for name, encoding in added:
                if name not in people:
                    people[name] = self._person(name, now_s)
                self._store.samples.add(
                    FaceSample(
                        id=new_id(),
                        person=people[name],
                        encoding=np.frombuffer(encoding, np.float32),
                        encoder=file.encoder,
                        origin=ORIGIN,
                        created_at=now_s,
                        source=name,
                    )
                )
        log.info("encodings.pkl: %d samples taken over, %d removed", len(added), len(gone))

    def _named_before(self) -> dict[str, str]:
        """The people by their names in the portable file, which the store may have renamed since:
        what another encoder makes of their photographs is theirs."""
        if self._encoder.name == FAMILY_ENCODER:
            return {}
        portable = SampleCache(self._store, FAMILY_ENCODER)
        portable.renew()
        return {s.source: person for s, person in portable.samples() if s.origin == ORIGIN}

    def _person(self, name: str, now_s: float) -> str:
        """The one person with this name, else a new person."""
        found = self._store.people.find_by_name(name)
        if len(found) == 1:
            return found[0].id
        person = Person(new_id(), name, now_s)
        self._store.people.add(person)
        return person.id


def _rows_of(samples: Iterable[FaceSample]) -> set[Row]:
    return {
        (sample.source, sample.encoding.tobytes()) for sample in samples if sample.origin == ORIGIN
    }


def drop_rows(path: Path, encoder: Encoder, choose: Choose, names: Names = frozenset[str]) -> None:
    """Rewrites the gallery `path`, the files of all its encoders, without the rows that are chosen
    from the encoder's, without other encodings of the same photographs, and without anybody called
    one of `names`, which is asked after `choose`.

    Raises GalleryError, OSError, and what `choose` and `names` raise.
    """
    if not files_of(path):
        return
    with only_writer(path):
        rows, gone = choose(_own_gallery(path, encoder)), names()
        galleries = {file: read_gallery(file) for file in files_of(path)}
        photos = {
            (name, sample.sha256)
            for gallery in galleries.values()
            for name, sample, encoding in _rows_in(gallery)
            if sample.sha256 and (name, encoding) in rows
        }
        for file, gallery in galleries.items():
            keep = [
                name not in gone
                and (name, encoding) not in rows
                and (name, sample.sha256) not in photos
                for name, sample, encoding in _rows_in(gallery)
            ]
            if not all(keep):
                save_gallery(file, gallery.take(np.array(keep, bool)))


def _own_gallery(path: Path, encoder: Encoder) -> Gallery:
    try:
        return load_gallery(file_for(path, encoder.name), encoder)
    except FileNotFoundError:
        return Gallery.empty(encoder.name, encoder.dimension)


def _rows_in(gallery: Gallery) -> Iterator[tuple[str, Sample, bytes]]:
    for name, sample, row in zip(gallery.names, gallery.samples, gallery.encodings, strict=True):
        yield name, sample, row.tobytes()


def names_known_to(store: Store, encoder: str) -> set[str]:
    """The names of the people whom this encoder has learnt. Raises StorageError."""
    ids = {person for _, person in store.samples.owners(encoder)}
    return {person.name for person in store.people.many(tuple(ids))}


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
