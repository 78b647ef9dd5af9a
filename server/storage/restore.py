"""The way back from a backup: checked file by file beside the place, then moved into it.

The database comes last, so whatever is cut off is an error at the next start and no empty store.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lookout.faces.atomic_file import make_private_folder
from lookout.server.storage import archive, master_key
from lookout.server.storage.backup import ALERT_LOGS, Places
from lookout.server.storage.errors import NotEmpty, StorageError, cannot
from lookout.server.storage.lock import FolderLock, ServerLock
from lookout.server.storage.sqlite.database import Database
from lookout.server.storage.sqlite.store import CROPS, DATABASE
from lookout.server.storage.unlocking import read_locked_store_key
from lookout.server.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored.

    opened: the store opens with its master key; False: there is no key yet. aside: where that
    which was there before lies now.
    """

    files: int
    has_store: bool
    opened: bool
    aside: tuple[Path, ...]


def restore_backup(
    source: Path,
    places: Places,
    environment: Mapping[str, str],
    *,
    key_file: Path | None = None,
    replace: bool = False,
) -> RestoreReport:
    """Puts a backup into its places, which must be empty; with `replace` that which is there is
    moved aside.

    Raises NotEmpty, BadBackup and other StorageErrors; then nothing has been changed.
    """
    with archive.open_archive(source) as found, contextlib.ExitStack() as held:
        has_store = archive.DATABASE in found.files
        if has_store:
            held.enter_context(ServerLock(places.store))
            held.enter_context(FolderLock(places.store, alone=True))
        occupied = _occupied(found, places, brings_key=key_file is not None)
        if occupied and not replace:
            raise NotEmpty(
                f"there is something already: {', '.join(str(path) for path in occupied)}. "
                "Restore into an empty home (lookout --home DIR restore …), or use --force"
            )
        key = None if key_file is None else master_key.read_key_file(key_file)
        if key_file is not None and key is None:
            raise StorageError(f"there is no key file {key_file}")
        try:
            make_private_folder(places.store.parent)
            staged = Path(
                held.enter_context(
                    tempfile.TemporaryDirectory(dir=places.store.parent, prefix=".restore-")
                )
            )
            for name in found.files:
                found.extract(name, staged / name)
            if key is not None:
                path = staged / archive.KEY
                path.parent.mkdir(mode=0o700, exist_ok=True)
                path.write_bytes(key + b"\n")
                path.chmod(0o600)
            opened = has_store and _key_opens(staged, places.store, environment)
            aside = tuple(_move_aside(path) for path in occupied)
            _put(staged, places)
        except OSError as error:
            raise cannot(f"the backup cannot be restored: {error.strerror}", error) from error
    return RestoreReport(len(found.files), has_store, opened, aside)


def _occupied(found: archive.Archive, places: Places, *, brings_key: bool) -> list[Path]:
    """What is in the way of the backup's parts. A key is in the way of another key only: it may
    have been put there for the backup."""
    store: tuple[str, ...] = (DATABASE, CROPS)
    if brings_key or archive.KEY in found.files:
        store = (*store, *master_key.FILENAMES)
    wanted = [places.store / name for name in store] if archive.DATABASE in found.files else []
    for name in found.files:
        if name.startswith(archive.GALLERY):
            wanted.append(places.encodings.parent / PurePosixPath(name).name)
    if any(name.startswith(archive.IMAGES) for name in found.files):
        wanted.append(places.images)
    if any(name.startswith(archive.ALERTS) for name in found.files):
        wanted.append(places.store / ALERT_LOGS)
    return [path for path in wanted if path.is_file() or (path.is_dir() and any(path.iterdir()))]


def _move_aside(path: Path) -> Path:
    number = 1
    while (target := path.with_name(f"{path.name}.before-restore-{number}")).exists():
        number += 1
    for side in ("-wal", "-shm") if path.name == DATABASE else ():
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + side).rename(target.with_name(target.name + side))
    return path.rename(target)


def _put(staged: Path, places: Places) -> None:
    """Moves what was checked into its places, the database last."""
    moves = [
        (staged / archive.IMAGES, places.images),
        (staged / archive.ALERTS, places.store / ALERT_LOGS),
        *((file, places.encodings.parent / file.name) for file in _files(staged / archive.GALLERY)),
        (staged / archive.CROPS, places.store / CROPS),
        (staged / archive.KEY, places.store / master_key.FILENAME),
        (staged / archive.DATABASE, places.store / DATABASE),
    ]
    for source, target in moves:
        if not source.exists():
            continue
        make_private_folder(target.parent)
        if target.is_dir():
            target.rmdir()  # empty
        try:
            source.rename(target)
        except OSError:  # on another file system
            shutil.move(source, target)
        master_key.sync_folder(target.parent)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _key_opens(staged: Path, store: Path, environment: Mapping[str, str]) -> bool:
    """Whether the staged database opens with the master key that it will have; False where that is
    still to come. Raises MasterKeyWrong, StoreTooNew or StoreDamaged."""
    database = Database(staged / archive.DATABASE)
    with contextlib.closing(database):
        locked = read_locked_store_key(database)
    key = master_key.read_key_file(staged / archive.KEY)
    if key is None:
        key = master_key.read_master_key(store, environment)
    if key is None or locked is None:
        return False
    Vault(key).unlock(locked)
    return True
