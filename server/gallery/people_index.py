"""Everybody who is known, as galleries to compare with: the store's samples, and `encodings.pkl`.

The store is what recognition goes by. `encodings.pkl` is a source of it: whenever the file changes,
the samples that came from it are replaced, so that `lookout train` and the Capture button enrol
people for the HTTP API, too, and people enrolled over HTTP are named in live pictures.

A thread of its own looks twice a second whether the file or the store has changed, and reads what
is new; whoever uses a snapshot keeps it until they are done.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lookout.faces.gallery.encodings_file import load_gallery, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH, Gallery
from lookout.faces.protocols import Encoder
from lookout.server.gallery.relabelling import Relabelled, relabelled
from lookout.server.gallery.sample_cache import KnownFaces
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

ORIGIN = "encodings.pkl"
POLL_S = 0.5

Row = tuple[str, bytes]
"""A row of the file: the name there and the encoding's bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleSnapshot:
    """Who is known at one moment.

    by_id:    the gallery whose names are the ids of people.
    by_label: the same, its names those that live pictures show: the person's name, and behind it
              in brackets what tells two people of one name apart.
    people:   each person who has an encoding, by id; labels: what live pictures call them.
    samples:  the sample id of each encoding.
    ids:      who is meant by a label: the opposite of `labels`.
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
        drop_rows: Callable[[Collection[Row]], None] = lambda _: None,
        relabel: Callable[[Relabelled], None] = lambda _: None,
    ) -> None:
        """`file` is the gallery of the file as it is now, `drop_rows` removes rows from it;
        `relabel` is told when people are called something else, or are forgotten."""
        self._store = store
        self._encoder = encoder
        self._file = file
        self._drop_rows = drop_rows
        self._relabel = relabel
        self._faces = KnownFaces(store, encoder.name)
        self._taken: Gallery | None = None
        self._version = -1
        self._renewing = threading.Lock()
        empty = Gallery.empty(encoder.name, encoder.dimension)
        self._known = PeopleSnapshot(empty, empty, {})
        super().__init__("known")
        self.renew()

    def now(self) -> PeopleSnapshot:
        """Who is known. Any thread; costs nothing."""
        return self._known

    def renew(self) -> PeopleSnapshot:
        """Take over at once what has changed, so that what was just enrolled is recognised.

        Raises StorageError.
        """
        with self._renewing:
            file = self._file()
            if file is not self._taken:
                self._take_over(file)
                self._taken = file
            version = self._store.samples.version()
            if version != self._version:
                before, self._known = self._known.labels, self._read()
                self._version = version
                self._relabel(relabelled(before, self._known.labels, self._faces.people.keys()))
            return self._known

    def forget_person(self, person: str) -> None:
        """Forget a person, in the file, too, or the next change of it would bring them back.

        Raises StorageError, GalleryError or OSError; the person then stays.
        """
        self._store.people.get(person)
        self._drop_rows(_rows_of(self._store.samples.of(person)))
        self._store.people.delete(person)
        self.renew()

    def forget_samples(self, samples: Sequence[str]) -> int:
        """Forget samples, in the file, too; how many there were. Raises as `forget_person`."""
        found = []
        for one in samples:
            with contextlib.suppress(NotFound):
                found.append(self._store.samples.get(one))
        self._drop_rows(_rows_of(found))
        count = self._store.samples.delete(samples)
        self.renew()
        return count

    def _work(self) -> None:
        failed = False
        while not self._stop.wait(POLL_S):
            try:
                self.renew()
                failed = False
            except StorageError as error:
                if not failed:  # said once, not twice a second
                    log.error("%s. Who was known before stays known.", error)  # noqa: TRY400
                failed = True
            except Exception:
                # one odd record must not end the watch; nothing is swallowed unlogged
                if not failed:
                    log.exception("the known people could not be renewed")
                failed = True

    def _read(self) -> PeopleSnapshot:
        self._faces.renew()
        return known_of(self._faces, self._encoder)

    def _take_over(self, file: Gallery) -> None:
        """Replace the samples that came from the file; people stay, even without a sample."""
        wanted: Counter[Row] = Counter(
            (name, row.tobytes()) for name, row in zip(file.names, file.encodings, strict=True)
        )
        people: dict[str, str] = {}
        gone: list[str] = []
        self._faces.renew()
        for sample, person in self._faces.samples():
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

    def _person(self, name: str, now_s: float) -> str:
        """Whoever is called so, if that is one person; else somebody new."""
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


def drop_rows(path: Path, encoder: Encoder, rows: Collection[Row]) -> None:
    """Write the gallery file anew without these rows. Raises GalleryError or OSError."""
    if not rows or not path.exists():
        return
    with only_writer(path):
        gallery = load_gallery(path, encoder)
        kept = [
            (name, encoding.tobytes()) not in rows
            for name, encoding in zip(gallery.names, gallery.encodings, strict=True)
        ]
        save_gallery(path, gallery.take(np.array(kept, bool)))


def disambiguated_name(person: Person) -> str:
    """What somebody is called where another one has the same name, as long as a name may be."""
    told = f"{person.name} ({person.identifier or person.id[:8]})"
    if len(told) <= MAX_NAME_LENGTH:
        return told
    tag = f" ({person.id[:8]})"
    return person.name[: MAX_NAME_LENGTH - len(tag)] + tag


def known_of(faces: KnownFaces, encoder: Encoder) -> PeopleSnapshot:
    """Who is known by what `faces` had at its last renewal."""
    found = list(faces.samples())
    if not found:
        empty = Gallery.empty(encoder.name, encoder.dimension)
        return PeopleSnapshot(empty, empty, {})
    ids = tuple(person for _, person in found)
    people = {one: faces.people[one] for one in dict.fromkeys(ids)}
    labels = _labels(people)
    encodings = np.stack([sample.encoding for sample, _ in found])
    return PeopleSnapshot(
        by_id=Gallery(encodings, ids, encoder.name),
        by_label=Gallery(encodings, tuple(labels[one] for one in ids), encoder.name),
        people=people,
        labels=labels,
        samples=tuple(sample.id for sample, _ in found),
        ids={label: one for one, label in labels.items()},
    )


def _labels(people: Mapping[str, Person]) -> dict[str, str]:
    """What each person is called in pictures; no two people alike."""
    counts = Counter(person.name for person in people.values())
    return {
        one: person.name if counts[person.name] == 1 else disambiguated_name(person)
        for one, person in people.items()
    }
