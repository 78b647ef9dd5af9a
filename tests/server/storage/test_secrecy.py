"""What lies on the disk tells nobody without the key who is known; the deleted nobody at all."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from cryptography.fernet import Fernet

from lookout.faces.detections import Floats
from lookout.server.storage.errors import (
    MasterKeyError,
    MasterKeyLost,
    MasterKeyUnsafe,
    MasterKeyWrong,
    StoreDamaged,
)
from lookout.server.storage.records import AuditEntry, Event, FaceSample, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import DATABASE, SqliteStore, open_store
from lookout.server.storage.vault import Vault

NAME, IDENTIFIER, INFO = "Wilhelmina Quist", "EMPLOYEE-77123", "Department of Tides"
SOURCE = "registry/wilhelmina-quist.jpg"
JPEG_MAGIC = b"\xff\xd8\xff"


@pytest.fixture
def encoding() -> Floats:
    """Numbers as dlib's encodings have them: unit length and a bit, both signs."""
    return np.random.default_rng(7).normal(0, 0.12, 128).astype(np.float32)


@pytest.fixture
def jpeg(data: Path) -> bytes:
    return (data / "families" / "Family1-Dad1.jpg").read_bytes()


def fill(store: SqliteStore, encoding: Floats, jpeg: bytes) -> Person:
    """Everything that can be kept of a person."""
    person = Person(new_id(), NAME, 1.0, IDENTIFIER, {"department": INFO})
    store.people.add(person)
    store.samples.add(
        FaceSample(
            new_id(), person.id, encoding, "dlib-128", "registry", 1.0, None, SOURCE, b"h" * 32
        ),
        jpeg,
    )
    for owner in (person.id, None):
        store.sightings.add(
            Sighting(
                new_id(),
                "door",
                1.0,
                2.0,
                "known",
                owner,
                "c1",
                0.3,
                None,
                encoding,
                "dlib-128",
                {"reason": f"looks like {NAME}"},
            ),
            jpeg,
        )
        store.events.add(Event(new_id(), "came", 1.0, "door", owner, None, {"name": NAME}))
    store.audit.add(AuditEntry(new_id(), 1.0, "admin", "person.export", person.id, {"n": NAME}))
    store.settings.put("note", NAME)
    store.imports.record("run", 1, {"words": NAME})
    return person


