"""The watch over one file: what makes it look again, and what must not end it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lookout.faces.atomic_file import replace_file
from lookout.server.gallery.file_watch import FileWatch, mark_of

PATIENCE_S = 20.0


class Reader(FileWatch):
    """Remembers what it read. The first look by the thread stumbles."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, name="reader", poll_s=0.01)
        self.read = ""
        self.stumbled = threading.Event()
        self.renewed = threading.Event()

    def _take(self) -> None:
        self.read = self._path.read_text()
        self.renewed.set()

    def _rest(self) -> None:
        if not self.stumbled.is_set():
            self.stumbled.set()
            raise ValueError("a journal that nobody expected")


def test_an_odd_file_does_not_end_the_watch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "file"
    watch = Reader(path)
    watch.start()
    assert watch.stumbled.wait(PATIENCE_S)
    replace_file(path, b"later")
    assert watch.renewed.wait(PATIENCE_S)
    assert watch.close(PATIENCE_S)
    assert watch.read == "later"
    assert "a journal that nobody expected" in caplog.text


def test_a_file_whose_rights_have_changed_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("the same")
    before = mark_of(path)
    path.chmod(0o600 if path.stat().st_mode & 0o077 else 0o644)
    assert mark_of(path) != before
