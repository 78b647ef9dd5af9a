"""A store whose database is gone, two servers, orphans in bulk, and modes of files."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.atomic_file import replace_file
from lookout.server.storage.crops import MOST_SWEPT, SETTLED_S, SUFFIX
from lookout.server.storage.errors import DatabaseLost, StoreBusy
from lookout.server.storage.lock import ServerLock
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.sqlite.store import CROPS, DATABASE, open_store


def filled(folder: Path, crops: int = 3) -> list[Path]:
    """A data folder with one person; returns its crops, which are old."""
    with open_store(folder, {}) as store:
        ada = Person(new_id(), "Ada", 0.0)
        store.people.add(ada)
        for i in range(crops):
            encoding = np.zeros(4, np.float32)
            store.samples.add(FaceSample(new_id(), ada.id, encoding, "e", "upload", float(i)), b"x")
    found = sorted((folder / CROPS).iterdir())
    for path in found:
        os.utime(path, (0, time.time() - 2 * SETTLED_S))
    return found


@pytest.mark.parametrize("loss", ["missing", "empty", "missing with its key"])
def test_a_store_without_its_database_is_refused_and_nothing_is_removed(
    tmp_path: Path, loss: str
) -> None:
    crops = filled(tmp_path)
    (tmp_path / DATABASE).unlink()
    if loss == "empty":
        (tmp_path / DATABASE).touch()
    if loss == "missing with its key":
        (tmp_path / ".encryption_key").unlink()
    for _ in range(2):
        with pytest.raises(DatabaseLost, match="missing or empty"):
            open_store(tmp_path, {})
    assert not (tmp_path / DATABASE).exists() or (tmp_path / DATABASE).stat().st_size == 0
    assert all(path.exists() for path in crops)


def test_the_database_of_another_store_takes_no_crop_with_it(tmp_path: Path) -> None:
    crops = filled(tmp_path)
    with open_store(tmp_path / "other", {}):
        pass
    for name in (DATABASE, ".encryption_key"):
        (tmp_path / "other" / name).rename(tmp_path / name)
    open_store(tmp_path, {}).close()
    assert all(path.exists() for path in crops)


def test_many_orphans_stay_and_a_few_go(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = filled(tmp_path, crops=MOST_SWEPT)
    folder = tmp_path / CROPS

    def orphans(count: int) -> list[Path]:
        made = [folder / (new_id() + SUFFIX) for _ in range(count)]
        for path in made:
            path.write_bytes(b"sealed")
            os.utime(path, (0, 0))
        return made

    few = orphans(MOST_SWEPT)
    open_store(tmp_path, {}).close()
    assert not any(path.exists() for path in few)
    many = orphans(MOST_SWEPT + 1)
    open_store(tmp_path, {}).close()
    assert all(path.exists() for path in (*many, *kept))
    assert f"{MOST_SWEPT + 1} face crops belong to no record" in caplog.text


def test_a_second_server_on_a_data_folder_is_refused_and_commands_are_not(tmp_path: Path) -> None:
    with ServerLock(tmp_path), open_store(tmp_path, {}):
        with pytest.raises(StoreBusy, match="another Lookout server"):
            ServerLock(tmp_path)
        open_store(tmp_path, {}).close()
    ServerLock(tmp_path).close()


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with ServerLock(tmp_path / "data"), open_store(tmp_path / "data", {}) as store:
            store.people.add(Person(new_id(), "Ada", 0.0))
            replace_file(tmp_path / "images" / "Ada" / "1.jpg", b"photograph")
            modes = {
                str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode)
                for path in tmp_path.rglob("*")
            }
    finally:
        os.umask(before)
    assert modes["data/lookout.db-wal"] == modes["images/Ada/1.jpg"] == 0o600
    assert {mode & 0o077 for mode in modes.values()} == {0}, modes
