"""The master key changes, and no kill on the way leaves data that no key opens."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from lookout.server.storage.errors import MasterKeyError, MasterKeyWrong, StoreBusy
from lookout.server.storage.records import Person, new_id
from lookout.server.storage.rotation import rotate_master_key
from lookout.server.storage.sqlite.store import open_store
from tests.support.paths import ROOT

PEOPLE = 20

KILLED_AT = {
    "before the next key": "lookout.server.storage.master_key.write_next_key",
    "after the next key": "lookout.server.storage.rotation._relock",
    "inside the transaction": "lookout.server.storage.vault.Vault.relock",
    "after the transaction": "lookout.server.storage.master_key.promote_next_key",
}

SCRIPT = """
import importlib, os, signal, sys
from pathlib import Path
from lookout.server.storage import rotation
owner, _, name = sys.argv[2].rpartition(".")
try:
    target = importlib.import_module(owner)
except ModuleNotFoundError:
    module, _, cls = owner.rpartition(".")
    target = getattr(importlib.import_module(module), cls)
calls = 0
true = getattr(target, name)
def kill(*given):
    global calls
    calls += 1
    if name != "relock" or calls == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return true(*given)
setattr(target, name, kill)
rotation.rotate_master_key(Path(sys.argv[1]), {})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_store(tmp_path, {}) as store, store.transaction():
        for number in range(PEOPLE):
            store.people.add(Person(new_id(), f"Person {number}", 1.0, str(number)))
    return tmp_path


def names(folder: Path, key: bytes | None = None) -> list[str]:
    environment = {} if key is None else {"LOOKOUT_MASTER_KEY": key.decode()}
    with open_store(folder, environment) as store:
        assert store.people.find_by_identifier("7") is not None
        return [person.name for person in store.people.page(1000).items]


def test_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(
    folder: Path,
) -> None:
    old = (folder / ".encryption_key").read_bytes().strip()
    assert rotate_master_key(folder, {}) == PEOPLE + 1
    new = (folder / ".encryption_key").read_bytes().strip()
    assert new != old
    assert (folder / ".encryption_key").stat().st_mode & 0o777 == 0o600
    assert not (folder / ".encryption_key.next").exists()
    assert len(names(folder)) == PEOPLE
    with pytest.raises(MasterKeyWrong):
        names(folder, old)


@pytest.mark.slow
@pytest.mark.parametrize("where", KILLED_AT)
def test_a_rotation_killed_on_the_way_loses_nothing_and_can_be_repeated(
    folder: Path, where: str
) -> None:
    before = (folder / ".encryption_key").read_bytes()
    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), KILLED_AT[where]],
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert names(folder) == [f"Person {number}" for number in range(PEOPLE)]
    changed = (folder / ".encryption_key").read_bytes() != before
    assert changed == (where == "after the transaction")
    rotate_master_key(folder, {})
    assert len(names(folder)) == PEOPLE
    assert not (folder / ".encryption_key.next").exists()


def test_a_key_in_the_environment_is_changed_to_the_one_that_is_given(tmp_path: Path) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    environment = {"LOOKOUT_MASTER_KEY": old.decode()}
    with open_store(tmp_path, environment) as store:
        store.people.add(Person(new_id(), "Alice", 1.0, "7"))
    with pytest.raises(MasterKeyError, match="give the new one"):
        rotate_master_key(tmp_path, environment)
    rotate_master_key(tmp_path, environment, new)
    assert names(tmp_path, new) == ["Alice"]
    with pytest.raises(MasterKeyWrong):
        names(tmp_path, old)


def test_the_key_does_not_change_under_a_running_server(folder: Path) -> None:
    with (
        open_store(folder, {}),
        pytest.raises(StoreBusy, match="stop the Lookout server"),
    ):
        rotate_master_key(folder, {})
    assert len(names(folder)) == PEOPLE
