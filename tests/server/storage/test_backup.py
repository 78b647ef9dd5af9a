"""A backup that is taken under writes and restored on an empty machine is compared row by row."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from lookout.server.cli import main
from lookout.server.storage.archive import DATABASE as SAVED_DATABASE
from lookout.server.storage.archive import MANIFEST
from lookout.server.storage.backup import Places, write_backup
from lookout.server.storage.errors import (
    BadBackup,
    MasterKeyWrong,
    NotEmpty,
    StorageError,
    StoreBusy,
)
from lookout.server.storage.lock import ServerLock
from lookout.server.storage.records import FaceSample, Person, Sighting, new_id
from lookout.server.storage.restore import restore_backup
from lookout.server.storage.sqlite.store import CROPS, DATABASE, SqliteStore, open_store

MADE_AT = 1_700_000_000.0
JPEG = b"\xff\xd8\xff a picture"


def places_in(home: Path) -> Places:
    return Places(home / "data", home / "utils" / "encodings.pkl", home / "utils" / "images")


def add_person(store: SqliteStore, number: int) -> str:
    """A person with a sample and a sighting, each with a crop, in one transaction."""
    person = Person(new_id(), f"Person {number}", float(number), info={"n": str(number)})
    sample = FaceSample(
        new_id(), person.id, np.full(4, number, np.float32), "e", "upload", float(number)
    )
    with store.transaction():
        store.people.add(person)
        store.samples.add(sample, JPEG + str(number).encode())
        store.sightings.add(Sighting(new_id(), "door", 1.0, float(number), "e", person.id), JPEG)
    return person.id


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Ten people, a gallery with its neighbours, and photographs."""
    places = places_in(tmp_path / "old")
    with open_store(places.store, {}) as store:
        for number in range(10):
            add_person(store, number)
    (places.images / "Ada").mkdir(parents=True)
    (places.images / "Ada" / "1.jpg").write_bytes(b"photograph")
    (places.images / ".undo").mkdir()
    (places.images / ".undo" / "1.json").write_text("{}")
    places.encodings.write_bytes(b"gallery")
    places.encodings.with_suffix(".negatives.json").write_text("[]")
    return tmp_path / "old"


def key_of(home: Path) -> Path:
    return home / "data" / ".encryption_key"


def everything(store: SqliteStore) -> dict[str, object]:
    """Every person, sample, sighting and crop, opened."""
    found: dict[str, object] = {}
    for person in store.people.page(1000).items:
        found[person.id] = person
        for sample in store.samples.of(person.id):
            found[sample.id] = (sample.encoding.tolist(), store.samples.image(sample.id))
    for sighting in store.sightings.page(1000).items:
        found[sighting.id] = (sighting.person, sighting.last_s, store.sightings.image(sighting.id))
    return found


@contextmanager
def writing(store: SqliteStore) -> Iterator[list[str]]:
    """A thread that adds people, and deletes some, for as long as this is open."""
    stop, added, first = threading.Event(), [], threading.Event()

    def work() -> None:
        number = 100
        while not stop.is_set():
            added.append(add_person(store, number))
            if number % 3 == 0:
                store.people.delete(added[-2])
            number += 1
            first.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert first.wait(30.0)
    try:
        yield added
    finally:
        stop.set()
        thread.join(30.0)


@pytest.mark.parametrize("name", ["monday.tar", "monday"])
def test_the_logs_of_alerts_come_along_and_back(home: Path, tmp_path: Path, name: str) -> None:
    logs = places_in(home).store / "alerts"
    logs.mkdir()
    (logs / "alerts.jsonl").write_text('{"title": "Ada, door"}\n')
    (logs / "alerts.jsonl.1").write_text("older\n")
    write_backup(places_in(home), tmp_path / name, {}, MADE_AT, with_key=True)
    again = places_in(tmp_path / "new")
    restore_backup(tmp_path / name, again, {})
    back = {path.name: path.read_text() for path in (again.store / "alerts").iterdir()}
    assert back == {"alerts.jsonl": '{"title": "Ada, door"}\n', "alerts.jsonl.1": "older\n"}
    with pytest.raises(NotEmpty, match="alerts"):
        restore_backup(tmp_path / name, again, {})


