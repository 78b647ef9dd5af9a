"""The people of a store, renewed when it has changed: for a process that only recognizes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from lookout.faces.protocols import Encoder
from lookout.server.gallery.people_snapshot import PeopleSnapshot, snapshot_of
from lookout.server.gallery.sample_cache import SampleCache
from lookout.server.storage.errors import StorageError
from lookout.server.storage.store import Store

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""So often it is asked whether anything has changed, at most."""


class StoredPeople:
    """Who is known to the store. Any thread; it owns none."""

    def __init__(
        self, store: Store, encoder: Encoder, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Reads everybody. Raises StorageError."""
        self._store = store
        self._encoder = encoder
        self._clock = clock
        self._cache = SampleCache(store, encoder.name)
        self._renewing = threading.Lock()
        self._version = store.samples.version()
        self._snapshot = self._read()
        self._looked_s = clock()

    def snapshot(self) -> PeopleSnapshot:
        """Those of now, or of LOOK_S ago; of before while the store is away."""
        if self._clock() - self._looked_s < LOOK_S or not self._renewing.acquire(blocking=False):
            return self._snapshot
        try:
            version = self._store.samples.version()
            if version != self._version:
                self._snapshot, self._version = self._read(), version
        except StorageError as error:
            log.warning("%s. Who was known before stays known", error)
        finally:
            self._looked_s = self._clock()
            self._renewing.release()
        return self._snapshot

    def _read(self) -> PeopleSnapshot:
        self._cache.renew()
        return snapshot_of(self._cache, self._encoder)
