"""What is MongoDB's alone: where it is, what it refuses, and that no key ever lies in it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.storage import rotation
from lookout.server.storage.choice import checked_store
from lookout.server.storage.errors import (
    Conflict,
    DatabaseLost,
    MasterKeyLost,
    StorageError,
    StoreAway,
    StoreBusy,
    StoreDamaged,
    StoreTooNew,
)
from lookout.server.storage.mongo.address import MongoAddress, read_address
from lookout.server.storage.mongo.collections import ALL, META, STORE
from lookout.server.storage.mongo.connection import MongoConnection
from lookout.server.storage.mongo.fair_lock import FairLock
from lookout.server.storage.mongo.key_file import FILENAME, SETTLED_S, KeyFile
from lookout.server.storage.mongo.migrations import migrate
from lookout.server.storage.mongo.store import MongoStore, open_mongo_store
from lookout.server.storage.opening import open_store
from lookout.server.storage.records import Person, Sighting
from lookout.server.storage.store_sharing import Topic
from tests.server.storage.test_store import JPEG, encoding, person, sample, sighting
from tests.support.mongo import MongoBench, mongo_process

SECRET = "hunter2-and/more"
WITH_PASSWORD = "mongodb://lookout:hunter2-and%2Fmore@127.0.0.1:1/?serverSelectionTimeoutMS=50"


@pytest.fixture
def bench(mongo_bench: MongoBench) -> MongoBench:
    mongo_bench.next_test()
    return mongo_bench


@pytest.fixture
def store(bench: MongoBench, tmp_path: Path) -> Iterator[MongoStore]:
    with open_mongo_store(tmp_path, {}, bench.address(tmp_path)) as opened:
        yield opened


def locked_keys(folder: Path) -> set[bytes]:
    with contextlib.closing(sqlite3.connect(folder / FILENAME)) as connection:
        return {bytes(key) for (key,) in connection.execute("SELECT locked FROM data_keys")}


def test_the_address_comes_from_the_environment_or_a_private_file(tmp_path: Path) -> None:
    given = {"MONGO_URI": "mongodb://db:27017", "MONGO_DB_NAME": "faces"}
    assert read_address(given) == MongoAddress("mongodb://db:27017", "faces")
    file = tmp_path / "uri"
    file.write_text(WITH_PASSWORD + "\n")
    file.chmod(0o640)
    with pytest.raises(StorageError, match="chmod 600"):
        read_address({"MONGO_URI_FILE": str(file)})
    file.chmod(0o600)
    assert read_address({"MONGO_URI_FILE": str(file)}).uri == WITH_PASSWORD
    with pytest.raises(StorageError, match="MONGO_URI"):
        read_address({})
    with pytest.raises(StorageError, match="MONGO_DB_NAME"):
        read_address({**given, "MONGO_DB_NAME": "a.b/c"})


def test_a_password_is_neither_taken_on_the_command_line_nor_ever_shown() -> None:
    with pytest.raises(StorageError, match="MONGO_URI") as refused:
        checked_store(WITH_PASSWORD)
    address = MongoAddress(WITH_PASSWORD, "lookout")
    with pytest.raises(StoreAway, match="is mongod running") as away:
        MongoConnection(address, timeout_s=0.05)
    for text in (str(refused.value), str(away.value), repr(address), str(address)):
        assert SECRET not in text
        assert "hunter2" not in text


def test_a_server_without_transactions_is_refused_with_the_command_that_helps(
    bench: MongoBench, tmp_path: Path
) -> None:
    with (
        mongo_process(":memory:", "--standalone") as alone,
        pytest.raises(StorageError, match=r"rs\.initiate"),
    ):
        open_mongo_store(tmp_path, {}, MongoAddress(alone.uri, "lookout"))


def test_another_programs_database_is_left_alone(bench: MongoBench, tmp_path: Path) -> None:
    address = MongoAddress(bench.uri, "lookout_test_other")
    database = bench.client[address.database]
    database["users"].insert_one({"name": "of the predecessor"})
    try:
        with pytest.raises(StoreDamaged, match="MONGO_DB_NAME"):
            open_mongo_store(tmp_path, {}, address)
        assert database.list_collection_names() == ["users"]
    finally:
        bench.client.drop_database(address.database)


def test_keys_and_database_that_do_not_belong_together_are_refused(
    bench: MongoBench, tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        with open_mongo_store(folder, {}, bench.address(folder)) as store:
            store.people.add(person("Alice"))
    with pytest.raises(DatabaseLost, match="do not belong together"):
        open_mongo_store(one, {}, bench.address(other))
    with pytest.raises(MasterKeyLost, match="keys"):
        open_mongo_store(tmp_path / "third", {}, bench.address(other))
    with open_mongo_store(one, {}, bench.address(one)) as store:
        assert store.people.count() == 1


def test_no_key_is_in_mongodb_and_what_is_forgotten_cannot_be_opened_again(
    store: MongoStore, bench: MongoBench, tmp_path: Path
) -> None:
    alice = person("Alice", "A-17")
    store.people.add(alice)
    store.samples.add(sample(alice), JPEG)
    store.sightings.add(sighting("door", 1, 2, person=alice.id), JPEG)
    keys = locked_keys(tmp_path)
    assert len(keys) == 3  # the store's, Alice's, the sighting's
    held = bench.kept(tmp_path)
    assert not any(key in held for key in keys)
    assert b"Alice" not in held
    store.people.delete(alice.id)
    left = locked_keys(tmp_path)
    assert len(left) == 1
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILENAME}*"))
    assert not any(key in on_disk for key in keys - left)


def test_a_part_that_fails_gives_back_what_it_changed_and_removed(store: MongoStore) -> None:
    ada, bob = Person("per_1", "Ada", 1.0, "1"), Person("per_2", "Bob", 1.0)
    store.people.add(ada)
    seen = store.sightings.add(sighting("door", 1, 2, person=ada.id, encoder="sface"), JPEG)
    kept = store.changes.numbers()

    def fail() -> None:
        with store.transaction():
            store.people.update(Person("per_1", "Changed", 1.0, "9"))
            store.sightings.delete([seen.id])
            store.people.delete(ada.id)
            raise ZeroDivisionError

    with store.transaction():
        store.people.add(bob)
        with pytest.raises(ZeroDivisionError):
            fail()
        with pytest.raises(Conflict):
            store.people.add(Person("per_3", "Eve", 1.0, "1"))
    assert store.people.page(9).items == (ada, bob)
    assert store.sightings.get(seen.id).person == ada.id
    assert store.sightings.image(seen.id) == JPEG
    assert store.changes.numbers()[Topic.PEOPLE] > kept[Topic.PEOPLE]


def test_a_lock_is_given_to_who_has_waited_longest_and_taken_again_by_its_holder() -> None:
    lock, order, waiting = FairLock(), list[int](), list[threading.Thread]()

    def take(number: int) -> None:
        with lock.held(60.0) as held:
            assert held
            order.append(number)

    with lock.held(0.0), lock.held(0.0) as again:
        assert again
        for number in range(5):
            thread = threading.Thread(target=take, args=(number,))
            thread.start()
            waiting.append(thread)
            while lock.waiting <= number:
                thread.join(0.001)
    for thread in waiting:
        thread.join(60.0)
    assert order == [0, 1, 2, 3, 4]


def test_one_server_writes_at_a_time_and_who_waits_too_long_is_told_so(
    store: MongoStore, bench: MongoBench, tmp_path: Path
) -> None:
    address = bench.address(tmp_path)
    with open_mongo_store(tmp_path, {}, address, busy_timeout_s=0.2) as other:
        with store.transaction():
            store.people.add(person("Alice"))
            with pytest.raises(StoreBusy, match="another server has been writing"):
                other.people.add(person("Bob"))
            assert other.people.count() == 0  # whoever reads does not wait
        other.people.add(person("Bob"))
        assert [one.name for one in store.people.page(9).items] == ["Alice", "Bob"]


def test_keys_that_a_crash_left_over_are_settled_by_a_look_at_their_records(
    tmp_path: Path,
) -> None:
    now_s = [0.0]
    keys = KeyFile(tmp_path, lambda: now_s[0])
    used, unused, gone, stayed = (keys.add("sighting", bytes([n])) for n in range(4))
    keys.used([gone, stayed])
    keys.doom([gone, stayed])
    records = {used, stayed}
    now_s[0] = SETTLED_S - 1  # another process may be about to use what is new
    assert keys.settle(lambda numbers: records & set(numbers)) == 1
    assert set(keys.many([used, unused, gone, stayed])) == {used, unused, stayed}
    now_s[0] = SETTLED_S + 1
    assert keys.settle(lambda numbers: records & set(numbers)) == 1
    assert set(keys.many([used, unused, gone, stayed])) == {used, stayed}
    keys.close()


def test_a_step_of_the_schema_is_taken_once_and_a_later_schema_is_refused(
    store: MongoStore, bench: MongoBench, tmp_path: Path
) -> None:
    database = bench.client[bench.address(tmp_path).database]
    taken: list[int] = []
    steps = [lambda _: None, lambda _: taken.append(1), lambda _: taken.append(2)]
    migrate(database, steps)
    migrate(database, steps)
    assert taken == [1, 2]
    with pytest.raises(StoreTooNew, match="has schema 3, this Lookout knows 1"):
        open_mongo_store(tmp_path, {}, bench.address(tmp_path))


def test_what_must_be_unique_is_so_for_the_database_itself(
    store: MongoStore, bench: MongoBench, tmp_path: Path
) -> None:
    database = bench.client[bench.address(tmp_path).database]
    for collection in ALL:
        indexes = database[collection.name].index_information().values()
        unique = {index["key"][0][0] for index in indexes if index.get("unique")}
        assert unique == {*collection.unique, *collection.sparse}, collection.name


def test_the_master_key_is_changed_in_the_key_file(bench: MongoBench, tmp_path: Path) -> None:
    address = bench.address(tmp_path)
    given = {"MONGO_URI": address.uri, "MONGO_DB_NAME": address.database}
    with open_mongo_store(tmp_path, {}, address) as store:
        store.people.add(person("Alice"))
        store.sightings.add(Sighting("sgt_1", "door", 1.0, 2.0, "x", encoding=encoding(1)))
    before = locked_keys(tmp_path)
    assert rotation.rotate_master_key(tmp_path, given) == 3
    assert not before & locked_keys(tmp_path)
    with open_store(tmp_path, given) as again:  # the folder says that it is one of MongoDB
        assert [one.name for one in again.people.page(9).items] == ["Alice"]
        assert again.sightings.get("sgt_1").encoding is not None
    with pytest.raises(StorageError, match="are in MongoDB"):
        open_store(tmp_path, {**given, "LOOKOUT_STORE": "sqlite"})
    stored = bench.client[address.database][META].find_one({"_id": STORE})
    assert stored is not None
