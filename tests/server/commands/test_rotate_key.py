"""`python -m server rotate-key`: refuses while a server holds the store, and says what it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from lookout.server.cli import main
from lookout.server.commands.rotate_key import rotate
from lookout.server.storage.errors import MasterKeyError, MasterKeyWrong
from lookout.server.storage.records import Person, new_id
from lookout.server.storage.sqlite.store import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_store(tmp_path, {}) as store:
        store.people.add(Person(new_id(), "Ada", 1.0))
    return tmp_path


def test_the_key_in_the_file_is_another_one_and_opens_everything(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / ".encryption_key").read_bytes()
    assert main(["rotate-key", "--data", str(folder)]) == 0
    after = (folder / ".encryption_key").read_bytes()
    assert after != before
    told = capsys.readouterr().out
    assert "2 data keys" in told  # the store's and Ada's
    assert after.decode().strip() not in told
    with open_store(folder, {}) as store:
        assert store.people.find_by_name("Ada")


def test_it_refuses_while_a_server_has_the_store_open(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / ".encryption_key").read_bytes()
    with open_store(folder, {}):
        assert main(["rotate-key", "--data", str(folder)]) == 2
    assert "stop the Lookout server" in capsys.readouterr().err
    assert (folder / ".encryption_key").read_bytes() == before


def test_a_key_of_the_environment_changes_to_the_one_that_is_given(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with open_store(tmp_path, {"LOOKOUT_MASTER_KEY": old}) as store:
        store.people.add(Person(new_id(), "Ada", 1.0))
    with pytest.raises(MasterKeyError, match="LOOKOUT_NEW_MASTER_KEY"):
        rotate(tmp_path, {"LOOKOUT_MASTER_KEY": old})
    with pytest.raises(MasterKeyError, match="LOOKOUT_NEW_MASTER_KEY holds no master key"):
        rotate(tmp_path, {"LOOKOUT_MASTER_KEY": old, "LOOKOUT_NEW_MASTER_KEY": "short"})
    told = rotate(tmp_path, {"LOOKOUT_MASTER_KEY": old, "LOOKOUT_NEW_MASTER_KEY": new})
    assert "before the next start" in told
    with open_store(tmp_path, {"LOOKOUT_MASTER_KEY": new}) as store:
        assert store.people.find_by_name("Ada")
    with pytest.raises(MasterKeyWrong):
        open_store(tmp_path, {"LOOKOUT_MASTER_KEY": old})


def test_where_nothing_is_stored_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rotate-key", "--data", str(tmp_path / "none")]) == 2
    assert "nothing is stored" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_says_what_happens_to_old_copies(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["rotate-key", "--help"])
    assert left.value.code == 0
    assert "The\nold key still opens copies" in capsys.readouterr().out