def bytes_on_disk(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != ".encryption_key":
            yield path.name, path.read_bytes()


def traces(content: bytes, encoding: Floats) -> list[str]:
    """What a curious person would find with `strings` and a hex editor."""
    raw = encoding.tobytes()
    found = []
    if any(raw[at : at + 8] in content for at in range(0, len(raw) - 8, 4)):
        found.append("encoding")
    for shift in range(3):
        text = base64.b64encode(raw[shift : shift + 48])
        if text in content or text.replace(b"+", b"-").replace(b"/", b"_") in content:
            found.append("encoding in base64")
    if JPEG_MAGIC in content:
        found.append("JPEG")
    for word in (NAME, IDENTIFIER, INFO, SOURCE, "wilhelmina", "Quist"):
        if word.encode() in content or word.encode("utf-16-le") in content:
            found.append(word)
    if b"h" * 32 in content:
        found.append("content hash")
    return found


@pytest.mark.data
def test_the_search_for_traces_finds_what_is_not_sealed(encoding: Floats, jpeg: bytes) -> None:
    for plain in (encoding.tobytes(), jpeg, NAME.encode(), base64.b64encode(encoding.tobytes())):
        assert traces(b"before" + plain + b"after", encoding)


@pytest.mark.data
def test_no_encoding_no_jpeg_and_no_name_lies_on_the_disk(
    tmp_path: Path, encoding: Floats, jpeg: bytes
) -> None:
    with open_store(tmp_path, {}) as store:
        fill(store, encoding, jpeg)
        while_open = dict(bytes_on_disk(tmp_path))
    assert len(while_open["lookout.db-wal"]) > 0
    after_close = dict(bytes_on_disk(tmp_path))
    assert len(list((tmp_path / "crops").iterdir())) == 3
    for files in (while_open, after_close):
        for name, content in files.items():
            assert traces(content, encoding) == [], name


@pytest.mark.data
def test_nothing_of_a_deleted_person_can_be_opened_with_the_master_key(
    tmp_path: Path, encoding: Floats, jpeg: bytes
) -> None:
    with open_store(tmp_path, {}) as store:
        person = fill(store, encoding, jpeg)
        other = Person(new_id(), "Somebody Else", 1.0)
        store.people.add(other)
        sealed, locked = sealed_of(tmp_path, person.id)
        assert len(sealed) == 6  # person, encoding, source, sighting's encoding and detail, event
        assert len(locked) == 2  # of the person and of their sighting
        sealed |= {path.read_bytes() for path in (tmp_path / "crops").iterdir()}
        store.people.delete(person.id)
        # while the server goes on, too: the log is cut off at once
        for name, content in bytes_on_disk(tmp_path):
            for piece in (*locked, *(one for one in sealed if len(one) < 5000)):
                assert piece not in content, name
        vault = Vault((tmp_path / ".encryption_key").read_bytes().strip())
        keys = [vault.unlock(row) for row in all_locked(tmp_path)]
        assert len(keys) == 3  # the store, somebody else, the sighting of somebody unknown
        opened = [piece for piece in sealed for key in keys if opens(key.open, piece)]
        assert len(opened) == 1  # the crop of the unknown person's sighting
    assert person.id.encode() not in (tmp_path / DATABASE).read_bytes().replace(
        audit_subject(tmp_path), b""
    )


def sealed_of(folder: Path, person: str) -> tuple[set[bytes], set[bytes]]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        sealed = connection.execute(
            "SELECT sealed FROM people WHERE id = ?1 "
            "UNION ALL SELECT sealed_encoding FROM samples WHERE person = ?1 "
            "UNION ALL SELECT sealed_source FROM samples WHERE person = ?1 "
            "UNION ALL SELECT sealed_encoding FROM sightings WHERE person = ?1 "
            "UNION ALL SELECT sealed_detail FROM sightings WHERE person = ?1 "
            "UNION ALL SELECT sealed_detail FROM events WHERE person = ?1",
            (person,),
        ).fetchall()
        locked = connection.execute(
            "SELECT locked FROM data_keys WHERE id IN (SELECT data_key FROM people WHERE id = ?1 "
            "UNION SELECT data_key FROM sightings WHERE person = ?1)",
            (person,),
        ).fetchall()
    return {row[0] for row in sealed}, {row[0] for row in locked}


def all_locked(folder: Path) -> list[bytes]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return [row[0] for row in connection.execute("SELECT locked FROM data_keys")]


def audit_subject(folder: Path) -> bytes:
    """The id stays in the audit log, which must tell that somebody was deleted."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        (subject,) = connection.execute("SELECT subject FROM audit").fetchone()
    return bytes(subject, "ascii")


def opens(open_: object, piece: bytes) -> bool:
    try:
        open_(piece)  # type: ignore[operator]
    except StoreDamaged:
        return False
    return True


def test_a_sealed_value_of_one_person_does_not_open_as_another_s(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        people = [Person(new_id(), name, 1.0) for name in ("Alice", "Bob")]
        for person in people:
            store.people.add(person)
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
            connection.execute(
                "UPDATE people SET sealed = (SELECT sealed FROM people WHERE id = ?) WHERE id = ?",
                (people[0].id, people[1].id),
            )
        with pytest.raises(StoreDamaged, match="belongs to somebody else"):
            store.people.get(people[1].id)


def test_the_key_file_and_the_folder_are_their_owner_s_alone(tmp_path: Path) -> None:
    open_store(tmp_path / "data", {}).close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "data" / ".encryption_key").stat().st_mode & 0o777 == 0o600


def test_a_lost_master_key_is_an_error_that_says_so(tmp_path: Path) -> None:
    open_store(tmp_path, {}).close()
    (tmp_path / ".encryption_key").unlink()
    with pytest.raises(MasterKeyLost, match="Put the key back from your backup"):
        open_store(tmp_path, {})
    assert not (tmp_path / ".encryption_key").exists()


def test_a_wrong_master_key_is_an_error_that_says_so(tmp_path: Path) -> None:
    open_store(tmp_path, {}).close()
    right = (tmp_path / ".encryption_key").read_bytes()
    (tmp_path / ".encryption_key").write_bytes(Fernet.generate_key())
    with pytest.raises(MasterKeyWrong, match="not the one"):
        open_store(tmp_path, {})
    with pytest.raises(MasterKeyWrong):
        open_store(tmp_path, {"LOOKOUT_MASTER_KEY": Fernet.generate_key().decode()})
    open_store(tmp_path, {"LOOKOUT_MASTER_KEY": right.decode().strip()}).close()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path, {}).close()
    (tmp_path / ".encryption_key").chmod(0o640)
    with pytest.raises(MasterKeyUnsafe, match="chmod 600"):
        open_store(tmp_path, {})


@pytest.mark.parametrize("key", ["secret-word", "A" * 43, "é" * 44, "-" * 5000])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    with pytest.raises(MasterKeyError, match="openssl rand") as refused:
        open_store(tmp_path, {"LOOKOUT_MASTER_KEY": key})
    assert key not in str(refused.value)


def test_a_key_in_the_environment_is_written_nowhere(tmp_path: Path) -> None:
    key = Fernet.generate_key()
    with open_store(tmp_path, {"LOOKOUT_MASTER_KEY": key.decode()}) as store:
        store.people.add(Person(new_id(), NAME, 1.0))
    assert not (tmp_path / ".encryption_key").exists()
    assert all(key not in content for _, content in bytes_on_disk(tmp_path))
