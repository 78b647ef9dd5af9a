"""Two servers on one MongoDB, each with a folder of its own, and a key service."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.support.waiting import wait_until
from lookout.server.storage.copying import copy_store, share_crops
from lookout.server.storage.errors import (
    MasterKeyError,
    MasterKeyLost,
    MasterKeyWrong,
    NotFound,
    StorageError,
    StoreAway,
)
from lookout.server.storage.key_address import MARK
from lookout.server.storage.master_key import FILENAME as MASTER_KEY
from lookout.server.storage.mongo.key_file import FILENAME
from lookout.server.storage.mongo.store import MongoStore, open_mongo_store
from lookout.server.storage.opening import has_store, open_store
from lookout.server.storage.rotation import rotate_master_key
from tests.server.storage.test_store import JPEG, person, sample, sighting
from tests.support.keys import RunningKeys
from tests.support.mongo import MongoBench


@pytest.fixture
def bench(mongo_bench: MongoBench) -> MongoBench:
    mongo_bench.next_test()
    return mongo_bench


@pytest.fixture
def service(bench: MongoBench, tmp_path: Path) -> Iterator[RunningKeys]:
    """With the keys of the database that belongs to its folder."""
    bench.address(tmp_path / "keys", shared=True)
    with RunningKeys(tmp_path / "keys") as running:
        yield running


class Site:
    """Servers that share what they keep, and one master key."""

    def __init__(self, bench: MongoBench, service: RunningKeys, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.address = bench.address(service.folder)

    def open(self, name: str) -> MongoStore:
        return open_mongo_store(self.folder / name, self.service.environment, self.address)

    def give_master_key(self, source: str, target: str) -> None:
        (self.folder / target).mkdir(mode=0o700)
        (self.folder / target / MASTER_KEY).write_bytes(
            (self.folder / source / MASTER_KEY).read_bytes()
        )
        (self.folder / target / MASTER_KEY).chmod(0o600)


@pytest.fixture
def site(bench: MongoBench, service: RunningKeys, tmp_path: Path) -> Site:
    return Site(bench, service, tmp_path)


@pytest.fixture
def stores(site: Site) -> Iterator[tuple[MongoStore, MongoStore]]:
    with site.open("one") as one:
        site.give_master_key("one", "other")
        with site.open("other") as other:
            yield one, other


def test_what_one_server_keeps_the_other_reads_and_what_one_forgets_nobody_can_open(
    stores: tuple[MongoStore, MongoStore], site: Site, bench: MongoBench
) -> None:
    one, other = stores
    alice = person("Alice", "A-17")
    one.people.add(alice)
    kept = one.samples.add(sample(alice), JPEG)
    seen = one.sightings.add(sighting("door", 1, 2, person=alice.id), JPEG)
    assert other.people.get(alice.id) == alice
    assert other.samples.image(kept.id) == JPEG
    assert other.sightings.image(seen.id) == JPEG
    with contextlib.closing(sqlite3.connect(site.service.folder / FILENAME)) as connection:
        locked = [bytes(key) for (key,) in connection.execute("SELECT locked FROM data_keys")]
    assert len(locked) == 3  # the store's, Alice's, the sighting's
    held = bench.kept(site.service.folder)
    assert not any(key in held for key in locked)
    assert b"Alice" not in held
    assert not list(site.folder.glob(f"o*/{FILENAME}"))
    assert not list(site.folder.glob("o*/crops"))
    one.people.delete(alice.id)
    on_disk = b"".join(path.read_bytes() for path in site.service.folder.glob(f"{FILENAME}*"))
    assert [key in on_disk for key in sorted(locked)].count(True) == 1  # the store's
    assert other.people.count() == 0
    with pytest.raises(NotFound):
        other.sightings.image(seen.id)


def test_while_the_key_service_is_away_reading_goes_on_and_writing_is_refused_with_words(
    stores: tuple[MongoStore, MongoStore], site: Site
) -> None:
    one, _ = stores
    alice = person("Alice")
    one.people.add(alice)
    one.sightings.add(sighting("door", 1, 2, person=alice.id), JPEG)
    site.service.stop()
    assert one.people.get(alice.id) == alice
    with pytest.raises(StoreAway, match="keys serve"):
        one.sightings.add(sighting("door", 3, 4, person=alice.id), JPEG)
    with pytest.raises(StoreAway):
        one.people.delete(alice.id)
    assert (one.people.count(), one.sightings.count()) == (1, 1)  # wholly or not at all
    site.service.start()

    def forgotten() -> bool:
        try:
            one.people.delete(alice.id)
        except StoreAway:
            return False  # it rests for a second
        return True

    wait_until(forgotten)
    assert (one.people.count(), one.sightings.count()) == (0, 0)


def test_a_start_that_cannot_be_says_what_is_missing(site: Site, tmp_path: Path) -> None:
    site.open("one").close()
    assert has_store(tmp_path / "one")
    assert (tmp_path / "one" / MARK).read_text().strip() == site.service.address.url
    with pytest.raises(MasterKeyLost, match="one master key"):
        site.open("other")
    (tmp_path / "other" / MASTER_KEY).write_bytes(b"A" * 43 + b"=\n")
    (tmp_path / "other" / MASTER_KEY).chmod(0o600)
    with pytest.raises(MasterKeyWrong):
        site.open("other")
    with pytest.raises(MasterKeyLost, match="--keys-url"):
        open_mongo_store(tmp_path / "third", {}, site.address)
    with pytest.raises(MasterKeyError, match="stop it and all servers"):
        rotate_master_key(tmp_path / "one", {})
    with pytest.raises(StorageError, match="holds keys of its own"):
        open_mongo_store(tmp_path / "keys", site.service.environment, site.address)
    with pytest.raises(MasterKeyLost, match="does not have"), RunningKeys(tmp_path / "x") as new:
        open_mongo_store(tmp_path / "one", new.environment, site.address)
    site.service.stop()
    with pytest.raises(StoreAway, match="cannot be reached"):
        site.open("one")


def test_a_store_with_its_own_keys_is_shared_once_its_pictures_have_moved(
    bench: MongoBench, tmp_path: Path
) -> None:
    address = bench.address(tmp_path / "keys")
    given = {"MONGO_URI": address.uri, "MONGO_DB_NAME": address.database}
    alice = person("Alice")
    with open_mongo_store(tmp_path / "keys", given, address) as alone:
        alone.people.add(alice)
        kept = alone.samples.add(sample(alice), JPEG)
    assert len(list((tmp_path / "keys" / "crops").iterdir())) == 1
    with RunningKeys(tmp_path / "keys") as service:
        asked = {**given, **service.environment}
        with pytest.raises(StorageError, match="lookout storage share"):
            open_store(tmp_path / "one", asked)
    assert [share_crops(tmp_path / "keys", given) for _ in range(2)] == [1, 1]
    assert not list((tmp_path / "keys" / "crops").iterdir())
    (tmp_path / "one" / MASTER_KEY).write_bytes((tmp_path / "keys" / MASTER_KEY).read_bytes())
    (tmp_path / "one" / MASTER_KEY).chmod(0o600)
    with RunningKeys(tmp_path / "keys") as service:
        with open_store(tmp_path / "one", {**given, **service.environment}) as one:
            assert one.samples.image(kept.id) == JPEG
        with pytest.raises(StorageError, match="stop it and all servers"):
            copy_store(tmp_path / "one", tmp_path / "copy", given, into_mongo=False)
    copied = copy_store(tmp_path / "keys", tmp_path / "copy", given, into_mongo=False)
    assert copied.crops == 1
    with open_store(tmp_path / "copy", {}) as copy:
        assert copy.samples.image(kept.id) == JPEG