@pytest.mark.parametrize("name", ["monday.tar", "monday"])
def test_a_backup_under_writes_is_restored_on_an_empty_machine_row_by_row(
    home: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "usb" / name
    with ServerLock(home / "data"), open_store(home / "data", {}) as store:
        before = everything(store)
        with writing(store) as added:
            report = write_backup(places_in(home), target, {}, MADE_AT)
        afterwards = {person.id for person in store.people.page(1000).items} | set(added)
    assert report.has_store
    assert not report.has_key
    assert report.crops >= 20
    new = places_in(tmp_path / "new")
    done = restore_backup(target, new, {}, key_file=key_of(home))
    assert done.opened
    with open_store(new.store, {}) as store:
        rows = store.people.page(1000).items
        assert {person.id for person in rows} <= afterwards
        assert store.samples.count() == store.sightings.count() == len(rows) > 10
        for sample_id, expected in before.items():
            if isinstance(expected, Person):
                assert store.people.get(sample_id) == expected
        for person in rows:  # each of a transaction came whole
            (sample,) = store.samples.of(person.id)
            number = int(str(person.info["n"]))
            assert sample.encoding.tolist() == [number] * 4
            if sample.has_image:
                assert store.samples.image(sample.id) == JPEG + str(number).encode()
    with closing(sqlite3.connect(new.store / DATABASE)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (new.images / "Ada" / "1.jpg").read_bytes() == b"photograph"
    assert not (new.images / ".undo").exists()
    assert new.encodings.read_bytes() == b"gallery"
    assert new.encodings.with_suffix(".negatives.json").read_text() == "[]"
    saved = [target, *target.rglob("*")] if target.is_dir() else [target]
    for path in (*saved, *(tmp_path / "new" / "data").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_quiet_store_comes_back_exactly(home: Path, tmp_path: Path) -> None:
    with open_store(home / "data", {}) as store:
        before = everything(store)
    write_backup(places_in(home), tmp_path / "b.tar", {}, MADE_AT, with_key=True)
    restore_backup(tmp_path / "b.tar", places_in(tmp_path / "new"), {})
    with open_store(tmp_path / "new" / "data", {}) as store:
        assert everything(store) == before


def test_the_key_is_left_out_unless_it_is_asked_for(home: Path, tmp_path: Path) -> None:
    key = key_of(home).read_bytes().strip()
    write_backup(places_in(home), tmp_path / "without.tar", {}, MADE_AT)
    write_backup(places_in(home), tmp_path / "with.tar", {}, MADE_AT, with_key=True)
    assert key not in (tmp_path / "without.tar").read_bytes()
    assert key in (tmp_path / "with.tar").read_bytes()
    new = places_in(tmp_path / "new")
    assert not restore_backup(tmp_path / "without.tar", new, {}).opened
    (new.store / ".encryption_key").write_bytes(key)
    (new.store / ".encryption_key").chmod(0o600)
    with open_store(new.store, {}) as store:
        assert store.people.count() == 10


def test_a_crop_that_goes_meanwhile_costs_its_picture_alone(home: Path, tmp_path: Path) -> None:
    gone = sorted((home / "data" / CROPS).iterdir())[:3]
    for path in gone:
        path.unlink()
    report = write_backup(places_in(home), tmp_path / "b", {}, MADE_AT, with_key=True)
    assert (report.forgotten, report.crops) == (3, 17)
    restore_backup(tmp_path / "b", places_in(tmp_path / "new"), {})
    with open_store(tmp_path / "new" / "data", {}) as store:
        assert store.people.count() == 10
        images = [s.has_image for p in store.people.page(20).items for s in store.samples.of(p.id)]
        images += [sighting.has_image for sighting in store.sightings.page(20).items]
        assert images.count(False) == 3


def unchanged(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in (".lock", ".server")
    }


def test_a_home_that_is_in_use_is_refused_and_stays_as_it_is(home: Path, tmp_path: Path) -> None:
    write_backup(places_in(home), tmp_path / "b.tar", {}, MADE_AT)
    before = unchanged(home)
    with pytest.raises(NotEmpty, match="empty home"):
        restore_backup(tmp_path / "b.tar", places_in(home), {})
    with ServerLock(home / "data"), pytest.raises(StoreBusy):
        restore_backup(tmp_path / "b.tar", places_in(home), {}, replace=True)
    assert unchanged(home) == before


@pytest.mark.parametrize("name", ["b.tar", "b"])
def test_a_damaged_backup_changes_nothing(home: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    write_backup(places_in(home), target, {}, MADE_AT, with_key=True)
    if target.is_dir():
        damaged = target / SAVED_DATABASE
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    else:
        content = target.read_bytes()
        target.write_bytes(content.replace(b"photograph", b"photomaton"))
    new = tmp_path / "new"
    with pytest.raises(BadBackup, match="not what was saved"):
        restore_backup(target, places_in(new), {})
    assert unchanged(new) == {}


def test_the_wrong_key_changes_nothing(home: Path, tmp_path: Path) -> None:
    write_backup(places_in(home), tmp_path / "b.tar", {}, MADE_AT)
    with open_store(tmp_path / "other", {}):
        pass
    with pytest.raises(MasterKeyWrong):
        restore_backup(
            tmp_path / "b.tar",
            places_in(tmp_path / "new"),
            {},
            key_file=tmp_path / "other" / ".encryption_key",
        )
    assert unchanged(tmp_path / "new") == {}


@pytest.mark.parametrize(
    "name", ["../evil", "images/../../evil", "/etc/passwd", "store/other", "images//x", "key/x"]
)
def test_a_backup_that_reaches_out_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    files = {name: {"size": 1, "sha256": "0"}, "gallery/encodings.pkl": {"size": 1, "sha256": "0"}}
    manifest = {"format": "lookout backup 1", "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        tar.add(folder / MANIFEST, MANIFEST)
    for source in (folder, tmp_path / "b.tar"):
        with pytest.raises(BadBackup, match="a place that is none"):
            restore_backup(source, places_in(tmp_path / "new"), {})


def test_what_is_there_is_never_overwritten(home: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_bytes(b"mine")
    with pytest.raises(StorageError, match="there already"):
        write_backup(places_in(home), tmp_path / "b.tar", {}, MADE_AT)
    assert (tmp_path / "b.tar").read_bytes() == b"mine"
    with pytest.raises(StorageError, match="nothing to back up"):
        write_backup(places_in(tmp_path / "nowhere"), tmp_path / "c.tar", {}, MADE_AT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "old"]


def test_the_commands_say_what_they_did_and_force_asks(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def options(folder: Path) -> list[str]:
        at = places_in(folder)
        return [
            *("--data", str(at.store), "--encodings", str(at.encodings)),
            *("--images", str(at.images)),
        ]

    target = str(tmp_path / "b.tar")
    assert main(["backup", target, *options(home)]) == 0
    assert "The master key is NOT in it" in capsys.readouterr().out
    assert main(["restore", target, *options(home)]) == 2
    assert "use --force" in capsys.readouterr().err
    for said, status in (("no", 2), ("replace", 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(said + "\n"))
        assert main(["restore", target, "--force", *options(home)]) == status
    told = capsys.readouterr()
    assert "before-restore-1" in told.out
    assert "The store opens with its master key" in told.out
    with open_store(home / "data", {}) as store:
        assert store.people.count() == 10
