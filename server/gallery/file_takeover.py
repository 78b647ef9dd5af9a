"""The taking over of a gallery's file into the store: its rows are samples there.

Where several servers share a store, each has a file of its own. A server then remembers which rows
it has taken over: only these are its to remove from the store, and one of these that is no longer
in the store was forgotten at another server, so it has to go from the file, too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np

from lookout.faces.atomic_file import replace_file
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import FAMILY_ENCODER
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.json_document import BadJson, read_json
from lookout.server.events.people import person_enrolled
from lookout.server.gallery.people_snapshot import FROM_FILE
from lookout.server.gallery.row_removal import Row
from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.errors import cannot
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 256 << 20
STORE_MARK = "store.mark"
"""The setting that tells one store from another."""


class TakenRows:
    """The rows that this server has taken over into a shared store, by encoder, in a file of the
    data folder. For one thread at a time."""

    def __init__(self, path: Path, store_mark: str) -> None:
        """What was taken over into another store does not count. Raises StorageError."""
        self._path = path
        self._store = store_mark
        self._rows: dict[str, frozenset[str]] = _read(path, store_mark)

    def of(self, encoder: str) -> frozenset[str]:
        """The marks (`row_mark`) of the rows of an encoder's file."""
        return self._rows.get(encoder, frozenset())

    def keep(self, encoder: str, rows: Collection[str]) -> None:
        """These are all that there are now. Raises StorageError."""
        if self.of(encoder) == frozenset(rows):
            return
        self._rows[encoder] = frozenset(rows)
        content = {name: sorted(marks) for name, marks in self._rows.items()}
        try:
            replace_file(self._path, json.dumps({"store": self._store, "rows": content}).encode())
        except OSError as error:
            raise cannot(f"{self._path} cannot be written: {error.strerror}", error) from error


def _read(path: Path, store_mark: str) -> dict[str, frozenset[str]]:
    try:
        content = read_json(path.read_bytes(), MAX_FILE_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise cannot(f"{path} cannot be read: {error.strerror}", error) from error
    except BadJson as error:
        log.warning("%s is not used: %s", path, error)
        return {}
    match content:
        case {"store": str(store), "rows": dict(rows)} if store == store_mark:
            return {str(name): frozenset(map(str, marks)) for name, marks in rows.items()}
    return {}


def row_mark(row: Row) -> str:
    """What a row is told by, without the name that is in it."""
    name, encoding = row
    return hashlib.sha256(name.encode() + b"\0" + encoding).hexdigest()[:32]


class FileTakeover:
    """Replaces the samples that came from the file. For one thread at a time.

    all_files: the galleries of all encoders' files. taken: where the store is shared.
    """

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        cache: SampleCache,
        all_files: Callable[[], Iterable[Gallery]],
        taken: TakenRows | None = None,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._cache = cache
        self._all_files = all_files
        self._taken = taken

    @property
    def is_shared(self) -> bool:
        return self._taken is not None

    def take(self, file: Gallery) -> frozenset[Row]:
        """Makes the store's samples of this file those that are in it; people stay, even without a
        sample. Returns the rows that were forgotten at another server: they have to go from the
        file. Raises StorageError."""
        rows = [(n, row.tobytes()) for n, row in zip(file.names, file.encodings, strict=True)]
        wanted: Counter[Row] = Counter(rows)
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
            elif self._is_own(sample.encoder, row):
                gone[sample.id] = person
        added = list(wanted.elements())
        forgotten: frozenset[Row] = frozenset()
        if self._taken is not None:
            forgotten = frozenset(row for row in added if self._is_own(self._encoder.name, row))
            added = [row for row in added if row not in forgotten]
        if gone or added:
            self._replace(gone, added, people, file.encoder)
        if self._taken is not None:
            kept = {row_mark(row) for row in rows if row not in forgotten}
            self._taken.keep(self._encoder.name, kept)
        return forgotten

    def drop_stale(self, people: Collection[str]) -> None:
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
                and self._is_own(sample.encoder, (sample.source, sample.encoding.tobytes()))
            ]
        )

    def _is_own(self, encoder: str, row: Row) -> bool:
        """Whether a row of the store came from a file of this server."""
        return self._taken is None or row_mark(row) in self._taken.of(encoder)

    def _replace(
        self, gone: dict[str, str], added: list[Row], people: dict[str, str], encoder: str
    ) -> None:
        """gone: people by samples to remove. people: by their names in the file."""
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
                        encoder=encoder,
                        origin=FROM_FILE,
                        created_at=now_s,
                        source=name,
                    )
                )
        self.drop_stale(set(gone.values()))
        log.info("encodings.pkl: %d samples taken over, %d removed", len(added), len(gone))

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
