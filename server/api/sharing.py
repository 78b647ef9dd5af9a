"""What a server does that shares its store with others, where each has a folder of its own.

With a store of its own, or MongoDB's with the keys in the data folder, all of this does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from lookout.faces.decision.calibration import beside
from lookout.faces.gallery.encodings_file import file_for
from lookout.faces.protocols import Encoder
from lookout.server.api.shared_news import SharedNews
from lookout.server.cameras.lease_keeper import LeaseKeeper
from lookout.server.events.feed import EventFeed
from lookout.server.gallery.file_takeover import STORE_MARK, TakenRows
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.shared_calibration import share_calibration
from lookout.server.gallery.shared_rejections import SharedRejections
from lookout.server.settings import ServerSettings
from lookout.server.storage.records import new_id
from lookout.server.storage.store import Store
from lookout.server.storage.store_sharing import Topic
from lookout.server.threads.lifecycle import Startable

log = logging.getLogger(__name__)


class Sharing:
    """Keeps a server's files and listeners in step with those of other servers."""

    def __init__(self, store: Store, settings: ServerSettings, leases: LeaseKeeper | None) -> None:
        self._store = store
        self._settings = settings
        self._leases = leases if store.has_key_service else None

    def taken_rows(self) -> TakenRows | None:
        """The rows of this server's gallery that are in the store. Raises StorageError."""
        if self._leases is None:
            return None
        return TakenRows(self._settings.data / "taken-rows.json", self._mark())

    def share_calibration(self, encoder: Encoder) -> None:
        """Raises StorageError."""
        if self._leases is None:
            return
        path = beside(file_for(self._settings.encodings, encoder.name))
        try:
            share_calibration(self._store.settings, path, encoder.name)
        except OSError as error:
            log.warning("the calibration is not shared: %s", error)

    def on_duty(self, name: str) -> Callable[[], bool]:
        """Whether this server does what one of several does for all."""
        return (lambda: True) if self._leases is None else self._leases.duty(name)

    def others(self, kept: Callable[[], object]) -> dict[str, object]:
        """What is kept by name, where other servers keep names there, too; else nothing."""
        found = None if self._leases is None else kept()
        return found if isinstance(found, dict) else {}

    def threads(
        self, feed: EventFeed, encoder: Encoder, rejected: NegativesWatch
    ) -> Sequence[Startable]:
        """Raises StorageError."""
        if self._leases is None:
            return ()
        memory = self._settings.data / "shared-rejections.json"
        rejections = SharedRejections(
            self._store,
            self._settings.encodings,
            encoder.name,
            memory,
            self._mark(),
            rejected.poll_soon,
        )
        listeners = {Topic.EVENTS: feed.look, Topic.RULES: rejections.wake}
        return SharedNews(self._store.changes, listeners), rejections

    def _mark(self) -> str:
        """What this store is told by, so that what is remembered of another does not count."""
        return str(self._store.settings.put_if_absent(STORE_MARK, new_id()))
