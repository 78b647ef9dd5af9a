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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from lookout.faces.errors import GalleryError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.match import MatchMode, with_matcher
from lookout.faces.protocols import Encoder
from lookout.server.events.people import (
    person_forgotten,
    person_merged,
    person_separated,
)
from lookout.server.gallery.file_takeover import FileTakeover, TakenRows
from lookout.server.gallery.people_snapshot import FROM_FILE, PeopleSnapshot, snapshot_of
from lookout.server.gallery.relabelling import Relabelled, relabelled
from lookout.server.gallery.row_removal import Choose, Names, Row
from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.merge_records import Merge
from lookout.server.storage.records import FaceSample
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
        taken: TakenRows | None = None,
    ) -> None:
        """`file` is the gallery of the file as it is now, `drop_rows` removes rows and whole people
        from it, for every encoder; `relabel` is called with what has changed, with every renewal;
        `match` is the way in which faces are compared with the people; `on_forget` is called with
        all names of a person before they are forgotten; `all_files` gives the galleries of all
        encoders' files; `prefilter` may give the gallery another first pass; `rejected_at`, the
        times at which faces were said not to be a label; `taken` is given where several servers
        share the store."""
        self._store = store
        self._encoder = encoder
        self._file = file
        self._drop_rows = drop_rows
        self._relabel = relabel
        self._match = match
        self._on_forget = on_forget
        self._prefilter = prefilter
        self._rejected_at = rejected_at
        self._cache = SampleCache(store, encoder.name)
        self._files = FileTakeover(store, encoder, self._cache, all_files, taken)
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
            self._files.drop_stale({sample.person for sample in found})
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
        version, change = self._store.samples.version(), Relabelled()
        elsewhere = self._files.is_shared and version != self._version
        if file is not self._file_taken or elsewhere:
            forgotten = self._files.take(file)
            self._file_taken = file
            self._drop_forgotten(forgotten)
            version = self._store.samples.version()
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
            forgotten = self._files.take(file)
            return _rows_of(samples()) | forgotten

        self._drop_rows(rows, names)

    def _drop_forgotten(self, rows: Collection[Row]) -> None:
        """Removes from the file what was forgotten at another server."""
        if not rows:
            return
        try:
            self._drop_rows(lambda _: rows, frozenset)
        except (GalleryError, OSError) as error:
            self._file_taken = None  # it is tried again at the next renewal
            log.error("people who were forgotten elsewhere stay in the file: %s", error)  # noqa: TRY400
        else:
            log.info("encodings.pkl: %d rows removed that another server forgot", len(rows))

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


def _rows_of(samples: Iterable[FaceSample]) -> set[Row]:
    return {
        (sample.source, sample.encoding.tobytes())
        for sample in samples
        if sample.origin == FROM_FILE
    }
