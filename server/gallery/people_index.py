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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import FAMILY_ENCODER
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.match import MatchMode, with_matcher
from lookout.faces.protocols import Encoder
from lookout.server.events.people import (
    person_enrolled,
    person_forgotten,
    person_merged,
    person_separated,
)
from lookout.server.gallery.people_snapshot import FROM_FILE, PeopleSnapshot, snapshot_of
from lookout.server.gallery.relabelling import Relabelled, relabelled
from lookout.server.gallery.row_removal import Choose, Names, Row
from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.merge_records import Merge
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

POLL_S = 0.5

Prefilters = Callable[[Gallery, Sequence[str]], Gallery]
"""A gallery and the sample id of each of its encodings to the gallery that is compared with."""


def unfiltered(gallery: Gallery, samples: Sequence[str]) -> Gallery:  # noqa: ARG001
    """The gallery as it is."""
    return gallery


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
        all_files: Callable[[], Iterable[Gallery]] = tuple,
        prefilter: Prefilters = unfiltered,
        rejected_at: Callable[[str], Sequence[float]] = lambda _: (),
    ) -> None:
        """`file` is the gallery of the file as it is now, `drop_rows` removes rows and whole people
        from it, for every encoder; `relabel` is called with what has changed, with every renewal;
        `match` is the way in which faces are compared with the people; `on_forget` is called with
        all names of a person before they are forgotten; `all_files` gives the galleries of all
        encoders' files; `prefilter` may give the gallery another first pass; `rejected_at`, the
        times at which faces were said not to be a label."""
        self._store = store
        self._encoder = encoder
        self._file = file
        self._drop_rows = drop_rows
        self._relabel = relabel
        self._match = match
        self._on_forget = on_forget
        self._all_files = all_files
        self._prefilter = prefilter
        self._rejected_at = rejected_at
        self._cache = SampleCache(store, encoder.name)
        self._file_taken: Gallery | None = None
        self._version = -1
        self._renewing = threading.Lock()
        empty = Gallery.empty(encoder.name, encoder.dimension)
        self._snapshot = PeopleSnapshot(empty, empty, {})
        self._matched = empty
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
        in_file = {s.source for s in self._store.samples.of(person) if s.origin == FROM_FILE}
        self._on_forget({name, *in_file})
        with self._renewing:
            self._drop(lambda: self._store.samples.of(person), lambda: self._names_only_of(person))
            with self._store.transaction():
                self._store.people.delete(person)
                self._store.events.add(person_forgotten(person, time.time()))
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
            self._drop_stale({sample.person for sample in found})
            self._renew()
        return count

    def merge(self, person: str, into: str) -> Merge:
        """Two people are one: all that is `person`'s belongs to `into`, also what they were
        rejected as. Raises StorageError, GalleryError or OSError; the two then stay."""
        now_s = time.time()
        with self._renewing:
            label = self._snapshot.labels.get(person)
            rejections = () if label is None else self._rejected_at(label)
            with self._store.transaction():
                made = self._store.merges.make(person, into, now_s, rejections)
                self._store.events.add(person_merged(person, into, now_s))
            self._renew({person: into})
        return made

    def take_back_merge(self, merge: str) -> Merge:
        """The two are two again, and each has what was theirs. Raises StorageError."""
        with self._renewing:
            with self._store.transaction():
                found = self._store.merges.take_back(merge)
                self._store.events.add(person_separated(found.gone.id, found.stays, time.time()))
            self._renew(returned=found)
        return found

    def _renew(
        self, merged: Mapping[str, str] | None = None, returned: Merge | None = None
    ) -> PeopleSnapshot:
        file = self._file()
        if file is not self._file_taken:
            self._take_over(file)
            self._file_taken = file
        version, change = self._store.samples.version(), Relabelled()
        if version != self._version:
            before, self._snapshot = self._snapshot, self._read()
            self._version = version
            people = self._cache.people.keys()
            change = relabelled(before.labels, self._snapshot.labels, people, merged)
            if returned is not None and returned.gone.id in self._snapshot.labels:
                label = self._snapshot.labels[returned.gone.id]
                change = replace(change, returned=dict.fromkeys(returned.rejections, label))
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
        others = {
            s.source for s, p in self._cache.samples() if p != person and s.origin == FROM_FILE
        }
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

    def _read(self) -> PeopleSnapshot:
        self._cache.renew()
        now = snapshot_of(self._cache, self._encoder)
        self._matched = with_matcher(now.by_label, self._match, self._matched)
        return replace(now, by_label=self._prefilter(self._matched, now.samples))

    def _take_over(self, file: Gallery) -> None:
        """Replaces the samples that came from the file; people stay, even without a sample."""
        wanted: Counter[Row] = Counter(
            (name, row.tobytes()) for name, row in zip(file.names, file.encodings, strict=True)
        )
        people: dict[str, str] = {}
        gone: dict[str, str] = {}
        self._cache.renew()
        for sample, person in self._cache.samples():
            if sample.origin != FROM_FILE:
                continue
            people.setdefault(sample.source, person)
            row = (sample.source, sample.encoding.tobytes())
            if wanted[row]:
                wanted[row] -= 1
            else:
                gone[sample.id] = person
        added = list(wanted.elements())
        if not gone and not added:
            return
        if any(name not in people for name, _ in added):
            people = self._named_before() | people
        now_s = time.time()
        with self._store.transaction():
            self._store.samples.delete(tuple(gone))
            for name, encoding in added:
                if name not in people:
                    people[name] = self._person(name, now_s)
                self._store.samples.add(
                    FaceSample(
                        id=new_id(),
                        person=people[name],
                        encoding=np.frombuffer(encoding, np.float32),
                        encoder=file.encoder,
                        origin=FROM_FILE,
                        created_at=now_s,
                        source=name,
                    )
                )
        self._drop_stale(set(gone.values()))
        log.info("encodings.pkl: %d samples taken over, %d removed", len(added), len(gone))

    def _drop_stale(self, people: Collection[str]) -> None:
        """Removes these people's samples from files of other encoders that are not there any
        more."""
        if not people:
            return
        try:
            there = {
                (file.encoder, name, row.tobytes())
                for file in self._all_files()
                for name, row in zip(file.names, file.encodings, strict=True)
            }
        except (GalleryError, OSError) as error:
            log.warning("what other encoders knew of a removed photograph stays: %s", error)
            return
        theirs = [sample for person in people for sample in self._store.samples.of(person)]
        self._store.samples.delete(
            [
                sample.id
                for sample in theirs
                if sample.origin == FROM_FILE
                and sample.encoder != self._encoder.name
                and (sample.encoder, sample.source, sample.encoding.tobytes()) not in there
            ]
        )

    def _named_before(self) -> dict[str, str]:
        """The people by their names in the portable file, which the store may have renamed since:
        what another encoder makes of their photographs is theirs."""
        if self._encoder.name == FAMILY_ENCODER:
            return {}
        portable = SampleCache(self._store, FAMILY_ENCODER)
        portable.renew()
        return {s.source: person for s, person in portable.samples() if s.origin == FROM_FILE}

    def _person(self, name: str, now_s: float) -> str:
        """The one person with this name, else a new person."""
        found = self._store.people.find_by_name(name)
        if len(found) == 1:
            return found[0].id
        person = Person(new_id(), name, now_s)
        self._store.people.add(person)
        self._store.events.add(person_enrolled(person.id, now_s))
        return person.id


def _rows_of(samples: Iterable[FaceSample]) -> set[Row]:
    return {
        (sample.source, sample.encoding.tobytes())
        for sample in samples
        if sample.origin == FROM_FILE
    }
