"""The rejected faces of several servers on one store: what is said at one of them holds at all.

Each server keeps its file beside the gallery, which everything that rejects, takes back or renames
goes on changing. A thread compares the file with the store, when it is told that the store has
changed and twice a second, and remembers what both had then; so what was said, changed or taken
back since is known of either side. Where both have changed the same, the store counts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookout.faces.atomic_file import replace_file
from lookout.faces.decision.negatives import (
    MAX_NEGATIVES,
    Negative,
    Negatives,
    beside,
    save_negatives,
)
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.file_lock import only_writer
from lookout.json_document import BadJson, read_json
from lookout.server.gallery.file_watch import Mark, mark_of
from lookout.server.gallery.rejections import rejections_of
from lookout.server.storage.alert_records import Definition
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

KIND = "rejection"
POLL_S = 0.5
LOCK_TIMEOUT_S = 3.0
MAX_FILE_BYTES = 16 << 20
_FLOATS = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Said:
    """What was said at one time: that some faces are not `name`; encodings: little-endian
    float32."""

    name: str
    where: str
    encodings: tuple[bytes, ...]

    @property
    def mark(self) -> str:
        """Differs where anything does."""
        parts = (self.name.encode(), self.where.encode(), *self.encodings)
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


Sayings = Mapping[float, Said]
"""By their times, of which no two are the same."""


def sayings(negatives: Negatives) -> dict[float, Said]:
    found: defaultdict[float, list[Negative]] = defaultdict(list)
    for item in negatives.items:
        found[item.time_s].append(item)
    return {
        time_s: Said(
            items[0].name,
            items[0].where,
            tuple(item.encoding.astype(_FLOATS).tobytes() for item in items),
        )
        for time_s, items in found.items()
    }


def negatives_of(encoder: str, said: Sayings) -> Negatives:
    """In the order of their times; the oldest make room."""
    items = [
        Negative(np.frombuffer(encoding, _FLOATS), one.name, time_s, one.where)
        for time_s, one in sorted(said.items())
        for encoding in one.encodings
    ]
    return Negatives(encoder, tuple(items[-MAX_NEGATIVES:]))


def merged(before: Mapping[float, str], here: Sayings, there: Sayings) -> dict[float, Said]:
    """What holds now. before: the marks of what both sides had. there: counts where both have
    changed. Pure."""
    result: dict[float, Said] = {}
    for time_s in {*here, *there}:
        own, other = here.get(time_s), there.get(time_s)
        changed = (None if other is None else other.mark) != before.get(time_s)
        holds = other if changed else own
        if holds is not None:
            result[time_s] = holds
    return result


class SharedRejections(StoppableThread):
    """Owns the thread. `step` may also be called before it is started.

    encodings_file: the gallery. encoder: the name of the one in use. memory: a file of the data
    folder, which holds for the store of this mark. changed: called when the file of rejections was
    replaced.
    """

    def __init__(
        self,
        store: Store,
        encodings_file: Path,
        encoder: str,
        memory: Path,
        store_mark: str,
        changed: Callable[[], object],
    ) -> None:
        self._store = store
        self._file = encodings_file
        self._encoder = encoder
        self._memory = memory
        self._of = {"store": store_mark, "encoder": encoder}
        self._changed = changed
        self._seen: tuple[int, Mark | None] | None = None
        self._failing = False
        self._awake = threading.Event()
        super().__init__("rejections")

    def wake(self) -> None:
        """The store has changed. Any thread."""
        self._awake.set()

    def close(self, timeout_s: float) -> bool:
        self._stop.set()
        self._awake.set()
        return super().close(timeout_s)

    def step(self) -> None:
        """Compares where something has changed. Raises StorageError, GalleryError or OSError;
        nothing is lost then, and the next step goes on."""
        version = self._store.definitions.version()
        if (version, mark_of(beside(self._file))) == self._seen:
            return
        there = self._kept()
        with only_writer(self._file, LOCK_TIMEOUT_S):
            negatives = rejections_of(self._file, self._encoder)
            here = sayings(negatives)
            after = negatives_of(self._encoder, merged(self._remembered(), here, there))
            result = sayings(after)
            if result != here:
                save_negatives(beside(self._file), after)
            mark = mark_of(beside(self._file))
            self._tell_store(there, result)
            self._remember(result)
        if result != here:
            self._changed()
        self._seen = (version, mark)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._awake.wait(POLL_S)
            self._awake.clear()
            if self._stop.is_set():
                return
            try:
                self.step()
            except (StorageError, GalleryError, OSError) as error:
                if not self._failing:  # logged once, not twice a second
                    log.warning("rejected faces are not shared, and wait: %s", error)
                self._failing = True
            else:
                self._failing = False

    def _kept(self) -> dict[float, Said]:
        found = {}
        for one in self._store.definitions.all(KIND):
            read = _read(one.body)
            if read is not None and one.body.get("encoder") == self._encoder:
                found[read[0]] = read[1]
        return found

    def _tell_store(self, there: Sayings, result: Sayings) -> None:
        put = {time_s: one for time_s, one in result.items() if there.get(time_s) != one}
        gone = there.keys() - result.keys()
        if not put and not gone:
            return
        with self._store.transaction():
            for time_s, one in put.items():
                body = _body(self._encoder, time_s, one)
                self._store.definitions.put(Definition(self._id(time_s), KIND, body))
            for time_s in gone:
                try:
                    self._store.definitions.delete(KIND, self._id(time_s))
                except NotFound:
                    log.debug("a rejection was taken back at another server, too")

    def _id(self, time_s: float) -> str:
        mark = hashlib.sha256(f"{self._encoder}\n{time_s!r}".encode()).hexdigest()
        return f"rej_{mark[:24]}"

    def _remembered(self) -> dict[float, str]:
        try:
            content = read_json(self._memory.read_bytes(), MAX_FILE_BYTES)
        except FileNotFoundError:
            return {}
        except BadJson as error:
            log.warning("%s is not used: %s", self._memory, error)
            return {}
        match content:
            case {"of": of, "said": dict(said)} if of == self._of:
                return {float(time_s): str(mark) for time_s, mark in said.items()}
        return {}

    def _remember(self, said: Sayings) -> None:
        marks = {repr(time_s): one.mark for time_s, one in said.items()}
        replace_file(self._memory, json.dumps({"of": self._of, "said": marks}).encode())


def _body(encoder: str, time_s: float, said: Said) -> dict[str, object]:
    return {
        "encoder": encoder,
        "time_s": time_s,
        "name": said.name,
        "where": said.where,
        "encodings": [base64.b64encode(one).decode() for one in said.encodings],
    }


def _read(body: Mapping[str, object]) -> tuple[float, Said] | None:
    match body:
        case {
            "time_s": float(time_s),
            "name": str(name),
            "where": str(where),
            "encodings": list(encodings),
        }:
            try:
                decoded = tuple(base64.b64decode(str(one), validate=True) for one in encodings)
            except binascii.Error:
                return None
            return time_s, Said(name, where, decoded)
    return None
