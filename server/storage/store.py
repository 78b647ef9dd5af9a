"""The store's interface, one protocol a noun: what the rest of the server knows of a database.

Every method may be called from any thread. When a method that writes returns, what it wrote
survives the loss of power. Unless a method says otherwise it raises NotFound for an id that is not
there and StorageError for everything else. `limit` is at most MAX_PAGE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from lookout.faces.detections import Floats
from lookout.server.storage.movement_store import Movements, Visits
from lookout.server.storage.records import (
    ApiKey,
    AuditEntry,
    AuditFilter,
    Cluster,
    Event,
    EventFilter,
    FaceSample,
    Failures,
    LoginSession,
    Page,
    Person,
    Sighting,
    SightingFilter,
    User,
)
from lookout.server.storage.store_alerts import Alerts, DefinitionStore, Deliveries
from lookout.server.storage.store_cameras import Cameras
from lookout.server.storage.store_plans import Plans

MAX_PAGE = 1000


class People(Protocol):
    """The people who are known, oldest first."""

    def add(self, person: Person) -> None:
        """Raises Conflict where the id or the identifier is taken."""

    def update(self, person: Person) -> None:
        """Replace name, identifier and info. Raises Conflict where the identifier is taken."""

    def get(self, person: str) -> Person: ...

    def many(self, people: Sequence[str]) -> tuple[Person, ...]:
        """Those of these people who are there, in no order."""

    def marks(self) -> Mapping[str, bytes]:
        """A mark of everybody, by id, oldest first; it changes whenever the person does."""

    def find_by_identifier(self, identifier: str) -> Person | None: ...

    def find_by_name(self, name: str) -> tuple[Person, ...]:
        """Everybody of this name; letter case and Unicode form do not count."""

    def page(self, limit: int, cursor: str | None = None, text: str = "") -> Page[Person]:
        """`text`: only people whose name, identifier or information contains it."""

    def count(self) -> int: ...

    def merge(self, source: str, target: str) -> None:
        """Give samples, sightings, events and alerts of `source` to `target`, and its place on
        lists, and remove `source`.

        The samples, events and alerts are sealed anew under the target's key.
        """

    def delete(self, person: str) -> None:
        """Forget a person: samples, sightings, events and alerts, their crops and the keys to all
        that, and their place on lists."""


class Samples(Protocol):
    """The face samples of people, oldest first."""

    def add(self, sample: FaceSample, image_jpeg: bytes | None = None) -> FaceSample:
        """Keep a sample and its crop; `has_image` of what is returned tells of the crop."""

    def get(self, sample: str) -> FaceSample: ...

    def of(self, person: str) -> tuple[FaceSample, ...]: ...

    def many(self, samples: Sequence[str]) -> tuple[FaceSample, ...]:
        """Those of these samples that are there, in no order."""

    def owners(self, encoder: str, besides: str = "") -> tuple[tuple[str, str], ...]:
        """The id of each sample that is no negative, and of its person: what may have changed of a
        sample that has been read once. Without those whose origin is `besides`."""

    def encodings(
        self, encoder: str, negative: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
        """What a gallery is made of: N sample ids, N person ids and (N, D) float32."""

    def page(
        self, limit: int, cursor: str | None = None, person: str | None = None
    ) -> Page[FaceSample]: ...

    def find_by_content(self, content_hash: bytes) -> tuple[FaceSample, ...]:
        """The samples that came from a photograph with this SHA-256."""

    def image(self, sample: str) -> bytes:
        """The crop as JPEG. Raises NotFound where there is none."""

    def count(self, person: str | None = None) -> int: ...

    def counts(self) -> Mapping[str, int]:
        """The number of samples of each person who has any."""

    def portraits(self, people: Sequence[str]) -> Mapping[str, str]:
        """Of each of these people who has one, the sample with the best picture."""

    def move(self, samples: Sequence[str], person: str) -> None:
        """Give samples to another person: sealed anew, crops too."""

    def delete(self, samples: Sequence[str]) -> int:
        """Returns how many there were; ids that are not there do not matter."""

    def version(self) -> int:
        """A number that rises with every change of people or samples, by any process."""


class Sightings(Protocol):
    """Who was seen, latest end first."""

    def add(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting: ...

    def update(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting:
        """Replace everything; without `image_jpeg` the best shot that is there stays."""

    def get(self, sighting: str) -> Sighting: ...

    def page(
        self, limit: int, cursor: str | None = None, which: SightingFilter | None = None
    ) -> Page[Sighting]: ...

    def image(self, sighting: str) -> bytes:
        """The best shot as JPEG. Raises NotFound where there is none."""

    def encodings(
        self, encoder: str, which: SightingFilter | None = None, limit: int = 10_000
    ) -> tuple[tuple[str, ...], Floats]:
        """Ids and (N, D) float32 encodings of the latest sightings, to search among."""

    def encodings_of(self, sightings: Sequence[str]) -> Mapping[str, Floats]:
        """The encodings (D,) of those of these sightings that are there and have one."""

    def unnamed(self, encoder: str, limit: int) -> tuple[tuple[str, str], ...]:
        """Id and cluster of the latest sightings of nobody known that this encoder encoded."""

    def assign(self, cluster: str, person: str) -> int:
        """Say who an unknown person is; returns how many sightings that names."""

    def put_into(self, cluster: str, sightings: Sequence[str]) -> int:
        """Say that these sightings are of this unknown person; returns how many there were."""

    def clusters(self, cameras: Sequence[str] | None = None) -> tuple[Cluster, ...]:
        """Every unknown person of whom these cameras, or all, have a sighting, latest first."""

    def last_of(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, float]:
        """When each of these people was seen last by these cameras, or all, where they were."""

    def portraits(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, str]:
        """Of each of these people who has one, the sighting with the best picture."""

    def count(self, which: SightingFilter | None = None) -> int: ...

    def delete(self, sightings: Sequence[str]) -> int:
        """Forget sightings, and the events that tell of them; returns how many there were."""

    def delete_before(self, before_s: float, known: bool, limit: int) -> int:
        """Forget up to `limit` sightings that ended before; returns how many."""

    def drop_images_before(self, before_s: float, limit: int) -> int:
        """Remove the best shots of up to `limit` sightings that ended before."""


class Events(Protocol):
    """What happened, latest first."""

    def add(self, event: Event) -> Event:
        """The event with its number. The latest progress of a sighting or job (`sighting.updated`,
        `job.progress`) takes the place of the one before, and its end that of both."""

    def listen(self, action: Callable[[], object]) -> None:
        """Has `action` called, from then on, whenever events have been written for good: from the
        thread that wrote them, which it must not keep waiting."""

    def since(self, number: int, limit: int, which: EventFilter | None = None) -> tuple[Event, ...]:
        """The first events after the one with this number, oldest first."""

    def numbers(self) -> tuple[int, int]:
        """The number of the oldest event that is there, and of the latest that ever was. Where none
        is there, the first is one more than the second."""

    def unended(self, limit: int) -> tuple[Event, ...]:
        """The latest event of each sighting that has begun or gone on, and has not ended."""

    def page(
        self, limit: int, cursor: str | None = None, which: EventFilter | None = None
    ) -> Page[Event]: ...

    def delete_before(self, before_s: float, limit: int) -> int: ...


class Audit(Protocol):
    """Who did what to whom, latest first."""

    def add(self, entry: AuditEntry) -> None: ...

    def page(
        self, limit: int, cursor: str | None = None, which: AuditFilter | None = None
    ) -> Page[AuditEntry]: ...

    def delete_before(self, before_s: float, limit: int) -> int: ...


class Users(Protocol):
    """The accounts of people who use Lookout."""

    def add(self, user: User) -> None:
        """Raises Conflict where the user name is taken, in whatever letter case."""

    def update(self, user: User) -> None: ...

    def get(self, user: str) -> User: ...

    def find(self, username: str) -> User | None: ...

    def all(self) -> tuple[User, ...]: ...

    def delete(self, user: str) -> None:
        """Remove the account and its sessions."""


class Sessions(Protocol):
    """The sign-ins that are under way."""

    def add(self, session: LoginSession) -> None: ...

    def get(self, session: str) -> LoginSession: ...

    def renew(self, session: str, old_refresh_id: str, refresh_id: str, expires_at: float) -> bool:
        """Replace the refresh id in one step; False if it was not the one that counts."""

    def revoke(self, session: str) -> None: ...

    def revoke_all(self, user: str) -> None: ...

    def delete_expired(self, now_s: float) -> int: ...


class ApiKeys(Protocol):
    """The keys of programs."""

    def add(self, key: ApiKey) -> None: ...

    def get(self, key: str) -> ApiKey: ...

    def find(self, secret_hash: bytes) -> ApiKey | None: ...

    def find_edge(self, edge_id: str) -> ApiKey | None:
        """The key that an edge names by its `edge_id`."""

    def all(self) -> tuple[ApiKey, ...]: ...

    def touch(self, key: str, now_s: float) -> None:
        """Remember that the key was used."""

    def revoke(self, key: str, now_s: float) -> None: ...


class LoginFailures(Protocol):
    """How often signing in failed; `subject` is kept only as a keyed hash."""

    def get(self, subject: str) -> Failures: ...

    def add(self, subject: str, now_s: float) -> Failures: ...

    def clear(self, subject: str) -> None: ...

    def delete_before(self, before_s: float) -> int: ...


class StoredSettings(Protocol):
    """Small values by name, sealed: the signing key, what a user has set."""

    def get(self, name: str) -> object | None: ...

    def put(self, name: str, value: object) -> None:
        """`value` is JSON."""

    def put_if_absent(self, name: str, value: object) -> object:
        """The value that counts: the one that was there, or else this one."""


class Imports(Protocol):
    """The rows of unfinished registry imports and their verdicts, so that an import resumes."""

    def verdicts(self, run: str) -> Mapping[int, Mapping[str, str]]: ...

    def record(self, run: str, row: int, verdict: Mapping[str, str]) -> None: ...

    def forget(self, run: str) -> None: ...


class Store(Protocol):
    """Everything that Lookout keeps. Close it when done."""

    @property
    def disk_full(self) -> bool:
        """Whether the last attempt to write failed because the disk is full."""

    @property
    def people(self) -> People: ...
    @property
    def samples(self) -> Samples: ...
    @property
    def sightings(self) -> Sightings: ...
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

    def transaction(self) -> AbstractContextManager[None]:
        """What is written inside happens wholly or not at all; other writers wait meanwhile.

        Transactions nest: an inner one that fails takes back only its own part.
        """

    def close(self) -> None: ...
