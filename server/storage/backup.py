"""A backup of everything that is kept, consistent while a server runs.

The database is copied in one read transaction, which in WAL mode holds no writer up. Crops are
never overwritten, so those that the copy refers to can be copied after it; of one that has been
forgotten meanwhile the copy keeps the record without its picture.
"""

from __future__ import annotations

import contextlib
import io
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lookout.server.storage import archive, master_key
from lookout.server.storage.crops import SUFFIX
from lookout.server.storage.errors import MasterKeyError, StorageError, StoreDamaged
from lookout.server.storage.key_address import MARK
from lookout.server.storage.lock import FolderLock
from lookout.server.storage.opening import KEYS
from lookout.server.storage.sqlite.migrations import APPLICATION_ID
from lookout.server.storage.sqlite.store import CROPS, DATABASE

UNDO_FOLDER = ".undo"
ALERT_LOGS = "alerts"
"""The folder of logs of alerts, in the data folder."""
_DROP_OF_SAMPLE = "UPDATE samples SET crop = NULL WHERE crop = ?"
_DROP_OF_SIGHTING = "UPDATE sightings SET crop = NULL WHERE crop = ?"


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything lies: the data folder, the gallery's file and the photographs."""

    store: Path
    encodings: Path
    images: Path


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds. forgotten: crops that were removed while it was made."""

    files: int
    size: int
    crops: int
    photographs: int
    forgotten: int
    has_store: bool
    has_key: bool


def write_backup(
    places: Places,
    target: Path,
    environment: Mapping[str, str],
    made_at: float,
    *,
    with_key: bool = False,
    with_images: bool = True,
) -> BackupReport:
    """Writes a backup to `target`: a tar file where its name ends so, else a folder.

    Raises StorageError.
    """
    with archive.new_archive(target) as sink:
        backup = _Backup(sink)
        if any((places.store / name).exists() for name in (KEYS, MARK)):
            raise StorageError(
                f"the records of {places.store} are in MongoDB, which no file here holds: copy the "
                "store into an SQLite one (lookout storage copy), and back that up"
            )
        has_store = (places.store / DATABASE).is_file()
        forgotten = backup.add_store(places.store, target.parent) if has_store else 0
        backup.add_alert_logs(places.store / ALERT_LOGS)
        backup.add_gallery(places.encodings)
        photographs = backup.add_images(places.images) if with_images else 0
        if with_key:
            backup.add_key(places.store, environment)
        if not backup.files:
            raise StorageError(
                f"there is nothing to back up: neither {places.store / DATABASE} nor "
                f"{places.encodings}"
            )
        archive.add_manifest(sink, backup.files, made_at)
    return BackupReport(
        files=len(backup.files),
        size=sum(mark.size for mark in backup.files.values()),
        crops=sum(name.startswith(archive.CROPS) for name in backup.files),
        photographs=photographs,
        forgotten=forgotten,
        has_store=has_store,
        has_key=archive.KEY in backup.files,
    )


class _Backup:
    """The files that have been saved so far. Every method raises StorageError and OSError."""

    def __init__(self, sink: archive.Sink) -> None:
        self._sink = sink
        self.files: dict[str, archive.FileMark] = {}

    def add_store(self, store: Path, scratch: Path) -> int:
        """The database and its crops; returns how many crops were removed meanwhile. `scratch` is
        a folder that has room for a copy of the database."""
        with (
            contextlib.closing(FolderLock(store, alone=False)),
            tempfile.TemporaryDirectory(dir=scratch, prefix=".backup-") as folder,
        ):
            database = Path(folder) / DATABASE
            with contextlib.closing(_snapshot(store / DATABASE, database)) as copy:
                forgotten = [crop for crop in _crops(copy) if not self._add_crop(store, crop)]
                copy.executemany(_DROP_OF_SAMPLE, [(crop,) for crop in forgotten])
                copy.executemany(_DROP_OF_SIGHTING, [(crop,) for crop in forgotten])
            self._add(archive.DATABASE, database)
        return len(forgotten)

    def add_gallery(self, encodings: Path) -> None:
        """The gallery's file and those of the same name with another ending."""
        for path in sorted(encodings.parent.glob(f"{encodings.stem}.*")):
            if path.is_file():
                self._add(archive.GALLERY + path.name, path)

    def add_images(self, images: Path) -> int:
        """The photographs; returns how many."""
        count = 0
        for path in sorted(images.rglob("*")):
            if path.is_file() and not path.is_symlink() and UNDO_FOLDER not in path.parts:
                count += self._add(archive.IMAGES + path.relative_to(images).as_posix(), path)
        return count

    def add_alert_logs(self, folder: Path) -> None:
        """The logs of alerts, each up to where it is written now: lines are written whole."""
        for path in sorted(folder.glob("*")):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    size = file.seek(0, io.SEEK_END)
                    file.seek(0)
                    name = archive.ALERTS + path.name
                    self.files[name] = self._sink.add(name, _Beginning(file, size), size)

    def add_key(self, store: Path, environment: Mapping[str, str]) -> None:
        key = master_key.read_master_key(store, environment)
        if key is None:
            raise MasterKeyError(f"there is no master key in {store} or {master_key.VARIABLE}")
        content = key.strip() + b"\n"
        self.files[archive.KEY] = self._sink.add(archive.KEY, io.BytesIO(content), len(content))

    def _add_crop(self, store: Path, crop: str) -> bool:
        return self._add(f"{archive.CROPS}{crop}{SUFFIX}", store / CROPS / f"{crop}{SUFFIX}")

    def _add(self, name: str, path: Path) -> bool:
        """False where the file is not there any more."""
        try:
            with path.open("rb") as file:
                size = file.seek(0, io.SEEK_END)
                file.seek(0)
                self.files[name] = self._sink.add(name, file, size)
        except FileNotFoundError:
            return False
        return True


class _Beginning:
    """The first bytes of a file that may grow."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        part = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(part)
        return part


def _snapshot(database: Path, target: Path) -> sqlite3.Connection:
    """A copy of the database as of one moment. Raises StorageError."""
    try:
        copy = sqlite3.connect(target, isolation_level=None)
        with contextlib.closing(sqlite3.connect(database)) as source:
            source.execute("PRAGMA query_only = ON")
            source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        (sound,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        (owner,) = copy.execute("PRAGMA application_id").fetchone()
    except sqlite3.Error as error:
        raise StorageError(f"the database {database} cannot be copied: {error}") from error
    if sound != "ok" or owner != APPLICATION_ID:
        raise StoreDamaged(f"{database} is damaged or no database of Lookout: {sound}")
    return copy


def _crops(copy: sqlite3.Connection) -> list[str]:
    rows = copy.execute(
        "SELECT crop FROM samples WHERE crop IS NOT NULL "
        "UNION SELECT crop FROM sightings WHERE crop IS NOT NULL"
    )
    return [str(crop) for (crop,) in rows]
