"""A store that an older Lookout wrote opens with everything in it; a later one's is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from lookout.server.storage.errors import StoreDamaged, StoreTooNew
from lookout.server.storage.master_key import create_master_key
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.sqlite.migrations import APPLICATION_ID, MIGRATIONS, Schema, migrate
from lookout.server.storage.sqlite.store import DATABASE, open_store
from lookout.server.storage.vault import Vault


def write_old_store(folder: Path, version: int) -> None:
    """Alice and one sample of her, as the first schema keeps them, brought to `version`."""
    folder.mkdir()
    vault = Vault(create_master_key(folder))
    store_key = vault.new_key()[1]
    blinder = vault.blinder(store_key)
    key, locked = vault.new_key()
    encoding = np.arange(128, dtype=np.float32)
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        migrate(connection, 1)
        connection.execute("INSERT INTO data_keys VALUES (1, 'store', ?)", (store_key,))
        connection.execute("INSERT INTO data_keys VALUES (2, 'person', ?)", (locked,))
        sealed = key.seal_json({"name": "Alice", "identifier": "A-17", "info": {"floor": "3"}})
        connection.execute(
            "INSERT INTO people VALUES (1, 'p1', 2, ?, ?, ?, 5.0)",
            (sealed, blinder.text("name", "Alice"), blinder.text("identifier", "A-17")),
        )
        source = key.seal_json({"source": "a.jpg", "content_hash": ""})
        connection.execute(
            "INSERT INTO samples (id, person, encoder, sealed_encoding, sealed_source, origin, "
            "created_at) VALUES ('s1', 'p1', 'dlib-128', ?, ?, 'upload', 6.0)",
            (key.seal_floats(encoding), source),
        )
        migrate(connection, version)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_every_older_store_opens_with_everything_in_it(tmp_path: Path, version: int) -> None:
    write_old_store(tmp_path / "data", version)
    with open_store(tmp_path / "data", {}) as store:
        alice = store.people.find_by_identifier("a-17")
        assert alice == Person("p1", "Alice", 5.0, "A-17", {"floor": "3"})
        (sample,) = store.samples.of("p1")
        np.testing.assert_array_equal(sample.encoding, np.arange(128, dtype=np.float32))
        assert not sample.negative
        store.samples.add(
            FaceSample(new_id(), "p1", sample.encoding, "dlib-128", "x", 7.0, negative=True)
        )
        store.settings.put("a", 1)
        store.people.delete("p1")
        assert store.samples.count() == 0


def test_a_later_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path, {}).close()
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = (tmp_path / DATABASE).read_bytes()
    with pytest.raises(StoreTooNew, match="install the later Lookout"):
        open_store(tmp_path, {})
    assert (tmp_path / DATABASE).read_bytes() == before


def test_a_step_that_fails_leaves_the_older_schema(tmp_path: Path) -> None:
    write_old_store(tmp_path / "data", 2)
    broken = (*MIGRATIONS[:2], ("CREATE TABLE half (a) STRICT", "not SQL"))
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, 3, Schema(APPLICATION_ID, broken))
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'")
        assert tables.fetchone() == (0,)


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    with pytest.raises(StoreDamaged, match="another program"):
        open_store(tmp_path, {})


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"\xff\xd8\xff\xe0" * 2000)
    with pytest.raises(StoreDamaged, match="restore the data folder"):
        open_store(tmp_path, {})
