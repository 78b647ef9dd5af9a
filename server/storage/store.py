"""The store's interface, one protocol a noun: what the rest of the server knows of a database.

Every method may be called from any thread. When a method that writes returns, what it wrote
survives the loss of power. Unless a method says otherwise it raises NotFound for an id that is not
there and StorageError for everything else. `limit` is at most MAX_PAGE.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, Self

from lookout.server.storage.merge_records import Merges
from lookout.server.storage.movement_store import Movements, Visits
from lookout.server.storage.store_alerts import Alerts, DefinitionStore, Deliveries
from lookout.server.storage.store_cameras import Cameras
from lookout.server.storage.store_events import Audit, Events
from lookout.server.storage.store_faces import SightingFaces
from lookout.server.storage.store_people import People, Samples
from lookout.server.storage.store_plans import Plans
from lookout.server.storage.store_sharing import Changes, Leases
from lookout.server.storage.store_sightings import Sightings
from lookout.server.storage.store_users import ApiKeys, LoginFailures, Sessions, Users
from lookout.server.storage.store_values import Imports, StoredSettings

MAX_PAGE = 1000


class Store(Protocol):
    """Everything that Lookout keeps. Close it when done."""

    @property
    def disk_full(self) -> bool:
        """Whether the last attempt to write failed because the disk is full."""

    @property
    def is_shared(self) -> bool:
        """Whether servers on other machines may have it open, too."""

    @property
    def has_key_service(self) -> bool:
        """Whether it is in use so: each server has a data folder and a gallery of its own."""

    @property
    def people(self) -> People: ...
    @property
    def merges(self) -> Merges: ...
    @property
    def samples(self) -> Samples: ...
    @property
    def sightings(self) -> Sightings: ...
    @property
    def faces(self) -> SightingFaces: ...
    @property
    def visits(self) -> Visits: ...
    @property
    def movements(self) -> Movements: ...
    @property
    def events(self) -> Events: ...
    @property
    def cameras(self) -> Cameras: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def users(self) -> Users: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def login_failures(self) -> LoginFailures: ...
    @property
    def settings(self) -> StoredSettings: ...
    @property
    def imports(self) -> Imports: ...
    @property
    def definitions(self) -> DefinitionStore: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def leases(self) -> Leases: ...

    def transaction(self) -> AbstractContextManager[None]:
        """What is written inside happens wholly or not at all; other writers wait meanwhile.

        Transactions nest: an inner one that fails takes back only its own part.
        """

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
